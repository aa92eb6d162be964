"""The pictures of mails that were sent, at the address where mails look for them.

A name is a hash of what the picture shows, so whoever has it once need never ask for it again.
"""

import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from newsletter.web.public.service import Service

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}

_NAME = re.compile(r"[0-9a-zA-Z][0-9a-zA-Z_-]{0,127}\.(?P<ending>jpe?g|png|gif|webp)")
"""One plain file name: nothing hidden, no folder, no way up."""

_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Pictures:
    """The folder that sending publishes pictures into."""

    service: Service

    def show(self, request: Request) -> Response:
        """Answer with a picture. Raises: HTTPException 404 when there is none of that name."""
        named = _NAME.fullmatch(request.path_params["name"])
        config = self.service.config
        file = config.root / config.pictures.folder / (named[0] if named else ".")
        if named is None or not file.is_file():
            raise HTTPException(404)
        return FileResponse(file, media_type=_TYPES[named["ending"]], headers=FOR_EVER)
