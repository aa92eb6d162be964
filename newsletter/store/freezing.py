"""Whom an issue is offered to, and the one statement that makes rows of the ledger of them.

Whoever has an issue, may have it or is about to is not offered it again: by his address, and by his id, since he may
have another address by now. The partial index holds the first also against a run that is frozen at the same time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from newsletter.model.ledger import Run
from newsletter.store import erased, subscribers
from newsletter.store.database import Transaction
from newsletter.store.schema import HAD, Moment, deliveries, runs
from newsletter.store.schema import subscribers as readers
from newsletter.store.segments import Condition

_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_LEFT_OUT = ("pending", "left", "complained", "bounced", "blocked", "paused", "outside", "erased")
_HAS = text(HAD)
_PAUSED = "paused"
"""The reason of a reader who is skipped for his pause."""
_COLUMNS = (
    "run", "seq", "issue", "subscriber", "address", "key", "domain", "name", "joined", "state", "reason", "not_before",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Whom an issue would go to on a day.

    ``waiting`` are mailed, ``paused`` become rows that are skipped, ``had`` have the issue and become none; of
    ``doubted`` of these nobody knows whether they have it.
    ``left_out`` counts all others by the reason, the paused among them, as `newsletter.audience.mailing` does.
    ``domains`` count those who wait, the largest first; ``pauses`` are the first and the last day on which the paused
    may be mailed again, empty when there are none.
    """

    waiting: int
    paused: int
    had: int
    left_out: Mapping[str, int]
    domains: Mapping[str, int]
    pauses: tuple[date, ...] = ()
    doubted: int = 0

    @property
    def have_it(self) -> str:
        """``57 have had it``, or ``53 have it, 4 may have it``"""
        sure = f"{self.had - self.doubted:,} have it, {self.doubted:,} may have it"
        return sure if self.doubted else f"{self.had:,} have had it"


def offer(transaction: Transaction, issue: str, where: Condition | None, day: date) -> Offer:
    """Count whom an issue would go to on a day of the newsletter's zone: all, or those of a segment."""
    had, paused = _had(transaction, issue), _paused(day)
    kind = case((had, "had"), (paused, "paused"), else_="waiting").label("kind")
    until = readers.c.paused_until
    counted = (func.count().label("number"), func.min(until).label("soonest"), func.max(until).label("latest"))
    query = _confirmed(where, readers.c.domain, kind, *counted).group_by(readers.c.domain, kind)
    rows = transaction.execute(query.order_by(func.count().desc(), readers.c.domain)).all()
    sums = {kind: sum(row.number for row in rows if row.kind == kind) for kind in ("waiting", "paused", "had")}
    left_out = {**_not_confirmed(transaction, where), "paused": sums["paused"], **_beyond(transaction, where)}
    return Offer(
        **sums,
        left_out={why: left_out[why] for why in _LEFT_OUT if left_out.get(why)},
        domains={row.domain: row.number for row in rows if row.kind == "waiting"},
        pauses=_ends([day for row in rows if row.kind == "paused" for day in (row.soonest, row.latest)]),
        doubted=_doubted(transaction, issue, where) if sums["had"] else 0,
    )


def freeze(transaction: Transaction, run: Run, where: Condition | None, day: date, at: datetime) -> int:
    """Make a run's rows of the confirmed readers, all or those of a segment, and return how many they are.

    They are numbered in the order of their ids; one who is paused on the day is skipped. Where two runs of an issue are
    frozen at a time, numbers may be missing. Readers are not changed until the transaction ends: an erased one would
    come back with it. A second time is an error of the database, or finds nobody.
    """
    subscribers.keep(transaction)
    its, paused = readers.c, _paused(day)
    rows = _confirmed(
        where,
        literal(run.id),
        func.row_number().over(order_by=its.id),
        literal(run.issue),
        *(its.id, its.address, its.key, its.domain, its.name, its.joined),
        case((paused, "skipped"), else_="waiting"),
        case((paused, _PAUSED), else_=""),
        literal(at, Moment),
    )
    frozen = rows.where(not_(_had(transaction, run.issue))).order_by(its.id)
    insert = _INSERT[transaction.dialect.name](deliveries).from_select(_COLUMNS, frozen)
    once = insert.on_conflict_do_nothing(index_elements=["issue", "key"], index_where=_HAS)
    made: int = transaction.execute(once.execution_options(preserve_rowcount=True)).rowcount
    return made


