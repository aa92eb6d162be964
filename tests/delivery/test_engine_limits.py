"""What keeps the engine from taking readers: a provider, quiet days, rates, days' numbers, mail services."""

import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from dispatch import BATCHES, NOW, Desk, Dispatch
from listed import one, put

from newsletter.delivery.allowance import Shut
from newsletter.errors import ProviderError
from newsletter.providers._base import InDoubt, NotSent, RequestRefused, ThrottledUntil
from newsletter.store.database import Store


@pytest.fixture
def dispatch(store: Store, tmp_path: Path) -> Dispatch:
    return Dispatch(store, tmp_path)


@pytest.fixture
def batches(store: Store, tmp_path: Path) -> Dispatch:
    return Dispatch(store, tmp_path, desk=Desk(capabilities=BATCHES))


def test_throttling_pauses_everybody_and_costs_nobody_a_try(batches: Dispatch) -> None:
    batches.desk.script.append(ThrottledUntil("429 slow down", until=NOW + timedelta(minutes=3)))
    number = batches.send("anna", "bram", "cees", "dora", "evert")
    look = batches.drain(slice_=1)
    assert look == NOW + timedelta(seconds=10)
    assert {(one.state, one.tries) for one in batches.ledger(number).values()} == {("waiting", 0)}
    assert batches.shut(number) == Shut(until=NOW + timedelta(minutes=3), why="The provider takes nothing")
    batches.clock.later(150)
    batches.drain(slice_=1)
    assert len(batches.desk.asked) == 1
    batches.clock.later(30)
    batches.drain()
    assert batches.run(number).state == "finished"


def test_a_line_that_is_down_is_tried_ever_more_seldom(dispatch: Dispatch) -> None:
    dispatch.desk.script.extend([NotSent("no route")] * 40)
    number = dispatch.send("anna")
    dispatch.drain(slice_=600)
    assert dispatch.states(number) == {"anna": "waiting"}
    assert 6 < len(dispatch.desk.asked) < 12


def test_nothing_is_taken_on_a_quiet_day_nor_shortly_before(store: Store, tmp_path: Path) -> None:
    dispatch = Dispatch(store, tmp_path, tables={"newsletter": {"quiet": ["sunday"]}})
    number = dispatch.send("anna", "bram")
    dispatch.clock.now = datetime(2026, 11, 28, 22, 56, tzinfo=UTC)  # 23:56 on Saturday
    dispatch.drain(slice_=1)
    assert dispatch.desk.asked == []
    dispatch.clock.now = datetime(2026, 11, 28, 22, 54, tzinfo=UTC)
    dispatch.drain(slice_=1)
    assert dispatch.run(number).state == "finished"


def test_a_reason_to_send_on_a_quiet_day_counts(store: Store, tmp_path: Path) -> None:
    dispatch = Dispatch(store, tmp_path, tables={"newsletter": {"quiet": ["saturday"]}})
    number = dispatch.send("anna", quiet="the dike has broken")
    dispatch.drain()
    assert dispatch.run(number).state == "finished"


def test_a_rate_holds(store: Store, tmp_path: Path) -> None:
    dispatch = Dispatch(store, tmp_path, tables={"send": {"rate": "10/s", "connections": 4}})
    times: list[float] = []
    dispatch.desk.before_guard = lambda: times.append(dispatch.clock.ticks)
    dispatch.send(*(f"lezer{n}" for n in range(50)))
    dispatch.drain()
    assert len(times) == 50
    assert max(sum(t <= s < t + 1 for s in times) for t in times) <= 11
    assert times[-1] == pytest.approx(4.9, abs=0.2)


def test_a_days_number_holds_and_the_rest_goes_after_midnight(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    dispatch = Dispatch(store, tmp_path, tables={"send": {"per_day": 3, "connections": 4}})
    number = dispatch.send(*(f"lezer{n}" for n in range(5)))
    look = dispatch.drain(slice_=1)
    assert (len(dispatch.desk.taken), look) == (3, NOW + timedelta(seconds=10))
    shut = dispatch.shut(number)
    assert shut is not None
    assert shut.until == datetime(2026, 11, 28, 23, tzinfo=UTC)
    (told,) = [record for record in caplog.records if getattr(record, "event", "") == "run_waits"]
    assert vars(told).items() >= {"run": number, "until": "2026-11-28T23:00:00Z"}.items()
    dispatch.clock.now = datetime(2026, 11, 28, 23, 0, 1, tzinfo=UTC)
    assert dispatch.shut(number) is None
    dispatch.drain(slice_=1)
    assert dispatch.run(number).state == "finished"


@pytest.mark.parametrize("answer", [NotSent("no route"), ThrottledUntil("429", until=NOW), RequestRefused("401")])
def test_who_was_certainly_not_mailed_does_not_count_for_the_day(
    store: Store, tmp_path: Path, answer: ProviderError
) -> None:
    dispatch = Dispatch(store, tmp_path, desk=Desk(capabilities=BATCHES), tables={"send": {"per_day": 4}})
    dispatch.desk.script.append(answer)
    number = dispatch.send("anna", "bram", "cees", "dora")
    dispatch.drain(slice_=0.5)
    if dispatch.run(number).state == "paused":
        dispatch.change(number, state="sending")
    dispatch.clock.later(10)
    dispatch.drain(slice_=5)
    assert dispatch.run(number).state == "finished"


def test_a_run_ends_though_the_day_holds_no_more(store: Store, tmp_path: Path) -> None:
    dispatch = Dispatch(store, tmp_path, desk=Desk(capabilities=BATCHES), tables={"send": {"per_day": 2}})
    number = dispatch.send("anna", "bram")
    dispatch.drain(slice_=1)
    assert dispatch.run(number).state == "finished"


def test_who_may_have_been_mailed_counts_for_the_day(store: Store, tmp_path: Path) -> None:
    dispatch = Dispatch(store, tmp_path, desk=Desk(capabilities=BATCHES), tables={"send": {"per_day": 4}})
    dispatch.desk.script.append(InDoubt("no answer"))
    dispatch.send("anna", "bram", "cees", "dora", "evert")
    dispatch.drain(slice_=0.5)
    dispatch.clock.later(10)
    dispatch.drain(slice_=5)
    assert len(dispatch.desk.asked) == 1


def test_a_services_rate_holds_back_its_own_readers_alone(store: Store, tmp_path: Path) -> None:
    dispatch = Dispatch(store, tmp_path, tables={"send": {"per_domain": {"example.nl": "1/s"}, "connections": 4}})
    dispatch.put(*(f"lezer{n}" for n in range(4)))
    put(store, *(one(f"anders{n}@example.org") for n in range(4)))
    number = dispatch.press()
    dispatch.begin(number)
    times: dict[str, float] = {}

    def take(messages: object) -> object:
        times.update({m.subscriber.address: dispatch.clock.ticks for m in messages})  # type: ignore[attr-defined]
        return dispatch.desk.take(messages)  # type: ignore[arg-type]

    dispatch.desk.script.extend([take] * 8)  # type: ignore[list-item]
    dispatch.drain()
    assert dispatch.run(number).state == "finished"
    assert max(at for address, at in times.items() if address.endswith("org")) < 0.5
    own = sorted(at for address, at in times.items() if address.endswith("nl"))
    assert all(later - sooner >= 0.99 for sooner, later in pairwise(own))
