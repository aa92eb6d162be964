"""The rehearsal of a send: the engine that really sends, on a ledger of its own, with the outbox for a provider.

Nothing leaves, and time passes only where the engine waits: a run that a limit would spread over days is through as
soon as its messages are made, and says when they would have left.
"""

import csv
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from newsletter import links
from newsletter.audience.files import Reject
from newsletter.audience.mailing import Mailing
from newsletter.build import Built
from newsletter.config import MOST_TESTERS, Config
from newsletter.delivery import lifecycle, plan
from newsletter.delivery.engine import Engine, Pace, Turned
from newsletter.delivery.lifecycle import Calendar
from newsletter.delivery.mark import Mark
from newsletter.delivery.stages import Stages
from newsletter.delivery.throttle import Limits
from newsletter.delivery.timing import Timing
from newsletter.errors import ProviderError
from newsletter.model.ledger import DeliveryState, Draft, Run
from newsletter.model.mail import Message
from newsletter.providers import outbox
from newsletter.providers._base import Accepted, Capabilities, Guard, Login, Outcome, Trace
from newsletter.send.preflight import missing
from newsletter.store import deliveries, runs
from newsletter.store.database import Store

_TOP = 10
_SKIPPED: tuple[DeliveryState, ...] = ("skipped",)
_MOMENT = timedelta(milliseconds=1)
"""Time passes, however short a wait is."""

