"""What providers told of mails: append-only, and what follows from it is decided elsewhere."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, distinct, func, insert, select, update

from newsletter.model.ledger import Attempt, EventKind
from newsletter.store import webhooks
from newsletter.store.database import Transaction
from newsletter.store.schema import events, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as it is kept. ``webhook`` is the number of the call that told it.

    ``run`` and ``seq`` are there when it is about a delivery, ``subscriber`` when it is about somebody known; ``key``
    is that of the address it names, None where it names none. ``alarm`` says what cannot be true.
    """

    webhook: int
    kind: EventKind
    at: datetime
    run: int | None = None
    seq: int | None = None
    subscriber: str | None = None
    key: str | None = None
    permanent: bool = False
    said: str = ""
    alarm: str = ""


_COLUMNS = tuple(events.c[name] for name in Told.__slots__)


def add(transaction: Transaction, told: Sequence[Told]) -> None:
    """Keep events; a second time they were told twice."""
    if told:
        transaction.execute(insert(events), [asdict(one) for one in told])


def of_delivery(transaction: Transaction, run: int, seq: int) -> list[Told]:
    """Return what was told of one delivery, in the order in which it happened."""
    return _those(transaction, events.c.run == run, events.c.seq == seq)


def of_subscriber(transaction: Transaction, subscriber: str) -> list[Told]:
    """Return what was told of one reader's mails, in the order in which it happened."""
    return _those(transaction, events.c.subscriber == subscriber)


def alarms(transaction: Transaction, run: int | None = None) -> list[Told]:
    """Return the events that cannot be true, of one run or of all, in the order in which they happened."""
    return _those(transaction, events.c.alarm != "", *(() if run is None else (events.c.run == run,)))


def unmatched(transaction: Transaction) -> list[Told]:
    """Return the events that are about nobody known, in the order in which they happened.

    Those of kind *other* are not among them: they are about no reader.
    """
    return _those(transaction, events.c.run.is_(None), events.c.subscriber.is_(None), events.c.kind != "other")


def proofs(transaction: Transaction, attempt: Attempt) -> set[int]:
    """Return those of an attempt's readers whose mail the provider has told of: it took it."""
    near = events.c.seq.between(min(attempt.seqs), max(attempt.seqs))
    found = transaction.scalars(select(events.c.seq).distinct().where(events.c.run == attempt.run, near))
    return set(found) & set(attempt.seqs)


def soft_bounces(transaction: Transaction, subscriber: str, key: str) -> list[tuple[str, datetime]]:
    """Return for which issues, and when, mail to a reader came back for now from an address; by time."""
    its = events.c
    query = (
        select(runs.c.issue, its.at)
        .join(runs, runs.c.id == its.run)
        .where(its.subscriber == subscriber, its.key == key, its.kind == "bounced", ~its.permanent)
        .order_by(its.at)
    )
    return [(issue, at) for issue, at in transaction.execute(query)]


def complained(transaction: Transaction, run: int) -> int:
    """Count the readers of a run who called it spam."""
    its = events.c
    query = select(func.count(distinct(its.seq))).where(its.run == run, its.kind == "complained")
    return transaction.scalar(query) or 0


def forget(transaction: Transaction, subscriber: str) -> None:
    """Keep of what was told of a reader no word and no address; that it was told stays. A second time finds none."""
    _forget(transaction, events.c.subscriber == subscriber)


def forget_address(transaction: Transaction, key: str) -> None:
    """Forget in the same way what was told of an address, whosever it is."""
    _forget(transaction, events.c.key == key)


def _forget(transaction: Transaction, about: ColumnElement[bool]) -> None:
    said = update(events).where(about).values(said="", key=None).returning(events.c.webhook)
    webhooks.blank(transaction, set(transaction.scalars(said)))


def _those(transaction: Transaction, *where: ColumnElement[bool]) -> list[Told]:
    query = select(*_COLUMNS).where(*where).order_by(events.c.at, events.c.id)
    return [_told(row) for row in transaction.execute(query)]


def _told(row: Row[Any]) -> Told:
    return Told(**row._mapping)
