"""What operators read of notices: a constant sentence, a stable ``event``, ids; never an address, a token or a body."""

import logging
import traceback

from newsletter.errors import ProviderError
from newsletter.providers._base import InDoubt, RequestRefused, ThrottledUntil
from newsletter.store.notices import Notice

_LOG = logging.getLogger(__name__)


def became(event: str, notice: Notice) -> None:
    """Something was written down about a notice."""
    _say(logging.INFO, "It was written down what became of a notice.", event, notice)


def trouble(error: ProviderError, notice: Notice) -> None:
    """A request came to nothing. The provider's own words may name a reader; they stand in the store only."""
    match error:
        case RequestRefused():
            _say(logging.ERROR, "The provider refuses what it is asked; all notices wait.", "courier_refused", notice)
        case ThrottledUntil():
            _say(logging.WARNING, "The provider takes nothing for now; all notices wait.", "courier_throttled", notice)
        case InDoubt():
            _say(logging.WARNING, "A notice may have left or not; it is in doubt.", "notice_left_unanswered", notice)
        case _:
            _say(logging.WARNING, "The provider was not reached; all notices wait.", "courier_not_heard", notice)


def no_store() -> None:
    """The database cannot be used."""
    _LOG.error("The list of readers cannot be used; notices wait.", extra={"event": "notices_without_store"})


def fault(message: str, event: str, error: Exception, notice: Notice | None = None) -> None:
    """Something failed that should not: where, and not in which words, since these may hold somebody's address."""
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error(f"{message}\n%s%s", where, type(error).__name__, extra={"event": event, **_ids(notice)})


def _say(level: int, message: str, event: str, notice: Notice) -> None:
    _LOG.log(level, message, extra={"event": event, **_ids(notice)})


def _ids(notice: Notice | None) -> dict[str, object]:
    return {} if notice is None else {"notice": notice.id, "attempt": notice.attempt}
