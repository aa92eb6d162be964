"""What a database knows of time: its own clock's, and what the clocks of those who sent have shown."""

from datetime import datetime

from sqlalchemy import func, select, text

from newsletter.store.database import Transaction
from newsletter.store.schema import attempts


def now(transaction: Transaction) -> datetime | None:
    """Return what the time is to the server (aware UTC), also within a transaction; None for a file, which has none."""
    if transaction.dialect.name == "sqlite":
        return None
    moment: datetime = transaction.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment


def newest(transaction: Transaction) -> datetime | None:
    """Return the newest moment at which an attempt was opened or ended, None before the first; reads all of them."""
    query = select(func.max(attempts.c.opened_at), func.max(attempts.c.ended_at))
    return max((moment for moment in transaction.execute(query).one() if moment), default=None)


def last_expiry(transaction: Transaction) -> datetime | None:
    """Return the moment after which no open attempt can leave any more, None when none is open."""
    query = select(func.max(attempts.c.expires_at)).where(attempts.c.state == "open")
    last: datetime | None = transaction.scalar(query)
    return last
