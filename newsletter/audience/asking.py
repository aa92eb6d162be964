"""Notices that ask something of whoever has an address: anybody can have one sent, so each gets one a day at most.

One that its reader answered by confirming does not count: who joins in the morning, leaves by mistake at noon and says
so is asked again.
"""

from datetime import datetime, timedelta

from newsletter.store import notices
from newsletter.store.database import Transaction
from newsletter.store.notices import Kind

ONCE_IN = timedelta(hours=24)
"""So long after one asking notice an address gets no other."""

CONFIRM_WITHIN = timedelta(days=7)
"""So long a sign-up can be confirmed, and its notice is worth waiting for."""

LATELY = "asked lately"
"""Why a notice is skipped that would be the second in `ONCE_IN`."""


def may_ask(transaction: Transaction, key: str, at: datetime) -> bool:
    """Whether nothing that was asked of an address in `ONCE_IN` is open, and nothing waits that is still worth it."""
    return not notices.lately(transaction, key, since=at - ONCE_IN, waiting_since=at - CONFIRM_WITHIN)


def ask(
    transaction: Transaction,
    subscriber: str,
    kind: Kind,
    *,
    number: int,
    key: str,
    at: datetime,
    address: str | None = None,
    against: str = "",
) -> bool:
    """Have an asking notice sent, unless something is ``against`` it, or it would be the second; True when it is.

    One that is not is written down as skipped, with the reason: the same work, so that nobody can tell by the time.
    """
    asked = not may_ask(transaction, key, at)
    skipped = against or (LATELY if asked else "")
    notices.queue(transaction, subscriber, kind, number=number, key=key, at=at, address=address, skipped=skipped)
    return not skipped
