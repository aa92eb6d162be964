"""What must be reachable from outside, and whether it is: found out by asking for it as a reader's browser would.

A door in front may show a page of its own, lead to another program, or let no POST through. So our own address is asked
for something that only a holder of the secret can answer (`Knock`): any process of this newsletter may, and no other.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.config import Config
from newsletter.errors import FetchError
from newsletter.fetch import Fetched
from newsletter.links import Key
from newsletter.send.pictures import unreachable

ONE_CLICK = b"List-Unsubscribe=One-Click"
"""The body that a mail program posts (RFC 8058 §3.2), so that what stands in front meets it now and not later."""

_NONCE = re.compile(r"[0-9a-f]{32}")
_OTHER_NAME = frozenset({400, 421})
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp"})
_PROXY = "docs/serving.md shows what to write for Caddy and nginx."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of one check; ``remedy`` is empty when it is ``good``."""

    good: bool
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a request of our own came in: from which address, and whether a proxy said for whom."""

    client: str
    forwarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the outside is asked: ``get`` and ``post`` raise FetchError, ``draw`` gives 32 hexadecimal digits."""

    get: Callable[[str], Fetched]
    post: Callable[[str, bytes], Fetched]
    draw: Callable[[], str]


@dataclass(slots=True, kw_only=True)
class Knock:
    """Answers ``/health/<nonce>`` so that whoever asked knows that it was this newsletter; changes nothing."""

    key: Key
    seen: dict[str, Seen | None] = field(default_factory=dict)
    """Of each nonce of our own, how it came in; None while it did not. Those of strangers are not kept."""

    def route(self, base: str = "") -> Route:
        """The route, to stand before all others; ``base`` is the path under which the pages lie."""
        return Route(f"{base}/health/{{nonce}}", self.answer, methods=["GET", "POST"])

    async def answer(self, request: Request) -> Response:
        """Say what only a holder of the secret can say of this nonce and method."""
        nonce = request.path_params["nonce"]
        if not _NONCE.fullmatch(nonce):
            return PlainTextResponse("", 404)
        if nonce in self.seen:
            client = request.client.host if request.client else ""
            self.seen[nonce] = Seen(client=client, forwarded="x-forwarded-for" in request.headers)
        return PlainTextResponse(self.proof(request.method, nonce), headers={"Cache-Control": "no-store"})

    def proof(self, method: str, nonce: str) -> str:
        """What is answered: 32 hexadecimal digits. A HEAD is a GET without its body."""
        text = b"\0".join((b"newsletter/1", b"health", method.replace("HEAD", "GET").encode(), nonce.encode()))
        return hmac.digest(self.key.secret, text, hashlib.sha256).hex()[:32]


def needed(config: Config) -> tuple[tuple[str, str], ...]:
    """Return what must be reachable for everybody: what it is for, and its address."""
    web = config.web.url or ""
    return (
        ("joining", f"{web}/subscribe"),
        ("confirming", f"{web}/confirm/…"),
        ("preferences", f"{web}/preferences/…"),
        ("another address", f"{web}/move/… and {web}/back/…"),
        ("leaving", f"{web}/leave/… (also by POST, without cookie, script or captcha)"),
        ("pictures", f"{config.pictures_url}/…"),
    )


def check(config: Config, knock: Knock, asking: Asking) -> Iterator[Found]:
    """Ask for our own public address, and say what was found, one thing after the other. Raises nothing."""
    web = config.web.url or ""
    if not web.startswith("https://"):
        yield Found(
            good=False,
            sentence=f"{web} is not https, so mail programs offer no leaving with one click (RFC 8058).",
            remedy="Let a proxy speak https, and write https:// in `url` under [web].",
        )
    by_get = _asked(web, knock, asking)
    yield by_get
    if by_get.good:
        yield _posted(web, knock, asking)
        yield from _believed(config, knock)
    yield from _pictures(config, asking)


def _asked(web: str, knock: Knock, asking: Asking) -> Found:
    nonce = asking.draw()
    knock.seen[nonce] = None
    try:
        fetched = asking.get(f"{web}/health/{nonce}")
    except FetchError as error:
        return Found(good=False, sentence=error.sentence, remedy=f"{error.hint} {_PROXY}")
    if _proves(fetched, knock.proof("GET", nonce)):
        return Found(good=True, sentence=f"{web} answers, and it is this newsletter.")
    return Found(good=False, **_stranger(web, fetched.status))


def _stranger(web: str, status: int) -> dict[str, str]:
    if status in _OTHER_NAME:
        return {
            "sentence": f"{web} answers {status}: what stands in front does not pass on the name that was asked for.",
            "remedy": f"Let it pass the Host header unchanged. {_PROXY}",
        }
    if status == 200:
        return {
            "sentence": f"{web} is answered by something else than this newsletter, or under another secret.",
            "remedy": f"Let it lead here, and give all processes one NEWSLETTER_SECRET. {_PROXY}",
        }
    return {
        "sentence": f"{web} answers {status}, and not this newsletter.",
        "remedy": f"Let all that begins with {web} lead here. {_PROXY}",
    }


def _posted(web: str, knock: Knock, asking: Asking) -> Found:
    nonce = asking.draw()
    remedy = f"Let POST through without cookie, script or captcha (RFC 8058), also at what protects it. {_PROXY}"
    try:
        fetched = asking.post(f"{web}/health/{nonce}", ONE_CLICK)
    except FetchError as error:
        return Found(good=False, sentence=f"Nobody can leave with one click. {error.sentence}", remedy=remedy)
    if _proves(fetched, knock.proof("POST", nonce)):
        return Found(good=True, sentence="A POST comes through, so readers can leave with one click.")
    sentence = f"{web} answers {fetched.status} to a POST, and not this newsletter: nobody can leave with one click."
    return Found(good=False, sentence=sentence, remedy=remedy)


def _proves(fetched: Fetched, proof: str) -> bool:
    return fetched.status == 200 and hmac.compare_digest(fetched.data.strip(), proof.encode())


def _believed(config: Config, knock: Knock) -> Iterator[Found]:
    """Whether a proxy that came with our request is believed; nothing when another process got it."""
    for seen in filter(None, knock.seen.values()):
        if seen.forwarded and not _within(seen.client, config.web.proxies):
            yield Found(
                good=False,
                sentence=f"{seen.client} is not believed as a proxy, so all who come through it count as one visitor.",
                remedy=f'If it is yours, write in newsletter.toml: [web] proxies = ["{seen.client}"].',
            )


def _within(client: str, networks: tuple[str, ...]) -> bool:
    try:
        return any(ip_address(client) in ip_network(network) for network in networks)
    except ValueError:
        return False


def _pictures(config: Config, asking: Asking) -> Iterator[Found]:
    """Whether the newest published picture is shown; nothing when none is published yet."""
    newest = _newest(config.root / config.pictures.folder)
    if newest is None:
        return
    fault = next(unreachable([f"{config.pictures_url}/{newest.name}"], asking.get), None)
    remedy = f"Let {config.pictures_url} show the files of {config.pictures.folder}."
    yield Found(
        good=fault is None,
        sentence=fault or f"{config.pictures_url} shows the pictures.",
        remedy=remedy if fault else "",
    )


def _newest(folder: Path) -> Path | None:
    published = [file for file in folder.glob("[!.]*") if file.suffix.lower() in _PICTURES]
    return max(published, key=lambda file: file.stat().st_mtime, default=None)
