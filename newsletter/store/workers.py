"""The roll of workers that share a PostgreSQL: who lives, since when, what each does, and why one takes no work.

All moments are the server's, whatever the clocks of the workers show. Who judges who lives, and who says that he does,
are one at a time (`alone`): two that enter at once do so one after the other, and nobody is taken for dead while he is
about to say that he is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, select, text, update

from newsletter.store import clock
from newsletter.store.database import Transaction
from newsletter.store.schema import attempts, workers

ROLL_LOCK = 6_397_726
"""Key of PostgreSQL's advisory lock of whoever writes the roll."""

_KEPT = timedelta(days=1)
"""For so long it is told of a worker that it died."""

_ASLEEP = "SET LOCAL idle_in_transaction_session_timeout = '3s'"
"""Whoever is frozen while he has the roll keeps it no longer: the others would be taken for dead meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that works, with so many slots. ``tables`` and ``secrets``: a short hash for each name."""

    name: str
    machine: str
    pid: int
    version: str
    slots: int
    tables: Mapping[str, str]
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(Worker):
    """A worker in the roll: ``since`` when, when it was last ``seen`` (aware UTC, by the server's clock).

    Who entered earlier has the lower ``id``. ``doing`` is for a person; ``waits`` says why it takes no work, and is
    empty when it does.
    """

    id: int
    since: datetime
    seen: datetime
    doing: tuple[str, ...]
    waits: str


def alone(transaction: Transaction) -> datetime:
    """Have the roll to oneself until the transaction ends; return what the time is to the server (aware UTC)."""
    transaction.execute(text(_ASLEEP))
    transaction.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ROLL_LOCK})
    at = clock.now(transaction)
    if at is None:
        raise LookupError("a file has no clock, and needs no roll")
    return at


def enter(transaction: Transaction, worker: Worker, *, at: datetime, rescue: timedelta) -> int:
    """Write a worker into the roll, and return his number.

    Those who died long ago are forgotten.
    """
    transaction.execute(delete(workers).where(workers.c.lapses < at - _KEPT))
    moments = {"since": at, "seen": at, "lapses": at + rescue}
    values = {**asdict(worker), "tables": dict(worker.tables), "secrets": dict(worker.secrets)}
    key = transaction.execute(insert(workers).values(**values, **moments, doing=[])).inserted_primary_key
    return int(key[0])  # type: ignore[index]  # there is one after an insert


def report(
    transaction: Transaction, number: int, *, at: datetime, rescue: timedelta, doing: Sequence[str], waits: str
) -> None:
    """Write down that a worker lives, and for how long from now on it counts as living without another word."""
    values = {"seen": at, "lapses": at + rescue, "doing": list(doing), "waits": waits}
    transaction.execute(update(workers).where(workers.c.id == number).values(**values))


def leave(transaction: Transaction, number: int) -> None:
    """Take a worker out of the roll."""
    transaction.execute(delete(workers).where(workers.c.id == number))


def living(transaction: Transaction) -> tuple[Entered, ...]:
    """Return the workers that live, in the order in which they entered; on SQLite nobody does."""
    at = clock.now(transaction)
    return () if at is None else _those(transaction, workers.c.lapses > at)


def lost(transaction: Transaction) -> tuple[Entered, ...]:
    """Return the workers that died within the last day without having left."""
    at = clock.now(transaction)
    return () if at is None else _those(transaction, workers.c.lapses.between(at - _KEPT, at))


def apart(transaction: Transaction) -> dict[str, datetime]:
    """Return who is in no roll and has requests under way, by name, and when the first of these was begun (aware UTC).

    On SQLite nobody does: whoever sends has its lock.
    """
    at = clock.now(transaction)
    if at is None:
        return {}
    under_way = (
        attempts.c.state == "open",
        attempts.c.expires_at > at,
        attempts.c.worker.not_in(select(workers.c.name)),
    )
    query = select(attempts.c.worker, func.min(attempts.c.opened_at)).where(*under_way).group_by(attempts.c.worker)
    return {name: since for name, since in transaction.execute(query)}  # noqa: C416 (a row is no pair to mypy)


_COLUMNS = tuple(field.name for field in fields(Entered))


def _those(transaction: Transaction, which: ColumnElement[bool]) -> tuple[Entered, ...]:
    found = transaction.execute(select(workers).where(which).order_by(workers.c.id))
    rows = ({name: getattr(row, name) for name in _COLUMNS} for row in found)
    return tuple(Entered(**{**row, "doing": tuple(row["doing"])}) for row in rows)
