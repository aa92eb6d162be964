"""Files that were written with addresses in them."""

from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, select, text

from newsletter.store.database import Transaction
from newsletter.store.schema import Moment, files

Kind = Literal["rejects", "export", "backup", "list"]
"""Lines an import refused · an export · a backup · the list an import was made from."""


def remember(transaction: Transaction, path: str, kind: Kind, at: datetime) -> None:
    """Remember that a file holds addresses; a second time only the moment is newer, though two should do so at once."""
    transaction.execute(_REMEMBER, {"path": path, "kind": kind, "at": at})


_REMEMBER = text(
    "INSERT INTO files (path, kind, at) VALUES (:path, :kind, :at) "
    "ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, at = excluded.at"
).bindparams(bindparam("at", type_=Moment))


def every(transaction: Transaction) -> tuple[tuple[str, Kind], ...]:
    """Return all files that were written, in the order of their names."""
    query = select(files.c.path, files.c.kind).order_by(files.c.path)
    return tuple((path, kind) for path, kind in transaction.execute(query))
