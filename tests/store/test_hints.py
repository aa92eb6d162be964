"""The tables of hints: made beside the others, made anew for another version, and nobody else's are touched."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from newsletter.errors import StoreError
from newsletter.store import check, hints, migrate
from newsletter.store.database import Store


@pytest.fixture
def store(postgresql_addresses: Callable[[], str]) -> Iterator[Store]:
    """With all tables."""
    with closing(Store(postgresql_addresses())) as store:
        yield store


def do(store: Store, *statements: str) -> None:
    with store.alone() as transaction:
        for statement in statements:
            transaction.execute(text(statement))


def hints_of(store: Store) -> int:
    with store.reading() as transaction:
        return int(transaction.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_workers")) or 0)


def test_they_are_made_with_the_other_tables_and_apart_from_them(store: Store) -> None:
    hints.refuse_others(store)
    assert hints_of(store) == 0
    assert check.check(store).findings == ()
    with store.reading() as transaction:
        found = set(transaction.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    assert not {name for name in found if "procrastinate" in name}


@pytest.mark.parametrize("version", ["2.0.0, schema 0123456789ab", "99.0.0, schema fedcba987654"])
def test_those_of_another_version_are_refused_and_an_upgrade_makes_them_anew(store: Store, version: str) -> None:
    do(
        store,
        f"COMMENT ON SCHEMA procrastinate IS 'Hints of newsletter, procrastinate {version}'",
        "INSERT INTO procrastinate.procrastinate_workers VALUES (DEFAULT)",
        "ALTER TABLE procrastinate.procrastinate_jobs DROP COLUMN attempts CASCADE",
    )
    with pytest.raises(StoreError, match=f"of another version \\(there: procrastinate {version[:5]}") as refused:
        hints.refuse_others(store)
    assert "newsletter db upgrade" in refused.value.hint
    assert [found.code for found in check.check(store).findings] == ["hints"]
    assert migrate.renew_hints(store)
    hints.refuse_others(store)
    assert hints_of(store) == 0


def test_where_there_are_none_an_upgrade_makes_them(store: Store) -> None:
    do(store, "DROP SCHEMA procrastinate CASCADE")
    with pytest.raises(StoreError, match="no tables for the hints") as refused:
        hints.refuse_others(store)
    assert "newsletter db upgrade" in refused.value.hint
    migrate.renew_hints(store)
    hints.refuse_others(store)


def test_an_upgrade_leaves_those_of_this_version_as_they_are(store: Store) -> None:
    do(store, "INSERT INTO procrastinate.procrastinate_workers VALUES (DEFAULT)")
    assert not migrate.renew_hints(store)
    assert hints_of(store) == 1


def test_a_schema_of_that_name_that_is_somebody_elses_is_left_alone(store: Store) -> None:
    do(
        store,
        "COMMENT ON SCHEMA procrastinate IS NULL",
        "INSERT INTO procrastinate.procrastinate_workers VALUES (DEFAULT)",
    )
    with pytest.raises(StoreError, match="that newsletter did not make"):
        migrate.renew_hints(store)
    assert hints_of(store) == 1


@pytest.fixture
def his(store: Store, postgresql: str) -> Iterator[Store]:
    """The same database for somebody who may make no schema in it, and has none of hints."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS redactie")
        connection.execute("CREATE ROLE redactie LOGIN")
    do(store, "DROP SCHEMA procrastinate CASCADE", "GRANT ALL ON ALL TABLES IN SCHEMA public TO redactie")
    address = store.engine.url.set(drivername="postgresql", username="redactie").render_as_string()
    with closing(Store(address)) as opened:
        yield opened
    do(store, "DROP OWNED BY redactie")


def test_whoever_may_not_make_them_is_told_what_he_lacks(his: Store) -> None:
    with pytest.raises(StoreError, match="may not be made") as refused:
        migrate.renew_hints(his)
    assert "GRANT CREATE ON DATABASE" in refused.value.hint


def test_whoever_may_not_make_them_has_a_list_all_the_same(store: Store, his: Store) -> None:
    do(store, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT ALL ON SCHEMA public TO redactie")
    assert migrate.create(his)
    with pytest.raises(StoreError, match="no tables for the hints"):
        hints.refuse_others(his)


def test_whoever_may_not_use_those_of_somebody_else_is_told_so(store: Store, his: Store) -> None:
    migrate.renew_hints(store)
    with pytest.raises(StoreError, match="may not be used") as refused:
        hints.refuse_others(his)
    assert "GRANT USAGE" in refused.value.hint
    do(store, "GRANT USAGE ON SCHEMA procrastinate TO redactie")
    hints.refuse_others(his)


def test_a_file_has_none(sqlite_addresses: Callable[[], Path]) -> None:
    with closing(Store(sqlite_addresses())) as store, store.alone() as transaction:
        assert not hints.bring(transaction)
