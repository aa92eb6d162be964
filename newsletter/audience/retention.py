"""Forgetting in time: what is kept of readers no longer than the configuration says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.audience import address
from newsletter.store import consents, gates, imports, moves, notices, subscribers, webhooks
from newsletter.store.database import Transaction

KEEP_NOTICES = timedelta(days=30)
"""So long it can be seen what became of a notice."""

KEEP_CALLS = timedelta(days=30)
"""So long it can be seen in which words a provider told what; what was learnt from it stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many network addresses, unconfirmed sign-ups, imports' earlier values, notices and so on were forgotten."""

    origins: int
    pending: int
    imports: int
    notices: int = 0
    moves: int = 0
    gates: int = 0
    calls: int = 0


def prune(transaction: Transaction, *, now: datetime, keep_origin: int, keep_pending: int, keep_undo: int) -> Pruned:
    """Forget what is older than so many days, of each kind its own; a second time there is nothing left to forget.

    Whoever is pending is removed when he has not been heard of for that long, but for those who are still to be asked,
    and the suppressed: that is not forgotten. What happened is kept; it names nobody who is not on the list. Notices
    that were sent, changes of address, calls of providers, and limits have times of their own.
    """
    mails = notices.prune(transaction, before=now - KEEP_NOTICES)  # else they would keep the moves they are about
    return Pruned(
        origins=consents.cut_origins(transaction, now - timedelta(days=keep_origin)),
        pending=subscribers.remove_unconfirmed(transaction, now - timedelta(days=keep_pending)),
        imports=imports.prune(transaction, now - timedelta(days=keep_undo), at=now),
        notices=mails,
        moves=moves.prune(
            transaction, asked_before=now - address.CONFIRM_WITHIN, done_before=now - address.UNDO_WITHIN
        ),
        gates=gates.prune(transaction, at=now),
        calls=webhooks.prune(transaction, before=now - KEEP_CALLS),
    )
