"""What is kept long enough is forgotten while others work on the same list, and no two wait for each other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text
from tended import KEY, NOW, occasion
from waited import PATIENCE, until

from newsletter.audience import consent, erasure
from newsletter.audience.consent import Newcomer
from newsletter.audience.retention import Pruned, prune
from newsletter.store import consents, gates, subscribers
from newsletter.store.database import Store

LATER = NOW + timedelta(days=40)
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted "
    "AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)


@pytest.fixture
def shared(postgresql_addresses: Callable[[], str]) -> Iterator[Store]:
    """A list on PostgreSQL, with somebody who was asked long ago; SQLite has one writer at a time."""
    with closing(Store(postgresql_addresses())) as store:
        with store.writing() as transaction:
            form = occasion("form", NOW, origin="192.0.2.7")
            consent.sign_up(transaction, Newcomer(address="a@example.nl"), form, key=KEY, draw=lambda: "a" * 32)
            transaction.execute(text("DELETE FROM notices"))
        yield store


def pruned(store: Store) -> Pruned:
    return prune(store, now=LATER, keep_origin=30, keep_pending=30, keep_undo=30)


def waits(store: Store, other: "Future[Pruned]") -> bool:
    """Whether somebody waits for a lock; or whoever might has ended already."""
    with store.reading() as transaction:
        return other.done() or bool(transaction.scalar(_WAITING))


def test_whoever_is_erased_meanwhile_is(shared: Store) -> None:
    with ThreadPoolExecutor(1) as beside:
        with shared.writing() as transaction:
            subscribers.hold(transaction)
            pruning = beside.submit(pruned, shared)
            until(lambda: waits(shared, pruning))
            assert erasure.erase(transaction, "a@example.nl", occasion("form", LATER), key=KEY)
        assert pruning.result(PATIENCE).pending == 0
    with shared.reading() as transaction:
        assert {record.origin for record in consents.of(transaction, "a" * 32)} == {None}


def test_a_limit_that_somebody_passes_is_left_to_him(shared: Store) -> None:
    """He takes several, in an order of his own."""
    minute = timedelta(minutes=1)
    with shared.writing() as transaction:
        for key in ("een", "twee"):
            gates.take(transaction, key, at=NOW, every=minute, burst=1)
    with ThreadPoolExecutor(1) as beside:
        with shared.writing() as transaction:
            gates.take(transaction, "twee", at=LATER, every=minute, burst=1)
            pruning = beside.submit(pruned, shared)
            until(lambda: waits(shared, pruning))
            gates.take(transaction, "een", at=LATER, every=minute, burst=1)
        assert pruning.result(PATIENCE).gates == 1
    with shared.reading() as transaction:
        assert transaction.scalar(text("SELECT count(*) FROM gates")) == 2
