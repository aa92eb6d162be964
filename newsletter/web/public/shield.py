"""Stands before the readers' pages: what goes out carries its headers, what comes in is small, quick, and meant for us.

A body is read to its end before the application sees the request, counted as it comes, whatever its Content-Length
says, and cut when it is too long or too slow: no page deals with half a request. What goes wrong behind the shield
becomes a page as well, and a line for the operator that holds no values. Addresses and tokens stand in no log.
"""

import base64
import hashlib
import logging
import re
import traceback
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.errors import ConfigError, StoreError, UsageError

LARGEST = 64 * 1024
"""Bytes of a request's body; the longest form has a tenth of that."""

PATIENCE = 10.0
"""Seconds in which a body must have arrived."""

RETRY = 60
"""Seconds after which one may try again, when the store could not be used."""

Page = Callable[[Scope, int], ASGIApp]
"""Makes the page that says why a request was not dealt with, from its status: 400, 408, 409, 413, 421, 500 or 503."""

_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (StoreError, 503),
    (ConfigError, 503),  # the operator's to mend, as where two processes were given different keys
    (UsageError, 409),  # what is kept cannot be used any more, as an address that is refused by now
)
"""What is no bug behind the shield, and how it is answered."""

_LOG = logging.getLogger(__name__)
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")
_WORD = re.compile(r"[a-z]{1,16}")
_DEEPEST = 4
_BROKEN = {"connection": "close"}

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "browsing-topics=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    # Every page but the pictures may hold a token or an address; these say so themselves.
    "cache-control": "no-store",
}
_YEAR = "max-age=31536000"


def plain(_scope: Scope, status: int) -> ASGIApp:
    """The page of last resort: the status in words."""
    return PlainTextResponse(f"{HTTPStatus(status).phrase}\n", status)


