"""Many leavings in three statements; what one is, `audience.leaving` knows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from newsletter.store.database import Transaction
from newsletter.store.schema import consents, subscribers


def among(transaction: Transaction, identities: Sequence[str]) -> dict[str, bool]:
    """Say of subscribers whether they have left, by id; whoever is not there is left out. Nobody else changes them.

    They are taken in the order of their ids, so that two who do so never wait for each other.
    """
    query = select(subscribers.c.id, subscribers.c.consent).where(subscribers.c.id.in_(identities))
    rows = transaction.execute(query.order_by(subscribers.c.id).with_for_update())
    return {row.id: row.consent == "left" for row in rows}


def keep(transaction: Transaction, leavings: Sequence[tuple[str, datetime, str | None]]) -> None:
    """Have subscribers leave with one click: id, when, and the network address; a second time they left twice."""
    if not leavings:
        return
    leaving = subscribers.c.id.in_([who for who, _, _ in leavings])
    transaction.execute(update(subscribers).where(leaving).values(consent="left", paused_until=None))
    rows = [
        {"subscriber": who, "at": at, "what": "left", "source": "one-click", "origin": origin}
        for who, at, origin in leavings
    ]
    transaction.execute(insert(consents), rows)
