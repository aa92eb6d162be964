"""The loop of one machine: how it goes on, rests, waits for a database, and ends."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from dispatched import Clock, Dispatch, Post
from saturday import OCCASION, READERS, SATURDAY

from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.delivery.engine import Pace, Turned
from newsletter.delivery.mark import Mark, Restored
from newsletter.delivery.notices.courier import Courier
from newsletter.errors import ConfigError
from newsletter.store.database import Store


def test_it_ends_when_it_is_told_that_it_is_enough(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.worker.run(office.stop, until=lambda: office.run().is_over)
    assert (office.stands(), office.stop.is_set()) == ("finished", False)


def test_while_readers_wait_it_does_not_rest(office: Dispatch) -> None:
    office.readers(*(f"lezer{n}@example.nl" for n in range(300)))
    office.press(SATURDAY)
    waited: list[float] = []
    worker = office.new_worker(
        pace=Pace(slice=timedelta(milliseconds=1)), wait=lambda _event, seconds: waited.append(seconds)
    )
    worker.run(office.stop, until=lambda: office.run().is_over)
    assert office.counts() == {"accepted": 303}
    assert max(waited, default=0.0) < 1


def test_once_it_is_told_to_stop_nothing_more_is_begun(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.stop.set()
    office.worker.run(office.stop)
    office.turn()
    assert (office.stands(), office.post.asked) == ("scheduled", [])


def test_it_waits_for_a_database_that_is_away(
    sqlite_addresses: Callable[[], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = sqlite_addresses()
    office = Dispatch(Store(file), tmp_path, Clock(SATURDAY))
    office.press(SATURDAY)
    waited: list[float] = []

    def wait(_: threading.Event, seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            (tmp_path / "away").rename(file)

    file.rename(tmp_path / "away")
    with caplog.at_level(logging.ERROR):
        office.new_worker(wait=wait).run(office.stop, until=lambda: office.run().is_over)
    assert office.stands() == "finished"
    assert 1 <= waited[0] < waited[1] <= 3
    assert {record.event for record in caplog.records} == {"worker_without_store"}  # type: ignore[attr-defined]
    office.close()
    office.store.close()


def test_what_goes_wrong_with_one_thing_keeps_nobody_from_the_next(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office = Dispatch(store, tmp_path, Clock(SATURDAY), {"send": {"operator": "joke@example.org"}})
    office.readers(*READERS)
    trouble = ConfigError("NEWSLETTER_RESEND_KEY is not set.")

    def fail(_: Turned) -> None:
        raise trouble

    worker = office.new_worker(progress=fail)
    office.press(SATURDAY)
    with pytest.raises(ConfigError):
        worker.turn(office.stop)
    assert office.post.mails()["memo", "joke@example.org"] == 1
    office.press(SATURDAY, issue="2026-12-05")
    worker.run(office.stop, until=lambda: office.run(2).is_over)
    assert trouble.sentence in caplog.text
    office.close()


def test_a_database_older_than_what_was_sent_from_it_ends_it(office: Dispatch) -> None:
    with closing(Mark(office.root / "state", "test")) as mark:
        mark.lift(99)
    office.press(SATURDAY)
    with pytest.raises(Restored, match="restored from a backup"):
        office.worker.run(office.stop)
    assert office.post.taken == []


def test_notices_are_mailed_while_it_runs_and_their_thread_ends_with_it(office: Dispatch) -> None:
    with office.store.writing() as transaction:
        consent.sign_up(transaction, Newcomer(address="dirk@example.nl"), OCCASION, key=None, draw=lambda: "ab" * 16)
    mailed = threading.Event()
    post = Post(clock=office.clock, during=mailed.set)
    courier = Courier(office.store, post, office.config, clock=office.clock, draw=lambda: "cd" * 16)
    office.new_worker(courier=courier).run(office.stop, until=lambda: mailed.wait(10))
    assert [message.subscriber.address for _, message in post.taken] == ["dirk@example.nl"]
    assert "courier" not in {thread.name for thread in threading.enumerate()}
