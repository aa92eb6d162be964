"""A server that does not let us, or not any more: that is said in a sentence, and is no mistake of the program."""

import time
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import make_url, text

from newsletter.errors import StoreError
from newsletter.store import subscribers
from newsletter.store.database import Store

NOT_OURS = "Look whether it is there, running, and yours to write to."


def test_a_transaction_that_slept_too_long_was_ended_by_the_server(postgresql_addresses: Callable[[], str]) -> None:
    def sleep(store: Store) -> None:
        with store.writing() as transaction:
            transaction.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))
            time.sleep(0.5)
            subscribers.hold(transaction)

    with closing(Store(postgresql_addresses())) as store, pytest.raises(StoreError, match="idle-in-transaction"):
        sleep(store)


def test_a_server_that_only_reads_is_said_to(postgresql_addresses: Callable[[], str]) -> None:
    address = postgresql_addresses()
    with closing(Store(address)) as store, store.writing() as transaction:
        name = make_url(address).database
        transaction.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    with closing(Store(address)) as store:
        with pytest.raises(StoreError, match="read-only transaction") as told, store.writing() as transaction:
            transaction.execute(text("UPDATE runs SET why = why"))
        assert told.value.hint == NOT_OURS


def test_a_role_that_may_not_is_told_so(postgresql_addresses: Callable[[], str]) -> None:
    url = make_url(postgresql_addresses())
    with closing(Store(url.render_as_string(hide_password=False))) as store, store.writing() as transaction:
        transaction.execute(text("CREATE ROLE stranger LOGIN"))
    theirs = url.set(username="stranger").render_as_string(hide_password=False)
    with closing(Store(theirs)) as store, pytest.raises(StoreError, match="permission denied"), store.reading():
        pass


@pytest.mark.parametrize("port", ["abc", "99999", "[::1"])
def test_an_address_that_cannot_be_one_is_refused(port: str) -> None:
    with pytest.raises(StoreError), closing(Store(f"postgresql://127.0.0.1:{port}/list")) as store, store.reading():
        pass


def test_options_of_the_address_hold_beside_ours(postgresql_addresses: Callable[[], str]) -> None:
    url = make_url(postgresql_addresses()).update_query_dict({"options": "-c work_mem=3MB"})
    with closing(Store(url.render_as_string(hide_password=False), busy=7)) as store, store.reading() as transaction:
        shown = [transaction.execute(text(f"SHOW {name}")).scalar() for name in ("work_mem", "lock_timeout")]
    assert shown == ["3MB", "7s"]