_HOURS = timedelta(hours=12)
"""Nobody else changes anything meanwhile, so nobody need look sooner; and no quiet day is slept through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one reader's message, in a sentence."""

    delivery: str
    address: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a send would have done.

    ``readers`` were handed to the provider; with ``faults``, ``left_out``, ``had`` and ``rejects`` they are the
    ``source``, of which `Mailing` tells. ``headers`` are the first message's; ``largest`` is an address and its
    message's bytes; ``domains`` counts receiving domains, most readers first, and ``missing`` says in sentences what a
    real send would still want.

    ``first`` and ``last`` are when the first and the last mail would leave (aware UTC), at the limits of now; ``last``
    is None where nothing limits it but the provider, and both where nobody would be mailed. ``cost`` is what the
    provider would ask, None where no price is configured.
    """

    fingerprint: str
    source: str
    readers: int
    left_out: Mapping[str, int]
    had: int
    pauses: tuple[date, ...]
    rejects: tuple[Reject, ...]
    faults: tuple[Fault, ...]
    bytes: int
    headers: str
    largest: tuple[str, int]
    domains: tuple[tuple[str, int], ...]
    first: datetime | None
    last: datetime | None
    cost: str | None
    missing: tuple[str, ...]
    demo_key: bool


def rehearse(
    built: Built,
    mailing: Mailing,
    config: Config,
    *,
    box: outbox.Settings,
    progress: Callable[[int], object],
) -> Rehearsal:
    """Take the real path for every reader of a mailing, into an outbox. A mailing is rehearsed once.

    ``progress`` is told how many messages were made since; each is made twice, to be checked and to be sent. Raises:
    ProviderError when the outbox cannot be used; StoreError; ConfigError.
    """
    outbox.clear(box.folder)
    rehearsed = _Rehearsed(built, mailing.store, config, box, progress)
    run = rehearsed.run()
    key = links.signing_key(config)
    with mailing.store.reading() as transaction:
        accepted = deliveries.counts(transaction, run.id)["accepted"]
    seen = _Seen.of(box.folder, accepted)
    clock = rehearsed.clock
    return Rehearsal(
        fingerprint=built.edition.fingerprint,
        source=mailing.source,
        readers=accepted,
        left_out=mailing.left_out,
        had=mailing.had,
        pauses=mailing.pauses,
        rejects=mailing.rejects,
        faults=tuple(_faults(mailing.store, run)),
        bytes=seen.bytes,
        headers=seen.headers,
        largest=seen.largest,
        domains=tuple(seen.domains.most_common(_TOP)),
        first=clock.first,
        last=clock.last if _is_limited(config) else None,
        cost=config.send.cost(accepted),
        missing=missing(config),
        demo_key=key.demo,
    )


@dataclass(slots=True)
class _Clock:
    """A clock that goes on only when somebody waits. ``first`` and ``last`` are when mails were taken."""

    began: datetime
    passed: timedelta = timedelta(0)
    first: datetime | None = None
    last: datetime | None = None

    def now(self) -> datetime:
        return self.began + self.passed

    def ticks(self) -> float:
        return self.passed.total_seconds()

    def wait(self, _event: threading.Event, seconds: float) -> None:
        self.passed += max(timedelta(seconds=seconds), _MOMENT)

    def note(self) -> None:
        self.last = self.now()
        self.first = self.first or self.last


class _Rehearsed:
    """One run on its way through the stages of every run, in a store where there is no other."""

    def __init__(
        self, built: Built, store: Store, config: Config, box: outbox.Settings, progress: Callable[[int], object]
    ) -> None:
        self._built, self._store, self._config, self._box = built, store, config, box
        self._progress = progress
        self.clock = _Clock(built.message.letterhead.date)

    def run(self) -> Run:
        """Take the run to its end, and return it. Raises: ProviderError when it does not come there."""
        config, keys = self._config, (links.signing_key(self._config),)
        number = plan.press(self._store, self._built.edition, self._draft(), Calendar.of(config)).id
        stages = Stages(
            self._store, _Testers, config, keys, clock=self.clock.now, chance=_even, progress=self._progress
        )
        assert self._store.file is not None  # noqa: S101 (a store of the rehearsal's own is a file)
        with closing(Mark(self._store.file.parent, "mark")) as mark:
            engine = Engine(
                self._store,
                lambda: outbox.connect(self._box),
                # One after the other, so that the outbox has them in the order of the run.
                config.model_copy(update={"send": config.send.model_copy(update={"connections": 1})}),
                keys,
                mark=mark,
                timing=Timing(clock=self.clock.now, ticks=self.clock.ticks, wait=self.clock.wait, chance=_even),
                pace=Pace(slice=_HOURS, look=_HOURS),
            )
            with closing(engine):
                return self._to_its_end(number, stages, engine)

    def _to_its_end(self, number: int, stages: Stages, engine: Engine) -> Run:
        stop = threading.Event()
        while True:
            due = stages.advance(stop)
            look = engine.drain(stop, progress=self._note)
            with self._store.reading() as transaction:
                run = runs.hold(transaction, number)
            if run.why == "faults" and run.checked_at:
                plan.change(self._store, run, state=lifecycle.resumed(run))
            elif run.state == "finished" or run.why == "faults":
                return run
            elif run.is_over or run.why not in {None, "hold", "quiet"}:
                raise ProviderError(run.sentence or "The rehearsal did not come to its end.", "Try it again.")
            else:
                self.clock.wait(stop, (min(due or look, look) - self.clock.now()).total_seconds())

    def _draft(self) -> Draft:
        """The run as it would be pressed, its token made of the edition: the same inputs give the same bytes."""
        config, edition, due = self._config, self._built.edition, self.clock.began
        return Draft(
            token=hashlib.sha256(f"rehearsal/{edition.fingerprint}".encode()).hexdigest()[:16],
            issue=edition.issue,
            edition=edition.fingerprint,
            terms=plan.terms(edition, config, at=due),
            provider=config.send.provider or "",
            segment=None,
            due_at=due,
            pressed_at=due,
            pressed_by="",
            machine="",
            hold=config.send.hold.total_seconds() if config.send.testers else 0,
        )

    def _note(self, turned: Turned) -> None:
        self.clock.note()
        self._progress(sum(turned.became.values()))


class _Testers:
    """Stands for the provider that mails the testers, who get nothing from a rehearsal."""

    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=MOST_TESTERS, batch_bytes=50_000_000)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        return [Accepted(delivery=message.delivery) for message in messages if guard()]

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        raise NotImplementedError(attempt, len(messages))

    def verify(self) -> Login:
        return Login(verified=True, sentence="Nobody is asked.")

    def close(self) -> None:
        pass


@dataclass(slots=True)
class _Seen:
    """What lies in the outbox."""

    bytes: int = 0
    headers: str = ""
    largest: tuple[str, int] = ("", 0)
    domains: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, folder: Path, accepted: int) -> "_Seen":
        """Look at all messages of an outbox. Raises: ProviderError unless there are as many as were accepted."""
        seen = cls()
        if not accepted:
            return seen
        try:
            with (folder / outbox.LIST).open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    seen._add(row["address"], int(row["bytes"]))
            seen.headers = (folder / "1.eml").read_bytes().partition(b"\r\n\r\n")[0].decode("ascii")
        except OSError as error:
            raise ProviderError(f"The outbox {folder} cannot be read: {error.strerror}.") from None
        if seen.domains.total() != accepted:
            raise ProviderError(f"The outbox {folder} has not all of its messages.", "Is there room on the disk?")
        return seen

    def _add(self, address: str, size: int) -> None:
        self.bytes += size
        self.domains[address.rpartition("@")[2].lower()] += 1
        if size > self.largest[1]:
            self.largest = (address, size)


def _faults(store: Store, run: Run) -> Iterator[Fault]:
    """The readers who are skipped for their messages, in their order."""
    last = 0
    while True:
        with store.reading() as transaction:
            page = deliveries.page(transaction, run.id, after=last, states=_SKIPPED)
        if not page:
            return
        for one in page:
            if one.reason.startswith(plan.INVALID):
                yield Fault(
                    delivery=run.delivery_id(one.seq),
                    address=one.reader.address,
                    sentence=one.reason.removeprefix(plan.INVALID),
                )
        last = page[-1].seq


def _is_limited(config: Config) -> bool:
    """Whether anything but the provider says how fast it goes."""
    limits = Limits.of(config.send)
    return limits.by_day or bool(limits.rate) or bool(limits.per_domain)


def _even() -> float:
    return 0.5
