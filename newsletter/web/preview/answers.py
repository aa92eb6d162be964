"""How the preview answers: pages filled in, the mail in its sandbox, and what a browser may do with either."""

from collections.abc import Mapping

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from newsletter.web.preview import desk

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The desk may look into the mail, to keep the place that was read; nothing in the mail can run, so it cannot look back.
_MAIL_POLICY = (
    "default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)

_pages = jinja2.Environment(
    loader=jinja2.PackageLoader("newsletter.web.preview", "pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters.update(place=desk.place, file_of=desk.file_of, coded=desk.coded, counted=desk.counted)


def page(name: str, values: Mapping[str, object], *, status: int = 200) -> Response:
    """Answer with a page of the desk."""
    headers = {**HEADERS, "Content-Security-Policy": _PAGE_POLICY, "X-Frame-Options": "DENY"}
    return HTMLResponse(_pages.get_template(name).render(values), status, headers=headers)


def asset(name: str, media_type: str, values: Mapping[str, object]) -> Response:
    """Answer with the style sheet or the script of the desk."""
    return Response(_pages.get_template(name).render(values), media_type=media_type, headers=HEADERS)


def mail(html: str, *, pictures: bool) -> Response:
    """Answer with a mail. Without ``pictures`` it is the browser that shows none, as a client that blocks them."""
    policy = _MAIL_POLICY.format(pictures="'self'" if pictures else "'none'")
    headers = {**HEADERS, "Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(html, headers=headers)


def picture(data: bytes, media_type: str) -> Response:
    """Answer with a picture; its name tells its content, so it need be asked for once only."""
    return Response(
        data, media_type=media_type, headers={**HEADERS, "Cache-Control": "private, max-age=86400, immutable"}
    )


def text(content: str) -> Response:
    """Answer with plain text."""
    return PlainTextResponse(content, headers=HEADERS)


def none(what: str) -> Response:
    """Answer that there is no such thing."""
    return PlainTextResponse(f"There is no such {what}.", 404, headers=HEADERS)


def from_phone(request: Request) -> bool:
    """Whether somebody on the network asks, who must see no reader."""
    return bool(getattr(request.state, "phone", False))
