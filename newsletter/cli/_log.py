"""The log of what runs by itself, on stderr: one line an event, for the journal of the machine."""

import logging
import sys
import time
import traceback
from types import TracebackType

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
_SAID = frozenset({"event", "trace", "method", "path", "status", "milliseconds", "error", "sentence"})
"""What stands in the message already, or is the event itself."""


class Lines(logging.Formatter):
    """``2026-11-28T05:00:00Z INFO web.request GET /leave/… 200 in 3 ms``, and ids behind it.

    Of an exception it shows the way through the code and the kind, not the words: these may hold an address.
    """

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = ""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as a line; only a way through the code follows on lines of its own."""
        ids = [f"{name}={value}" for name, value in vars(record).items() if name not in _KNOWN | _SAID]
        event = getattr(record, "event", record.name)
        text = " ".join((self.formatTime(record), record.levelname, event, record.getMessage(), *ids))
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text

    def formatException(  # noqa: N802 (the name is logging's)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Show where it went wrong, and what kind of thing."""
        kind, _, where = ei
        return "".join(traceback.format_tb(where)) + (kind.__name__ if kind else "")


def begin() -> None:
    """Log to stderr from now on: what we do ourselves, and of others what goes wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("newsletter").setLevel(logging.INFO)
