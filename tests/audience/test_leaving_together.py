"""Many who leave at once leave as each would alone."""

from datetime import timedelta
from pathlib import Path

import pytest
from databases import Fresh
from tended import NOW, ZONE, contents, tended

from newsletter.audience import consent
from newsletter.audience.leaving import leave_together
from newsletter.audience.occasion import Occasion
from newsletter.store import subscribers
from newsletter.store.check import check
from newsletter.store.database import Store


def everybody(store: Store) -> list[str]:
    """The ids of all subscribers, and of one who is not there."""
    with store.reading() as transaction:
        return [*(known.subscriber.id for known in subscribers.every(transaction)), "ab" * 16]


def one_click(minutes: int) -> Occasion:
    """A day later, at a minute: as a mail program has it, without a text that was shown, and without a note."""
    when = NOW + timedelta(days=1, minutes=minutes)
    return Occasion(at=when, zone=ZONE, source="one-click", origin="192.0.2.7")


@pytest.fixture
def two(fresh: Fresh, tmp_path: Path) -> tuple[Store, Store]:
    """Two stores in which the same has happened, to readers of every kind."""
    stores = (fresh(), fresh())
    for store, name in zip(stores, ("een", "twee"), strict=True):
        (tmp_path / name).mkdir()
        tended(store, tmp_path / name)
    return stores


def told(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """What a store holds, but for where its files are and in which order records of one moment were written."""
    tables = {name: rows for name, rows in contents(store).items() if name != "files"}
    tables["consents"] = sorted((row[1:] for row in tables["consents"]), key=repr)
    return tables


def test_together_they_leave_as_each_does_alone(two: tuple[Store, Store]) -> None:
    alone, together = two
    assert told(alone) == told(together)
    leaving = {one: one_click(number) for number, one in enumerate(everybody(alone))}
    for identity, how in leaving.items():
        with alone.writing() as transaction:
            consent.leave(transaction, identity, how)
    with together.writing() as transaction:
        leave_together(transaction, leaving)
    assert told(alone) == told(together)
    assert check(together).findings == ()


def test_a_second_time_nothing_changes(two: tuple[Store, Store]) -> None:
    store, _ = two
    for minutes in (0, 5):
        leaving = {one: one_click(minutes) for one in everybody(store)}
        with store.writing() as transaction:
            leave_together(transaction, leaving)
        if minutes == 0:
            once = contents(store)
    assert contents(store) == once


def test_nobody_leaving_is_nothing(store: Store) -> None:
    with store.writing() as transaction:
        leave_together(transaction, {})
        leave_together(transaction, {"ab" * 16: one_click(0)})
