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

from newsletter.audience.erasure import EraseKey
from newsletter.config import Config
from newsletter.delivery import events, retry
from newsletter.delivery.alert import Alerts
from newsletter.delivery.engine import Engine, Turned
from newsletter.delivery.events import Read
from newsletter.delivery.mark import Restored
from newsletter.delivery.notices.courier import Courier
from newsletter.delivery.settle import Settler
from newsletter.delivery.stages import Stages
from newsletter.errors import StoreError
from newsletter.store.database import Store

_LOG = logging.getLogger(__name__)

LOOK = timedelta(seconds=10)
"""So often it looks whether another process has left something to do, though nothing is known to be due."""

_BREATH = timedelta(seconds=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Those who do the work, all for the same store. ``read`` understands what providers called with.

    Without a ``courier`` notices are left to others. ``progress`` is told what each turn of the engine wrote down.
    """

    engine: Engine
    settler: Settler
    stages: Stages
    alerts: Alerts
    read: Read
    courier: Courier | None = None
    erase_key: EraseKey | None = None
    progress: Callable[[Turned], object] = lambda _: None


class Worker:
    """Does what is due for one store; it belongs to one thread.

    On SQLite whoever has it holds the lock of `newsletter.delivery.claimer`. ``clock`` tells aware UTC, ``chance`` a
    number from 0 to below 1; ``wait`` waits for an event for so many seconds at most.
    """

    def __init__(
        self,
        store: Store,
        config: Config,
        parts: Parts,
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """Nothing is done yet."""
        self._store, self._config, self._parts = store, config, parts
        self._clock, self._chance, self._wait = clock, chance, wait

    def turn(self, stop: threading.Event) -> datetime:
        """Do once all that is due, but for notices; return when to look again (aware UTC).

        Once ``stop`` is set nothing more is begun, and what is under way is waited for and written down. Raises:
        StoreError, Restored among them.
        """
        parts = self._parts
        due = [parts.stages.advance(stop), parts.engine.drain(stop, progress=parts.progress)]
        if not stop.is_set():
            self._apply()
            due.append(parts.settler.settle(stop))
            parts.alerts.tell()
        return min((moment for moment in due if moment), default=self._clock() + LOOK)

    def run(self, stop: threading.Event, until: Callable[[], bool] | None = None) -> None:
        """Take turns until ``stop`` is set, or ``until`` says after one that it is enough.

        A database that cannot be used is waited for. Raises: Restored, for a database that must not be sent from.
        """
        failures = 0
        with self._notices(stop):
            while not stop.is_set():
                try:
                    due = self.turn(stop)
                    enough = until is not None and until()
                except Restored:
                    raise
                except Exception as error:  # whatever it is, the readers who wait must not wait for a new process
                    failures += 1
                    _tell_of(error)
                    self._wait(stop, retry.STORE.after(failures, self._chance()).total_seconds())
                    continue
                failures = 0
                if enough:
                    return
                self._rest(stop, due)

    def _apply(self) -> None:
        config = self._config
        events.apply(
            self._store,
            self._parts.read,
            at=self._clock(),
            zone=config.newsletter.time_zone,
            stop_at=config.send.stop_at.complained,
            erase_key=self._parts.erase_key,
        )

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


def _tell_of(error: Exception) -> None:
    """A store that cannot be used is said to be so; anything else is a fault, whose words may name somebody."""
    if isinstance(error, StoreError):
        _LOG.error("The database cannot be used: %s", error.sentence, extra={"event": "worker_without_store"})
        return
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error(
        "The worker stumbled, and goes on.\n%s%s", where, type(error).__name__, extra={"event": "worker_stumbled"}
    )
