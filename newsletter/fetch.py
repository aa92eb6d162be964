"""The only way to the open web: an address → bytes, within limits, and never into the newsroom's own network.

A name is resolved once a hop; every IP address it gives is checked, and the connection goes to one that was checked,
with the name in the ``Host`` header and in TLS. So a name that changes its mind between check and connection (DNS
rebinding) gains nothing. No connection is kept: two names on one address would share it, and the certificate of the
second would go unread. Proxies of the environment are not used, as they would resolve the name again.
"""

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin

import httpx
from protego import Protego

from newsletter import __version__
from newsletter.errors import FetchError

MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
PATIENCE = 10.0
"""Seconds that connecting, and each reading, may take."""
LONGEST = 60.0
"""Seconds that a whole answer may take, its head too, however steadily it trickles."""
PACE = 1.0
"""Seconds between two requests to one host."""

_ROBOT = "newsletter"
_ROBOTS_BYTES = 512 * 1024  # RFC 9309 §2.5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = IPv6Network("::/96")
_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})

_Hurry = Callable[[], None]
_Trace = Callable[[str, Mapping[str, Any]], None]
Resolver = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address answered, whatever its status. ``address`` is the last one, after redirects.

    ``media`` is the content type in lower case without parameters, empty when none was sent; ``charset`` stood beside
    it. ``data`` is unpacked.
    """

    address: str
    status: int
    media: str
    charset: str | None
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """An address taken apart."""

    url: httpx.URL
    host: str
    port: int

    @property
    def origin(self) -> str:
        return f"{self.url.scheme}://{self.url.netloc.decode('ascii')}"


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return the IP addresses of a host in the system's order of preference. Raises: OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the open internet, whatever it is wrapped in (NAT64, 6to4, Teredo …)."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ((inner := _inner(ip)) is not None):
        return is_public(str(inner))
    special = ip.is_private or ip.is_reserved or ip.is_multicast or ip.is_link_local or ip.is_loopback
    site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return ip.is_global and not special and not site_local and not ip.is_unspecified


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one leads to."""
    if ip in _NAT64 or (ip in _IPV4_COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


class Fetcher:
    """Fetches addresses, one at a time, at a pace that burdens nobody.

    ``private`` names the hosts that may lie on private addresses. ``contact`` is an address at which the owner of a
    site learns who asks; it stands in the User-Agent. ``pace`` is the seconds between two requests to one host (none
    are owed to one's own), ``longest`` those that a whole answer may take.
    """

    def __init__(
        self,
        *,
        private: Sequence[str] = (),
        contact: str | None = None,
        pace: float = PACE,
        longest: float = LONGEST,
        resolver: Resolver = resolve,
        transport: Callable[[], httpx.BaseTransport] = lambda: httpx.HTTPTransport(trust_env=False),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pace = pace
        self._longest = longest
        self._private = frozenset(host.casefold() for host in private)
        self._agent = f"newsletter/{__version__}" + (f" (+{contact})" if contact else "")
        self._resolve = resolver
        self._connect = transport
        self._clock = clock
        self._sleep = sleep
        self._transport: httpx.BaseTransport | None = None
        self._asked: dict[str, float] = {}
        self._rules: dict[str, Protego] = {}

    def get(self, address: str, *, robots: bool = True) -> Fetched:
        """Fetch an address and follow its redirects, each checked like the first; any final status is an answer.

        ``robots`` False asks no leave of robots.txt at the address's own host, with ``www.`` or without; where it
        leads elsewhere, leave is asked. Raises: FetchError when the address is none, lies on a private network,
        robots.txt forbids it, nothing answers, or too much does.
        """
        free = "" if robots else _target(address).host.removeprefix("www.")
        for _ in range(MAX_REDIRECTS + 1):
            target = _target(address)
            if target.host.removeprefix("www.") != free:
                self._ask_leave(target)
            fetched, location = self._request(target, MAX_BYTES)
            if location is None:
                return fetched
            address = _redirected(fetched.address, location)
        raise FetchError(
            f"{address} comes after more than {MAX_REDIRECTS} redirects.", "Open it in a browser and import its page."
        )

    def post(self, address: str, form: bytes) -> Fetched:
        """Post a form to an address of one's own; a redirect is an answer too, and is not followed.

        Raises: FetchError when the address is none, lies on a private network, nothing answers, or too much does.
        """
        fetched, _ = self._request(_target(address), MAX_BYTES, form=form)
        return fetched

    def _ask_leave(self, target: _Target) -> None:
        """Raises: FetchError when robots.txt of the target's host forbids it, or cannot be had."""
        if target.origin not in self._rules:
            self._rules[target.origin] = self._read_rules(target)
        if not self._rules[target.origin].can_fetch(str(target.url), _ROBOT):
            raise FetchError(
                f"{target.url} may not be fetched: robots.txt of {target.host} forbids it.",
                "Save the page in a browser and import the file.",
            )

    def _read_rules(self, target: _Target) -> Protego:
        """Read robots.txt as RFC 9309 §2.3.1 has it: what is not there forbids nothing, what fails forbids all."""
        self._checked(target)
        address = f"{target.origin}/robots.txt"
        hint = "Try later, or save the page in a browser and import the file."
        for _ in range(MAX_REDIRECTS + 1):
            try:
                fetched, location = self._request(_target(address), _ROBOTS_BYTES, cut=True)
            except FetchError as error:
                sentence = f"robots.txt of {target.host} cannot be read, so nothing is fetched there: {error.sentence}"
                raise FetchError(sentence, error.hint) from None
            if fetched.status >= 500 or fetched.status == 429:
                sentence = f"robots.txt of {target.host} answered {fetched.status}, so nothing is fetched there."
                raise FetchError(sentence, hint)
            if location is None:
                break
            address = _redirected(fetched.address, location)
        return Protego.parse(fetched.data.decode("utf-8", "replace") if fetched.status == 200 else "")

    def _request(
        self, target: _Target, limit: int, *, cut: bool = False, form: bytes | None = None
    ) -> tuple[Fetched, str | None]:
        """Ask the first checked address that answers; return also where a redirect leads."""
        failure: httpx.TransportError | None = None
        for ip in self._checked(target):
            self._wait(target.host)
            try:
                return self._ask(target, ip, limit, cut=cut, form=form)
            except httpx.ConnectError as error:
                failure = error
            except httpx.TimeoutException:
                raise FetchError(f"{target.url} does not answer in time.", "Try it again later.") from None
            except httpx.HTTPError as error:
                raise FetchError(f"{target.url} broke off: {_said(error)}.", "Try it again later.") from None
        raise FetchError(f"{target.host} cannot be reached: {_said(failure)}.", "Check the address and the connection.")

    def _checked(self, target: _Target) -> Sequence[str]:
        """Return the IP addresses of a target's host. Raises: FetchError when one of them is nobody else's business."""
        try:
            found = self._resolve(target.host, target.port)
        except (OSError, UnicodeError):
            raise FetchError(f"There is no host {target.host}.", "Check the address and the connection.") from None
        if target.host not in self._private and not all(is_public(ip) for ip in found):
            raise FetchError(
                f"{target.host} lies on a private network, and is not fetched.",
                f'If it is yours, allow it in newsletter.toml: [fetch] private = ["{target.host}"].',
            )
        return found

    def _wait(self, host: str) -> None:
        """Let a host have its second since it was last asked."""
        if host in self._asked:
            rest = self._asked[host] + self._pace - self._clock()
            if rest > 0:
                self._sleep(rest)
        self._asked[host] = self._clock()

    def _ask(
        self, target: _Target, ip: str, limit: int, *, cut: bool, form: bytes | None
    ) -> tuple[Fetched, str | None]:
        hurry = partial(self._hurry, target, self._clock() + self._longest)
        try:
            with _cut_off_after(self._longest) as trace:
                found = self._answer(self._question(target, ip, trace, form), target, limit, hurry, cut=cut)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            hurry()
            raise
        hurry()
        return found

    def _hurry(self, target: _Target, end: float) -> None:
        if self._clock() >= end:
            raise FetchError(f"{target.url} takes longer than {self._longest:.0f} seconds.", "Try it again later.")

    def _question(self, target: _Target, ip: str, trace: _Trace, form: bytes | None) -> httpx.Request:
        return httpx.Request(
            "GET" if form is None else "POST",
            target.url.copy_with(host=ip),
            content=form,
            headers={
                "Host": target.url.netloc.decode("ascii"),
                "User-Agent": self._agent,
                "Accept": "text/html, text/markdown, text/plain;q=0.9, image/*;q=0.9, */*;q=0.5",
                "Accept-Encoding": "gzip",
                "Connection": "close",
                **({} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}),
            },
            extensions={
                "sni_hostname": target.host,
                "timeout": httpx.Timeout(PATIENCE).as_dict(),
                "trace": trace,
            },
        )

    def _answer(
        self, question: httpx.Request, target: _Target, limit: int, hurry: _Hurry, *, cut: bool
    ) -> tuple[Fetched, str | None]:
        self._transport = self._transport or self._connect()
        response = self._transport.handle_request(question)
        try:
            location = response.headers.get("Location") if response.status_code in _REDIRECTS else None
            data = b"" if location else _body(response, target, limit, hurry, cut=cut)
        finally:
            response.close()
        fetched = Fetched(
            address=str(target.url),
            status=response.status_code,
            media=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            charset=response.charset_encoding,
            data=data,
        )
        return fetched, location


@contextmanager
def _cut_off_after(seconds: float) -> Iterator[_Trace]:
    """Give the trace of a request (an extension of httpx) whose connection is cut off when its time is over.

    A time-out holds for each reading alone, and a server may send its headers letter by letter.
    """
    connected: list[socket.socket] = []

    def trace(event: str, info: Mapping[str, Any]) -> None:
        if event in _CONNECTED:
            connected.append(info["return_value"].get_extra_info("socket"))

    def cut_off() -> None:
        for connection in connected:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # that of TLS would wait for the other side

    timer = threading.Timer(seconds, cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()


def _target(address: str) -> _Target:
    """Take an address apart. Raises: FetchError when it is none of the web."""
    hint = "It begins with https:// and the name of a site."
    try:
        url = httpx.URL(address.strip()).copy_with(fragment=None)
        port = url.port or (443 if url.scheme == "https" else 80)
    except (httpx.InvalidURL, ValueError):
        raise FetchError(f"“{address}” is no web address.", hint) from None
    host = url.raw_host.decode("ascii").casefold().strip("[]").rstrip(".")
    if url.scheme not in {"http", "https"} or not host or "%" in host:
        raise FetchError(f"“{address}” is no web address.", hint)
    if url.userinfo:
        raise FetchError(f"The address at {url.host} holds a name or password.", "Take it out of the address.")
    return _Target(url=url, host=host, port=port)


def _redirected(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise FetchError(f"{address} leads to “{location}”, which is no address.", "Tell the site.") from None


def _body(response: httpx.Response, target: _Target, limit: int, hurry: _Hurry, *, cut: bool) -> bytes:
    """Read a body up to the limit, which counts what is unpacked; ``hurry`` is called with every piece."""
    data = bytearray()
    for chunk in _unpacked(response, target, limit + 1):
        hurry()
        data += chunk
        if len(data) > limit:
            if cut:
                return bytes(data[:limit])
            raise FetchError(f"{target.url} is larger than {limit // 1024**2} MB.", "Save what you need of it.")
    return bytes(data)


def _unpacked(response: httpx.Response, target: _Target, limit: int) -> Iterator[bytes]:
    """Yield a body as it comes, never more than ``limit`` bytes at once: a small parcel may unpack to gigabytes."""
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed in {"", "identity"}:
        yield from _raw(response)
        return
    if packed not in {"gzip", "x-gzip", "deflate"}:
        raise FetchError(f"{target.url} is packed as {packed}, which nobody asked for.", "Tell the site.")
    unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        for chunk in _raw(response):
            yield unpack.decompress(chunk, limit)
            while unpack.unconsumed_tail:
                yield unpack.decompress(unpack.unconsumed_tail, limit)
    except zlib.error:
        raise FetchError(f"{target.url} is packed, and cannot be unpacked.", "Tell the site.") from None


def _raw(response: httpx.Response) -> Iterator[bytes]:
    """Yield a body as it came; the stream itself, as the response may have kept one that was at hand at once."""
    assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - of a synchronous client it is
    yield from response.stream


def _said(error: Exception | None) -> str:
    """What a failure says of itself, without its number and full stop."""
    return str(error).rpartition("] ")[2].partition(" (_ssl")[0].rstrip(".") or type(error).__name__
