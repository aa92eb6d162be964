"""The way in for a phone: this machine's address on the local network, a token, and the door that asks for it.

The token stands in the address once, as the QR code has it. The door answers with a cookie and the address without it,
so that neither history nor referrer keeps it. For whoever has no token, nothing is there.
"""

import ipaddress
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from urllib.parse import quote

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from newsletter.errors import UsageError

COOKIE = "newsletter_phone"

_TOKEN_BYTES = 24
_DISCARD = 9
_ELSEWHERE = ("192.0.2.1", "10.0.0.1", "172.16.0.1", "192.168.0.1")
_WHITE_ON_BLACK = "\x1b[38;5;231;48;5;16m{}\x1b[0m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What lets a phone in: the address of this machine (IPv4) at which the door stands, and the token.

    ``others`` are the further addresses of this machine, at which there is no door.
    """

    host: str
    others: tuple[str, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES), repr=False)

    def address(self, port: int, path: str = "/") -> str:
        """Return the address that leads a phone to a page. It holds the token."""
        return f"http://{self.host}:{port}/{self.token}{path.rstrip('/')}"


class Door:
    """ASGI: passes on what came to this machine's own 127.0.0.1; from the network, who has the token may read.

    ``host`` is what a request from the network has to name as its host. Inside, ``request.state.phone`` says whether
    somebody came through the door. Whoever has no token gets 404 without a word.
    """

    def __init__(self, app: ASGIApp, *, token: str, host: str) -> None:
        self._app = app
        self._token = token
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have the application do so. There are no web sockets."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._behind(Request(scope))(scope, receive, send)

    def _behind(self, request: Request) -> ASGIApp:
        """Return what answers this request."""
        if not _is_from_network(request.scope):
            return _marked(self._app, phone=False)
        named = request.headers.get("host", "").partition(":")[0]
        if request.method not in {"GET", "HEAD"} or named != self._host:
            return _NOTHING
        token, _, page = request.scope["path"].removeprefix("/").partition("/")
        if _same(token, self._token):
            return self._welcome(page)
        return _marked(self._app, phone=True) if _same(request.cookies.get(COOKIE, ""), self._token) else _NOTHING

    def _welcome(self, page: str) -> Response:
        here = f"/{quote(page.lstrip('/'))}"  # one slash: two would lead to another host
        response = RedirectResponse(here, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        response.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
        return response


def access(found: Sequence[str]) -> Access:
    """Make a way in at the first local one of this machine's `addresses`, with a new token.

    Raises: UsageError when there is none.
    """
    local = tuple(address for address in found if not ipaddress.ip_address(address).is_global)
    if not local:
        raise UsageError("This machine is on no local network.", "Join the network that the phone is on.")
    return Access(host=local[0], others=local[1:])


def addresses() -> tuple[str, ...]:
    """Return this machine's addresses, the one of its usual way out first; none when it is on no network.

    The system is asked by which of them it would reach some others. Nothing is sent: connecting is no more than that
    with UDP.
    """
    found: dict[str, None] = {}
    for elsewhere in _ELSEWHERE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((elsewhere, _DISCARD))
            except OSError:
                continue
            found[asking.getsockname()[0]] = None
    return tuple(address for address in found if not ipaddress.ip_address(address).is_loopback)


def qr(address: str, *, colour: bool) -> str:
    """Return an address as a QR code of half blocks, two lines of it in one, to be printed.

    With ``colour`` it is white on black whatever the terminal's own are; without, it is right where these are dark.
    """
    out = StringIO()
    segno.make(address, error="l", micro=False).terminal(out, border=2, compact=True)
    lines = out.getvalue().splitlines()
    return "\n".join(_WHITE_ON_BLACK.format(line) if colour else line for line in lines)


def _is_from_network(scope: Scope) -> bool:
    """Whether a request came by the network. What is not known to have come by 127.0.0.1 did."""
    server = scope.get("server")
    try:
        return server is None or not ipaddress.ip_address(server[0]).is_loopback
    except ValueError:
        return True


def _marked(app: ASGIApp, *, phone: bool) -> ASGIApp:
    """Return an application that is told who asks, as ``request.state.phone``."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {**scope.get("state", {}), "phone": phone}}, receive, send)

    return told


def _same(given: str, token: str) -> bool:
    """Compare in a time that says nothing about the token."""
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


_NOTHING = Response(status_code=404, headers={"Cache-Control": "no-store"})
