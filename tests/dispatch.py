"""A list, a run that has begun, and an engine whose provider does what it is told: what the tests of sending share."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Event

import examples
import listed

from newsletter import links
from newsletter.config import Config
from newsletter.delivery.allowance import Allowance, Shut
from newsletter.delivery.engine import Engine, Pace
from newsletter.delivery.mark import Mark
from newsletter.delivery.timing import Timing
from newsletter.errors import ProviderError
from newsletter.links import signing_key
from newsletter.model.ledger import Delivery, Draft, Run, Terms
from newsletter.model.mail import Edition, Message, Slot
from newsletter.providers._base import Accepted, Capabilities, Guard, Login, NotSent, Outcome, Trace
from newsletter.store import deliveries, editions, freezing, runs
from newsletter.store.database import Store

NOW = datetime(2026, 11, 28, 5, tzinfo=UTC)
"""A Saturday, six in the morning in Amsterdam."""

SECRET = "een geheim dat alleen de proef kent"
PLAIN = Capabilities(batch_messages=1, batch_bytes=10_000_000)
BATCHES = Capabilities(batch_messages=4, batch_bytes=10_000_000)

EDITION = Edition(
    issue="2026-11-28",
    language="nl",
    subject="De dijkwachten lopen weer",
    preheader="En een kerk met de sleutel bij de buren.",
    html=("<p>Geachte ", Slot(field="name", context="html"), "</p>", Slot(field="unsubscribe", context="link")),
    text=("Het is pas oktober.\n", Slot(field="why", context="text"), "\n"),
)
_TOKENS = count(1)

Script = Callable[[Sequence[Message]], Sequence[Outcome]]


@dataclass
class Clock:
    """Both clocks, moved by hand; waiting moves them too."""

    now: datetime = NOW
    ticks: float = 0

    def __call__(self) -> datetime:
        return self.now

    def steady(self) -> float:
        """The one that only goes on."""
        return self.ticks

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        self.ticks += seconds

    def wait(self, _: Event, seconds: float) -> None:
        """Nothing happens meanwhile."""
        self.later(seconds)


@dataclass
class Desk:
    """A provider. ``script`` holds what the next requests do: an answer, or an error; without one all are taken."""

    capabilities: Capabilities = PLAIN
    script: deque[Script | ProviderError] = field(default_factory=deque)
    before_guard: Callable[[], object] = lambda: None
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """As the contract says."""
        self.asked.append((attempt, tuple(message.subscriber.address for message in messages)))
        step = self.script.popleft() if self.script else self.take
        self.before_guard()
        if isinstance(step, NotSent) or not guard():
            raise step if isinstance(step, NotSent) else NotSent("stopped before its last byte")
        if isinstance(step, ProviderError):
            raise step
        return step(messages)

    def take(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Take them all."""
        self.taken += messages
        return [Accepted(delivery=one.delivery, provider_id=f"p-{one.delivery}") for one in messages]

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        """Never asked here."""
        raise NotImplementedError

    def verify(self) -> Login:
        """Never asked here."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is open."""

    @property
    def mailed(self) -> list[str]:
        """Whom it took mails for."""
        return sorted(message.subscriber.address for message in self.taken)


@dataclass
class Dispatch:
    """All of it on one store."""

    store: Store
    folder: Path
    tables: dict[str, object] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    desk: Desk = field(default_factory=Desk)
    to_send: timedelta = timedelta(minutes=5)

    @property
    def config(self) -> Config:
        """One request at a time, unless the test says otherwise."""
        tables = {"send": {"connections": 1}, "web": {"url": "https://weekbrief.example.nl"}, **self.tables}
        return examples.config(self.folder, secrets={"variables": {"NEWSLETTER_SECRET": SECRET}}, **tables)

    def engine(self, *, slice_: float = 60, worker: str = "proef") -> Engine:
        """A new engine, as a new process would have it."""
        return Engine(
            self.store,
            lambda: self.desk,
            self.config,
            links.verifying_keys(self.config),
            mark=Mark(self.folder / "state", "proef"),
            timing=Timing(clock=self.clock, ticks=self.clock.steady, wait=self.clock.wait, chance=lambda: 0.0),
            worker=worker,
            pace=Pace(to_send=self.to_send, slice=timedelta(seconds=slice_), ready=2),
        )

    def put(self, *readers: str) -> None:
        """Put confirmed readers on the list; a name stands for an address."""
        listed.put(self.store, *(listed.one(f"{name}@example.nl", name=name.title()) for name in readers))

    def press(self, *, first: int | None = None, quiet: str = "", edition: Edition = EDITION) -> int:
        """Press a run."""
        config = self.config
        terms = Terms(
            sender=config.sender.from_,
            reply_to=None,
            list_id="De Heuvelbode <weekbrief.example.nl>",
            feedback_id="a:b:c:d",
            web="https://weekbrief.example.nl",
            inbox=None,
            key=signing_key(config).id.hex(),
            pictures="https://beeld.example.nl/",
        )
        draft = Draft(
            token=sha256(f"{next(_TOKENS)}".encode()).hexdigest()[:16],
            issue=edition.issue,
            edition=edition.fingerprint,
            terms=terms,
            provider="desk",
            segment=None,
            due_at=self.clock(),
            pressed_at=self.clock(),
            pressed_by="redactie",
            machine="proef",
            first=first,
            quiet=quiet,
        )
        with self.store.writing() as transaction:
            editions.save(transaction, edition, self.clock())
            return runs.press(transaction, draft, allowed_at=self.clock())

    def begin(self, number: int) -> int:
        """Freeze its readers and have it sent; return how many they are."""
        at = self.clock()
        with self.store.writing() as transaction:
            total = freezing.freeze(transaction, runs.hold(transaction, number), None, at.date(), at)
            behind = dict.fromkeys(("frozen_at", "checked_at", "started_at"), at)
            assert runs.change(transaction, number, {"scheduled"}, state="sending", total=total, **behind)
        return total

    def send(self, *readers: str, **how: object) -> int:
        """Put readers on the list, and have a run begin for them."""
        self.put(*readers)
        number = self.press(**how)  # type: ignore[arg-type]
        self.begin(number)
        return number

    def drain(self, **how: object) -> datetime:
        """Have one engine send what may be sent, in a process that then ends in order."""
        engine = self.engine(**how)  # type: ignore[arg-type]
        look = engine.drain(Event())
        engine.close()
        return look

    def run(self, number: int) -> Run:
        """The run as it is now."""
        with self.store.reading() as transaction:
            run = runs.get(transaction, number)
        assert run is not None
        return run

    def ledger(self, number: int) -> dict[str, Delivery]:
        """Its readers' rows, by the names in their addresses."""
        with self.store.reading() as transaction:
            return {str(one.address).partition("@")[0]: one for one in deliveries.page(transaction, number)}

    def states(self, number: int) -> dict[str, str]:
        """Its readers' states."""
        return {name: one.state for name, one in sorted(self.ledger(number).items())}

    def shut(self, number: int) -> Shut | None:
        """What keeps its readers waiting."""
        with self.store.reading() as transaction:
            return Allowance(self.config).shut(transaction, self.run(number), self.clock())

    def change(self, number: int, **columns: object) -> None:
        """Change a run as an operator does."""
        with self.store.writing() as transaction:
            assert runs.change(transaction, number, {self.run(number).state}, **columns)
