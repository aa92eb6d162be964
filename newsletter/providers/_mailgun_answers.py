"""What Mailgun's answers mean: one outcome for all messages of a request, or one error for it.

A request is taken as a whole or not at all, and has one name for all of its messages: the Message-Id. Errors have no
names but their statuses; what they are about stands in a sentence, as ``{"message": …}`` or as plain text.
"""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from newsletter.errors import ProviderError
from newsletter.model.mail import Message
from newsletter.providers import _api
from newsletter.providers._base import (
    Absent,
    Accepted,
    InDoubt,
    Login,
    Outcome,
    ReaderAtFault,
    RequestRefused,
    ThrottledUntil,
    Unclear,
)
from newsletter.providers._mailgun_request import message_id

_MINUTE = timedelta(minutes=1)
_INVALID = 400
_NOBODY = "Mailgun Magnificent API"
"""What it says, with a 200, at an address where nothing is; it has taken nothing then."""
_DATE = "%a, %d %b %Y %H:%M:%S GMT"
_LONGEST = 300
"""Characters of a plain text that may be a sentence of Mailgun's and no page of a gateway's."""

_REGIONS = "A domain lives in one region: `url` is https://api.mailgun.net or https://api.eu.mailgun.net."
_HINTS = {
    401: f"Look at NEWSLETTER_MAILGUN_KEY, and at `url` under [send.mailgun]. {_REGIONS}",
    402: "Look at the plan of the account at mailgun.com, and whether it is paid.",
    403: "Look at mailgun.com what it wants of the account; a new one may not send large batches yet.",
    404: f"Look at `domain` and `url` under [send.mailgun]. {_REGIONS}",
    413: "The request is too large: embed no pictures, or fewer.",
}
_SENDER = "Correct `from` and `reply_to` under [sender] in newsletter.toml."
_DOMAIN = "Look at mailgun.com what it wants of the domain under [send.mailgun]."

_OF_THE_READER = re.compile(r"(?<![-\w])to'? parameter", re.IGNORECASE)
_OF_THE_SENDER = re.compile(r"\b(?:from|reply-to)\b", re.IGNORECASE)
_OF_THE_DOMAIN = re.compile(r"\bsandbox|test purposes|not allowed|activate", re.IGNORECASE)
_OF_ALL = re.compile(r"limited to|too many|parameters? (?:specified|is allowed)|recipient.variables", re.IGNORECASE)
_AGAIN_AFTER = re.compile(
    r"try again (?:after|in) (?:(?P<seconds>\d{1,9}) sec|(?:\w{3}, )?(?P<date>\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d)|)",
    re.IGNORECASE,
)


class _Said(BaseModel):
    """What it says of itself; both are empty when something else answered."""

    id: str = ""
    message: str = ""


class _Headers(BaseModel):
    message_id: str = Field("", alias="message-id")


class _Mail(BaseModel):
    headers: _Headers = _Headers()


class _Event(BaseModel):
    timestamp: float = 0
    message: _Mail = _Mail()
    variables: Annotated[dict[str, Any], BeforeValidator(_api.named)] = Field({}, alias="user-variables")

    @property
    def message_id(self) -> str:
        return self.message.headers.message_id.strip("<>")


class _Events(BaseModel):
    items: tuple[_Event, ...]


def outcomes(messages: Sequence[Message], response: httpx.Response) -> Sequence[Outcome]:
    """Read the answer to a request that was taken. Raises: RequestRefused where nothing is; InDoubt for no answer."""
    _refuse_nobody(response)
    if not (said := _said(response)).id:
        raise InDoubt(_api.nonsense("Mailgun", response))
    return [Accepted(delivery=message.delivery, said=said.message) for message in messages]


def trace(name: str, response: httpx.Response) -> type[Accepted | Absent | Unclear]:
    """Read from the events of its Message-Id what became of a request as a whole: it was taken, or never.

    Events of another one prove nothing: it was not asked for. Raises: RequestRefused where nothing is.
    """
    events = _events(response)
    if events == ():
        return Absent
    return Accepted if name in {event.message_id for event in events or ()} else Unclear


