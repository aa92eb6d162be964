"""What runs by itself: runs that are due, events that came in, doubts, notices, and what the operator is told.

A worker does in turns what is due, and looks again when something will be; nothing that it remembers is the only record
of anything. Notices have a thread of their own: a run may take hours, and a reader who signs up waits for his mail.
"""

import logging
import random
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.delivery import retry
from newsletter.delivery.alert import Alerts
from newsletter.delivery.engine import Engine, Turned
from newsletter.delivery.events import Applied
from newsletter.delivery.mark import Restored
from newsletter.delivery.notices.courier import Courier
from newsletter.delivery.settle import Settler
from newsletter.delivery.stages import Stages
from newsletter.errors import ConfigError, StoreError

_LOG = logging.getLogger(__name__)

LOOK = timedelta(seconds=10)
"""So often it looks whether another process has left something to do, though nothing is known to be due."""

SLICE = timedelta(seconds=2)
"""For how long at a time what providers called with is applied: readers wait meanwhile."""

_BREATH = timedelta(seconds=0.05)

_LAST_TRIES, _BETWEEN = 3, 2.0
"""So often, and so many seconds apart, a mail to the operator is tried again before it ends: few are there to do so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Those who do the work, all for the same store. ``apply`` does what follows from what providers called with.

    Without a ``courier`` notices are left to others. ``progress`` is told what each turn of the engine wrote down.
    """

    engine: Engine
    settler: Settler
    stages: Stages
    alerts: Alerts
    apply: Callable[[], Applied]
    courier: Courier | None = None
    progress: Callable[[Turned], object] = lambda _: None


class Worker:
    """Does what is due for one store, that of its parts; it belongs to one thread.

    On SQLite whoever has it holds the lock of `newsletter.delivery.claimer`. ``clock`` tells aware UTC, ``chance`` a
    number from 0 to below 1; ``wait`` waits for an event for so many seconds at most.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """Nothing is done yet."""
        self._parts, self._clock, self._chance, self._wait = parts, clock, chance, wait

    def turn(self, stop: threading.Event) -> datetime:
        """Do once all that is due, but for notices; return when to look again (aware UTC).

        Once ``stop`` is set nothing more is begun, and what is under way is waited for and written down. Raises:
        StoreError, Restored among them; what else there is to do was done before.
        """
        parts, due, errors = self._parts, [self._clock() + LOOK], []
        for do in (parts.stages.advance, self._drain, self._apply, parts.settler.settle, self._tell):
            try:
                if moment := do(stop):
                    due.append(moment)
            except Restored:
                raise
            except Exception as error:  # what is wrong with one thing keeps nobody from the next
                errors.append(error)
        for other in errors[1:]:
            if str(other) != str(errors[0]):
                _tell_of(other)
        if errors:
            raise errors[0]
        return min(due)

    def run(self, stop: threading.Event, until: Callable[[], bool] | None = None) -> None:
        """Take turns until ``stop`` is set, or ``until`` says after one that it is enough.

        A database that cannot be used is waited for. Raises: Restored, for a database that must not be sent from.
        """
        failures = 0
        with self._notices(stop):
            while not stop.is_set():
                try:
                    due = self.turn(stop)
                    failures = 0
                except Restored:
                    raise
                except Exception as error:  # whatever it is, the readers who wait must not wait for a new process
                    failures += 1
                    _tell_of(error)
                if until and _says(until):
                    self._tell_at_last(stop)
                    return
                if failures:
                    self._wait(stop, retry.STORE.after(failures, self._chance()).total_seconds())
                else:
                    self._rest(stop, due)

    def _drain(self, stop: threading.Event) -> datetime:
        return self._parts.engine.drain(stop, progress=self._parts.progress)

    def _tell(self, stop: threading.Event) -> None:
        if not stop.is_set():
            self._parts.alerts.tell()

    def _tell_at_last(self, stop: threading.Event) -> None:
        """Tell what came up at the very end, and try again for some seconds what could not be told."""
        for _ in range(_LAST_TRIES):
            try:
                if stop.is_set() or self._parts.alerts.tell(at_once=True):
                    return
            except StoreError as error:
                _tell_of(error)
            self._wait(stop, _BETWEEN)

    def _apply(self, stop: threading.Event) -> datetime | None:
        if stop.is_set():
            return None
        return self._clock() if self._parts.apply().more else None

    def _rest(self, stop: threading.Event, due: datetime) -> None:
        at = self._clock()
        if not stop.is_set():
            self._wait(stop, (min(max(due, at + _BREATH), at + LOOK) - at).total_seconds())

    @contextmanager
    def _notices(self, stop: threading.Event) -> Iterator[None]:
        """Have the courier at work meanwhile, and end it with us."""
        courier = self._parts.courier
        if courier is None:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=courier.run, args=(ended,), name="courier", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            courier.wake()
            thread.join()


def _says(until: Callable[[], bool]) -> bool:
    """Whether it is enough, as far as that can be known just now."""
    try:
        return until()
    except StoreError:
        return False


def _tell_of(error: Exception) -> None:
    """What a person can mend is said in its words; anything else is a fault, whose words may name somebody."""
    if isinstance(error, StoreError):
        _LOG.error("The database cannot be used: %s", error.sentence, extra={"event": "worker_without_store"})
        return
    if isinstance(error, ConfigError):
        _LOG.error("The worker cannot go on as it is set up: %s", error.sentence, extra={"event": "worker_set_up"})
        return
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error(
        "The worker stumbled, and goes on.\n%s%s", where, type(error).__name__, extra={"event": "worker_stumbled"}
    )
