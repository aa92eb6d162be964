"""Writes a change to a subscriber down: the columns and the consent record, in one transaction."""

from newsletter.audience.occasion import Occasion
from newsletter.model.subscriber import Subscriber, What
from newsletter.store import consents, subscribers
from newsletter.store.database import Transaction


def change(transaction: Transaction, identity: str, what: What, occasion: Occasion, **columns: object) -> int:
    """Set columns of a subscriber and return the id of the record that says so."""
    subscribers.change(transaction, identity, columns)
    return write(transaction, identity, what, occasion)


def write(transaction: Transaction, identity: str, what: What, occasion: Occasion) -> int:
    """Write down what happened and return the record's id."""
    return consents.write(
        transaction,
        identity,
        what,
        at=occasion.at,
        source=occasion.source,
        text=occasion.text,
        origin=occasion.origin,
        note=occasion.note,
    )


def again(transaction: Transaction, identity: str) -> Subscriber:
    """Read a subscriber as he is after a change."""
    changed = subscribers.get(transaction, identity)
    if changed is None:
        raise LookupError(identity)
    return changed.subscriber
