"""The engine takes waiting readers from the ledger to the provider, and writes down what became of each.

One thread has the ledger, others make the requests. Once a turn, one transaction writes the results of the requests
that came back and the intents of the next ones; only after its commit do these leave::

    results of the last requests ─┐
    who may go now, by the rates ─┼─ one transaction ─▶ commit ─▶ the number outside ─▶ requests
    intents of the next requests ─┘

What is read of a run, of the list and of the rates is read in that transaction, so that a pause, a cancel or a reader
who leaves takes effect within one turn, whoever wrote it.
"""

import logging
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from os import getpid

from newsletter import addresses
from newsletter.config import Config
from newsletter.delivery.account import account
from newsletter.delivery.allowance import Allowance
from newsletter.delivery.course import Courses
from newsletter.delivery.intents import NEVER, Intents
from newsletter.delivery.mark import Mark
from newsletter.delivery.results import Judged, Results, Written
from newsletter.delivery.senders import Answered, Request, Senders, TakenBack
from newsletter.delivery.timing import Timing
from newsletter.errors import NewsletterError, ProviderError
from newsletter.links import Key
from newsletter.model.ledger import DeliveryState, Run
from newsletter.providers._base import Capabilities, Provider, ReaderAtFault
from newsletter.store import attempts, claims, runs
from newsletter.store.attempts import Sender
from newsletter.store.database import Store, Transaction

_LOG = logging.getLogger(__name__)
_LONGEST_LINGER = 0.05
"""Seconds that answers are gathered at most before they are written down: as long as the last writing took, or this."""

_OFTEN = 1.0
"""Seconds from one look for what others left to the next."""

_BREATH = timedelta(seconds=0.05)
"""So soon at most it is looked again after nobody could be taken."""

_LONG = timedelta(seconds=30)
"""From so long on it is told that a run waits; a rate keeps it waiting all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things take at most. ``to_send`` is from an intent until its last byte has left; who died is found then.

    ``slice`` is for how long one `Engine.drain` takes more, so that its caller can look after other things; ``look``
    how long until somebody looks again though nothing is known to be due: another process may have changed something.
    So many requests lie ``ready`` for each connection, where any do (see `_ahead`).
    """

    to_send: timedelta = timedelta(minutes=5)
    slice: timedelta = timedelta(seconds=2)
    look: timedelta = timedelta(seconds=10)
    ready: int = 8


PACE = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """Of how many of a run's readers a turn wrote something down, by their state now; some may be *waiting* again."""

    run: int
    became: Counter[DeliveryState]


Progress = Callable[[Turned], object]


@dataclass(slots=True)
class _Turn:
    """What one transaction brought about, to be acted on after its commit.

    ``looks`` are when to look for more; ``stopped`` the runs that are not being sent, ``over`` those that may have come
    to an end; ``pauses`` those that had better not go on, and why; ``waits`` those of which nobody can be taken before
    a moment.
    """

    requests: list[Request] = field(default_factory=list)
    told: list[Turned] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)
    over: set[int] = field(default_factory=set)
    pauses: dict[int, Written] = field(default_factory=dict)
    waits: dict[int, datetime] = field(default_factory=dict)

    def note(self, run: int, written: Written) -> None:
        """Take in what a result brought about."""
        self.told.append(Turned(run=run, became=written.became))
        if written.why:
            self.pauses[run] = written


def worker_name() -> str:
    """Name this process so that no other has the same name."""
    return f"{socket.gethostname()}:{getpid()}:{random.getrandbits(32):08x}"


