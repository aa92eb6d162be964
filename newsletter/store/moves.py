"""Changes of address: what a reader asked for, and when it was done and undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, exists, insert, or_, select, update

from newsletter import addresses
from newsletter.store.database import Transaction
from newsletter.store.schema import moves, notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change of address, both as they were written. ``record`` is the id of the consent record of the asking."""

    id: int
    subscriber: str
    record: int
    before: str
    after: str
    asked_at: datetime
    done_at: datetime | None = None
    undone_at: datetime | None = None


def ask(transaction: Transaction, subscriber: str, *, record: int, before: str, after: str, at: datetime) -> int:
    """Write down that a reader asks for another address, and return the number of the move."""
    values = {
        "subscriber": subscriber,
        "record": record,
        "before": before,
        "before_key": addresses.key(before),
        "after": after,
        "after_key": addresses.key(after),
        "asked_at": at,
    }
    key = transaction.execute(insert(moves).values(**values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]  # there is one after an insert


def get(transaction: Transaction, number: int) -> Move | None:
    """Return one move."""
    row = transaction.execute(select(moves).where(moves.c.id == number)).one_or_none()
    return None if row is None else _move(row)


def of(transaction: Transaction, subscriber: str) -> tuple[Move, ...]:
    """Return the moves of one subscriber, the first first."""
    query = select(moves).where(moves.c.subscriber == subscriber).order_by(moves.c.id)
    return tuple(_move(row) for row in transaction.execute(query))


def left_behind(transaction: Transaction, keys: Sequence[str]) -> set[str]:
    """Return those of some keys whose addresses a reader moved away from, for as long as the move is kept."""
    if not keys:
        return set()
    made = moves.c.done_at.is_not(None) & moves.c.undone_at.is_(None)
    return set(transaction.scalars(select(moves.c.before_key).where(made, moves.c.before_key.in_(keys))))


def done(transaction: Transaction, number: int, *, at: datetime) -> None:
    """Write down that a move was confirmed at the new address."""
    transaction.execute(update(moves).where(moves.c.id == number).values(done_at=at))


def undone(transaction: Transaction, move: Move, *, at: datetime) -> None:
    """Write down that a move was taken back from the old address, and with it what its reader moved since."""
    since = (moves.c.subscriber == move.subscriber, moves.c.id >= move.id, moves.c.done_at.is_not(None))
    transaction.execute(update(moves).where(*since, moves.c.undone_at.is_(None)).values(undone_at=at))


def forget(transaction: Transaction, key: str) -> None:
    """Forget every move from or to an address, with its notices; a second time finds none."""
    transaction.execute(delete(moves).where(or_(moves.c.before_key == key, moves.c.after_key == key)))


def prune(transaction: Transaction, *, asked_before: datetime, done_before: datetime) -> int:
    """Forget the moves that can be neither confirmed nor undone any more, with their notices; return how many.

    One whose notice may still leave, or is in doubt, stays. A second time finds none.
    """
    over = or_(
        moves.c.undone_at < asked_before,
        moves.c.undone_at.is_(None) & (moves.c.done_at < done_before),
        moves.c.done_at.is_(None) & (moves.c.asked_at < asked_before),
    )
    is_told = exists().where(notices.c.move == moves.c.id, notices.c.ended_at.is_(None))
    return transaction.execute(delete(moves).where(over, ~is_told)).rowcount


def _move(row: Row[Any]) -> Move:
    return Move(
        id=row.id,
        subscriber=row.subscriber,
        record=row.record,
        before=row.before,
        after=row.after,
        asked_at=row.asked_at,
        done_at=row.done_at,
        undone_at=row.undone_at,
    )
