"""A list moves from a file into a PostgreSQL: all of it, once, and whoever still has the file is told."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledgered import begun
from sqlalchemy import text
from tended import NOW, contents, tended

from newsletter.errors import StoreError, UsageError
from newsletter.model.subscriber import ConsentText
from newsletter.store import attempts, check, consents, moving
from newsletter.store.attempts import Intent, Sender
from newsletter.store.database import Store

BY = Sender(worker="heuvel", account="0123456789abcdef")


@pytest.fixture
def file(sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    with closing(Store(sqlite_addresses())) as opened:
        yield opened


@pytest.fixture
def server(postgresql_addresses: Callable[[], str]) -> Iterator[Store]:
    with closing(Store(postgresql_addresses())) as opened:
        yield opened


def move(file: Store, server: Store) -> dict[str, int]:
    return dict(moving.move(file, server, at=NOW, progress=lambda _: None))


def highest(store: Store) -> int:
    with store.reading() as transaction:
        return attempts.highest(transaction)


def test_every_row_of_every_table_moves_as_it_is(file: Store, server: Store, tmp_path: Path) -> None:
    tended(file, tmp_path)
    before = contents(file)
    moved = move(file, server)
    assert all(before.values())
    assert contents(server) == before
    assert moved == {name: len(rows) for name, rows in before.items()}
    assert not check.check(server).findings


def test_numbers_go_on_behind_the_highest_that_was_ever_given(file: Store, server: Store, tmp_path: Path) -> None:
    tended(file, tmp_path)
    with file.writing() as transaction:
        attempts.lift(transaction, 612)
    move(file, server)
    assert highest(server) == 612
    run = begun(server, token="fedcba9876543210")
    with server.writing() as transaction:
        intent = Intent(seqs=(1,), fingerprint="0" * 64)
        assert attempts.open_(transaction, run.id, [intent], BY, at=NOW, expires_at=NOW) == [613]


def test_a_new_wording_of_consent_gets_a_number_of_its_own(file: Store, server: Store, tmp_path: Path) -> None:
    tended(file, tmp_path)
    move(file, server)
    with server.writing() as transaction:
        new = consents.text_id(transaction, ConsentText(text="Ja, graag. Formulier van 2027", version="2"))
        assert new not in {row[0] for row in contents(server)["consent_texts"]}


def test_what_a_sender_left_under_way_is_in_doubt(file: Store, server: Store, tmp_path: Path) -> None:
    tended(file, tmp_path)
    run = begun(file, token="fedcba9876543210")
    with file.writing() as transaction:
        attempts.open_(transaction, run.id, [Intent(seqs=(1,), fingerprint="0" * 64)], BY, at=NOW, expires_at=NOW)
    move(file, server)
    with server.reading() as transaction:
        assert [one.run for one in attempts.doubts(transaction, run.id)] == [run.id]


def test_the_file_is_refused_from_then_on(file: Store, server: Store, tmp_path: Path) -> None:
    tended(file, tmp_path)
    move(file, server)
    with pytest.raises(StoreError, match="has moved to another database"), file.writing():
        pass
    with pytest.raises(StoreError, match="has moved"):
        move(file, server)


def test_a_list_moves_into_an_empty_database_only(file: Store, server: Store, tmp_path: Path) -> None:
    tended(file, tmp_path)
    tended(server, tmp_path)
    before = contents(file), contents(server)
    with pytest.raises(UsageError, match=r"There is something in .*: .*subscribers"):
        move(file, server)
    assert (contents(file), contents(server)) == before


def test_a_list_moves_into_no_other_file(file: Store, sqlite_addresses: Callable[[], Path]) -> None:
    with closing(Store(sqlite_addresses())) as other, pytest.raises(UsageError, match="names a file"):
        move(file, other)


def test_what_fails_midway_leaves_both_as_they_were(file: Store, server: Store, tmp_path: Path) -> None:
    tended(file, tmp_path)
    before = contents(file)

    def break_off(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.move(file, server, at=NOW, progress=break_off)
    assert contents(file) == before
    with server.reading() as transaction:
        assert transaction.scalar(text("SELECT count(*) FROM subscribers")) == 0


def test_a_file_that_was_not_marked_any_more_is_marked_the_second_time(
    file: Store, server: Store, tmp_path: Path
) -> None:
    tended(file, tmp_path)
    move(file, server)
    assert file.file
    with closing(Store(file.file)) as again, again.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    before = contents(server)
    with closing(Store(file.file)) as again:
        move(again, server)
    assert contents(server) == before
