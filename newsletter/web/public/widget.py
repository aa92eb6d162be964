"""The script that makes a form's calculation, and ALTCHA's worker for it: served by us, so a page needs nobody else."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FILES = Path(__file__).parent / "widget"

_SCRIPTS = {file.name: file.read_bytes() for file in FILES.glob("*.js")}
_HEADERS = {"cache-control": "public, max-age=3600"}


def routes() -> list[Route]:
    """The routes of the scripts, ``/widget/<name>``, for pages that ask for a calculation."""
    return [Route(f"/widget/{name}", _script, name=name) for name in sorted(_SCRIPTS)]


async def _script(request: Request) -> Response:
    name = request.url.path.rpartition("/")[2]
    return Response(_SCRIPTS[name], media_type="text/javascript", headers=_HEADERS)
