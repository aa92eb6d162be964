"""Runs, and how far each has come.

A run is changed only by whoever finds it in a state that allows it: `change` says from which states, and whoever reads
it first in order to decide holds it.
"""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    cast,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    text,
    update,
)

from newsletter.model.ledger import Draft, Run, RunState, Terms
from newsletter.store.database import Transaction
from newsletter.store.schema import runs

PRESS_LOCK = 6_397_725
"""Key of PostgreSQL's advisory lock of whoever presses."""

RUN_LOCK = 6_397_726
"""First key of PostgreSQL's advisory locks of runs, whose second one is a run's number. Rows that many share, one after
the other and each before the last has ended, are never free for whoever wants one alone; for such a lock he has only to
wait until those end who have it."""

_OVER: tuple[RunState, ...] = ("finished", "finished with doubts", "cancelled", "expired")
_HELD = text("SELECT pg_advisory_xact_lock(:key, CAST(:run AS integer))")
_UNPAUSED = {"why": None, "sentence": "", "until": None}
_FIELDS = tuple(field.name for field in fields(Run))

_COUNTED = and_(runs.c.state == "sending", runs.c.first.is_not(None))
_ANY_RUN = runs.alias()
_SOME_COUNTED = (
    select(_ANY_RUN.c.id)
    .where(_ANY_RUN.c.state == "sending", _ANY_RUN.c.first.is_not(None))
    .exists()
    .label("some_counted")
)


def press(transaction: Transaction, draft: Draft, *, allowed_at: datetime) -> int:
    """Write down a run that was pressed, whose edition is kept, and return its number: it is scheduled.

    A second time with the same token is an error of the database.
    """
    values = {**asdict(draft), "state": "scheduled", "allowed_at": allowed_at}
    key = transaction.execute(insert(runs).values(**values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]  # there is one after an insert


def get(transaction: Transaction, number: int) -> Run | None:
    """Return the run of a number."""
    return _one(transaction, select(runs).where(runs.c.id == number))


def hold(transaction: Transaction, number: int) -> Run:
    """Return a run that nobody else changes until the transaction ends. Raises: LookupError."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(_HELD, {"key": RUN_LOCK, "run": number})
    # Its key is left alone, so that others may go on writing rows that refer to it.
    query = select(runs).where(runs.c.id == number).with_for_update(key_share=True)
    run = _one(transaction, query)
    if run is None:
        raise LookupError(f"no run {number}")
    return run


def shared(transaction: Transaction, numbers: Collection[int], *, sending: bool) -> dict[int, Run]:
    """Return runs by their numbers, and all that are being sent if these are wanted, in the order of the numbers.

    Nobody changes them until the transaction ends, though others may share them; but one of which only the ``first``
    readers are mailed is this transaction's alone, since they are counted. Those come last in each transaction.
    """
    wanted = or_(runs.c.id.in_(numbers), runs.c.state == "sending" if sending else false())
    together = select(runs, _SOME_COUNTED).where(wanted, not_(_COUNTED)).order_by(runs.c.id)
    if transaction.dialect.name == "postgresql":
        together = together.where(_locked(wanted))
    rows = transaction.execute(together.with_for_update(read=True)).all()
    found = [_run(row) for row in rows]
    # One that was counted when the statement began, and was paused while it waited, is in neither of its two lists.
    lacking = set(numbers).difference(run.id for run in found)
    if not rows or rows[0].some_counted or lacking:  # nearly never
        alone = select(runs).where(or_(and_(wanted, _COUNTED), runs.c.id.in_(lacking))).order_by(runs.c.id)
        found += _all(transaction, alone.with_for_update(key_share=True))
    return {run.id: run for run in sorted(found, key=lambda run: run.id)}


def _locked(wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that holds once the locks of these runs are shared, and is looked at first (a one-time filter)."""
    theirs = select(runs.c.id).where(wanted).order_by(runs.c.id).subquery()
    locks = func.count(func.pg_advisory_xact_lock_shared(RUN_LOCK, cast(theirs.c.id, Integer)))
    return select(locks).select_from(theirs).scalar_subquery() >= 0


def of_token(transaction: Transaction, token: str) -> Run | None:
    """Return the run whose ids begin with a token."""
    return _one(transaction, select(runs).where(runs.c.token == token))


def every(transaction: Transaction, issue: str | None = None) -> tuple[Run, ...]:
    """Return all runs, or those of one issue, the newest first."""
    query = select(runs).order_by(runs.c.id.desc())
    return _all(transaction, query if issue is None else query.where(runs.c.issue == issue))


def going(transaction: Transaction) -> tuple[Run, ...]:
    """Return the runs that are not over, the oldest first."""
    return _all(transaction, select(runs).where(runs.c.state.not_in(_OVER)).order_by(runs.c.id))


def pressing(transaction: Transaction, issue: str) -> Run | None:
    """Return the newest run of an issue that is not over; until the transaction ends nobody else presses one."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PRESS_LOCK})
    return next((run for run in reversed(going(transaction)) if run.issue == issue), None)


def change(transaction: Transaction, number: int, only: Collection[RunState], **columns: object) -> bool:
    """Set columns of a run while its state is one of ``only``; False when it is not, and nothing is changed.

    What belongs to a pause (``why``, ``sentence``, ``until``) goes with it: another ``state`` clears what of it is not
    given.
    """
    if columns.get("state", "paused") != "paused":
        columns = {**_UNPAUSED, **columns}
    fenced = update(runs).where(runs.c.id == number, runs.c.state.in_(only))
    return transaction.execute(fenced.values(**columns)).rowcount == 1


def told(transaction: Transaction) -> dict[int, str]:
    """Return what the operator was told of each run last, by its number; empty where it was nothing."""
    return {row.id: row.told for row in transaction.execute(select(runs.c.id, runs.c.told))}


def tell(transaction: Transaction, number: int, what: str) -> bool:
    """Remember what the operator is told of a run last; False when he was told so already, by whomever."""
    untold = update(runs).where(runs.c.id == number, runs.c.told != what)
    return transaction.execute(untold.values(told=what)).rowcount == 1


def _one(transaction: Transaction, query: Select[Any]) -> Run | None:
    row = transaction.execute(query).one_or_none()
    return None if row is None else _run(row)


def _all(transaction: Transaction, query: Select[Any]) -> tuple[Run, ...]:
    return tuple(_run(row) for row in transaction.execute(query))


def _run(row: Row[Any]) -> Run:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Run(**{**values, "terms": Terms(**row.terms)})