def newer(attempt: str, domain: str, response: httpx.Response, since: float) -> str | None:
    """Return the Message-Id of another attempt that its events know by it, and that was made after this one.

    That is a later one of the same run, or any that was taken after ``since``, a `moment` when this one had been made.
    None where no such one is seen. Raises: RequestRefused where nothing is.
    """
    for event in _events(response) or ():
        other = event.variables.get("attempt")
        if not isinstance(other, str) or event.message_id != message_id(other, domain):
            continue  # it is not ours
        if event.timestamp > since or _comes_after(other, attempt):
            return event.message_id
    return None


def moment(response: httpx.Response) -> float:
    """The end of the second in which it answered, by its own clock (RFC 9110 §6.6.1), which is that of its events.

    Without one it is a second that nothing is later than.
    """
    try:
        return datetime.strptime(response.headers.get("date", ""), _DATE).replace(tzinfo=UTC).timestamp() + 1
    except ValueError:
        return math.inf


def _comes_after(other: str, attempt: str) -> bool:
    """Whether an attempt is a later one of the same run; they are counted: ``<run>-<number>``."""
    (run, _, number), (its_run, _, its_number) = attempt.rpartition("-"), other.rpartition("-")
    are_counted = number.isdecimal() and its_number.isdecimal()
    return bool(run) and run == its_run and are_counted and int(its_number) > int(number)


def login(domain: str, response: httpx.Response) -> Login:
    """Read what an account answers that let somebody look at its events. Raises: RequestRefused where nothing is."""
    if _events(response) is None:
        return Login(verified=False, sentence=_api.nonsense("Mailgun", response))
    return Login(verified=True, sentence=f"Mailgun took the key, and knows {domain}.")


def trouble(response: httpx.Response, now: datetime) -> ProviderError:
    """Say what an error means for the whole request; after a failure of theirs (5xx) nobody knows."""
    said, status = _said(response).message, response.status_code
    sentence = f"Mailgun says: {status} {said or response.reason_phrase}".rstrip()
    if status == _api.REQUEST_TIMEOUT or status >= 500:  # whatever it says: that to try again helps is no promise
        return InDoubt(sentence)
    again = _AGAIN_AFTER.search(said)
    if status == _api.TOO_MANY or again:
        return ThrottledUntil(sentence, until=now + _pause(again, response, now))
    if status == _INVALID:
        return _invalid(sentence, said)
    return RequestRefused(sentence, _HINTS.get(status, ""))


def _invalid(sentence: str, said: str) -> RequestRefused:
    """What is invalid for no reason that all messages share may be one reader's address."""
    if _OF_THE_READER.search(said):
        return ReaderAtFault(sentence)
    if _OF_THE_SENDER.search(said):
        return RequestRefused(sentence, _SENDER)
    if _OF_THE_DOMAIN.search(said):
        return RequestRefused(sentence, _DOMAIN)
    return (RequestRefused if not said or _OF_ALL.search(said) else ReaderAtFault)(sentence)


def _events(response: httpx.Response) -> tuple[_Event, ...] | None:
    """Read a page of events, None when it is none."""
    _refuse_nobody(response)
    try:
        return _Events.model_validate_json(response.content).items
    except ValidationError:
        return None


def _refuse_nobody(response: httpx.Response) -> None:
    if _NOBODY in response.text[:_LONGEST]:
        raise RequestRefused(f"Mailgun answered “{_NOBODY}”: its API is not at this address.", _HINTS[404])


def _said(response: httpx.Response) -> _Said:
    """Read an answer; a gateway in between may have answered in its own way."""
    try:
        return _Said.model_validate_json(response.content)
    except ValidationError:
        text = response.text.strip()
        return _Said(message="" if "<" in text or len(text) > _LONGEST else text)


def _pause(again: re.Match[str] | None, response: httpx.Response, now: datetime) -> timedelta:
    """Return how long to leave it alone, as the sentence says or the header; a minute when neither does."""
    if not again or not again["date"]:
        seconds = again["seconds"] if again else response.headers.get("retry-after")
        return _api.pause(seconds or "", _MINUTE)
    try:
        return _api.bounded(datetime.strptime(again["date"], "%d %b %Y %H:%M:%S").replace(tzinfo=UTC) - now)
    except ValueError:
        return _MINUTE
