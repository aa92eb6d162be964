"""An office that sends notices: a list, a clock that is moved by hand, and a provider that does what it is told.

The provider is the outside world: what it took is the truth that the store is compared with.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import examples

from newsletter import mime
from newsletter.audience import address, consent
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.config import Config
from newsletter.delivery.notices.courier import Courier
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
    Provider,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
    Trace,
    Unclear,
)
from newsletter.store import notices, subscribers
from newsletter.store.database import Store
from newsletter.store.notices import Notice

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
SECRET = "een geheim dat alleen de proef kent"
NUMBERS = count(1)

PLAIN = Capabilities(batch_messages=1, batch_bytes=1_000_000)
REPEATS = Capabilities(batch_messages=100, batch_bytes=1_000_000, idempotency=timedelta(hours=24))
REMEMBERS = Capabilities(batch_messages=1, batch_bytes=1_000_000, look_up=True)

Fate = Literal[
    "take", "refuse", "bounce", "defer", "throttle", "unreached", "refuse request", "refuse address", "lose",
    "take and lose", "fail", "take and fail", "die", "take and die", "answer nothing",
]  # fmt: skip
"""What becomes of a request. Bounce: there is no such address. Refuse address: it is why the request is refused. Lose:
it is whole, and no answer comes. Fail: a bug of the provider's. Die: of us."""


class Killed(BaseException):
    """The process is no more; nothing may catch this."""


class Proofreading(Exception):
    """A bug."""


def settings(root: Path, **tables: object) -> Config:
    """A newsletter that may send notices."""
    secrets = {"variables": {"NEWSLETTER_SECRET": SECRET}}
    return examples.config(root, **{"secrets": secrets, **tables})  # type: ignore[arg-type]


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Post:
    """A provider. ``fates`` are those of the next requests; without one all is taken.

    ``taken`` holds what was taken, ``asked`` the attempts of all requests, ``broken`` what no request may do.
    What stands in ``before_guard`` and ``after_guard`` happens once each, in the next requests. ``intent`` is asked for
    each request which notice it is for; ``intents`` are the answers.
    """

    clock: Clock
    capabilities: Capabilities = PLAIN
    fates: deque[Fate] = field(default_factory=deque)
    taken: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    before_guard: deque[Callable[[], object]] = field(default_factory=deque)
    after_guard: deque[Callable[[], object]] = field(default_factory=deque)
    forgetful: bool = False
    intent: Callable[[str], int] = lambda _: 0
    intents: dict[str, int] = field(default_factory=dict)
    _answered: dict[str, tuple[str, Outcome]] = field(default_factory=dict)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        (message,) = messages
        self.asked.append(attempt)
        self.intents[attempt] = self.intent(attempt)
        fate = self.fates.popleft() if self.fates else "take"
        if self.before_guard:
            self.before_guard.popleft()()
        if fate == "unreached":
            raise NotSent("nobody there")
        if fate == "die":
            raise Killed
        if fate == "fail":
            raise Proofreading(message.subscriber.address)
        if not guard():
            raise NotSent("stopped before its last byte")
        if self.after_guard:
            self.after_guard.popleft()()
        return self._answer(attempt, message, fate)

    def _answer(self, attempt: str, message: Message, fate: Fate) -> Sequence[Outcome]:
        if fate == "throttle":
            raise ThrottledUntil("too many", until=self.clock() + timedelta(minutes=3))
        if fate == "refuse request":
            raise RequestRefused(f"no relaying to {message.subscriber.address}")
        if fate == "refuse address":
            raise ReaderAtFault(f"to parameter is not a valid address: {message.subscriber.address}")
        if fate == "lose":
            raise InDoubt("no answer")
        outcome = self._once(attempt, message, fate)
        if fate == "take and lose":
            raise InDoubt("no answer")
        if fate == "take and fail":
            raise Proofreading(message.subscriber.address)
        if fate == "take and die":
            raise Killed
        return [] if fate == "answer nothing" else [outcome]

    def _once(self, attempt: str, message: Message, fate: Fate) -> Outcome:
        content = sha256(mime.to_bytes(message)).hexdigest()
        if self.capabilities.idempotency and attempt in self._answered:
            before, outcome = self._answered[attempt]
            if before != content:
                self.broken.append(f"{attempt} came again with other bytes")
                raise InDoubt("409")
            return outcome
        outcome = self._decide(message, fate)
        self._answered[attempt] = (content, outcome)
        return outcome

    def _decide(self, message: Message, fate: Fate) -> Outcome:
        if fate == "refuse":
            return Refused(delivery=message.delivery, reason="550 5.1.1 no such\0 reader")
        if fate == "bounce":
            reason = f"550 5.1.1 <{message.subscriber.address}>: no such reader"
            return Refused(delivery=message.delivery, reason=reason, bounced="550 5.1.1")
        if fate == "defer":
            return Deferred(delivery=message.delivery, reason="450 4.2.0 greylisted")
        self.taken.append(message)
        return Accepted(delivery=message.delivery, provider_id=f"post-{len(self.taken)}")

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        (message,) = messages
        if not self.capabilities.look_up:
            self.broken.append("asked what it cannot know")
        if self.forgetful:
            return [Unclear(delivery=message.delivery)]
        found = any(one.delivery == attempt for one in self.taken)
        return [
            Accepted(delivery=message.delivery, provider_id="found") if found else Absent(delivery=message.delivery)
        ]

    def verify(self) -> Login:
        return Login(verified=True, sentence="it is the post")

    def close(self) -> None:
        pass

    def mails(self) -> Counter[tuple[str, str]]:
        """How often each kind was taken for each address."""
        return Counter((one.edition.issue, one.subscriber.address) for one in self.taken)


