"""Addresses that were erased, as hashes, and a hash of nothing that tells the right key from a wrong one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from newsletter.store.database import Transaction
from newsletter.store.schema import erased, facts

_CHECK = "erase_key"


def check(transaction: Transaction) -> str | None:
    """Return the hash that the right key makes of nothing; None as long as nobody was erased."""
    return transaction.scalar(select(facts.c.value).where(facts.c.name == _CHECK))


def set_check(transaction: Transaction, value: str) -> None:
    """Remember which key is the right one; a second time is an error of the database."""
    transaction.execute(insert(facts).values(name=_CHECK, value=value))


def among(transaction: Transaction, hashes: Sequence[str]) -> set[str]:
    """Return those of some hashes that are of erased addresses."""
    return set(transaction.scalars(select(erased.c.hash).where(erased.c.hash.in_(hashes))))


def add(transaction: Transaction, hash_: str, at: datetime) -> None:
    """Remember an address as erased; a second time changes nothing."""
    if not among(transaction, [hash_]):
        transaction.execute(insert(erased).values(hash=hash_, at=at))


def remove(transaction: Transaction, hash_: str) -> None:
    """Forget that an address was erased, since its reader came back; a second time finds nothing."""
    transaction.execute(delete(erased).where(erased.c.hash == hash_))


def count(transaction: Transaction) -> int:
    """Count the addresses that were erased."""
    return transaction.scalar(select(func.count()).select_from(erased)) or 0
