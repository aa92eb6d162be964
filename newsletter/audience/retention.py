"""Forgetting in time: what is kept of readers no longer than the configuration says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.store import consents, imports, subscribers
from newsletter.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many network addresses, unconfirmed sign-ups, and imports' earlier values were forgotten."""

    origins: int
    pending: int
    imports: int


def prune(transaction: Transaction, *, now: datetime, keep_origin: int, keep_pending: int, keep_undo: int) -> Pruned:
    """Forget what is older than so many days, of each kind its own; a second time there is nothing left to forget.

    Whoever is pending is removed when he has not been heard of for that long, but for those who are still to be asked,
    and the suppressed: that is not forgotten. What happened is kept; it names nobody who is not on the list.
    """
    return Pruned(
        origins=consents.cut_origins(transaction, now - timedelta(days=keep_origin)),
        pending=subscribers.remove_unconfirmed(transaction, now - timedelta(days=keep_pending)),
        imports=imports.prune(transaction, now - timedelta(days=keep_undo), at=now),
    )
