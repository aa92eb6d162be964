"""What providers told of mails: append-only, and what follows from it is decided elsewhere."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, distinct, func, insert, select, update

from newsletter.model.ledger import Attempt, EventKind
from newsletter.store import webhooks
from newsletter.store.database import Transaction
from newsletter.store.schema import events, runs
from newsletter.store.schema import webhooks as calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as it is kept. ``webhook`` is the number of the call that told it.

    ``run`` and ``seq`` are there when it is about a delivery, ``subscriber`` when it is about somebody known; ``key``
    is that of the address it names, None where it names none. ``alarm`` says what cannot be true, ``acknowledged`` what
    the operator said of that, if he did.
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
    acknowledged: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """An event that is about nobody known, told by call number ``webhook`` of a provider; of address it has none."""

    at: datetime
    kind: EventKind
    provider: str
    webhook: int


NO_PROOF: frozenset[EventKind] = frozenset(("failed", "other"))
"""What does not say that a reader has his mail, or will have it."""

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


def acknowledge(transaction: Transaction, run: int, words: str) -> int:
    """Write the operator's words (not empty) to all alarms of a run that have none; return how many they are."""
    open_ = update(events).where(events.c.run == run, events.c.alarm != "", events.c.acknowledged == "")
    return transaction.execute(open_.values(acknowledged=words)).rowcount


def unmatched(transaction: Transaction, *, limit: int) -> list[Unmatched]:
    """Return some of the events that are about nobody known, those that were told last first.

    Those of kind *other* are not among them: they are about no reader.
    """
    query = select(events.c.at, events.c.kind, calls.c.provider, events.c.webhook).join(
        calls, calls.c.id == events.c.webhook
    )
    rows = transaction.execute(query.where(*_UNMATCHED).order_by(events.c.id.desc()).limit(limit))
    return [Unmatched(**row._mapping) for row in rows]


def count_unmatched(transaction: Transaction) -> int:
    """Count the events that are about nobody known."""
    return transaction.scalar(select(func.count()).select_from(events).where(*_UNMATCHED)) or 0


_UNMATCHED = (events.c.run.is_(None), events.c.subscriber.is_(None), events.c.kind != "other")


def is_proof(attempt: Attempt, kind: EventKind, at: datetime) -> bool:
    """Whether what is told of a reader's mail proves that the provider took an attempt that it was part of.

    Whatever says that he has his mail, or will have it, does: by which request does not matter. What says less may come
    late, and be about one before; it must have happened since the attempt began.
    """
    return kind not in NO_PROOF or at >= attempt.opened_at


def proofs(transaction: Transaction, attempt: Attempt) -> set[int]:
    """Return those of an attempt's readers whose mail the provider has told of: it took it."""
    its = events.c
    near = its.seq.between(min(attempt.seqs), max(attempt.seqs))
    query = select(its.seq, its.kind, its.at).where(its.run == attempt.run, near)
    found = {seq for seq, kind, at in transaction.execute(query) if is_proof(attempt, kind, at)}
    return found & set(attempt.seqs)


def soft_bounces(transaction: Transaction, those: Collection[str]) -> dict[tuple[str, str], list[tuple[str, datetime]]]:
    """Return for which issues, and when, mail to some readers came back for now, by reader and key of the address."""
    its = events.c
    query = (
        select(its.subscriber, its.key, runs.c.issue, its.at)
        .join(runs, runs.c.id == its.run)
        .where(its.subscriber.in_(those), its.kind == "bounced", ~its.permanent)
        .order_by(its.at)
    )
    found: dict[tuple[str, str], list[tuple[str, datetime]]] = {}
    for subscriber, key, issue, at in transaction.execute(query):
        found.setdefault((subscriber, key), []).append((issue, at))
    return found


def readers_of(transaction: Transaction, run: int, kind: EventKind) -> int:
    """Count the readers of a run of whom something was told after what was forgiven it."""
    its = events.c
    forgiven = select(runs.c.forgiven).where(runs.c.id == run).scalar_subquery()
    query = select(func.count(distinct(its.seq))).where(its.run == run, its.kind == kind, its.id > forgiven)
    return transaction.scalar(query) or 0


def last(transaction: Transaction) -> int:
    """Return the number of the event that was kept last, 0 before the first."""
    return transaction.scalar(select(func.max(events.c.id))) or 0


def forget(transaction: Transaction, subscriber: str) -> None:
    """Keep of what was told of a reader no word and no address; that it was told stays. A second time finds none."""
    _forget(transaction, events.c.subscriber == subscriber)


def forget_address(transaction: Transaction, key: str) -> None:
    """Forget in the same way what was told of an address, whosever it is, read or not."""
    _forget(transaction, events.c.key == key)
    webhooks.forget_address(transaction, key)


def _forget(transaction: Transaction, about: ColumnElement[bool]) -> None:
    said = update(events).where(about).values(said="", key=None).returning(events.c.webhook)
    webhooks.blank(transaction, set(transaction.scalars(said)))


def _those(transaction: Transaction, *where: ColumnElement[bool]) -> list[Told]:
    query = select(*_COLUMNS).where(*where).order_by(events.c.at, events.c.id)
    return [_told(row) for row in transaction.execute(query)]


def _told(row: Row[Any]) -> Told:
    return Told(**row._mapping)
