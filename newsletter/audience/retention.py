"""Forgetting in time: what is kept of readers no longer than the configuration says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.audience import address
from newsletter.store import consents, gates, imports, moves, notices, subscribers, webhooks
from newsletter.store.database import Store, Transaction

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


def prune(store: Store, *, now: datetime, keep_origin: int, keep_pending: int, keep_undo: int) -> Pruned:
    """Forget what is older than so many days, of each kind its own; a second time there is nothing left to forget.

    Whoever is pending is removed when he has not been heard of for that long, but for those who are still to be asked,
    and the suppressed: that is not forgotten. What happened is kept; it names nobody who is not on the list. Notices
    that were sent, changes of address, calls of providers, and limits have times of their own.
    Each kind is forgotten in a transaction of its own, so that nobody waits for all. Raises: StoreError.
    """

    def of_readers(forget: Callable[[Transaction], int]) -> int:
        """Readers are held first, as by everybody who changes what is theirs: else two would wait for each other."""
        with store.writing() as transaction:
            subscribers.hold(transaction)
            return forget(transaction)

    # Before moves and readers, which they would keep.
    mails = of_readers(lambda transaction: notices.prune(transaction, before=now - KEEP_NOTICES))
    return Pruned(
        origins=of_readers(lambda transaction: consents.cut_origins(transaction, now - timedelta(days=keep_origin))),
        pending=of_readers(
            lambda transaction: subscribers.remove_unconfirmed(transaction, now - timedelta(days=keep_pending))
        ),
        imports=of_readers(lambda transaction: imports.prune(transaction, now - timedelta(days=keep_undo), at=now)),
        notices=mails,
        moves=of_readers(
            lambda transaction: moves.prune(
                transaction, asked_before=now - address.CONFIRM_WITHIN, done_before=now - address.UNDO_WITHIN
            )
        ),
        **_of_nobody(store, now),
    )


def _of_nobody(store: Store, now: datetime) -> dict[str, int]:
    """Forget what is no reader's, beside whoever uses the rest of it."""
    with store.writing() as transaction:
        at_rest = gates.prune(transaction, at=now)
    with store.writing() as transaction:
        return {"gates": at_rest, "calls": webhooks.prune(transaction, before=now - KEEP_CALLS)}
