"""The roll of workers in the database: who lives by the server's clock, and who died."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text

from newsletter.store import workers
from newsletter.store.database import Store
from newsletter.store.workers import Worker

RESCUE = timedelta(seconds=30)
WORKER = Worker(name="heuvel:1", machine="heuvel", pid=812, version="1", slots=2, tables={"send": "a"}, secrets={})


def entered(store: Store) -> int:
    with store.writing() as transaction:
        return workers.enter(transaction, WORKER, at=workers.alone(transaction), rescue=RESCUE)


def age(store: Store, number: int, by: str) -> None:
    """Have a worker have been silent for so long."""
    with store.writing() as transaction:
        moved = f"since = since - interval '{by}', seen = seen - interval '{by}', lapses = lapses - interval '{by}'"
        transaction.execute(text(f"UPDATE workers SET {moved} WHERE id = :id"), {"id": number})


@pytest.fixture
def shared(postgresql_addresses: Callable[[], str]) -> Store:
    with closing(Store(postgresql_addresses())) as store:
        yield store


def test_who_is_heard_of_lives_until_it_lapses_and_is_told_of_for_a_day(shared: Store) -> None:
    first, second = entered(shared), entered(shared)
    age(shared, first, "29 seconds")
    with shared.reading() as transaction:
        assert [one.id for one in workers.living(transaction)] == [first, second]
    age(shared, first, "2 seconds")
    with shared.reading() as transaction:
        (alive,), (dead,) = workers.living(transaction), workers.lost(transaction)
    assert (alive.id, dead.id) == (second, first)
    assert (alive.machine, alive.tables, alive.doing, alive.waits) == ("heuvel", {"send": "a"}, (), "")
    age(shared, first, "1 day")
    with shared.reading() as transaction:
        assert workers.lost(transaction) == ()


def test_whoever_enters_forgets_those_who_died_long_ago(shared: Store) -> None:
    long_ago, lately = entered(shared), entered(shared)
    age(shared, long_ago, "2 days")
    age(shared, lately, "2 hours")
    third = entered(shared)
    with shared.reading() as transaction:
        assert transaction.scalars(text("SELECT id FROM workers ORDER BY id")).all() == [lately, third]


def test_a_report_is_by_the_servers_clock_and_who_leaves_is_not_told_of(shared: Store) -> None:
    number = entered(shared)
    age(shared, number, "1 hour")
    with shared.writing() as transaction:
        at = workers.alone(transaction)
        workers.report(transaction, number, at=at, rescue=RESCUE, doing=["run 3"], waits="It rains.")
        (one,) = workers.living(transaction)
    assert (one.seen, one.doing, one.waits) == (at, ("run 3",), "It rains.")
    assert at - one.since >= timedelta(hours=1)
    with shared.writing() as transaction:
        workers.leave(transaction, number)
        assert workers.living(transaction) == workers.lost(transaction) == ()


def test_on_a_file_nobody_is_in_the_roll(sqlite_addresses: Callable[[], str]) -> None:
    with closing(Store(sqlite_addresses())) as store, store.reading() as transaction:
        assert workers.living(transaction) == workers.lost(transaction) == ()
