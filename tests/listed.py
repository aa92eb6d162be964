"""Subscribers put into a store as they are, for tests of what only reads them."""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import cast

from newsletter import addresses
from newsletter.model.subscriber import Reason, Status, Subscriber
from newsletter.store import subscribers
from newsletter.store.database import Store
from newsletter.store.subscribers import Consent, Known

SINCE = datetime(2026, 11, 1, 9, tzinfo=UTC)
JOINED = date(2024, 3, 12)


def one(address: str, status: str = "confirmed", **known: object) -> Subscriber:
    """A subscriber; a reason may stand for the status, as in ``one("a@example.nl", "bounced")``."""
    suppressed = status in {"complained", "bounced", "blocked"}
    return Subscriber(
        id=sha256(address.encode()).hexdigest()[:32],
        address=address,
        status="suppressed" if suppressed else cast("Status", status),
        reason=cast("Reason", status) if suppressed else None,
        **{"joined": JOINED, **known},  # type: ignore[arg-type]  # each is a field
    )


def put(store: Store, *people: Subscriber) -> None:
    """Put subscribers into a store, without a record of how they came there."""
    with store.writing() as transaction:
        for person in people:
            subscribers.insert_one(transaction, known(person))


def everyone(store: Store) -> list[Subscriber]:
    """All subscribers of a store in the order of their addresses."""
    with store.reading() as transaction:
        return [known.subscriber for known in subscribers.every(transaction)]


def known(person: Subscriber) -> Known:
    """A subscriber as a store knows him."""
    suppressed = person.status == "suppressed"
    return Known(
        subscriber=person,
        key=addresses.key(person.address),
        consent="confirmed" if suppressed else cast("Consent", person.status),
        **{f"{person.reason}_at": SINCE} if suppressed else {},
    )
