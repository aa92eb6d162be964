"""Mails about a subscription itself that wait to be sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, insert, literal, select

from newsletter.store.database import Transaction
from newsletter.store.schema import Moment, consents, notices, subscribers

Kind = Literal["confirm"]
"""Confirm: asks whether he wants the newsletter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice that waits to be sent."""

    id: int
    kind: Kind
    queued_at: datetime


def queue(transaction: Transaction, subscriber: str, kind: Kind, *, consent: int, at: datetime) -> int:
    """Have a notice sent about a consent record, and return its number; a second time it is sent twice."""
    values = {"subscriber": subscriber, "kind": kind, "consent": consent, "queued_at": at}
    key = transaction.execute(insert(notices).values(**values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]  # there is one after an insert


def queue_for_import(transaction: Transaction, number: int, *, after: int, at: datetime) -> None:
    """Ask whoever an import brought as pending after a consent record; a second time they are asked twice."""
    asked = (
        select(consents.c.subscriber, literal("confirm"), consents.c.id, literal(at, Moment))
        .join(subscribers, subscribers.c.id == consents.c.subscriber)
        .where(consents.c.import_id == number, consents.c.what == "imported", consents.c.id > after)
        .where(subscribers.c.status == "pending")
    )
    transaction.execute(insert(notices).from_select(["subscriber", "kind", "consent", "queued_at"], asked))


def of(transaction: Transaction, subscriber: str) -> tuple[Notice, ...]:
    """Return the notices that wait for one subscriber, the first first."""
    its = notices.c
    query = select(its.id, its.kind, its.queued_at).where(its.subscriber == subscriber).order_by(its.id)
    return tuple(Notice(id=id_, kind=kind, queued_at=at) for id_, kind, at in transaction.execute(query))


def waiting(transaction: Transaction) -> int:
    """Count the notices that wait."""
    return transaction.scalar(select(func.count()).select_from(notices)) or 0
