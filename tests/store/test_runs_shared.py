"""Runs that many send at once, on PostgreSQL: all share them, and whoever wants one alone does not wait for ever."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import ledgered
import pytest
from sqlalchemy import text
from waited import until

from newsletter.errors import StoreError
from newsletter.store import runs
from newsletter.store.database import Store, Transaction

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database "
                "WHERE datname = current_database())")  # fmt: skip


@pytest.fixture
def store(postgresql_addresses: Callable[[], str]) -> Iterator[Store]:
    with closing(Store(postgresql_addresses())) as store:
        yield store


@pytest.fixture
def hasty(store: Store) -> Iterator[Store]:
    """Somebody who waits for a second only."""
    with closing(Store(store.engine.url.render_as_string(hide_password=False), busy=1)) as hasty:
        yield hasty


def sent(store: Store, **columns: object) -> int:
    """Press a run that is being sent; return its number."""
    with store.writing() as transaction:
        number = ledgered.press(transaction).id
        assert runs.change(transaction, number, {"scheduled"}, state="sending", **columns)
    return number


@contextmanager
def beside(store: Store, work: Callable[[Transaction], object]) -> Iterator[threading.Event]:
    """Have somebody work in a transaction of his own, who has to wait; the event says that he need not any more."""
    done = threading.Event()

    def run() -> None:
        with store.writing() as transaction:
            work(transaction)
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: waiting(store))
        yield done
    finally:
        thread.join()


def waiting(store: Store) -> int:
    with store.reading() as transaction:
        return transaction.scalar(_WAITING) or 0


def test_they_are_shared(store: Store) -> None:
    number = sent(store)
    with store.writing() as first, store.writing() as second:
        assert list(runs.shared(first, (), sending=True)) == [number]
        assert list(runs.shared(second, {number}, sending=False)) == [number]


def test_whoever_wants_one_alone_goes_before_all_who_come_to_share_it_after_him(store: Store, hasty: Store) -> None:
    number = sent(store)
    with store.writing() as first:
        runs.shared(first, {number}, sending=True)
        with beside(store, lambda transaction: runs.hold(transaction, number)) as had:
            with pytest.raises(StoreError, match="lock timeout"), hasty.writing() as third:
                runs.shared(third, (), sending=True)
            assert not had.is_set()
            first.commit()
            assert had.wait(300)
    with hasty.writing() as third:
        assert runs.shared(third, (), sending=True)


@pytest.mark.parametrize("first", [None, 10], ids=["shared", "counted"])
def test_who_waited_for_one_sees_it_as_it_is_then(store: Store, first: int | None) -> None:
    number, seen = sent(store, first=first), list[str]()
    with store.writing() as holder:
        runs.hold(holder, number)
        with beside(store, lambda late: seen.extend(one.state for one in shared_by(late, number))) as had:
            assert runs.change(holder, number, {"sending"}, state="paused", why="operator")
            holder.commit()
            assert had.wait(300)
    assert seen == ["paused"]


def shared_by(transaction: Transaction, number: int) -> list[runs.Run]:
    return list(runs.shared(transaction, {number}, sending=True).values())
