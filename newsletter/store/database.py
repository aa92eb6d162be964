"""The way to the database: one transaction at a time, and only on a schema that this program knows.

SQLite keeps a commit through a power failure (``synchronous=FULL``), lets readers read while one writes (WAL), has a
writer wait for another (`BUSY` seconds), and writes over what is deleted (``secure_delete``, which it does not do by
itself everywhere): an erased reader is gone from the file too. A writing transaction takes its lock when it begins: one
that reads first and asks for it later may find that what it read is no longer true, and fail. Errors never show the
values of a statement: these are readers' addresses.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from newsletter.errors import StoreError
from newsletter.store.schema import HEAD

Transaction = Connection
"""What the functions of this folder work in."""

BUSY = 30
"""Seconds that a writer waits for another, where nobody said otherwise."""

OPEN = 5
"""So many connections are kept, where nobody said otherwise."""

UPGRADE_LOCK = 6_397_724
"""Key of PostgreSQL's advisory lock: shared by whoever writes, held alone by an upgrade."""

MOVED = "moved"
"""The revision of a file whose list has moved elsewhere."""

EXTRA = (
    "Beside newsletter: pipx inject newsletter 'psycopg[binary]' 'procrastinate<4'. "
    "Without pipx, in the folder of the program: pip install '.[postgres]'"
)
"""What to do where something for PostgreSQL is not installed."""

_WAIT = "Another command is writing to it; wait until it is done."
CONNECTION = {
    "application_name": "newsletter",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "tcp_user_timeout": 60_000,
}
"""A server that is gone without a word is noticed within a minute (libpq §32.1.2; milliseconds, the last)."""

_ASLEEP = "120s"
"""A process that is frozen in the middle of a transaction holds up all others no longer; the server ends it."""

_UNUSABLE = frozenset({"25P03", "25006", "42501"})
"""PostgreSQL ended a transaction that slept, only reads (as a standby does), or does not allow it (appendix A)."""

_REVISION = text("SELECT version_num FROM alembic_version")

_RESTED = 1.0
"""Seconds after which a connection may be gone without anybody having noticed."""

_ROOM = ("cache_size=-32768", "wal_autocheckpoint=8192")
"""32 MB each for pages in memory and for those that wait to be put in their place: a long list is scattered over the
indexes, and with SQLite's own 2 and 4 MB the same pages are written again and again."""


