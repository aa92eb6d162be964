"""The schema: made by migrations alone, refused when it is another's, upgraded with the data in it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from newsletter.errors import StoreError
from newsletter.store import migrate, notices
from newsletter.store.check import check
from newsletter.store.database import Store
from newsletter.store.schema import HEAD, metadata

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
REVISIONS = sorted(file.stem[:4] for file in (Path(migrate.__file__).parent / "migrations/versions").glob("0*.py"))
READER = (
    "INSERT INTO subscribers (id, address, key, domain, consent, source) "
    "VALUES ('5e', 'Anna@example.nl', 'anna@example.nl', 'example.nl', 'confirmed', 'import')"
)

ASKED = (
    (
        "INSERT INTO imports (file, fingerprint, state, started_at, lines, done, new) "
        "VALUES ('lezers.csv', 'f', 'done', '2026-11-24 20:00:00', 1, 1, 1)"
    ),
    (
        "INSERT INTO consents (subscriber, at, what, source, import_id, note) "
        "VALUES ('5e', '2026-11-24 20:00:00', 'imported', 'import', 1, NULL)"
    ),
    "INSERT INTO consents (subscriber, at, what, source) VALUES ('5e', '2026-11-24 20:00:00', 'signed up', 'form')",
    "INSERT INTO notices (subscriber, kind, consent, queued_at) VALUES ('5e', 'confirm', 1, '2026-11-24 20:00:00')",
    "INSERT INTO notices (subscriber, kind, consent, queued_at) VALUES ('5e', 'confirm', 2, '2026-11-24 20:00:00')",
)


def test_the_migrations_make_the_tables_that_the_queries_see(store: Store) -> None:
    with store.reading() as transaction:
        assert compare_metadata(MigrationContext.configure(transaction), metadata) == []


def test_the_head_is_the_last_migration(store: Store) -> None:
    assert store.revision() == HEAD == REVISIONS[-1]


def back_to(store: Store, earlier: str) -> None:
    """Make the store anew as an earlier version of the program would have."""
    with store.alone() as transaction:
        if store.file is None:
            transaction.execute(text("DROP SCHEMA public CASCADE"))
            transaction.execute(text("CREATE SCHEMA public"))
    if store.file is not None:
        store.close()
        store.file.unlink()
    with store.alone() as transaction:
        migrate.migrate(transaction, earlier)


@pytest.mark.parametrize("earlier", REVISIONS[:-1])
def test_an_earlier_schema_is_upgraded_with_the_data_in_it(store: Store, earlier: str) -> None:
    back_to(store, earlier)
    with store.alone() as transaction:
        transaction.execute(text(READER))
    with pytest.raises(StoreError, match="earlier version") as caught, store.reading():
        pass
    assert "newsletter db upgrade" in caught.value.hint
    found, copy = migrate.upgrade(store, now=NOW)
    assert found == earlier
    with store.reading() as transaction:
        assert transaction.execute(text("SELECT address, status FROM subscribers")).all() == [
            ("Anna@example.nl", "confirmed")
        ]
        assert compare_metadata(MigrationContext.configure(transaction), metadata) == []
    assert (copy is None) == (store.file is None)
    if copy:
        with closing(sqlite3.connect(copy)) as kept:
            assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == (earlier,)
            assert kept.execute("SELECT address FROM subscribers").fetchall() == [("Anna@example.nl",)]
        assert copy.stat().st_mode & 0o077 == 0


def test_notices_that_waited_before_they_had_states_wait_on(store: Store) -> None:
    back_to(store, "0002")
    with store.alone() as transaction:
        for statement in (READER, *ASKED):
            transaction.execute(text(statement))
    migrate.upgrade(store, now=NOW)
    with store.reading() as transaction:
        assert check(store).findings == ()
        found = notices.of(transaction, "5e")
    assert [(one.kind, one.number, one.state, one.not_before) for one in found] == [
        ("confirm", 1, "waiting", NOW),
        ("confirm", 2, "waiting", NOW),
    ]
    with store.writing() as transaction:
        claimed = notices.claim(transaction, at=NOW, limit=9, draw=lambda: "a" * 32, expires_at=NOW)
        assert [one.number for one in claimed] == [2, 1]  # nobody waits in front of his screen for what a list asks
        assert notices.lately(transaction, "anna@example.nl", since=NOW, waiting_since=NOW.replace(hour=0))
        newer = notices.queue(transaction, "5e", "confirm", number=2, key="anna@example.nl", at=NOW)
        assert newer > max(one.id for one in found)


def test_a_later_schema_is_refused_by_reading_writing_and_upgrading(store: Store) -> None:
    with store.alone() as transaction:
        transaction.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (store.reading, store.writing):
        with pytest.raises(StoreError, match="later version") as caught, use():
            pass
        assert "Install" in caught.value.hint
    with pytest.raises(StoreError, match="later version"):
        migrate.upgrade(store, now=NOW)


def test_what_is_up_to_date_is_left_alone(store: Store) -> None:
    assert migrate.upgrade(store, now=NOW) == (HEAD, None)
    assert migrate.create(store) is False


@pytest.mark.parametrize("use", ["reading", "writing"])
def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path, use: str) -> None:
    file = tmp_path / "newsletter.db"
    store = Store(file)
    with pytest.raises(StoreError, match="no list of readers"), getattr(store, use)():
        pass
    assert store.revision() is None
    assert not file.exists()


def test_a_file_of_readers_is_for_its_owner_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "lijst" / "newsletter.db")
    assert migrate.create(store) is True
    assert (tmp_path / "lijst" / "newsletter.db").stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "newsletter.db"
    file.write_text("dit is geen database, al heet het zo" * 100, "utf-8")
    with pytest.raises(StoreError, match=r"newsletter\.db is no database"), Store(file).reading():
        pass


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    store = Store("postgresql://lezer:geheim@127.0.0.1:1/brief")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/brief") as caught, store.reading():
        pass
    assert "geheim" not in caught.value.sentence


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        Store("postgresql")


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ("UPDATE consents SET what = 'confirmed'", False),
        ("UPDATE consents SET at = '2020-01-01 00:00:00'", False),
        ("UPDATE consents SET note = 'something else'", False),
        ("UPDATE consents SET text = NULL", False),
        ("DELETE FROM consents", False),
        ("UPDATE consents SET origin = NULL, note = NULL, line = NULL", True),
    ],
)
def test_nothing_alters_a_consent_record_but_taking_out_what_tells_of_a_person(
    store: Store, change: str, allowed: bool
) -> None:
    with store.writing() as transaction:
        transaction.execute(text("INSERT INTO consent_texts (version, text, hash) VALUES ('1', 'Ja, graag.', '1a')"))
        transaction.execute(
            text(
                "INSERT INTO consents (subscriber, at, what, source, text, line, origin, note) VALUES "
                "('5e', '2026-11-24 20:00:00', 'signed up', 'form', 1, 3, '192.0.2.1', 'een opmerking')"
            )
        )
    if allowed:
        with store.writing() as transaction:
            transaction.execute(text(change))
    else:
        with pytest.raises(Exception, match="never altered"), store.writing() as transaction:
            transaction.execute(text(change))


@pytest.mark.parametrize("address", ["mysql://lezer:geheim@db.example.org/brief", "sqlite:///brief.db"])
def test_another_kind_of_database_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(StoreError, match="cannot be kept in") as caught:
        Store(address)
    assert "geheim" not in f"{caught.value.sentence} {caught.value.hint}"
