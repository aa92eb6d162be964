"""What was deleted is in no file any more, though other processes have the database open."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import delete, insert, select

from newsletter.store import migrate
from newsletter.store.database import Store
from newsletter.store.schema import facts

NAME = "truus@example.nl"


def on_disk(database: Path) -> int:
    return sum(file.read_bytes().count(NAME.encode()) for file in database.parent.glob(f"{database.name}*"))


def test_what_was_erased_is_neither_in_the_file_nor_in_its_log(sqlite_addresses: Callable[[], Path]) -> None:
    database = sqlite_addresses()
    with closing(Store(database)) as serving, closing(Store(database)) as erasing:
        migrate.create(erasing)
        with erasing.writing() as transaction:
            transaction.execute(insert(facts).values(name="somebody", value=NAME))
        with serving.reading() as transaction:
            assert transaction.scalar(select(facts.c.value).where(facts.c.name == "somebody")) == NAME
        with erasing.writing() as transaction:
            transaction.execute(delete(facts).where(facts.c.name == "somebody"))
        assert on_disk(database) > 0
        erasing.settle()
        assert on_disk(database) == 0


def test_settling_waits_for_nobody_who_still_reads(sqlite_addresses: Callable[[], Path]) -> None:
    database = sqlite_addresses()
    with closing(Store(database, busy=1)) as store:
        migrate.create(store)
        with closing(Store(database)) as other, other.reading():
            store.settle()


def test_on_postgresql_there_is_nothing_to_settle(postgresql_addresses: Callable[[], str]) -> None:
    with closing(Store(postgresql_addresses())) as store:
        migrate.create(store)
        store.settle()