class Engine:
    """Sends the runs of one store through one provider. It belongs to one thread."""

    def __init__(
        self,
        store: Store,
        connect: Callable[[], Provider],
        config: Config,
        keys: Sequence[Key],
        *,
        mark: Mark,
        timing: Timing,
        worker: str = "",
        pace: Pace = PACE,
    ) -> None:
        """``keys`` sign links, the newest first. Raises: ConfigError for a provider that cannot be made."""
        self._store, self._mark, self._pace = store, mark, pace
        self._clock, self._ticks, self._wait = timing.clock, timing.ticks, timing.wait
        provider = connect()
        courses, allowance = Courses(config, keys, provider.capabilities), Allowance(config)
        provider.close()
        by = Sender(worker=worker or worker_name(), account=account(config, keys[0]))
        self._intents = Intents(config, courses, allowance, by=by, to_send=pace.to_send, ticks=timing.ticks)
        self._results = Results(config, courses, allowance, worker=by.worker, chance=timing.chance)
        count, ahead = config.send.connections, _ahead(provider.capabilities, pace.ready * config.send.connections)
        self._senders = Senders(connect, count, ahead=ahead, clock=timing.clock, ticks=timing.ticks)
        self._owed: list[Judged] = []
        self._under_way: set[int] = set()
        self._waits: dict[int, datetime] = {}
        self._lost_at = 0.0
        self._took = 0.0
        self._only: int | None = None

    def adopt(self) -> None:
        """Put in doubt all that is left open, when nobody else sends. Raises: StoreError; Restored."""
        self.refuse_restored()
        with self._store.writing() as transaction:
            attempts.adopt(transaction, at=self._clock())

    def refuse_restored(self) -> None:
        """Raises: Restored when the database knows fewer requests than this machine has made from it."""
        self._mark.refuse_restored(self._store)

    def drain(self, stop: threading.Event, *, progress: Progress = lambda _: None, only: int | None = None) -> datetime:
        """Send what may be sent now, for a while, of one run if that is given; return when to look again (aware UTC).

        What is under way then is gathered by the next call. Once ``stop`` is set nothing more is taken, and what is
        under way is waited for and written down. Raises: StoreError; what was learnt is kept, and written down by the
        next call.
        """
        self.refuse_restored()
        self._only = only
        over = self._ticks() + self._pace.slice.total_seconds()
        look = self._clock()
        while True:
            self._owe(self._senders.gather(self._patience(stop, look, over), self._took))
            if stop.is_set():
                self._owe(self._senders.take_back())
            taking = not stop.is_set() and self._ticks() < over
            look = self._turn(taking=taking, progress=progress)
            if self._owed or (self._senders.under_way and (taking or stop.is_set())):
                continue
            seconds = (look - self._clock()).total_seconds()
            if not taking:
                return self._clock()  # more may be waiting, or under way: the next call finds out
            if self._ticks() + seconds >= over:
                return look
            self._wait(stop, max(seconds, 0.0))

    def close(self) -> None:
        """Let go of the provider; what is under way is waited for and written down. Raises: StoreError."""
        self._owe(self._senders.take_back())
        self._senders.close()
        self._owe(self._senders.gather(0.0))
        if self._owed:
            self._turn(taking=False, progress=lambda _: None)

    def _patience(self, stop: threading.Event, look: datetime, over: float) -> float:
        """For how many seconds to wait for an answer: until more may be taken, or this call is over."""
        left = self._pace.slice.total_seconds() if stop.is_set() else over - self._ticks()
        if self._senders.free:
            left = min(left, (look - self._clock()).total_seconds())
        return max(0.0, left)

    def _owe(self, answers: list[Answered]) -> None:
        """Take answers to be written down; after a failed request none is made of those that lie ready."""
        if any(map(_failed, answers)):
            answers += self._senders.take_back()
        self._owed += self._results.judge(answers, self._clock())

    def _turn(self, *, taking: bool, progress: Progress) -> datetime:
        """Write results and intents in one transaction, let the requests leave; return when to look again."""
        at, began = self._clock(), self._ticks()
        with self._store.writing() as transaction:
            turn = self._write(transaction, at, taking=taking)
        self._took = min(self._ticks() - began, _LONGEST_LINGER)
        self._under_way -= {one.number for one in self._owed}
        self._owed.clear()
        self._owe(self._senders.take_back(turn.stopped))
        self._let_go(turn.requests)
        self._conclude(turn, at)
        self._tell_waits(turn, at)
        for one in turn.told:
            progress(one)
        return min([at + self._pace.look, *turn.looks])

    def _write(self, transaction: Transaction, at: datetime, *, taking: bool) -> _Turn:
        """What one transaction holds. Readers are held first, then runs in their order, then what belongs to them."""
        turn = _Turn()
        self._results.hold(transaction, self._owed)
        wanted = {one.run for one in self._owed} | ({self._only} if taking and self._only else set())
        known = runs.shared(transaction, wanted, sending=taking and not self._only)
        written = self._results.write(transaction, self._owed, known, at)
        for judged, one in zip(self._owed, written, strict=True):
            turn.note(judged.run, one)
        self._give_up_lost(transaction, at)
        for run in known.values() if taking else ():
            self._take(transaction, run, turn, at)
        turn.stopped = {number for number, run in known.items() if run.state != "sending"} | turn.pauses.keys()
        turn.over |= turn.stopped if taking else known.keys()
        return turn

    def _give_up_lost(self, transaction: Transaction, at: datetime) -> None:
        """See now and then to what others have left lying."""
        if self._ticks() >= self._lost_at:
            attempts.overdue(transaction, at=at, but=self._under_way)
            self._lost_at = self._ticks() + _OFTEN

    def _take(self, transaction: Transaction, run: Run, turn: _Turn, at: datetime) -> None:
        """Take readers of a run that is being sent, unless a result has just told against it."""
        most = self._senders.free - len(turn.requests)
        if run.state != "sending" or most <= 0 or run.id in turn.pauses or self._only not in (None, run.id):
            return
        try:
            requests, look = self._intents.take(transaction, run, at, most=most)
        except NewsletterError as error:  # what stands in the way of one run is none of the others' business
            turn.pauses[run.id] = Written(became=Counter(), why="faults", sentence=_words(error))
            return
        turn.requests += requests
        if look is None:
            turn.over.add(run.id)
        elif requests:
            turn.looks.append(look)
        else:  # whose turn it is, another process may be about to take
            turn.waits[run.id] = max(look, at + _BREATH)
            turn.looks.append(turn.waits[run.id])

    def _let_go(self, requests: Sequence[Request]) -> None:
        numbers = {request.attempt for request in requests}
        self._mark.lift(max(numbers, default=0))
        self._under_way |= numbers
        for request in requests:
            self._senders.start(request)

    def _conclude(self, turn: _Turn, at: datetime) -> None:
        """Change the runs themselves, each in a transaction of its own: others who send them hold several."""
        for number in sorted(turn.pauses.keys() | turn.over):
            with self._store.writing() as transaction:
                if paused := turn.pauses.get(number):
                    _pause(transaction, number, paused)
                claims.conclude(transaction, number, at=at)
            if number in turn.pauses:
                self._results.begin_anew(number)

    def _tell_waits(self, turn: _Turn, at: datetime) -> None:
        """Say once of a run that nobody of it can be taken for long, and until when."""
        for number, until in turn.waits.items():
            if at + _LONG < until < NEVER and self._waits.get(number) != until:
                extra = {"event": "run_waits", "run": number, "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
                _LOG.info("A run waits.", extra=extra)
                self._waits[number] = until


def _ahead(capabilities: Capabilities, ready: int) -> int:
    """How many of ``ready`` requests lie ready while others are made, so that no connection waits for the ledger.

    All of them are in doubt when the process is killed: none does but where a doubt is settled at once.
    """
    return ready if capabilities.idempotency else 0


def _failed(one: Answered) -> bool:
    """Whether a request failed, so that the next one would: not for a reader's fault, nor because it was not made."""
    return isinstance(one.answer, ProviderError) and not isinstance(one.answer, ReaderAtFault | TakenBack)


def _words(error: NewsletterError) -> str:
    return addresses.hidden(f"{error.sentence} {error.hint}".strip())


def _pause(transaction: Transaction, run: int, written: Written) -> None:
    runs.hold(transaction, run)
    what = {"state": "paused", "why": written.why, "sentence": written.sentence, "until": None}
    if runs.change(transaction, run, {"sending"}, **what):
        _LOG.error("A run has paused by itself.", extra={"event": "run_paused", "run": run, "why": written.why})
