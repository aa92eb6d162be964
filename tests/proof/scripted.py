"""A provider in the same process, for the laws: it does to each request what it is told, and keeps the truth.

``fates`` are those of the next requests; without one all is taken. What stands in ``before_guard`` happens once, in
the next request, while no byte has left yet.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from reckoning import Log
from truthful import CAPABILITIES, Kind

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

Fate = Literal[
    "take", "refuse one", "defer one", "blame one", "throttle", "refuse request", "unreached", "lose", "take and lose",
    "fail", "take and fail", "die", "take and die", "answer nothing",
]  # fmt: skip
"""What becomes of a request. One: its first reader; blamed, he takes all others along. Lose: it is whole, and no answer
comes. Fail: a bug of the provider's. Die: of our process, before it hears of it."""


class Killed(BaseException):
    """The process is no more; nothing may catch this."""


class Bug(Exception):
    """What no provider may raise."""


@dataclass
class Clock:
    """Stands still until it is moved; the steady one only goes forward. ``dies`` kills whoever asks it next."""

    now: datetime
    steady: float = 0
    dies: bool = False

    def __call__(self) -> datetime:
        if self.dies:
            self.dies = False
            raise Killed
        return self.now

    def ticks(self) -> float:
        """The steady clock, in seconds."""
        return self.steady

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.steady += seconds
        self.now += timedelta(seconds=seconds)

    def jump(self, seconds: float) -> None:
        """Somebody sets the clock."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Scripted:
    """The provider. With ``retries_doubts`` it makes the mistake that all of this is about."""

    kind: Kind
    clock: Clock
    log: Log = field(default_factory=Log)
    fates: deque[Fate] = field(default_factory=deque)
    before_guard: deque[Callable[[], object]] = field(default_factory=deque)
    retries_doubts: bool = False
    taken_at: list[datetime] = field(default_factory=list)
    blamed: set[str] = field(default_factory=set)
    _answered: dict[str, tuple[str, float, Sequence[Outcome]]] = field(default_factory=dict)

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]  # of this one, not of the class
        return CAPABILITIES[self.kind]

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        fate = self.fates.popleft() if self.fates else "take"
        if self.before_guard:
            self.before_guard.popleft()()
        match fate:
            case "unreached":
                raise NotSent("nobody there")
            case "die":
                self.clock.dies = True
                raise NotSent("and nobody is there any more to hear it")
            case "fail":
                raise Bug(messages[0].subscriber.address)
        if not guard():
            raise NotSent("stopped before its last byte")
        self.log.note({"did": "asked", "attempt": attempt, "fate": fate})
        try:
            return self._answer(attempt, messages, fate)
        except InDoubt:
            if self.retries_doubts:
                raise NotSent("a mistake: it is taken for one that never left") from None
            raise

    def _answer(self, attempt: str, messages: Sequence[Message], fate: Fate) -> Sequence[Outcome]:
        match fate:
            case "throttle":
                raise ThrottledUntil("too many", until=self.clock() + timedelta(minutes=3))
            case "refuse request":
                raise RequestRefused("401: the key is no longer valid")
            case "lose":
                raise InDoubt("no answer")
            case "blame one":
                self.blamed.add(messages[0].delivery)
        outcomes = self._once(attempt, messages, fate)
        match fate:
            case "take and lose":
                raise InDoubt("no answer")
            case "take and fail":
                raise Bug(messages[0].subscriber.address)
            case "take and die":
                self.clock.dies = True
        return [] if fate == "answer nothing" else outcomes

    def _once(self, attempt: str, messages: Sequence[Message], fate: Fate) -> Sequence[Outcome]:
        """Answer what came under the same id as before; all of it is taken, or nothing."""
        content = sha256(repr([(m.delivery, m.subscriber, m.html, m.text) for m in messages]).encode()).hexdigest()
        before, at, outcomes = self._answered.get(attempt, ("", 0.0, ()))
        window = self.capabilities.idempotency
        if before and window and self.clock.steady - at < window.total_seconds():  # then it has forgotten
            if before != content:
                self.log.note({"did": "broke", "attempt": attempt})
                raise InDoubt("409")
            return outcomes
        if any(message.delivery in self.blamed for message in messages):
            raise ReaderAtFault("422: one of these is no address")
        outcomes = [self._decide(attempt, message, fate if n == 0 else "take") for n, message in enumerate(messages)]
        self._answered[attempt] = content, self.clock.steady, outcomes
        return outcomes

    def _decide(self, attempt: str, message: Message, fate: Fate) -> Outcome:
        if fate == "refuse one":
            return Refused(delivery=message.delivery, reason="550 5.1.1 no such reader", bounced="550 5.1.1")
        if fate == "defer one":
            return Deferred(delivery=message.delivery, reason="450 4.2.0 greylisted")
        mail = {"attempt": attempt, "delivery": message.delivery, "address": message.subscriber.address}
        self.log.note({"did": "took", **mail})
        self.taken_at.append(self.clock())
        return Accepted(delivery=message.delivery, provider_id=f"took-{message.delivery}")

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        known = {one.delivery: one for one in self._answered.get(attempt, ("", 0.0, ()))[2]}
        traces = (known.get(message.delivery) for message in messages)
        return [
            Absent(delivery=message.delivery) if trace is None or isinstance(trace, Deferred) else trace
            for trace, message in zip(traces, messages, strict=True)
        ]

    def verify(self) -> Login:
        return Login(verified=True, sentence="it does as it is told")

    def close(self) -> None:
        pass
