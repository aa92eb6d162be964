"""The courier as a thread: woken, stopped, and never ended by what goes wrong."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from emptied import versed
from post_office import NOW, Office, draw

from newsletter.delivery.notices.courier import LOOK, Courier
from newsletter.store.database import Store

PATIENCE = 300.0


@pytest.fixture
def store(sqlite_addresses: Callable[[], Path], sql_known: Store) -> Iterator[Store]:
    """A file will do: what is tried here asks the database for nothing that differs."""
    with closing(versed(Store(sqlite_addresses()), sql_known)) as store:
        yield store


@contextmanager
def at_work(office: Office) -> Iterator[threading.Event]:
    """Run the courier in a thread of its own as long as the block lasts; the value ends it."""
    stop = threading.Event()
    thread = threading.Thread(target=office.courier.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        office.courier.wake()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until_taken(office: Office, number: int) -> None:
    end = monotonic() + PATIENCE
    while len(office.post.taken) < number:
        assert monotonic() < end
        sleep(0.01)


def test_it_is_woken_by_whoever_queued_something(office: Office) -> None:
    """Nothing else would wake it: it does not look by itself here."""

    def wait(bell: threading.Event, _seconds: float) -> None:
        bell.wait()

    office.courier = Courier(office.store, office.post, office.config, clock=office.clock, draw=draw, wait=wait)
    office.sign_up()
    with at_work(office):
        until_taken(office, 1)
        office.sign_up("bram@example.nl")
        office.courier.wake()
        until_taken(office, 2)


def test_what_is_queued_while_it_sends_is_sent_too(office: Office) -> None:
    def another() -> None:
        office.sign_up("bram@example.nl")
        office.courier.wake()

    office.post.after_guard.append(another)
    office.sign_up()
    with at_work(office):
        until_taken(office, 2)


def test_a_call_that_comes_while_it_works_is_not_forgotten(office: Office) -> None:
    called: list[bool] = []
    stop = threading.Event()

    def wait(bell: threading.Event, _seconds: float) -> None:
        called.append(bell.is_set())
        stop.set()

    courier = Courier(office.store, office.post, office.config, clock=office.clock, draw=draw, wait=wait)
    office.sign_up()
    office.post.after_guard.append(courier.wake)
    courier.run(stop)
    assert called == [True]


def test_once_told_to_stop_it_begins_nothing_more(office: Office) -> None:
    for number in range(5):
        office.sign_up(f"lezer{number}@example.nl")
    stop = threading.Event()
    office.post.after_guard.append(stop.set)
    office.courier.run(stop)
    assert office.states() == {"accepted": 1, "waiting": 4}


def test_it_waits_for_the_next_that_is_due_and_looks_in_between(office: Office) -> None:
    waited: list[float] = []
    stop = threading.Event()

    def wait(_event: threading.Event, seconds: float) -> None:
        waited.append(seconds)
        office.clock.later(seconds=seconds)
        if office.clock() > NOW + timedelta(minutes=6):
            stop.set()

    office.sign_up()
    office.post.fates.append("defer")
    courier = Courier(
        office.store,
        office.post,
        office.config,
        clock=office.clock,
        draw=draw,
        chance=lambda: 0.0,
        wait=wait,
    )
    courier.run(stop)
    assert waited[:30] == [LOOK.total_seconds()] * 30
    assert office.notice().ended_at == NOW + timedelta(minutes=5)


def test_a_database_that_goes_away_ends_nothing_and_loses_no_answer(
    sqlite_addresses: Callable[[], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer came, and could not be written down: it is when the database is there again."""
    file = sqlite_addresses()
    office = Office(Store(file), tmp_path)
    away = file.with_suffix(".away")
    waited: list[float] = []
    stop = threading.Event()

    def wait(_event: threading.Event, seconds: float) -> None:
        waited.append(seconds)
        office.clock.later(seconds=seconds)
        if len(waited) == 4:
            back()
        if len(waited) == 6:
            stop.set()

    def gone() -> None:
        office.store.close()
        file.rename(away)

    def back() -> None:
        away.rename(file)

    office.sign_up()
    office.post.after_guard.append(gone)
    courier = Courier(
        office.store,
        office.post,
        office.config,
        clock=office.clock,
        draw=draw,
        chance=lambda: 0.0,
        wait=wait,
    )
    courier.run(stop)
    assert waited[:4] == [1.0, 2.0, 4.0, 8.0]
    assert office.states() == {"accepted": 1}
    assert len(office.post.taken) == 1
    assert [getattr(one, "event", "") for one in caplog.records].count("notices_without_store") == 4
    assert courier.trouble is None
    office.store.close()


def test_a_fault_of_its_own_ends_nothing_and_is_told_with_its_place(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody foresees a fault; this one is in what draws ids."""
    stop = threading.Event()
    failing = iter([True, False])

    def draw_or_fail() -> str:
        if next(failing):
            raise ZeroDivisionError
        return "0" * 32

    office.sign_up()
    office.courier = Courier(
        office.store,
        office.post,
        office.config,
        clock=office.clock,
        draw=draw_or_fail,
        wait=lambda _event, seconds: office.clock.later(seconds=seconds),
    )
    office.post.after_guard.append(stop.set)
    office.courier.run(stop)
    assert office.states() == {"accepted": 1}
    (record,) = [record for record in caplog.records if getattr(record, "event", "") == "courier_stumbled"]
    assert "draw_or_fail" in record.getMessage()
    assert "ZeroDivisionError" in record.getMessage()


def test_no_log_names_a_reader_or_what_was_said_of_him(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fates = ("refuse", "defer", "fail", "take and fail", "refuse request", "throttle", "unreached", "lose", "take")
    for number, fate in enumerate(fates):
        office.sign_up(f"lezer{number}@example.nl")
        office.post.fates.append(fate)
    for _ in range(60):
        office.courier.drain()
        office.clock.later(minutes=5)
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "lezer" not in told
    assert "weekbrief.example.nl" not in told
    assert {"notice_left_unanswered", "courier_refused", "courier_throttled", "courier_not_heard"} <= {
        getattr(record, "event", "") for record in caplog.records
    }


def test_with_nothing_to_do_it_soon_looks_again(office: Office) -> None:
    assert office.courier.drain() == office.clock() + LOOK
