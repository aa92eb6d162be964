"""Routes and the server of the preview. It answers this machine only, to GET and HEAD only."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import jinja2
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from newsletter import plugins, workspace
from newsletter.build import Built
from newsletter.checks.size import CLIP
from newsletter.errors import NewsletterError, UsageError
from newsletter.render import colour
from newsletter.web.preview import desk
from newsletter.web.preview.desk import View
from newsletter.web.preview.shelf import Shelf
from newsletter.workspace import Workspace

HOST = "127.0.0.1"

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'self'"
)
_MAIL_POLICY = (
    "default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PICTURE_TYPES = {"jpg": "image/jpeg", "png": "image/png"}

_pages = jinja2.Environment(
    loader=jinja2.PackageLoader("newsletter.web.preview", "pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters.update(place=desk.place, coded=desk.coded)


def application(root: Path) -> Starlette:
    """Return the preview of a workspace as an ASGI application."""
    preview = _Preview(root)
    routes = [
        Route("/", preview.home),
        Route("/desk.css", preview.style),
        Route("/issues/{name}", preview.desk),
        Route("/issues/{name}/mail", preview.mail),
        Route("/issues/{name}/text", preview.text),
        Route("/issues/{name}/pictures/{file}", preview.picture),
    ]
    # A page of a stranger must not read the newsroom's drafts through a name that leads to 127.0.0.1.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False)
    return Starlette(routes=routes, middleware=[hosts], exception_handlers={404: preview.nowhere})


def serve(root: Path, *, issue: str | None, port: int, ready: Callable[[str], None]) -> None:
    """Run the preview until Ctrl-C; ``ready`` is called with its address once it answers.

    Raises: UsageError when there is no such issue or the port is taken (0: any that is free).
    """
    path = _path(workspace.find(root).issue(issue).name) if issue else "/"
    listener = _listen(port)
    address = f"http://{HOST}:{listener.getsockname()[1]}{path}"
    server = uvicorn.Server(uvicorn.Config(application(root), log_level="warning", lifespan="off"))
    ready(address)
    server.run(sockets=[listener])


def _path(issue: str) -> str:
    return f"/issues/{quote(issue)}"


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        listener.close()
        raise UsageError(f"Port {port} is taken, perhaps by another preview.", "Choose another with --port.") from None
    return listener


@dataclass(frozen=True, slots=True)
class _Preview:
    """The pages of one workspace. Endpoints are plain functions, so Starlette runs each in a thread of its own."""

    root: Path
    shelf: Shelf = field(default_factory=Shelf)

    def home(self, request: Request) -> Response:
        """The newest issue, or what to do without one."""
        try:
            names = workspace.find(self.root).issues()
        except NewsletterError as error:
            return self._trouble(error, None)
        return RedirectResponse(_path(names[0]), 302, _HEADERS) if names else _page("empty.html", {})

    def nowhere(self, request: Request, error: Exception) -> Response:
        """An address that leads nowhere, in the look of the others."""
        return self._trouble(UsageError("There is no such page.", "The first page is at /."), None, status=404)

    def style(self, request: Request) -> Response:
        """The style sheet, with the colours of the newsletter."""
        try:
            brand = workspace.find(self.root).config.brand.colour
        except NewsletterError:
            brand = "#1F5A4C"
        values = {"light": colour.light(brand), "dark": colour.dark(brand)}
        return Response(_pages.get_template("desk.css").render(values), media_type="text/css", headers=_HEADERS)

    def desk(self, request: Request) -> Response:
        """The issue on the desk; when it cannot be built, why."""
        space: Workspace | None = None
        name = request.path_params["name"]
        try:
            space = workspace.find(self.root)
            built = self.shelf.built(space, name)
        except UsageError as error:
            return self._trouble(error, space, status=404)
        except NewsletterError as error:
            return self._trouble(error, space, name=name)
        return _page("desk.html", _desk_values(space, built, View.of(request.query_params)))

    def mail(self, request: Request) -> Response:
        """The message to the sample reader: its bytes, or with ``scheme`` in the address as that scheme shows it.

        With ``pictures=off`` it is the browser that is told to show none, as a mail client that blocks them.
        """
        built = self._built(request)
        if built is None:
            return PlainTextResponse("There is no such mail.", 404, headers=_HEADERS)
        view = View.of(request.query_params)
        html = built.message.html
        if "scheme" in request.query_params:
            html = desk.in_scheme(html, view.scheme)
        policy = _MAIL_POLICY.format(pictures="'self'" if view.pictures == "on" else "'none'")
        headers = {**_HEADERS, "Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(html, headers=headers)

    def text(self, request: Request) -> Response:
        """The text part of the message to the sample reader."""
        built = self._built(request)
        if built is None:
            return PlainTextResponse("There is no such mail.", 404, headers=_HEADERS)
        return PlainTextResponse(built.message.text, headers=_HEADERS)

    def picture(self, request: Request) -> Response:
        """A picture of the mail, under the name it has there."""
        built = self._built(request)
        pictures = {picture.name: picture for picture in built.edition.pictures} if built else {}
        found = pictures.get(request.path_params["file"])
        if found is None:
            return PlainTextResponse("There is no such picture.", 404, headers=_HEADERS)
        return Response(found.data, media_type=_PICTURE_TYPES[found.name.rpartition(".")[2]], headers=_HEADERS)

    def _built(self, request: Request) -> Built | None:
        try:
            return self.shelf.built(workspace.find(self.root), request.path_params["name"])
        except NewsletterError:
            return None

    def _trouble(
        self, error: NewsletterError, space: Workspace | None, *, name: str = "", status: int = 200
    ) -> Response:
        values = {
            "paper": space.config.newsletter.name if space else "newsletter",
            "rows": desk.rows(space, broken=name) if space else (),
            "current": name,
            "view": View(),
            "trouble": desk.trouble(error, self.root),
        }
        return _page("trouble.html", values, status=status)


def _desk_values(space: Workspace, built: Built, view: View) -> dict[str, object]:
    title, line = desk.headline(built, space.config)
    size = len(built.message.html.encode())
    return {
        "paper": space.config.newsletter.name,
        "rows": desk.rows(space, built=built),
        "current": built.issue.name,
        "title": title,
        "line": line,
        "view": view,
        "built": built,
        "size": size,
        "clip": CLIP,
        "segments": desk.segments(built),
        "largest": desk.largest(built),
        "checks": len(plugins.names("newsletter.checks")),
    }


def _page(name: str, values: dict[str, object], *, status: int = 200) -> Response:
    headers = {**_HEADERS, "Content-Security-Policy": _PAGE_POLICY, "X-Frame-Options": "DENY"}
    return HTMLResponse(_pages.get_template(name).render(values), status, headers=headers)