class Store:
    """The open database of one workspace. ``place`` names it without a password."""

    def __init__(self, address: str | Path, *, busy: int = BUSY, lasting: bool = True, open_: int = OPEN) -> None:
        """Prepare a database that is a file, or a ``postgresql://`` address; nothing is opened yet.

        ``busy`` is for how many seconds it waits for another who writes. A file that is not ``lasting`` waits for no
        disk, and a power failure may damage it. So many connections to a server are kept ``open_``, each for a thread;
        more are made when they are needed. Raises: StoreError when the address cannot be read or its driver is not
        installed.
        """
        self.file = address if isinstance(address, Path) else None
        self.engine = _engine(address, busy, open_)
        self._has_schema = False
        if not lasting:
            event.listen(self.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        shown = self.engine.url.set(drivername="postgresql").difference_update_query(["password"])
        self.place = str(address) if self.file else shown.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """See one state of the database, however long it takes. Raises: StoreError."""
        self._refuse_absence()
        with self._explained(), self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                self._refuse_other_schemas(connection, _known)
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Write all of it or nothing. Raises: StoreError."""
        self._refuse_absence()
        with self._explained(), self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                postgresql = self.engine.dialect.name == "postgresql"
                self._refuse_other_schemas(connection, _locked if postgresql else _known)
                yield connection

    @contextmanager
    def alone(self) -> Iterator[Transaction]:
        """Write while nobody else does, whatever the schema: for upgrades. Raises: StoreError."""
        with self._explained(), self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                if self.engine.dialect.name == "postgresql":
                    connection.execute(text("SET LOCAL lock_timeout = 0"))  # an import that goes on may take long
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
                yield connection

    def revision(self) -> str | None:
        """Return the schema's revision; None when there is no database, or nothing in it. Raises: StoreError."""
        if self.file is not None and not self.file.exists():
            return None
        with self._explained(), self.engine.connect() as connection:
            return revision(connection)

    def settle(self) -> None:
        """Have a SQLite file hold all that was written and its log nothing, so that what was erased is in neither.

        While another reads an older state it cannot, and is done when that one, or the next, is closed.
        """
        if self.file is not None:
            with self._explained(), closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _refuse_absence(self) -> None:
        if self.file is not None and not self.file.exists():  # else opening it would make it
            refuse_other_schema(None, self.place)

    def _refuse_other_schemas(self, connection: Connection, ask: Callable[[Connection], str | None]) -> None:
        """Ask each time, as another process may upgrade it; whether there is any schema, only until one was seen."""
        if not self._has_schema:
            refuse_other_schema(revision(connection), self.place)
        refuse_other_schema(ask(connection), self.place)
        self._has_schema = True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what kept the database from being used, in a sentence without anybody's data in it."""
        try:
            yield
        except PoolTimeout:
            raise StoreError(f"{self.place} cannot be used: all connections to it are busy.", _WAIT) from None
        except (DBAPIError, self.engine.dialect.loaded_dbapi.Error) as error:
            known = self._known_error(getattr(error, "orig", error))
            if known is None:
                raise
            raise known from None

    def _known_error(self, error: Any) -> StoreError | None:
        """Say what a driver's error means; None for one that is a mistake of this program."""
        driver = self.engine.dialect.loaded_dbapi
        state, words = getattr(error, "sqlstate", None), _first_line(error)
        away = isinstance(error, driver.OperationalError) or state in _UNUSABLE
        if away or (isinstance(error, driver.ProgrammingError) and "connection option" in words):
            return StoreError(f"{self.place} cannot be used: {words}.", _hint(words))
        if isinstance(error, sqlite3.DatabaseError) and "not a database" in words:
            return StoreError(f"{self.place} is no database.", "Name another file under [readers].")
        if isinstance(error, sqlite3.DatabaseError) and "malformed" in words:
            return StoreError(f"{self.place} is damaged.", "Keep it as it is, and restore a backup.")
        return None


def create_file(file: Path) -> None:
    """Make an empty file that only its owner may read; one that is there stays as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def revision(transaction: Transaction) -> str | None:
    """Return the revision of the schema, None in an empty database."""
    if not inspect(transaction).has_table("alembic_version"):
        return None
    return transaction.execute(_REVISION).scalar()


def _known(connection: Connection) -> str | None:
    """The revision of a schema that is there."""
    return connection.execute(_REVISION).scalar()


def _locked(connection: Connection) -> str | None:
    """The same on PostgreSQL, of a schema that stays so until the transaction ends.

    To begin, to wait for the lock and to ask are one way to the server and back: whoever sends does this all the time.
    They are three statements, as the last must see what an upgrade wrote that the second has waited for.
    """
    driver: Any = connection.connection.driver_connection
    with driver.pipeline(), driver.cursor() as cursor:
        driver.execute("SELECT pg_advisory_xact_lock_shared(%s)", [UPGRADE_LOCK])
        cursor.execute(_REVISION.text)
        row = cursor.fetchone()
    return str(row[0]) if row else None


def refuse_other_schema(found: str | None, place: str) -> None:
    """Raises: StoreError unless the schema is the one this program works with."""
    if found is None:
        raise StoreError(f"There is no list of readers in {place}.", "Run `newsletter subscribers import FILE`.")
    if found == MOVED:
        raise StoreError(
            f"The list in {place} has moved to another database, and nothing in this file is true any more.",
            "Set NEWSLETTER_DATABASE to where it is.",
        )
    if found < HEAD:
        raise StoreError(
            f"{place} has the schema of an earlier version ({found}; this one works with {HEAD}).",
            "Run `newsletter db upgrade`.",
        )
    if found > HEAD:
        raise StoreError(
            f"{place} has the schema of a later version ({found}; this one works with {HEAD}).",
            "Install the version of newsletter that it was last used with.",
        )


def _engine(address: str | Path, busy: int, open_: int) -> Engine:
    if isinstance(address, Path):
        url = URL.create("sqlite", database=str(address))
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": busy}, pool_timeout=busy)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        url = make_url(address)
        if url.get_backend_name() not in {"postgresql", "postgres"}:
            raise StoreError(
                f"A list of readers cannot be kept in {url.drivername}.",
                "Write postgresql://host/name, or a file's name.",
            )
        url = url.set(drivername="postgresql+psycopg")
        options = {"timezone": "UTC", "lock_timeout": f"{busy}s", "idle_in_transaction_session_timeout": _ASLEEP}
        theirs = " ".join(url.normalized_query.get("options", ()))
        spelt = " ".join((*(f"-c {name}={value}" for name, value in options.items()), theirs)).strip()
        arguments = {**CONNECTION, "options": spelt}
        pool = {"pool_timeout": busy, "pool_size": open_}
        engine = create_engine(url, hide_parameters=True, connect_args=arguments, **pool)
    except (ArgumentError, ValueError):
        raise StoreError("The database's address cannot be read.", "Write it like postgresql://host/name.") from None
    except ModuleNotFoundError:
        raise StoreError("The driver for PostgreSQL is not installed.", EXTRA) from None
    event.listen(engine, "checkout", partial(_ask_who_rested, engine))
    return engine


def _ask_who_rested(engine: Engine, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection whether it is still there, unless it was a moment ago: whoever sends has one again and again."""
    rested = time.monotonic() - record.info.get("used", 0.0)
    if rested > _RESTED:
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # another one is made then
    record.info["used"] = time.monotonic()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    with suppress(sqlite3.OperationalError):  # another process switches it right now; the file remembers it for all
        connection.execute("PRAGMA journal_mode=WAL")
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", *_ROOM):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _hint(words: str) -> str:
    if "locked" in words or "lock timeout" in words:
        return _WAIT
    return "Look whether it is there, running, and yours to write to."
