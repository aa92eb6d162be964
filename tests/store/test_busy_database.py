"""Whoever writes waits for another only so long, and then says what to do."""

from collections.abc import Callable
from contextlib import closing

import pytest
from databases import Address

from newsletter.errors import StoreError
from newsletter.store import migrate, subscribers
from newsletter.store.database import Store


@pytest.fixture
def address(addresses: Callable[[], Address]) -> Address:
    made = addresses()
    with closing(Store(made)) as store:
        migrate.create(store)
    return made


def test_a_writer_waits_for_another_only_as_long_as_it_was_told(address: Address) -> None:
    with closing(Store(address)) as first, closing(Store(address, busy=1)) as second, first.writing() as held:
        subscribers.hold(held)
        with (
            pytest.raises(StoreError, match="lock") as told,
            second.writing() as transaction,
        ):
            subscribers.hold(transaction)
        assert "wait until it is done" in told.value.hint
    with closing(Store(address, busy=1)) as second, second.writing() as transaction:
        subscribers.hold(transaction)


def test_whoever_finds_all_connections_busy_is_told_so(address: Address) -> None:
    with closing(Store(address, busy=1)) as store:
        taken = [store.engine.connect() for _ in range(15)]
        with pytest.raises(StoreError, match="connections to it are busy"), store.reading():
            pass
        for connection in taken:
            connection.close()


def test_an_upgrade_waits_longer_than_that_for_whoever_writes(postgresql_addresses: Callable[[], str]) -> None:
    with closing(Store(postgresql_addresses(), busy=1)) as store, store.alone() as transaction:
        assert transaction.exec_driver_sql("SHOW lock_timeout").scalar() == "0"
