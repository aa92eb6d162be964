"""Many rows at once: what the driver does fastest, which is a prepared statement on SQLite and COPY on PostgreSQL.

SQLAlchemy's own executemany costs several times as much as the database itself when a million rows come in.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from newsletter.store.database import Transaction


def insert(transaction: Transaction, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Insert rows of plain values (text, numbers, None), columns in the order given; a second time inserts again."""
    if not rows:
        return
    named = ", ".join(columns)
    if transaction.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        transaction.exec_driver_sql(f"INSERT INTO {table} ({named}) VALUES ({places})", list(map(tuple, rows)))  # noqa: S608 (names of this package)
        return
    connection: Any = transaction.connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def table(transaction: Transaction, name: str, **columns: str) -> str:
    """Spell a list of objects in JSON, the parameter ``name``, as a table of that name with columns of these types.

    One statement then does for many rows what it would do for one.
    """
    if transaction.dialect.name == "sqlite":
        taken = ", ".join(f"json_extract(value, '$.{column}') AS {column}" for column in columns)
        # The limit keeps SQLite from reading the list anew for each row of the table that it is joined to.
        return f"(SELECT {taken} FROM json_each(:{name}) LIMIT -1) AS {name}"  # noqa: S608 (names of this package)
    typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"jsonb_to_recordset(CAST(:{name} AS jsonb)) AS {name}({typed})"


def moment(value: datetime | None) -> str | None:
    """Spell a moment as both databases read it, in UTC."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def document(value: object) -> str:
    """Spell names and values as JSON, days as 2026-11-28."""
    return json.dumps(value, ensure_ascii=False, default=_spelt)


def _spelt(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)
