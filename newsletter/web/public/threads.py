"""The threads that pages are made in: each kind of work has its own, so that what waits for a lock starves no other.

Each thread takes one connection to the database at most. Together they are fewer than a store has (15), since the
courier wants one too.
"""

from anyio import CapacityLimiter

SHOWING = 5
"""Pages that only read, at the same time."""
ACTING = 3
"""Pages that write: in a database with one writer, all but one of them wait."""
LEAVING = 3
"""Transactions of leavings with one click, where the database can; SQLite has one writer."""
LOOKING = 1
"""Looks at the database for whoever watches the server."""
KEEPING = 1
"""Transactions that keep what providers call with."""
APPLYING = 1
"""Does what follows from that."""


class Threads:
    """The threads of one application, each a limiter for `anyio.to_thread.run_sync`."""

    def __init__(self) -> None:
        self.showing = CapacityLimiter(SHOWING)
        self.acting = CapacityLimiter(ACTING)
        self.leaving = CapacityLimiter(LEAVING)
        self.looking = CapacityLimiter(LOOKING)
        self.keeping = CapacityLimiter(KEEPING)
        self.applying = CapacityLimiter(APPLYING)
