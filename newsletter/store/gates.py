"""Limits that hold over restarts and between processes: how often something may happen, one row a limit.

The algorithm is GCRA (ITU-T I.371): a row says when its limit is at rest again; what may pass moves that on.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.types import BigInteger

from newsletter.store.database import Transaction
from newsletter.store.schema import gates

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)

_TAKE = text(
    "INSERT INTO gates (key, tat) VALUES (:key, :at + :every) "
    "ON CONFLICT (key) DO UPDATE SET tat = CASE WHEN gates.tat > :at THEN gates.tat ELSE :at END + :every "
    "WHERE gates.tat <= :at + :room RETURNING tat"
).bindparams(*(bindparam(name, type_=BigInteger) for name in ("at", "every", "room")))


def take(transaction: Transaction, key: str, *, at: datetime, every: timedelta, burst: int) -> datetime | None:
    """Pass through a gate that lets one pass every so often, and after a rest ``burst`` at once.

    None when it may pass now, which counts; else the moment from which on it may, and nothing is counted. ``key`` is
    hashed by the caller where it would tell of a person.
    """
    now, step = (at - _EPOCH) // _TICK, every // _TICK
    room = (burst - 1) * step
    values = {"key": key, "at": now, "every": step, "room": room}
    if transaction.execute(_TAKE, values).one_or_none() is not None:
        return None
    rests_at = transaction.scalar(select(gates.c.tat).where(gates.c.key == key)) or now
    return _EPOCH + (rests_at - room) * _TICK


def look(transaction: Transaction, key: str, *, at: datetime, alone: bool = True) -> datetime:
    """Return from when on a gate lets through who `spend`s what he takes; ``at`` or earlier is now.

    Nobody else passes until the transaction ends, when this one is ``alone``.
    """
    query = select(gates.c.tat).where(gates.c.key == key)
    tat = transaction.scalar(query.with_for_update() if alone else query)
    return at if tat is None else _EPOCH + tat * _TICK


_SPEND = text(
    "INSERT INTO gates (key, tat) VALUES (:key, :at + :taken) ON CONFLICT (key) DO UPDATE SET "
    "tat = CASE WHEN gates.tat > :at - :slack THEN gates.tat ELSE :at - :slack END + :taken"
).bindparams(*(bindparam(name, type_=BigInteger) for name in ("at", "taken", "slack")))


def spend(transaction: Transaction, key: str, *, at: datetime, every: timedelta, taken: int) -> None:
    """Write down that so many passed through a gate that lets one pass every so often.

    Whoever comes a little late, as one does who has other things to do, catches up: as many again, and no more.
    """
    step = every // _TICK * taken
    transaction.execute(_SPEND, {"key": key, "at": (at - _EPOCH) // _TICK, "taken": step, "slack": step})


_SHUT = text(
    "INSERT INTO gates (key, tat) VALUES (:key, :until) ON CONFLICT (key) DO UPDATE SET "
    "tat = CASE WHEN gates.tat > :until THEN gates.tat ELSE :until END"
).bindparams(bindparam("until", type_=BigInteger))


def shut(transaction: Transaction, key: str, *, until: datetime) -> None:
    """Let nobody through before a moment; a gate that is shut for longer stays so."""
    transaction.execute(_SHUT, {"key": key, "until": (until - _EPOCH) // _TICK})


def prune(transaction: Transaction, *, at: datetime) -> int:
    """Forget the gates that are at rest and return how many; a second time finds none.

    Those that somebody passes meanwhile are left alone: whoever takes several has an order of his own.
    """
    at_rest = select(gates.c.key).where(gates.c.tat <= (at - _EPOCH) // _TICK).with_for_update(skip_locked=True)
    return transaction.execute(delete(gates).where(gates.c.key.in_(at_rest))).rowcount
