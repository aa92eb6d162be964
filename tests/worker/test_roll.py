"""Workers on one PostgreSQL: who lives longest is right, who differs ends, who was silent for too long enters anew."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import ledgered
import pytest
from sqlalchemy import text

from newsletter.model.mail import Rendition
from newsletter.store import editions, runs, workers
from newsletter.store.database import BUSY, Store
from newsletter.worker.roll import Differs, Roll
from newsletter.worker.sameness import Sameness

RESCUE = timedelta(minutes=10)
SAME = Sameness(version="1.0", tables={"send": "a", "web": "b"}, secrets={"NEWSLETTER_SECRET": "c"}, folder=Path())
NEWER = replace(SAME, version="2.0")
_NAMES = count(1)


@pytest.fixture
def address(postgresql_addresses: Callable[[], str]) -> str:
    return postgresql_addresses()


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with closing(Store(address)) as opened:
        yield opened


def roll(store: Store, same: Sameness = SAME, **changed: Callable[[], float]) -> Roll:
    return Roll(store, same, name=f"werker {next(_NAMES)}", slots=1, rescue=RESCUE, **changed)


def silent(store: Store, name: str) -> None:
    """Have a worker not have been heard of for longer than that takes."""
    with store.writing() as transaction:
        transaction.execute(
            text("UPDATE workers SET lapses = clock_timestamp() - interval '1 ms' WHERE name = :name"), {"name": name}
        )


def in_roll(store: Store) -> list[tuple[str, bool]]:
    """The versions of those who live, and whether each takes work."""
    with store.reading() as transaction:
        return [(one.version, not one.waits) for one in workers.living(transaction)]


def test_workers_that_are_alike_work_side_by_side_and_say_what_they_do(store: Store) -> None:
    first, second = roll(store), roll(store)
    assert [first.report(["run 3"]), second.report([]), first.report(["run 3", "settling"])] == [None, None, None]
    assert first.stands
    assert second.stands
    with store.reading() as transaction:
        assert [one.doing for one in workers.living(transaction)] == [("run 3", "settling"), ()]
    first.leave()
    assert not first.stands
    assert in_roll(store) == [("1.0", True)]


def test_another_version_waits_until_the_last_of_the_old_has_ended(store: Store) -> None:
    old, older, new = roll(store), roll(store), roll(store, NEWER)
    old.report([])
    older.report([])
    why = new.report([])
    assert why
    assert why.startswith("Newsletter 1.0 is at work on ")
    assert "this is 2.0" in why
    assert not new.stands
    assert in_roll(store) == [("1.0", True), ("1.0", True), ("2.0", False)]
    old.leave()
    late = roll(store)  # of the old version, after the new one: there is no end to it otherwise
    assert new.report([])
    assert "Newsletter 2.0" in str(late.report([]))
    older.leave()
    assert new.report([]) is None
    assert "Newsletter 2.0" in str(late.report([]))


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            replace(SAME, tables={"send": "z", "web": "b", "send.smtp": "d"}),
            r"newsletter\.toml here and on .* are not the same: \[send\], \[send\.smtp\]\.",
        ),
        (
            replace(SAME, secrets={"NEWSLETTER_SECRET": "z"}),
            "secrets here and on .* are not the same: NEWSLETTER_SECRET",
        ),
    ],
)
def test_who_is_set_up_otherwise_ends_once_the_one_that_lives_longer_is_heard_of(
    store: Store, other: Sameness, told: str
) -> None:
    first, second = roll(store), roll(store, other)
    first.report([])
    assert re.search(told, str(second.report([])))
    assert not second.stands
    assert first.report([]) is None
    with pytest.raises(Differs, match=told):
        second.report([])
    assert in_roll(store) == [("1.0", True)]


def test_one_that_died_keeps_nobody_who_is_set_up_anew_from_beginning(store: Store) -> None:
    dead, successor = roll(store), roll(store, replace(SAME, tables={"send": "anew"}))
    dead.report([])
    assert [successor.report([]) is None for _ in range(3)] == [False] * 3
    silent(store, dead.name)
    assert successor.report([]) is None


def test_what_another_version_reads_is_no_difference(store: Store) -> None:
    roll(store).report([])
    assert "at work on" in str(roll(store, replace(NEWER, tables={"send": "z", "worker": "e"})).report([]))


def test_of_two_that_enter_at_once_the_later_yields(address: str) -> None:
    begin = threading.Barrier(8)

    def enter(version: str) -> tuple[str, str | None]:
        with closing(Store(address)) as store:
            begin.wait()
            return version, roll(store, replace(SAME, version=version)).report([])

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(enter, ("1.0", "2.0") * 4))
    (working,) = {version for version, why in said if why is None}
    assert {version for version, why in said if why} >= {"1.0", "2.0"} - {working}


def test_one_that_was_silent_for_too_long_enters_anew_as_the_last(store: Store) -> None:
    frozen, newer = roll(store), roll(store, NEWER)
    frozen.report(["run 3"])
    assert newer.report([])
    silent(store, frozen.name)
    assert newer.report([]) is None
    assert "Newsletter 2.0" in str(frozen.report(["run 3"]))
    assert in_roll(store) == [("2.0", True), ("1.0", False)]


def test_one_that_was_silent_knows_before_it_asks(store: Store) -> None:
    at = 100.0
    worker = roll(store, ticks=lambda: at)
    worker.report([])
    at += RESCUE.total_seconds() - 1
    assert worker.stands
    at += 1
    assert not worker.stands
    worker.report([])
    assert worker.stands


def test_one_whose_row_is_gone_enters_anew(store: Store) -> None:
    worker = roll(store)
    worker.report([])
    with store.writing() as transaction:
        transaction.execute(text("DELETE FROM workers"))
    assert worker.report([]) is None
    assert in_roll(store) == [("1.0", True)]


def test_one_that_is_frozen_while_it_has_the_roll_holds_up_nobody_for_long(address: str, store: Store) -> None:
    with closing(Store(address)) as other:
        frozen = other.engine.connect()
        workers.alone(frozen)
        began = time.monotonic()
        assert roll(store).report([]) is None
        assert time.monotonic() - began < BUSY * 0.8
        frozen.invalidate()
        frozen.close()


def test_one_waits_while_it_lacks_pictures_of_runs_that_are_not_over(store: Store, tmp_path: Path) -> None:
    picture = Rendition(name="0a1b.jpg", data=b"x", width=1, height=1, pixels=(1, 1), source="pont.png")
    edition = replace(ledgered.EDITION, pictures=(picture,))
    with store.writing() as transaction:
        editions.save(transaction, edition, ledgered.AT)
        run = runs.press(transaction, ledgered.draft(edition=edition.fingerprint), allowed_at=ledgered.AT)
    worker = roll(store, replace(SAME, folder=tmp_path))
    why = worker.report([])
    assert why
    assert f"not in {tmp_path}: 1, such as 0a1b.jpg" in why
    (tmp_path / picture.name).write_bytes(picture.data)
    assert worker.report([]) is None
    (tmp_path / picture.name).unlink()
    with store.writing() as transaction:
        runs.change(transaction, run, {"scheduled"}, state="cancelled")
    assert worker.report([]) is None