def draw() -> str:
    """The next 32 digits."""
    return f"{next(NUMBERS):032x}"


@dataclass
class Office:
    """A list of readers, and the courier of one process; each call is one transaction."""

    store: Store
    root: Path
    clock: Clock = field(default_factory=Clock)
    capabilities: Capabilities = PLAIN
    key: EraseKey | None = None

    def __post_init__(self) -> None:
        self.post = Post(self.clock, self.capabilities)
        self.config = settings(self.root)
        self.courier = self.new_courier()

    def new_courier(
        self,
        provider: Provider | None = None,
        config: Config | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> Courier:
        """A process of its own, which remembers nothing."""
        return Courier(
            self.store,
            provider or self.post,
            config or self.config,
            clock=clock or self.clock,
            draw=draw,
            chance=lambda: 0.5,
        )

    def occasion(self) -> Occasion:
        return Occasion(at=self.clock(), zone=ZONE, source="form")

    def sign_up(self, who: str = "anna@example.nl") -> int | None:
        with self.store.writing() as transaction:
            return consent.sign_up(transaction, Newcomer(address=who), self.occasion(), key=self.key, draw=draw)

    def confirm(self, request: int | None, *, welcome: bool = False) -> str:
        assert request is not None
        with self.store.writing() as transaction:
            return consent.confirm(transaction, request, self.occasion(), key=self.key, welcome=welcome).id

    def joins(self, who: str = "anna@example.nl", *, welcome: bool = False) -> str:
        """Sign up, get the mail and confirm: nothing of that waits any more. Returns his id."""
        request = self.sign_up(who)
        self.courier.drain()
        self.clock.later(hours=1)
        return self.confirm(request, welcome=welcome)

    def moves(self, identity: str, new: str) -> int | None:
        with self.store.writing() as transaction:
            return address.ask(transaction, identity, new, self.occasion(), key=self.key)

    def identity(self, who: str = "anna@example.nl") -> str:
        with self.store.reading() as transaction:
            known = subscribers.find(transaction, who)
        assert known is not None
        return known.subscriber.id

    def notices(self, who: str = "anna@example.nl") -> tuple[Notice, ...]:
        with self.store.reading() as transaction:
            known = subscribers.find(transaction, who)
            return notices.of(transaction, known.subscriber.id) if known else ()

    def notice(self, who: str = "anna@example.nl") -> Notice:
        """The last one."""
        return self.notices(who)[-1]

    def states(self) -> dict[str, int]:
        """Those there are, counted."""
        with self.store.reading() as transaction:
            return {state: number for state, number in notices.counts(transaction).items() if number}
