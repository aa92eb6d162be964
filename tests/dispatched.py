"""An office that sends runs: a list, a clock that is moved by hand, and a provider that keeps what it took.

The worker is the real one; only the outside world is invented. Nothing waits: where the worker would, the test moves
the clock.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

import examples
import ledgered
import listed

from newsletter.config import Config
from newsletter.delivery import plan
from newsletter.delivery.alert import Alerts
from newsletter.delivery.engine import PACE, Engine, Pace, Turned
from newsletter.delivery.events import Applied
from newsletter.delivery.lifecycle import Calendar
from newsletter.delivery.mark import Mark
from newsletter.delivery.notices.courier import Courier
from newsletter.delivery.settle import Settler
from newsletter.delivery.stages import Stages
from newsletter.delivery.timing import Timing
from newsletter.errors import ProviderError
from newsletter.links import verifying_keys
from newsletter.model.ledger import DeliveryState, Run
from newsletter.model.mail import Edition, Message
from newsletter.providers._base import Accepted, Capabilities, Guard, Login, NotSent, Outcome, Trace
from newsletter.store import deliveries, runs
from newsletter.store.database import Store
from newsletter.worker import Parts, Worker

SECRET = "een geheim dat alleen de proef kent"
EDITION = ledgered.EDITION
TESTERS = ("De chef <chef@example.org>", "redactie@example.org")
_TOKENS = count(1)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Post:
    """A provider that takes every message, unless an error is waiting in ``errors``: then no request before it."""

    taken: list[tuple[datetime, Message]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    errors: list[ProviderError] = field(default_factory=list)
    clock: Callable[[], datetime] = datetime.now
    during: Callable[[], object] = lambda: None
    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=100, batch_bytes=10_000_000)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        self.asked.append(attempt)
        self.during()
        if self.errors:
            raise self.errors.pop(0)
        if not guard():
            raise NotSent("too late")
        self.taken += [(self.clock(), message) for message in messages]
        return [Accepted(delivery=message.delivery) for message in messages]

    def look_up(self, _attempt: str, _messages: Sequence[Message]) -> Sequence[Trace]:
        raise AssertionError("it cannot")

    def verify(self) -> Login:
        return Login(verified=True, sentence="it is the post")

    def close(self) -> None:
        pass

    def mails(self) -> Counter[tuple[str, str]]:
        """How often each address got each kind: ``list``, ``test`` or ``memo``."""
        return Counter((kind_of(message), message.subscriber.address) for _, message in self.taken)


def kind_of(message: Message) -> str:
    if message.edition.issue == "memo":
        return "memo"
    return "test" if message.letterhead.test else "list"


@dataclass
class Dispatch:
    """A store with readers, and the worker of one process. ``tables`` are those of newsletter.toml."""

    store: Store
    root: Path
    clock: Clock
    tables: dict[str, dict[str, object]] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    notified: list[dict[str, object]] = field(default_factory=list)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self.config = self.configured(**self.tables)
        self.post = Post(clock=self.clock)
        self.engines: list[Engine] = []
        self.worker = self.new_worker()

    def configured(self, **tables: dict[str, object]) -> Config:
        send = {"provider": "outbox", **tables.pop("send", {})}
        newsletter = {"quiet": ["sunday"], **tables.pop("newsletter", {})}
        secrets = {"variables": {"NEWSLETTER_SECRET": SECRET}}
        return examples.config(self.root, secrets=secrets, send=send, newsletter=newsletter, **tables)

    def new_worker(
        self, *, wait: Callable[[threading.Event, float], object] = lambda _event, _seconds: None, **how: object
    ) -> Worker:
        """A process of its own, which remembers nothing."""
        return Worker(self.new_parts(**how), clock=self.clock, chance=lambda: 0.5, wait=wait)  # type: ignore[arg-type]

    def new_parts(
        self,
        *,
        courier: Courier | None = None,
        pace: Pace = PACE,
        progress: Callable[[Turned], object] = lambda _: None,
    ) -> Parts:
        """What a process works with."""
        keys = verifying_keys(self.config)
        store, config, clock = self.store, self.config, self.clock
        timing = Timing(clock=clock, wait=lambda _event, _seconds: None, chance=lambda: 0.5)
        engine = Engine(
            store, self.connect, config, keys, mark=Mark(self.root / "state", "test"), timing=timing, pace=pace
        )
        self.engines.append(engine)
        return Parts(
            engine=engine,
            settler=Settler(store, self.connect, config, keys, clock=clock, chance=lambda: 0.5),
            stages=Stages(store, self.connect, config, keys, clock=clock, chance=lambda: 0.5),
            alerts=Alerts(store, self.connect, config, clock=clock, chance=lambda: 0.5, command=self.command),
            apply=lambda: Applied(calls=0, more=False),
            courier=courier,
            progress=progress,
        )

    def connect(self) -> Post:
        return self.post

    def command(self, _line: str, text: str) -> None:
        if self.failure:
            raise self.failure
        self.notified.append(json.loads(text))

    def readers(self, *addresses: str) -> None:
        """Put confirmed readers on the list."""
        listed.put(self.store, *(listed.one(address) for address in addresses))

    def press(self, due_at: datetime, *, edition: Edition = EDITION, **changes: object) -> Run:
        """Press a run of the small issue."""
        now, config = self.clock(), self.config
        drawn: dict[str, object] = {
            "issue": edition.issue, "edition": edition.fingerprint, "due_at": due_at, "pressed_at": now,
            "terms": plan.terms(edition, config, at=now), "hold": 600.0 if config.send.testers else 0.0,
        }  # fmt: skip
        return plan.press(self.store, edition, ledgered.draft(**{**drawn, **changes}), Calendar.of(config))

    def turn(self) -> datetime:
        """Have the worker do all that is due at this moment."""
        return self.worker.turn(self.stop)

    def run(self, number: int = 1) -> Run:
        with self.store.reading() as transaction:
            found = runs.get(transaction, number)
        assert found is not None
        return found

    def change(self, number: int = 1, **columns: object) -> None:
        """What an operator does to a run."""
        with self.store.writing() as transaction:
            state = runs.hold(transaction, number).state
            assert runs.change(transaction, number, {state}, **columns)

    def stands(self, number: int = 1) -> str:
        """``sending``, ``paused (quiet)``"""
        run = self.run(number)
        return f"{run.state} ({run.why})" if run.why else run.state

    def counts(self, number: int = 1) -> dict[DeliveryState, int]:
        """Those there are."""
        with self.store.reading() as transaction:
            return {state: many for state, many in deliveries.counts(transaction, number).items() if many}

    def close(self) -> None:
        for engine in self.engines:
            engine.close()


def at(text: str) -> datetime:
    """A moment in UTC: ``at("2026-11-28 05:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
