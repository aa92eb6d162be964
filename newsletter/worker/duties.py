"""What there is to do, whoever calls for it: the loop of one machine, or the tasks of many.

What a duty did and what is left of it stands in the store; nothing that is remembered here is the only record of
anything. What is wrong with one thing to do keeps nobody from the next.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

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
"""So often it is looked whether another process has left something to do, though nothing is known to be due."""

SLICE = timedelta(seconds=2)
"""For how long at a time what providers called with is applied: readers wait meanwhile."""


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


class Duties:
    """The duties of one store, done by those parts; they belong to one thread at a time.

    Each returns when to look again (aware UTC). Once ``stop`` is set it begins nothing more, and what is under way is
    waited for and written down. Each raises StoreError, Restored among them, once all else that it does was done.
    """

    def __init__(self, parts: Parts, *, clock: Callable[[], datetime]) -> None:
        """Nothing is done yet. ``clock`` tells aware UTC."""
        self.parts, self.clock = parts, clock

    def all(self, stop: Event) -> datetime:
        """Do once all that is due, but for notices."""
        return self._each(stop, self.parts.stages.advance, self.drain, *self._care())

    def look_after(self, stop: Event) -> datetime:
        """Do once all that is due, but for notices and for what `drain` does."""
        return self._each(stop, self.parts.stages.advance, *self._care())

    def drain(self, stop: Event, run: int | None = None) -> datetime:
        """Send what may be sent of a run, or of all, for a while; requests may still be under way then."""
        return self.parts.engine.drain(stop, progress=self.parts.progress, only=run)

    def tell(self, stop: Event, *, at_once: bool = False) -> bool:
        """Tell the operator what there is to tell; return whether nothing is left. Raises: StoreError."""
        return stop.is_set() or self.parts.alerts.tell(at_once=at_once)

    def _care(self) -> tuple[Callable[[Event], object], ...]:
        return self._apply, self.parts.settler.settle, self.tell

    def _each(self, stop: Event, *things: Callable[[Event], object]) -> datetime:
        due, errors = [self.clock() + LOOK], []
        for do in things:
            try:
                if isinstance(moment := do(stop), datetime):
                    due.append(moment)
            except Restored:
                raise
            except Exception as error:  # what is wrong with one thing keeps nobody from the next
                errors.append(error)
        for other in errors[1:]:
            if str(other) != str(errors[0]):
                tell_of(other)
        if errors:
            raise errors[0]
        return min(due)

    def _apply(self, stop: Event) -> datetime | None:
        if stop.is_set():
            return None
        return self.clock() if self.parts.apply().more else None


def tell_of(error: Exception) -> None:
    """Log what a person can mend in its words; anything else is a fault, whose words may name somebody."""
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
