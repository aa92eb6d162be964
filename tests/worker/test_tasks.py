"""Workers on many machines: what they call each other for may be lost, doubled or late, and nothing comes of it."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest
from crowd import HEARTBEAT, RESCUE, Crowd, now, working
from dispatched import Post
from saturday import OCCASION
from sqlalchemy import text
from waited import PATIENCE, until

from newsletter import control
from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.errors import ConfigError, StoreError
from newsletter.providers._base import Capabilities
from newsletter.store import migrate
from newsletter.store.database import Store
from newsletter.store.schema import HEAD
from newsletter.worker.roll import Roll
from newsletter.worker.sameness import Sameness
from newsletter.worker.slots import Slots
from newsletter.worker.tasks import nudge

FORTY = [f"lezer{n}@example.nl" for n in range(40)]
ONCE = Counter(FORTY)
MANY = [f"lezer{n}@example.nl" for n in range(400)]
"""More than are mailed before somebody stops that, however long he takes."""
NEVER = threading.Event()


class Slow(Post):
    """Takes one reader a request, and its time."""

    capabilities = Capabilities(batch_messages=1, batch_bytes=10_000_000)


def slow(seconds: float = 0.05) -> Slow:
    return Slow(clock=now, during=lambda: time.sleep(seconds))


def at_the_same_time(many: int) -> list[Slow]:
    """Providers of which none takes anybody before all were asked."""
    asked = [threading.Event() for _ in range(many)]

    def meet(one: threading.Event) -> None:
        one.set()
        assert all(other.wait(PATIENCE) for other in asked)

    return [Slow(clock=now, during=partial(meet, one)) for one in asked]


def test_two_workers_send_a_run_and_each_reader_has_it_once(crowd: Crowd) -> None:
    crowd.press(*FORTY)
    first, second = at_the_same_time(2)
    with working(crowd.member(post=first), crowd.member(post=second, slots=2)):
        until(lambda: crowd.office.stands() == "finished")
    assert Counter(crowd.taken) == ONCE
    assert all(post.taken for post in crowd.posts)


def test_what_is_called_for_twice_at_once_is_done_once(crowd: Crowd) -> None:
    run = crowd.press(*FORTY)
    with ExitStack() as opened:
        posts = slow(0.02), slow(0.02)
        two = [Slots(crowd.store, partial(crowd.duties, post), 2, clock=now) for post in posts]
        for one in two:
            opened.callback(one.close)
        _at_once(*(partial(one.look_after, NEVER) for one in two * 2))
        assert crowd.office.stands() == "sending"
        _at_once(*(partial(one.drain, run, NEVER) for one in two * 2))
    assert crowd.office.stands() == "finished"
    assert Counter(message.subscriber.address for post in posts for _, message in post.taken) == ONCE


def test_all_hints_lost_in_the_middle_of_a_run_lose_nothing(crowd: Crowd) -> None:
    crowd.press(*FORTY)
    with working(crowd.member(post=slow()), crowd.member(post=slow())):
        for many in (1, 10, 20):
            until(lambda many=many: len(crowd.taken) >= many)  # type: ignore[misc]
            until(lambda: _is_done(_lose_hints, crowd))
        until(lambda: crowd.office.stands() == "finished")
    assert Counter(crowd.taken) == ONCE


def test_what_a_dead_worker_was_doing_is_put_away_though_the_same_is_called_for_again(crowd: Crowd) -> None:
    member = crowd.member()
    ((dead,),) = crowd.on_hints(
        "INSERT INTO procrastinate_workers VALUES (DEFAULT, now() - interval '1 h') RETURNING id"
    )
    for name, task in member.app.tasks.items():
        if "." not in name:  # what it held when it was killed
            held = f"'{task.queue}', '{name}', nullif('{task.lock}', 'None'), '{name}:again'"
            crowd.on_hints(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, worker_id) "
                f"VALUES ({held}, 'doing', {dead}), ({held}, 'todo', NULL)"
            )
    with working(member):
        until(lambda: len(crowd.on_hints("SELECT id FROM procrastinate_jobs WHERE status = 'failed'")) >= 4)
        assert (
            crowd.on_hints("SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - interval '1 h'") == []
        )
        crowd.press(*FORTY)
        until(lambda: crowd.office.stands() == "finished")
    assert Counter(crowd.taken) == ONCE


def test_a_worker_tells_that_it_lives_as_often_as_it_was_told_to(crowd: Crowd) -> None:
    beats: set[tuple[object, ...]] = set()

    def beaten() -> bool:
        beats.update(crowd.on_hints("SELECT id, last_heartbeat FROM procrastinate_workers"))
        return min(Counter(number for number, _ in beats).values(), default=0) >= 6

    with working(crowd.member(heartbeat=timedelta(seconds=0.2))):
        until(lambda: len(crowd.on_hints("SELECT id FROM procrastinate_workers")) == 2)
        began = time.monotonic()
        until(beaten)
    assert time.monotonic() - began < 40, "left to itself, procrastinate has a beat every ten seconds"
    assert crowd.on_hints("SELECT id FROM procrastinate_workers") == []


def test_pause_and_cancel_are_heard_by_all_before_their_next_request(crowd: Crowd) -> None:
    crowd.press(*MANY)
    with working(crowd.member(post=slow(0.1)), crowd.member(post=slow(0.1))):
        until(lambda: len(crowd.taken) >= 4)
        control.pause(crowd.store, "1", who="chef", reason="een tikfout?")
        paused = len(crowd.taken)
        time.sleep(0.8)
        assert len(crowd.taken) <= paused + 2
        control.resume(crowd.store, "1", crowd.config, at=now())
        until(lambda: len(crowd.taken) >= paused + 6)
        control.cancel(crowd.store, "1", at=now())
        cancelled = len(crowd.taken)
        until(lambda: "sending" not in crowd.office.counts())
    assert len(crowd.taken) <= cancelled + 2
    assert (crowd.office.stands(), max(Counter(crowd.taken).values())) == ("cancelled", 1)
    assert crowd.office.counts() == {"accepted": len(crowd.taken), "skipped": len(MANY) - len(crowd.taken)}


def test_a_worker_whose_clock_is_wrong_takes_nothing_and_says_so_once(
    crowd: Crowd, caplog: pytest.LogCaptureFixture
) -> None:
    crowd.press(*FORTY)
    wrong = [timedelta(hours=1)]
    with caplog.at_level(logging.INFO), working(crowd.member(clock=lambda: now() + wrong[0])):
        until(lambda: "worker_waits" in {_event(record) for record in caplog.records})
        time.sleep(4 * HEARTBEAT.total_seconds())
        assert crowd.taken == []
        assert [_event(record) for record in caplog.records].count("worker_waits") == 1
        assert "seconds apart" in caplog.text
        wrong[0] = timedelta(0)
        until(lambda: crowd.office.stands() == "finished")
    assert "worker_goes_on" in {_event(record) for record in caplog.records}


def test_one_whose_clock_is_a_little_behind_calls_for_a_run_no_more_often_than_others(crowd: Crowd) -> None:
    crowd = Crowd(crowd.store, crowd.root, {"send": {"rate": "6/min"}})
    hints = "SELECT last_value FROM procrastinate_jobs_id_seq"
    crowd.press(*FORTY)
    with working(crowd.member(clock=lambda: now() - timedelta(seconds=20))):
        until(lambda: len(crowd.on_hints("SELECT id FROM procrastinate_jobs WHERE scheduled_at > now()")) == 1)
        ((before,),), began = crowd.on_hints(hints), time.monotonic()
        time.sleep(1)
        ((after,),), seconds = crowd.on_hints(hints), time.monotonic() - began
        taken = len(crowd.taken)
    assert int(str(after)) - int(str(before)) < 4 * (seconds + 2)  # three a second are those that come by themselves
    assert taken <= 1 + (time.monotonic() - began) / 10
    crowd.office.close()


def test_one_of_another_version_waits_until_the_others_have_ended(
    crowd: Crowd, caplog: pytest.LogCaptureFixture
) -> None:
    newer = replace(Sameness.of(crowd.config), version="99.0")
    roll = Roll(crowd.store, newer, name="newer", slots=1, rescue=RESCUE)
    stop = threading.Event()
    with caplog.at_level(logging.INFO), working(crowd.member(), stop=stop):
        until(lambda: bool(crowd.on_hints("SELECT id FROM procrastinate_workers")))
        with working(crowd.member(roll=roll)):
            until(lambda: "99.0, which begins when that one has ended" in caplog.text)
            crowd.press(*FORTY[:5])
            until(lambda: crowd.office.stands() == "finished")
            assert crowd.posts[1].taken == []
            stop.set()
            until(lambda: "worker_goes_on" in {_event(record) for record in caplog.records})


@pytest.mark.parametrize(
    ("other", "ours", "said"),
    [
        ("UPDATE public.alembic_version SET version_num = '9999'", None, "the schema of a later version"),
        (
            "COMMENT ON SCHEMA procrastinate IS 'Hints of newsletter, 9'",
            migrate.renew_hints,
            "hints of workers of another",
        ),
    ],
    ids=["readers", "hints"],
)
def test_where_a_schema_is_of_another_version_it_waits_until_it_is_its_own(
    crowd: Crowd, caplog: pytest.LogCaptureFixture, other: str, ours: Callable[[Store], object] | None, said: str
) -> None:
    crowd.press(*FORTY)
    with caplog.at_level(logging.INFO), working(crowd.member(post=slow())):
        until(lambda: bool(crowd.taken))
        crowd.on_hints(other)
        until(lambda: said in caplog.text)
        until(lambda: _is_done(ours or _as_it_was, crowd.store))
        until(lambda: crowd.office.stands() == "finished")
    assert Counter(crowd.taken) == ONCE


def test_one_that_is_set_up_otherwise_ends(crowd: Crowd) -> None:
    other = Crowd(crowd.store, crowd.root, {"brand": {"colour": "#123456"}})
    with working(crowd.member()):
        until(lambda: bool(crowd.on_hints("SELECT id FROM procrastinate_workers")))
        with pytest.raises(ConfigError, match=r"are not the same: \[brand\]"):
            other.member().run(NEVER)
    other.office.close()


def test_notices_are_mailed_by_one_of_them(crowd: Crowd) -> None:
    with crowd.store.writing() as transaction:
        consent.sign_up(transaction, Newcomer(address="dirk@example.nl"), OCCASION, key=None, draw=lambda: "ab" * 16)
    with working(crowd.member(), crowd.member()):
        until(lambda: bool(crowd.taken))
        time.sleep(1.2)
    assert crowd.taken == ["dirk@example.nl"]


def test_where_no_hint_can_be_left_at_once_nobody_waits_for_it() -> None:
    began = time.monotonic()
    with closing(Store("postgresql://nobody@127.0.0.1:1/nowhere")) as store:
        nudge(store)
    assert time.monotonic() - began < 10


def test_what_procrastinate_has_to_say_is_said_in_few_words_that_name_nobody(
    crowd: Crowd, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), working(crowd.member()):
        values = """('care', 'gone', '{"to": "anna@example.nl"}')"""
        crowd.on_hints(f"INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES {values}")
        until(lambda: "hints_trouble" in {_event(record) for record in caplog.records})
    assert "anna" not in caplog.text
    assert {record.name.partition(".")[0] for record in caplog.records} == {"newsletter"}


_Of = TypeVar("_Of")


def _is_done(do: Callable[[_Of], object], of: _Of) -> bool:
    """Do it; False where the server saw a deadlock with whoever uses the hints, and it is to be done again."""
    with suppress(StoreError):
        do(of)
        return True
    return False


def _lose_hints(crowd: Crowd) -> None:
    tables = crowd.on_hints("SELECT tablename FROM pg_tables WHERE schemaname = 'procrastinate'")
    crowd.on_hints(f"TRUNCATE {', '.join(str(name) for (name,) in tables)} CASCADE")


def _as_it_was(store: Store) -> None:
    with store.alone() as transaction:
        transaction.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))


def _event(record: logging.LogRecord) -> str:
    return str(getattr(record, "event", ""))


def _at_once(*calls: Callable[[], object]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