def policy(styles: Iterable[str] = (), *, scripts: bool = False) -> str:
    """Return the Content-Security-Policy of pages whose ``<style>`` elements hold exactly these texts.

    ``scripts`` lets our own script and its worker run; nothing inline, and nothing of anybody else, ever does.
    """
    hashes = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles)
    parts = {
        "default-src": "'none'",
        "style-src": " ".join(f"'sha256-{hash_}'" for hash_ in hashes) or "'none'",
        "img-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        **({"script-src": "'self'", "worker-src": "'self'"} if scripts else {}),
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def origin(scope: Scope, proxies: Sequence[str]) -> str:
    """Return the network address a request came from, empty when the server does not know it.

    X-Forwarded-For is believed only as far as it was written by one of the ``proxies`` (networks, as text): from right
    to left, the first address that is none of them. What is no address ends the search at the last that was one.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    believed = [ip_network(proxy) for proxy in proxies]
    nearest = _address(peer)
    told = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    while nearest is not None and told and any(nearest in network for network in believed):
        farther = _address(told.pop())
        if farther is None:
            break
        nearest = farther
    return str(nearest) if nearest is not None else str(peer)


def shown(path: str) -> str:
    """Return a path as a log may show it: what is no plain word is a token, an address, or somebody's mischief."""
    parts = path.split("/")[1 : _DEEPEST + 1]
    return "/" + "/".join(part if not part or _WORD.fullmatch(part) else "…" for part in parts)


class Shield:
    """The ASGI application that stands before another one; see above.

    ``web`` is the public address of the pages: requests for another host are refused, and an https address makes
    browsers insist on it. ``policy`` is the Content-Security-Policy of what does not set its own.
    """

    def __init__(
        self,
        application: ASGIApp,
        *,
        web: str,
        policy: str,
        page: Page = plain,
        largest: int = LARGEST,
        patience: float = PATIENCE,
    ) -> None:
        """Put a shield before an application; ``largest`` is in bytes, ``patience`` in seconds."""
        parts = urlsplit(web)
        name = (parts.hostname or "").lower()
        self.health = f"{parts.path.rstrip('/')}/health"
        self.application, self.page, self.largest, self.patience = application, page, largest, patience
        self.host = f"[{name}]" if ":" in name else name
        self.scheme = parts.scheme
        self.headers = {**_ALWAYS, "content-security-policy": policy}
        if parts.scheme == "https":
            self.headers["strict-transport-security"] = _YEAR

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        scope = {**scope, "scheme": self.scheme}  # what stands in front speaks http to us
        answer = _Answer(send, self.headers)
        status = self._wrong_host(scope) or self._too_long(scope)
        body = status or await self._body(receive)
        if body is None:
            return
        if isinstance(body, int):
            await self.page(scope, body)(scope, _replay(b"", receive), answer.breaking)
            return
        await self._answer(scope, _replay(body, receive), answer)

    def _wrong_host(self, scope: Scope) -> Literal[400, 421] | None:
        """The status for a request that names no host, several, or another one (RFC 9110 §7.4, RFC 9112 §3.2)."""
        named = Headers(scope=scope).getlist("host")
        match = _HOST.fullmatch(named[0].lower()) if len(named) == 1 else None
        if not match:
            return 400
        if match["name"] == self.host or (scope["path"] in (self.health, "/health") and match["name"] in _HERE):
            return None
        return 421

    def _too_long(self, scope: Scope) -> Literal[400, 413] | None:
        """The status for a body whose length can be refused before a byte of it is read."""
        announced = Headers(scope=scope).get("content-length", "0")
        if not (announced.isascii() and announced.isdecimal()):
            return 400
        return 413 if len(announced) > 18 or int(announced) > self.largest else None

    async def _body(self, receive: Receive) -> bytes | Literal[408, 413] | None:
        """Read a body to its end, or return the status for it; None when whoever sent it went away."""
        read = bytearray()
        with anyio.move_on_after(self.patience):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                read += message.get("body", b"")
                if len(read) > self.largest:
                    return 413
                if not message.get("more_body", False):
                    return bytes(read)
        return 408

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            await self.application(scope, receive, answer)
        except Exception as error:
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
            about = _about(error, scope, status)
            _LOG.error("A request could not be answered: %(error)s %(sentence)s\n%(trace)s", about, extra=about)
            if answer.began:
                raise _Aborted from None  # the server closes the connection: half a page must not look whole
            await self.page(scope, status)(scope, receive, answer)


class _Aborted(Exception):
    """An answer that had begun and could not be ended; what happened is in the log already."""


class _Answer:
    """Sends an answer with the headers that every answer has; what the application set itself stays."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self.send, self.headers, self.began = send, headers, False

    async def __call__(self, message: Message) -> None:
        await self._pass_on(message, self.headers)

    async def breaking(self, message: Message) -> None:
        """Send and close the connection: what is left of the body would be taken for the next request."""
        await self._pass_on(message, {**self.headers, **_BROKEN})

    async def _pass_on(self, message: Message, headers: dict[str, str]) -> None:
        if message["type"] == "http.response.start":
            self.began = True
            set_ = MutableHeaders(scope=message)
            for name, value in headers.items():
                set_.setdefault(name, value)
            # Mails show pictures on pages of other hosts; nothing else of ours belongs there.
            picture = set_.get("content-type", "").startswith("image/")
            set_.setdefault("cross-origin-resource-policy", "cross-origin" if picture else "same-origin")
            if set_.get("server"):
                del set_["server"]
            if message["status"] == 503:
                set_.setdefault("retry-after", str(RETRY))
        await self.send(message)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand on a body that was read, then whatever comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _about(error: Exception, scope: Scope, status: int) -> dict[str, object]:
    """What a line for the operator holds: the kind of error and its way through the code, not its values."""
    said = error.sentence if isinstance(error, StoreError | ConfigError) else ""  # others may name an address
    return {
        "event": "web.failed",
        "method": _method(scope),
        "path": shown(scope["path"]),
        "status": status,
        "error": type(error).__name__,
        "sentence": said,
        "trace": "".join(traceback.format_tb(error.__traceback__)),
    }


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method.isascii() and method.isalpha() and len(method) < 16 else "…"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read a network address, with or without a port; one of IPv4 in the clothes of IPv6 is one of IPv4."""
    text = text.strip()
    for spelt in (text, text.partition("]")[0].removeprefix("["), text.partition(":")[0]):
        try:
            address = ip_address(spelt.partition("%")[0])
        except ValueError:
            continue
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return mapped or address
    return None
