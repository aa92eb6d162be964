"""The slots of one process: they take turns among runs, leave nothing under way, and wait while no other run does."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from dispatched import Clock, Dispatch, Post
from saturday import ONCE, READERS, SATURDAY, on_the_list

from newsletter.delivery.engine import PACE, Pace
from newsletter.providers._base import Capabilities
from newsletter.store.database import Store
from newsletter.worker import Duties
from newsletter.worker.slots import Slots

NEVER = threading.Event()
SHORT = Pace(slice=timedelta(milliseconds=20))


class OneByOne(Post):
    """Takes one reader a request."""

    capabilities = Capabilities(batch_messages=1, batch_bytes=10_000_000)


@pytest.fixture
def office(sqlite_addresses: Callable[[], Path], tmp_path: Path) -> Iterator[Dispatch]:
    """Two runs that are being sent, six readers a minute."""
    tables: dict[str, dict[str, object]] = {"send": {"rate": "6/min", "connections": 1}}
    with closing(Store(sqlite_addresses())) as store:
        office = Dispatch(store, tmp_path, Clock(SATURDAY), tables)
        office.readers(*READERS)
        for issue in ("2026-11-28", "2026-12-05"):
            office.press(SATURDAY, issue=issue)
        office.new_parts().stages.advance(NEVER)
        yield office
        office.close()


@contextmanager
def slots(office: Dispatch, *, pace: Pace = PACE, waiting: Callable[[], object] = lambda: None) -> Iterator[Slots]:
    """One slot; where it waits, the clock is moved and something may happen."""

    @contextmanager
    def duties(_notices: bool) -> Iterator[Duties]:
        yield Duties(office.new_parts(pace=pace), clock=office.clock)

    def wait(_: threading.Event, seconds: float) -> None:
        office.clock.later(seconds=seconds)
        waiting()

    def ticks() -> float:
        return office.clock().timestamp()

    with closing(Slots(office.store, duties, 1, clock=office.clock, ticks=ticks, wait=wait)) as made:
        yield made


def test_a_run_that_has_to_wait_for_longer_makes_way_for_another(office: Dispatch) -> None:
    with slots(office) as found:
        after = found.drain(1, NEVER)
    assert after == timedelta(seconds=10)
    assert (office.counts(1), office.counts(2)) == ({"waiting": 2, "accepted": 1}, {"waiting": 3})


def test_a_reader_whose_turn_comes_soon_is_waited_for(office: Dispatch) -> None:
    office.config = office.configured(send={"rate": "30/min", "connections": 1})
    office.change(2, state="cancelled")
    with slots(office) as found:
        assert found.drain(1, NEVER) is None
    assert (office.stands(1), on_the_list(office)) == ("finished", ONCE)
    assert office.clock() == SATURDAY + timedelta(seconds=4)


def test_where_no_slot_is_free_nobody_is_kept_from_the_run(office: Dispatch) -> None:
    office.config = office.configured(send={"rate": "30/min", "connections": 1})
    others: list[timedelta | None] = []
    office.change(2, state="cancelled")
    with slots(office, waiting=lambda: others.append(found.drain(1, NEVER))) as found:
        found.drain(1, NEVER)
    assert others == [None, None]


def test_nothing_is_under_way_when_a_call_is_over(office: Dispatch) -> None:
    office.config = office.configured(send={"connections": 1})
    office.post = OneByOne(clock=office.clock, during=partial(time.sleep, 1))  # longer than two slices ever take
    with slots(office, pace=SHORT, waiting=lambda: office.clock.later(seconds=5)) as found:
        assert found.drain(1, NEVER) is not None
        assert office.counts(1) == {"waiting": 2, "accepted": 1}


def test_what_was_learnt_while_the_database_was_away_is_written_down_when_it_is_back(office: Dispatch) -> None:
    office.config = office.configured(send={"connections": 1})
    office.change(2, state="cancelled")
    file, away = office.store.file, office.root / "away"
    assert file
    office.post.during = lambda: file.exists() and file.rename(away)
    with slots(office, waiting=lambda: away.exists() and away.rename(file)) as found:
        assert found.drain(1, NEVER) is None
    assert (office.stands(1), on_the_list(office)) == ("finished", ONCE)


def test_once_it_is_told_to_stop_a_call_takes_nobody(office: Dispatch) -> None:
    stop = threading.Event()
    stop.set()
    with slots(office) as found:
        assert found.drain(1, stop) is None
        looked = found.look_after(stop)
        assert looked
        assert looked.sending == (1, 2)
    assert office.post.taken == []
