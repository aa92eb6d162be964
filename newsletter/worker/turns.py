"""The loop of one machine: it does in turns what is due, and looks again when something will be.

Notices have a thread of their own: a run may take hours, and a reader who signs up waits for his mail.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from newsletter.delivery import retry
from newsletter.delivery.mark import Restored
from newsletter.errors import StoreError
from newsletter.worker.duties import LOOK, Duties, Parts, tell_of

_BREATH = timedelta(seconds=0.05)

_LAST_TRIES, _BETWEEN = 3, 2.0
"""So often, and so many seconds apart, a mail to the operator is tried again before it ends: few are there to do so."""


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
        self._courier, self._duties = parts.courier, Duties(parts, clock=clock)
        self._clock, self._chance, self._wait = clock, chance, wait

    def turn(self, stop: threading.Event) -> datetime:
        """Do once all that is due, but for notices; return when to look again (aware UTC).

        Once ``stop`` is set nothing more is begun, and what is under way is waited for and written down. Raises:
        StoreError, Restored among them; what else there is to do was done before.
        """
        return self._duties.all(stop)

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
                    tell_of(error)
                if until and _says(until):
                    self._tell_at_last(stop)
                    return
                if failures:
                    self._wait(stop, retry.STORE.after(failures, self._chance()).total_seconds())
                else:
                    self._rest(stop, due)

    def _tell_at_last(self, stop: threading.Event) -> None:
        """Tell what came up at the very end, and try again for some seconds what could not be told."""
        for _ in range(_LAST_TRIES):
            try:
                if self._duties.tell(stop, at_once=True):
                    return
            except StoreError as error:
                tell_of(error)
            self._wait(stop, _BETWEEN)

    def _rest(self, stop: threading.Event, due: datetime) -> None:
        at = self._clock()
        if not stop.is_set():
            self._wait(stop, (min(max(due, at + _BREATH), at + LOOK) - at).total_seconds())

    @contextmanager
    def _notices(self, stop: threading.Event) -> Iterator[None]:
        """Have the courier at work meanwhile, and end it with us."""
        if self._courier is None:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._courier.run, args=(ended,), name="courier", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            self._courier.wake()
            thread.join()


def _says(until: Callable[[], bool]) -> bool:
    """Whether it is enough, as far as that can be known just now."""
    try:
        return until()
    except StoreError:
        return False