def wake(transaction: Transaction, run: Run, day: date, at: datetime) -> int:
    """Have those wait after all whose pause is over by a day on which nobody was mailed yet; return how many they are.

    Whoever has left since, has another address or has the issue from another run stays skipped.
    """
    frozen, its = deliveries.alias(), readers.c
    query = (
        select(frozen.c.seq)
        .join(readers, its.id == frozen.c.subscriber)
        .where(frozen.c.run == run.id, frozen.c.state == "skipped", frozen.c.reason == _PAUSED)
        .where(its.status == "confirmed", its.key == frozen.c.key, not_(_paused(day)))
        .where(not_(_had(transaction, run.issue)))
    )
    seqs = transaction.scalars(query).all()
    rows = [{"number": seq} for seq in seqs]
    one = update(deliveries).where(deliveries.c.run == run.id, deliveries.c.seq == bindparam("number"))
    if rows:
        transaction.execute(one.values(state="waiting", reason="", not_before=at), rows)
    return len(rows)


def readers_of(transaction: Transaction, issue: str, where: Condition | None) -> Iterator[Row[Any]]:
    """Yield whom an issue would go to, paused or not: id, address, key, domain, name, joined and paused until.

    In the order of their ids, and few at a time: all of them are read in this transaction, none is kept.
    """
    its, last = readers.c, ""
    columns = (its.id, its.address, its.key, its.domain, its.name, its.joined, its.paused_until)
    query = _confirmed(where, *columns).where(not_(_had(transaction, issue))).order_by(its.id)
    while some := transaction.execute(query.where(its.id > last).limit(subscribers.AT_ONCE)).all():
        yield from some
        last = some[-1].id


def _confirmed(where: Condition | None, *columns: ColumnElement[Any]) -> Select[Any]:
    query = select(*columns).where(readers.c.status == "confirmed")
    return query if where is None else query.where(where)


def _paused(day: date) -> ColumnElement[bool]:
    return and_(readers.c.paused_until.is_not(None), readers.c.paused_until > day)


def _had(transaction: Transaction, issue: str) -> ColumnElement[bool]:
    """Say of a reader whether he has an issue; nobody is asked while it was sent to nobody."""
    before = transaction.scalars(select(runs.c.id).where(runs.c.issue == issue, runs.c.frozen_at.is_not(None))).all()
    return or_(_has_by_address(issue), _has_by_id(before)) if before else false()


def _has_by_address(issue: str) -> ColumnElement[bool]:
    its = deliveries.c
    return exists().where(its.issue == issue, its.key == readers.c.key, _HAS)


def _has_by_id(before: Sequence[int]) -> ColumnElement[bool]:
    its = deliveries.c
    return exists().where(its.subscriber == readers.c.id, its.run.in_(before), _HAS)


def _doubted(transaction: Transaction, issue: str, where: Condition | None) -> int:
    its = deliveries.c
    doubts = exists().where(its.issue == issue, its.subscriber == readers.c.id, its.state == "in doubt")
    return transaction.scalar(_confirmed(where, func.count()).where(doubts)) or 0


def _ends(days: Sequence[date]) -> tuple[date, ...]:
    return (min(days), max(days)) if days else ()


def _not_confirmed(transaction: Transaction, where: Condition | None) -> dict[str, int]:
    counted = subscribers.counts(transaction, where)
    return {reason or status: number for (status, reason), number in counted.items() if status != "confirmed"}


def _beyond(transaction: Transaction, where: Condition | None) -> dict[str, int]:
    """Count whom a segment does not name, or who was erased where all are named."""
    if where is None:
        return {"erased": erased.count(transaction)}
    return {"outside": subscribers.count(transaction) - subscribers.count(transaction, where)}
