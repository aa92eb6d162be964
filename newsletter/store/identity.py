"""What a database calls itself, so that what is kept elsewhere about it is not taken for another's."""

from sqlalchemy import select

from newsletter.store.database import Transaction
from newsletter.store.schema import facts

NAME = "identity"


def of(transaction: Transaction) -> str:
    """Return a database's name for itself: 32 hexadecimal digits, drawn when its ledger was made. Copies share it."""
    return str(transaction.execute(select(facts.c.value).where(facts.c.name == NAME)).scalar_one())
