"""What the tables of this folder are made of: the kinds of their columns, and the one ``metadata`` they are all in."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Dialect, Integer, MetaData, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB


class Moment(TypeDecorator[datetime]):
    """A moment in aware UTC; SQLite keeps it as text without offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse what has no zone; a wall time would be a different moment on each machine."""
        if value is None or value.tzinfo is None:
            if value is not None:
                raise ValueError("a moment without a zone")
            return None
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's moments their zone back."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


metadata = MetaData()

Document = JSON().with_variant(JSONB(), "postgresql")
"""Names and values."""

SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database counts up and never gives twice."""


def serial() -> Column[Any]:
    """A key that is such a number."""
    return Column("id", SERIAL, primary_key=True, autoincrement=True)
