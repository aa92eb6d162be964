"""How many readers were mailed on each day of the newsletter's zone: what a provider's daily limit is held against."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Date, bindparam, select, text

from newsletter.store.database import Transaction
from newsletter.store.schema import quotas

_SPEND = text(
    "INSERT INTO quotas (day, used) VALUES (:day, :taken) ON CONFLICT (day) DO UPDATE SET used = quotas.used + :taken"
).bindparams(bindparam("day", type_=Date))


def used(transaction: Transaction) -> Mapping[date, int]:
    """Return how many were mailed by day, of every day on which somebody was."""
    rows = transaction.execute(select(quotas.c.day, quotas.c.used).order_by(quotas.c.day))
    return {day: number for day, number in rows}  # noqa: C416 (a row is no pair to mypy)


def hold(transaction: Transaction, day: date) -> Mapping[date, int]:
    """Return the same, and keep others from mailing on this day until the transaction ends."""
    spend(transaction, day, 0)
    return {one: number for one, number in used(transaction).items() if number}


def spend(transaction: Transaction, day: date, taken: int) -> None:
    """Count so many more on a day."""
    transaction.execute(_SPEND, {"day": day, "taken": taken})
