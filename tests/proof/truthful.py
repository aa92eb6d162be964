"""A provider for proofs, in three variants: one that answers a known id as before, one that can be asked, and neither.

It speaks with `truth_process` over plain HTTP. The last byte of a request is withheld until the guard says yes.
"""

import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from newsletter.model.mail import Message
from newsletter.providers._base import (
    Absent,
    Accepted,
    Capabilities,
    Deferred,
    Guard,
    InDoubt,
    Login,
    NotSent,
    Outcome,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
    Trace,
)

Kind = Literal["repeats", "remembers", "plain"]
KINDS: tuple[Kind, ...] = get_args(Kind)

IMPATIENT, PATIENT = 0.8, 60.0
"""Seconds that an answer may take: where some never come, and where each comes however busy the machine is."""

BATCH = 8
_PLAIN = Capabilities(batch_messages=BATCH, batch_bytes=1_000_000)
CAPABILITIES: dict[Kind, Capabilities] = {
    "repeats": replace(_PLAIN, idempotency=timedelta(hours=24)),
    "remembers": replace(_PLAIN, look_up=True),
    "plain": _PLAIN,
}

_EXPECTED = (OSError, http.client.HTTPException)


class Truthful:
    """The provider; it keeps one connection. Its clock goes ``speed`` times as fast as the world."""

    def __init__(
        self, at: str, kind: Kind, *, clock: Callable[[], datetime], speed: float = 1, patience: float = PATIENT
    ) -> None:
        self.capabilities = CAPABILITIES[kind]
        self._clock, self._speed = clock, speed
        self._connection = http.client.HTTPConnection(urlsplit(at).netloc, timeout=patience)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Send them; the words of the contract are those of `Provider.send`."""
        body = json.dumps([_mail(message) for message in messages]).encode()
        self._begin("/send", attempt, body, guard)
        status, answer, pause = self._answer()
        match status:
            case 200:
                return [_outcome(message, one) for message, one in zip(messages, answer, strict=True)]
            case 422:
                raise ReaderAtFault(answer["error"])
            case 429:
                raise ThrottledUntil("too many", until=self._clock() + timedelta(seconds=pause * self._speed))
            case 401 | 403 | 413:
                raise RequestRefused(answer["error"])
        raise InDoubt(f"the provider says: {status}")

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        """Ask what became of them."""
        self._begin("/look-up", attempt, json.dumps([message.delivery for message in messages]).encode(), lambda: True)
        _, answer, _ = self._answer()
        return [
            _trace(message, one) if one else Absent(delivery=message.delivery)
            for message, one in zip(messages, answer, strict=True)
        ]

    def verify(self) -> Login:
        """Nobody logs in."""
        return Login(verified=True, sentence="it takes what comes")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _begin(self, path: str, attempt: str, body: bytes, guard: Guard) -> None:
        try:
            self._connection.putrequest("POST", path)
            self._connection.putheader("Attempt", attempt)
            self._connection.putheader("Content-Length", str(len(body)))
            self._connection.endheaders(body[:-1])
        except _EXPECTED as error:
            self._connection.close()
            raise NotSent(f"nobody is there: {error!r}") from None
        if not guard():
            self._connection.close()
            raise NotSent("stopped before its last byte")
        try:
            self._connection.send(body[-1:])
        except _EXPECTED as error:
            self._connection.close()
            raise InDoubt(f"the last byte may have left: {error!r}") from None

    def _answer(self) -> tuple[int, Any, int]:
        try:
            response = self._connection.getresponse()
            return response.status, json.loads(response.read()), int(response.headers.get("Retry-After", 0))
        except (*_EXPECTED, ValueError) as error:
            self._connection.close()
            raise InDoubt(f"no answer: {error!r}") from None


def _mail(message: Message) -> dict[str, str]:
    """Whom it goes to, and a hash of all that he reads."""
    read = "\0".join(
        (message.edition.subject, message.html, message.text, message.unsubscribe, message.subscriber.name)
    )
    return {
        "delivery": message.delivery,
        "address": message.subscriber.address,
        "content": sha256(read.encode()).hexdigest(),
    }


def _trace(message: Message, one: Any) -> Accepted | Refused:
    if one["did"] == "refused":
        return Refused(delivery=message.delivery, reason=one["said"], bounced="550 5.1.1")
    return Accepted(delivery=message.delivery, provider_id=one["id"])


def _outcome(message: Message, one: Any) -> Accepted | Refused | Deferred:
    if one["did"] == "deferred":
        return Deferred(delivery=message.delivery, reason=one["said"])
    return _trace(message, one)
