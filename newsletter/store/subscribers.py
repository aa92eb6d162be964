"""Subscribers, their tags and the fields of the newsroom's own.

Only ``audience/`` calls what changes them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from newsletter.model.subscriber import Reason, Subscriber
from newsletter.store import bulk
from newsletter.store.database import Transaction
from newsletter.store.schema import Document, Moment, subscribers, tags

Consent = Literal["pending", "confirmed", "left"]
"""What the reader himself said last, whatever else stands against mailing him."""

AT_ONCE = 5_000
"""So many rows are read at a time when all are read."""

REASON = case(
    (subscribers.c.complained_at.is_not(None), "complained"),
    (subscribers.c.bounced_at.is_not(None), "bounced"),
    (subscribers.c.blocked_at.is_not(None), "blocked"),
    else_=None,
)
"""Why an address is suppressed: the strongest reason, NULL without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A subscriber, what he said himself, and since when each thing stands against mailing him."""

    subscriber: Subscriber
    key: str
    consent: Consent
    complained_at: datetime | None = None
    bounced_at: datetime | None = None
    blocked_at: datetime | None = None


def find(transaction: Transaction, key: str, *, to_change: bool = False) -> Known | None:
    """Find a subscriber by the key of his address; ``to_change`` keeps others from changing him meanwhile."""
    query = select(subscribers).where(subscribers.c.key == key)
    return next(_known(transaction, query.with_for_update() if to_change else query), None)


def get(transaction: Transaction, identity: str, *, to_change: bool = False) -> Known | None:
    """Find a subscriber by his id."""
    query = select(subscribers).where(subscribers.c.id == identity)
    return next(_known(transaction, query.with_for_update() if to_change else query), None)


def among(transaction: Transaction, keys: Sequence[str]) -> dict[str, Known]:
    """Find those of some keys that are known, by their keys."""
    each = func.json_each if transaction.dialect.name == "sqlite" else func.jsonb_array_elements_text
    wanted = each(literal(list(keys), Document)).table_valued("value")
    query = select(subscribers).join_from(wanted, subscribers, subscribers.c.key == wanted.c.value)
    return {known.key: known for known in _known(transaction, query)}


def those(transaction: Transaction, identities: Collection[str], *, to_change: bool = False) -> dict[str, Known]:
    """Find some subscribers by their ids; whoever is not there is left out."""
    query = select(subscribers).where(subscribers.c.id.in_(identities)).order_by(subscribers.c.id)
    found = _known(transaction, query.with_for_update() if to_change else query)
    return {known.subscriber.id: known for known in found}


def every(transaction: Transaction, where: ColumnElement[bool] | None = None) -> Iterator[Known]:
    """Read all subscribers, or those for whom something is true, in the order of their keys; a few at a time."""
    last = ""
    while True:
        query = select(subscribers).where(subscribers.c.key > last).order_by(subscribers.c.key).limit(AT_ONCE)
        some = list(_known(transaction, query if where is None else query.where(where)))
        yield from some
        if len(some) < AT_ONCE:
            return
        last = some[-1].key


def every_key(transaction: Transaction) -> Iterator[str]:
    """Read the keys of all subscribers, in their order; a few at a time."""
    last = ""
    while True:
        query = select(subscribers.c.key).where(subscribers.c.key > last).order_by(subscribers.c.key).limit(AT_ONCE)
        some = list(transaction.scalars(query))
        yield from some
        if len(some) < AT_ONCE:
            return
        last = some[-1]


def count(transaction: Transaction, where: ColumnElement[bool] | None = None) -> int:
    """Count all subscribers, or those for whom something is true."""
    query = select(func.count()).select_from(subscribers)
    return transaction.scalar(query if where is None else query.where(where)) or 0


def counts(transaction: Transaction, where: ColumnElement[bool] | None = None) -> dict[tuple[str, str | None], int]:
    """Count subscribers by status and reason."""
    reason = REASON.label("reason")
    query = select(subscribers.c.status, reason, func.count()).group_by(subscribers.c.status, reason)
    rows = transaction.execute(query if where is None else query.where(where))
    return {(status, reason): number for status, reason, number in rows}


def hold(transaction: Transaction) -> None:
    """Keep others from adding and changing subscribers until the transaction ends; SQLite does so from its beginning.

    It comes first in a transaction. Its mode waits also for whoever has only found somebody to change him: with a
    weaker one that one might wait for this transaction, and this one for him.
    """
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("LOCK TABLE subscribers IN EXCLUSIVE MODE"))


def keep(transaction: Transaction) -> None:
    """Keep others from changing subscribers until the transaction ends, as `hold`, but not from finding them to do so.

    It waits for those who have changed somebody, and never for whoever waits for this transaction.
    """
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("LOCK TABLE subscribers IN SHARE MODE"))


def present(transaction: Transaction, identities: Collection[str]) -> set[str]:
    """Return those of some ids that are there; nobody removes them until the transaction ends."""
    query = select(subscribers.c.id).where(subscribers.c.id.in_(identities)).order_by(subscribers.c.id)
    return set(transaction.scalars(query.with_for_update(read=True, key_share=True)))


COLUMNS = (
    "id", "address", "key", "domain", "name", "language", "joined", "consent", "complained_at", "bounced_at",
    "blocked_at", "paused_until", "source", "fields",
)  # fmt: skip
"""What `insert_rows` wants of each, in this order; moments and documents spelt by `bulk`, days as 2026-11-28."""


def insert_rows(transaction: Transaction, rows: Sequence[Sequence[object]], marked: Sequence[tuple[str, str]]) -> None:
    """Add subscribers whose addresses are not known, and pairs of id and tag; a second time is an error."""
    bulk.insert(transaction, "subscribers", COLUMNS, rows)
    bulk.insert(transaction, "tags", ("subscriber", "tag"), marked)


def insert_one(transaction: Transaction, known: Known) -> None:
    """Add a subscriber whose address is not known; a second time is an error of the database."""
    one = known.subscriber
    marked = [(one.id, tag) for tag in one.tags]
    insert_rows(transaction, [_row(known)], marked)


def change_many(transaction: Transaction, changes: Iterable[tuple[str, Mapping[str, object]]]) -> None:
    """Set columns of many subscribers, those together that change the same ones; a second time changes nothing more."""
    alike: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for identity, columns in changes:
        alike.setdefault(tuple(sorted(columns)), []).append({**columns, "identity": identity})
    for names, rows in alike.items():
        query = update(subscribers).where(subscribers.c.id == bindparam("identity"))
        transaction.execute(query.values({name: bindparam(name) for name in names}), rows)


def change(transaction: Transaction, identity: str, columns: Mapping[str, object]) -> None:
    """Set columns of a subscriber; a second time changes nothing more."""
    transaction.execute(update(subscribers).where(subscribers.c.id == identity).values(**columns))


def add_tags(transaction: Transaction, identity: str, added: Iterable[str]) -> None:
    """Mark a subscriber with tags he does not have; a second time is an error of the database."""
    rows = [{"subscriber": identity, "tag": tag} for tag in added]
    if rows:
        transaction.execute(insert(tags), rows)


def remove_tags(transaction: Transaction, identity: str, removed: Iterable[str]) -> None:
    """Take tags from a subscriber; a second time finds none."""
    transaction.execute(delete(tags).where(tags.c.subscriber == identity, tags.c.tag.in_(list(removed))))


def remove(transaction: Transaction, identities: Sequence[str]) -> None:
    """Remove subscribers with their tags, notices, moves and undo data; a second time finds none."""
    transaction.execute(delete(subscribers).where(subscribers.c.id.in_(identities)))


def remove_unconfirmed(transaction: Transaction, before: datetime) -> int:
    """Remove whoever is pending and was last heard of before a moment; return how many. A second time finds none.

    Whoever is still to be asked stays: he has had no chance to answer.
    """
    from_consents = text(
        "DELETE FROM subscribers WHERE status = 'pending' AND NOT EXISTS "
        "(SELECT 1 FROM consents WHERE consents.subscriber = subscribers.id AND consents.at >= :before) "
        "AND NOT EXISTS (SELECT 1 FROM notices WHERE notices.subscriber = subscribers.id AND ended_at IS NULL)"
    ).bindparams(bindparam("before", before, Moment))
    return transaction.execute(from_consents).rowcount


def _known(transaction: Transaction, query: Select[Any]) -> Iterator[Known]:
    rows = transaction.execute(query).all()
    marked = _tags_of(transaction, [row.id for row in rows])
    return (_from(row, marked.get(row.id, ())) for row in rows)


def _tags_of(transaction: Transaction, identities: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if not identities or not transaction.scalar(select(select(tags).exists())):
        return {}
    query = select(tags.c.subscriber, tags.c.tag).where(tags.c.subscriber.in_(identities)).order_by(tags.c.subscriber)
    pairs = groupby(transaction.execute(query), attrgetter("subscriber"))
    return {identity: tuple(sorted(pair.tag for pair in group)) for identity, group in pairs}


def _from(row: Row[Any], marked: tuple[str, ...]) -> Known:
    return Known(
        subscriber=Subscriber(
            id=row.id,
            address=row.address,
            name=row.name,
            joined=row.joined,
            language=row.language,
            status=row.status,
            reason=reason_of(row.complained_at, row.bounced_at, row.blocked_at),
            paused_until=row.paused_until,
            source=row.source,
            tags=marked,
            fields=row.fields,
        ),
        key=row.key,
        consent=row.consent,
        complained_at=row.complained_at,
        bounced_at=row.bounced_at,
        blocked_at=row.blocked_at,
    )


def reason_of(complained: datetime | None, bounced: datetime | None, blocked: datetime | None) -> Reason | None:
    """Return the strongest reason against mailing an address, None without one."""
    return "complained" if complained else "bounced" if bounced else "blocked" if blocked else None


def _row(known: Known) -> tuple[object, ...]:
    one = known.subscriber
    return (
        one.id,
        one.address,
        known.key,
        known.key.rpartition("@")[2],
        one.name,
        one.language,
        one.joined and one.joined.isoformat(),
        known.consent,
        bulk.moment(known.complained_at),
        bulk.moment(known.bounced_at),
        bulk.moment(known.blocked_at),
        one.paused_until and one.paused_until.isoformat(),
        one.source,
        bulk.document(one.fields) if one.fields else "{}",
    )
