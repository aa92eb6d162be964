"""What Resend's answers mean: an outcome for every message, or one error for the request.

Its errors are ``{"statusCode", "name", "message"}``; the name says more than the status, which is 403 for a bad key and
for an unverified domain, and 429 for a rate and for a quota.
"""

from collections.abc import Sequence
from datetime import datetime

import httpx
from pydantic import BaseModel, Field, ValidationError

from newsletter.errors import ProviderError
from newsletter.model.mail import Message
from newsletter.providers import _api
from newsletter.providers._base import (
    Accepted,
    InDoubt,
    Login,
    Outcome,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
)

_CONFLICT = 409
_INVALID = (400, 422)

_HINTS = {
    "missing_api_key": "Set NEWSLETTER_RESEND_KEY in the environment or in .env.",
    "invalid_api_key": "Make a key at resend.com/api-keys and set NEWSLETTER_RESEND_KEY in the environment or in .env.",
    "restricted_api_key": "The key may not do this. Look at its permission and its domain at resend.com/api-keys.",
    "suspended_api_key": "Ask Resend why, or make another key at resend.com/api-keys.",
    "monthly_quota_exceeded": "Take a larger plan at resend.com, or wait for the next month of the plan.",
    "invalid_from_address": "Correct `from` under [sender] in newsletter.toml.",
}
_HINTS_BY_FIELD = {
    "`from`": "Correct `from` under [sender] in newsletter.toml; Resend takes no comma in the name.",
    "`reply_to`": "Correct `reply_to` under [sender] in newsletter.toml.",
}
_DOMAIN = "Verify the domain of `from` under [sender] at resend.com/domains."
_TOO_LARGE = "The request is too large: embed no pictures, or fewer."
_READER = "Correct the address, or take it out."
_ALL_ALIKE = frozenset(
    {"invalid_idempotency_key", "missing_required_field", "invalid_attachment", "invalid_access", "invalid_region"}
)
"""Errors about what the messages of a request have in common."""


class _Taken(BaseModel):
    id: str = Field(min_length=1)


class _Problem(BaseModel):
    index: int
    message: str


class _Answer(BaseModel):
    data: tuple[_Taken, ...] = ()
    errors: tuple[_Problem, ...] = ()


class _Fault(BaseModel):
    """An error; both are empty when something else answered."""

    name: str = ""
    message: str = ""


class _Domain(BaseModel):
    name: str
    status: str


class _Domains(BaseModel):
    data: tuple[_Domain, ...]


def outcomes(messages: Sequence[Message], response: httpx.Response, *, batch: bool) -> Sequence[Outcome]:
    """Read what became of each message of a request that was taken.

    Raises: RequestRefused when none was, for a reason that is no reader's; InDoubt when the answer does not account for
    every message.
    """
    answer = _answer(response, batch=batch)
    problems = {problem.index: problem.message for problem in answer.errors}
    each_once = len(answer.data) + len(problems) == len(messages) and len(problems) == len(answer.errors)
    if not each_once or not problems.keys() <= set(range(len(messages))):
        given, answered = len(messages), len(answer.data) + len(answer.errors)
        raise InDoubt(f"Resend was given {given} messages, and its answer speaks of {answered}, or not of these.")
    if not answer.data and not any(map(_is_about_the_reader, problems.values())):
        said = _Fault(message=problems[0])
        raise _refused_request(f"Resend says: {said.message}", said, _INVALID[-1])
    taken = iter(answer.data)
    return [
        _refused(message, problems[index])
        if index in problems
        else Accepted(delivery=message.delivery, provider_id=next(taken).id)
        for index, message in enumerate(messages)
    ]


def _answer(response: httpx.Response, *, batch: bool) -> _Answer:
    try:
        if batch:
            return _Answer.model_validate_json(response.content)
        return _Answer(data=(_Taken.model_validate_json(response.content),))
    except ValidationError:
        raise InDoubt(_api.nonsense("Resend", response)) from None


def refusal(message: Message, response: httpx.Response) -> Refused | None:
    """Return the refusal of a lone reader, None when the error is about something else."""
    said = _fault(response).message
    about_the_reader = response.status_code in _INVALID and _is_about_the_reader(said)
    return _refused(message, said) if about_the_reader else None


def login(response: httpx.Response) -> Login | None:
    """Read what the list of domains says about a key, None when it is an error."""
    if _fault(response).name == "restricted_api_key":
        return Login(verified=True, sentence="Resend took the key. It may only send, so its domains stay unseen.")
    if not response.is_success:
        return None
    try:
        domains = _Domains.model_validate_json(response.content).data
    except ValidationError:
        return Login(verified=False, sentence=_api.nonsense("Resend", response))
    named = ", ".join(f"{domain.name} ({domain.status})" for domain in domains)
    return Login(verified=True, sentence=f"Resend took the key. Its domains: {named or 'none yet'}.")


def _refused(message: Message, said: str) -> Refused:
    return Refused(delivery=message.delivery, reason=said, hint=_READER if _is_about_the_reader(said) else "")


def _is_about_the_reader(said: str) -> bool:
    """Say whether a message of Resend's speaks of the address it was to mail; it names fields in backticks."""
    return "`to`" in said


def _fault(response: httpx.Response) -> _Fault:
    """Read an error; a gateway in between may have answered in its own way."""
    try:
        return _Fault.model_validate_json(response.content)
    except ValidationError:
        return _Fault()


def trouble(response: httpx.Response, now: datetime) -> ProviderError:
    """Say what an error means for the whole request.

    A conflict (409) means that a request under this key came before and is being worked on, or was another: whether
    its readers were mailed is not known here. So does a failure of theirs (5xx).
    """
    said, status = _fault(response), response.status_code
    words = f"{said.name}: {said.message}" if said.message else response.reason_phrase
    sentence = f"Resend says: {status} {words}".rstrip()
    if status == _api.TOO_MANY and said.name == "daily_quota_exceeded":
        return ThrottledUntil(f"{sentence} Larger plans have no limit a day.", until=now + _api.DAY)
    if status == _api.TOO_MANY and said.name != "monthly_quota_exceeded":
        # Without a header a second, as its limits count by it.
        said_so = (response.headers.get(name, "") for name in ("retry-after", "ratelimit-reset"))
        seconds = next(filter(str.isdecimal, said_so), "")
        return ThrottledUntil(sentence, until=now + _api.pause(seconds, _api.SECOND))
    if status in (_api.REQUEST_TIMEOUT, _CONFLICT) or status >= 500:
        return InDoubt(sentence)
    return _refused_request(sentence, said, status)


def _refused_request(sentence: str, said: _Fault, status: int) -> RequestRefused:
    """What is invalid for no reason that all messages share may be one reader's name or address."""
    hint = _hint(said, status)
    alike = bool(hint) or said.name in _ALL_ALIKE or not said.message
    return (RequestRefused if alike or status not in _INVALID else ReaderAtFault)(sentence, hint)


def _hint(said: _Fault, status: int = 0) -> str:
    """Say what can be done, empty where nothing better is known than what Resend says."""
    if by_name := _HINTS.get(said.name):
        return by_name
    for field, by_field in _HINTS_BY_FIELD.items():
        if field in said.message:
            return by_field
    if status == 403 or "domain" in said.message:
        return _DOMAIN
    return _TOO_LARGE if status == 413 else ""
