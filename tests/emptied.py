"""One database of a server for one test after another: emptied, and made anew where a test left more than rows.

To copy a database, to meet it for the first time and to spell the queries takes longer than most tests do. What is
kept besides the database is one store's way to it: its connections, and the SQL that it has spelt before.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import SQLAlchemyError

from newsletter.store.database import Store

_LARGE = 32 * 1024**2
"""Bytes from which a database is made anew: deleted rows stay in the way."""

_CATALOGUES = ("class", "attribute", "attrdef", "constraint", "index", "namespace", "proc", "trigger", "type")
_BESIDES_ROWS = text(
    "SELECT (SELECT version_num FROM alembic_version),"
    + "".join(
        f" (SELECT (count(*), max(CAST(CAST(xmin AS text) AS bigint)))::text FROM pg_{name})," for name in _CATALOGUES
    )
    + " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),"
    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
)
"""The schema, locks that are held and who is connected."""

_TABLES = text(
    "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'alembic_version'"
)
_SIZE = text("SELECT sum(pg_table_size(CAST(name AS regclass))) FROM unnest(CAST(:names AS text[])) AS names (name)")
_COUNT_ANEW = (
    "SELECT setval(CAST(quote_ident(schemaname) || '.' || quote_ident(sequencename) AS regclass), start_value, false)"
    " FROM pg_sequences"
)


def versed(store: Store, other: Store) -> Store:
    """Have a store know the SQL that another one, which was used before, has spelt."""
    store.engine.dialect = other.engine.dialect
    store.engine._compiled_cache = other.engine._compiled_cache
    return store


class Emptied:
    """A database that ``make`` made, lent to one test at a time; ``remove`` takes it away."""

    def __init__(self, make: Callable[[], str], remove: Callable[[str], None]) -> None:
        self._make = make
        self._remove = remove
        self._address = ""
        self._kept: Store | None = None
        self._fresh: Row[tuple[object, ...]] | None = None
        self._tables: list[str] = []
        self._rows: dict[str, str] = {}

    def lend(self) -> Store:
        """Return an empty store of its own for a test; listeners to its engine go with it."""
        kept = self._kept or self._new()
        lent = versed(Store(self._address), kept)
        lent.engine.pool = kept.engine.pool
        return lent

    def take_back(self, lent: Store) -> None:
        """Empty what was lent, or remove it."""
        assert self._kept
        if lent.engine.pool is not self._kept.engine.pool:  # it was closed, and perhaps used again
            lent.close()
        try:
            with self._kept.engine.begin() as connection:
                clean = self._besides_rows(connection) == self._fresh and self._is_emptied(connection)
        except SQLAlchemyError:
            clean = False
        if not clean:
            self.close()

    def close(self) -> None:
        """Remove the database."""
        if self._kept:
            self._kept.close()
            self._kept = None
            self._remove(self._address)

    def _new(self) -> Store:
        self._address = self._make()
        self._kept = Store(self._address)
        with self._kept.engine.begin() as connection:
            self._fresh = self._besides_rows(connection)
            self._tables = [*connection.scalars(_TABLES)]
            rows = {
                name: connection.scalar(text(f"SELECT CAST(json_agg(t) AS text) FROM {name} AS t"))
                for name in self._tables
            }
            self._rows = {name: every for name, every in rows.items() if every}
        return self._kept

    def _besides_rows(self, connection: Connection) -> Row[tuple[object, ...]]:
        return connection.execute(_BESIDES_ROWS).one()

    def _is_emptied(self, connection: Connection) -> bool:
        """Whether it was worth it. All tables at once, whatever refers to what; a new database has some rows."""
        if connection.scalar(_SIZE, {"names": self._tables}) > _LARGE:
            return False
        before = "SET LOCAL lock_timeout = '2s'; SET LOCAL session_replication_role = replica"
        connection.exec_driver_sql("; ".join([before, *(f"DELETE FROM {name}" for name in self._tables), _COUNT_ANEW]))
        for name, every in self._rows.items():
            again = (
                f"INSERT INTO {name} SELECT * FROM json_populate_recordset(CAST(NULL AS {name}), CAST(:every AS json))"
            )
            connection.execute(text(again), {"every": every})
        return True
