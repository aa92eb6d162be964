"""The work of one process among several, whoever calls for it: each slot sends for one run at a time, others care.

What is called for twice at once is done once, or by two who keep out of each other's way as the ledger says; what is
called for too late finds nothing to do. A slot has connections to the provider and keeps them, and leaves nothing under
way when a call is over: nobody knows when the next one comes.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, LifoQueue

from newsletter.delivery import clocks, retry
from newsletter.delivery.mark import Restored
from newsletter.errors import StoreError
from newsletter.store import runs, workers
from newsletter.store.database import Store, Transaction
from newsletter.worker.duties import LOOK, Duties, tell_of

TURN = timedelta(seconds=5)
"""For so long a slot sends for one run while others wait for theirs."""

PATIENCE = timedelta(seconds=3)
"""For so long a slot waits for the next reader of its run; for longer it leaves that to a hint that comes then."""

Open = Callable[[bool], AbstractContextManager[Duties]]
"""Puts duties together, with a courier when asked for one, and lets go of them at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The runs that are being sent, in their order; the slots of all workers that live; in how long to look again."""

    sending: tuple[int, ...]
    slots: int
    after: timedelta


class Slots:
    """So many slots of one process, and what it cares with. Each method may be called by several threads.

    Once ``stop`` is set nothing more is begun, and what is under way is waited for and written down.
    """

    def __init__(
        self,
        store: Store,
        open_: Open,
        count: int,
        *,
        clock: Callable[[], datetime],
        ticks: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Put all duties together. ``clock`` is this machine's, which is compared with the server's.

        Raises: ConfigError; StoreError, Restored among them.
        """
        self._store, self._clock, self._ticks, self._wait, self._chance = store, clock, ticks, wait, chance
        self._count = count
        self._doing: dict[object, str] = {}
        self._looking, self._carrying = threading.Lock(), threading.Lock()
        self._free: LifoQueue[Duties] = LifoQueue()
        with ExitStack() as opened:
            self._care = opened.enter_context(open_(True))
            for _ in range(count):
                self._free.put(opened.enter_context(open_(False)))
            self._opened = opened.pop_all()

    @property
    def doing(self) -> tuple[str, ...]:
        """What is being done just now, for a person."""
        times = Counter(self._doing.copy().values())
        return tuple(f"{what} in {many} slots" if many > 1 else what for what, many in sorted(times.items()))

    def close(self) -> None:
        """Let go of all; what was learnt and not written down yet is."""
        with self._opened:
            if courier := self._care.parts.courier:
                with suppress(StoreError):
                    courier.drain(_set())

    def drain(self, run: int, stop: threading.Event) -> timedelta | None:
        """Send for a run while somebody's turn comes soon, and until others have waited for a while.

        Return in how long to go on with it, None when nobody is to as far as can be told. Raises: WrongClock; Restored.
        """
        try:
            slot = self._free.get_nowait()
        except Empty:  # whoever looks after the run finds out who goes on with it
            return None
        try:
            with self._said(f"run {run}"):
                return self._drain(slot, run, stop)
        finally:
            self._end(slot, run)

    def look_after(self, stop: threading.Event) -> Looked | None:
        """Take runs further, apply, settle, tell; return what is to be done then, None while this process is at it.

        Raises: WrongClock; StoreError, Restored among them.
        """
        if not self._looking.acquire(blocking=False):
            return None
        try:
            clocks.refuse_apart(self._store, self._clock)
            with self._said("all runs"):
                after = self._look_after(stop)
            with self._store.reading() as transaction:
                slots = sum(one.slots for one in workers.living(transaction) if not one.waits)
                return Looked(sending=_sending(transaction), slots=max(slots, self._count), after=after)
        finally:
            self._looking.release()

    def notices(self, stop: threading.Event) -> None:
        """Mail the notices that are due. Nothing while this process does. Raises: WrongClock; StoreError."""
        courier = self._care.parts.courier
        if courier is None or not self._carrying.acquire(blocking=False):
            return
        try:
            clocks.refuse_apart(self._store, self._clock)
            with self._said("notices"):
                courier.drain(stop)
        finally:
            self._carrying.release()

    def write_down(self) -> None:
        """Write down what was learnt while the database was away. Raises: StoreError."""
        held = [self._free.get() for _ in range(self._free.qsize())]
        try:
            for slot in held:
                slot.drain(_set())
        finally:
            for slot in held:
                self._free.put(slot)

    def _end(self, slot: Duties, run: int) -> None:
        """Wait for what is under way, and give the slot back; what cannot be written down now is kept in it."""
        try:
            with suppress(StoreError):
                slot.drain(_set(), run)
        finally:
            self._free.put(slot)

    def _look_after(self, stop: threading.Event) -> timedelta:
        try:
            return self._care.look_after(stop) - self._care.clock()
        except Restored:
            raise
        except Exception as error:  # runs that are being sent are still to be sent
            tell_of(error)
            return LOOK

    def _drain(self, slot: Duties, run: int, stop: threading.Event) -> timedelta | None:
        over, failures = self._ticks() + TURN.total_seconds(), 0
        while not stop.is_set():
            try:
                clocks.refuse_apart(self._store, self._clock)
                rest = max(timedelta(0), min(slot.drain(stop, run) - slot.clock(), LOOK))
                with self._store.reading() as transaction:
                    sending, failures = _sending(transaction), 0
            except Restored:
                raise
            except StoreError as error:  # what was learnt is kept here until the database is back
                failures += 1
                tell_of(error)
                rest = retry.STORE.after(failures, self._chance())
            else:
                if run not in sending:
                    return None
                if rest > PATIENCE or (len(sending) > 1 and self._ticks() >= over):
                    return rest
            self._wait(stop, rest.total_seconds())
        return None

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        key = object()
        self._doing[key] = what
        try:
            yield
        finally:
            del self._doing[key]


def _sending(transaction: Transaction) -> tuple[int, ...]:
    return tuple(run.id for run in runs.going(transaction) if run.state == "sending")


def _set() -> threading.Event:
    """A stop that was given: what is under way is waited for, and nothing begun."""
    event = threading.Event()
    event.set()
    return event
