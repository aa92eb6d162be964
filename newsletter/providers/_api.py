"""What the providers that are called over HTTP have in common: where they may be, their keys, the last byte, what their
answers and calls are made of.

A request's body is made once and its last byte held back until the guard has been asked; a body that is not whole is
none (RFC 9112 §6.3), so what goes wrong before that byte has sent nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr, ValidationError

from newsletter import __version__
from newsletter.errors import ProviderError
from newsletter.providers._base import Guard, InDoubt, NotSent
from newsletter.providers._hosts import is_host, is_loopback
from newsletter.validation import refuse

REQUEST_TIMEOUT, TOO_MANY = 408, 429
"""Statuses: it has waited for the rest of a request, which was on its way; it wants to be left alone for a while."""
SECOND, DAY = timedelta(seconds=1), timedelta(hours=24)
_CONNECT = 5.0
"""Seconds that connecting may take."""


def safe_url(example: str) -> Callable[[str], str]:
    """Make what validates the address of an API: a key travels encrypted, or not beyond this machine."""

    def validate(url: str) -> str:
        try:
            parts = urlsplit(url)
            extra = parts.query or parts.fragment or "@" in url
            plain = parts.port != 0 and is_host(parts.hostname or "") and not extra
        except ValueError:
            plain = False
        if not plain:
            raise refuse(f"this must be a web address like {example}")
        if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            return url
        raise refuse("the address begins with https://, as a key does not travel in the clear")

    return validate


def sendable(variable: str) -> Callable[[SecretStr], SecretStr]:
    """Make what validates a key that comes from a variable of the environment; it stands in a header."""

    def validate(key: SecretStr) -> SecretStr:
        if re.fullmatch(r"[!-~]+", key.get_secret_value()):
            return key
        raise refuse(f"{variable} holds a space or a letter that no key has")

    return validate


def client(
    url: str,
    timeout: float,
    *,
    headers: dict[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Make what calls an API and keeps its connection. Nothing is retried, and the environment's proxies unused."""
    return httpx.Client(
        base_url=url,
        headers={"User-Agent": f"newsletter/{__version__}", "Accept": "application/json", **(headers or {})},
        auth=auth,
        timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT)),
        trust_env=False,
        transport=transport,
    )


class Body:
    """A request's body, of which the guard releases the last byte. Raises: NotSent when it does not."""

    def __init__(self, content: bytes, guard: Guard) -> None:
        self._content = content
        self._guard = guard
        self.is_finished = False

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        yield self._content[:-1]
        if not self._guard():
            raise NotSent("The request was stopped before its last byte.")
        self.is_finished = True
        yield self._content[-1:]


def post(api: httpx.Client, name: str, path: str, body: Body, headers: dict[str, str]) -> httpx.Response:
    """Make a request of a provider's, called by its ``name``. Raises: NotSent, InDoubt."""
    try:
        return api.post(path, content=body, headers={**headers, "Content-Length": str(len(body))})
    except httpx.HTTPError as error:
        if not body.is_finished:
            raise unreached(name, error) from None
        raise InDoubt(f"{name} got the whole request, and its answer was lost: {_words(error)}.") from None


def get(api: httpx.Client, name: str, path: str, params: Mapping[str, str] | None = None) -> httpx.Response:
    """Ask a provider, called by its ``name``, for something. Raises: NotSent."""
    try:
        return api.get(path, params=params)
    except httpx.HTTPError as error:
        raise unreached(name, error) from None


def without_doubt(trouble: ProviderError) -> ProviderError:
    """The trouble with a question: whatever became of it, no reader was mailed."""
    return NotSent(trouble.sentence) if isinstance(trouble, InDoubt) else trouble


def pause(seconds: str, otherwise: timedelta) -> timedelta:
    """Return how long to leave a provider alone, as a header of its answer says in ``seconds``, or as it does not."""
    said = timedelta(seconds=int(seconds[:9])) if seconds.isascii() and seconds.isdecimal() else otherwise
    return bounded(said)


def bounded(pause: timedelta) -> timedelta:
    """A pause that is one, and not for ever."""
    return min(max(pause, SECOND), DAY)


def named(given: object) -> object:
    """Tags or variables by their names: an object, or a list of names and values; without any, also an empty list."""
    if isinstance(given, list):
        pairs = [one for one in given if isinstance(one, dict) and isinstance(one.get("name"), str)]
        return {one["name"]: one.get("value") for one in pairs}
    return given if isinstance(given, dict) else {}


def told(given: object) -> object:
    """What an object tells: what is null in it is not told."""
    return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given


def unreadable(name: str, error: ValidationError) -> ProviderError:
    """Say that a provider, called by its ``name``, calls with what is none of its events, and where."""
    place = ".".join(map(str, error.errors()[0]["loc"])) or "its beginning"
    return ProviderError(f"{name} called with what cannot be read: something is wrong at {place}.")


def nonsense(name: str, response: httpx.Response) -> str:
    """Say that nobody knows what a provider, called by its ``name``, has answered."""
    return f"{name} answered {response.status_code}, and with what nobody can read."


def unreached(name: str, error: httpx.HTTPError) -> NotSent:
    """Say that a provider, called by its ``name``, cannot be reached."""
    hint = f"Look whether this machine reaches the internet, and at `url` under [send.{name.lower()}]."
    return NotSent(f"{name} cannot be reached: {_words(error)}.", hint)


def _words(error: httpx.HTTPError) -> str:
    """An error in words, of which some have none."""
    return (str(error) or type(error).__name__).rstrip(".")
