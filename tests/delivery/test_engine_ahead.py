"""Requests lie ready where a doubt is settled at once, and are not made once something tells against them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from dispatch import NOW, PLAIN, Desk, Dispatch
from waited import until

from newsletter.delivery.engine import Engine
from newsletter.providers._base import ThrottledUntil
from newsletter.store import attempts
from newsletter.store.database import Store

REPEATS = replace(PLAIN, idempotency=timedelta(hours=24))
READERS = ("anna", "bram", "cees", "dora", "evert")


@pytest.fixture
def dispatch(store: Store, tmp_path: Path) -> Dispatch:
    return Dispatch(store, tmp_path, desk=Desk(capabilities=REPEATS))


def many(dispatch: Dispatch, state: str) -> int:
    """Count the attempts in a state."""
    with dispatch.store.reading() as transaction:
        return sum(one.state == state for one in attempts.every(transaction, 1))


def step_by_step(dispatch: Dispatch, first: Callable[[], object], *, slice_: float = 60) -> Engine:
    """An engine: something happens during the first request, and the second one waits until no other lies ready."""
    engine = dispatch.engine(slice_=slice_)
    steps = iter((first, lambda: until(engine._senders._requests.empty)))

    def step() -> None:
        next(steps, lambda: None)()

    dispatch.desk.before_guard = step
    return engine


def sent(engine: Engine, dispatch: Dispatch, number: int, *, stop: Event | None = None) -> Counter[str]:
    """Have it send, and end in order; return how many readers are in each state.

    By then one request was made and perhaps a second, when that had begun before the others were taken back.
    """
    engine.drain(stop or Event())
    engine.close()
    states = Counter(dispatch.states(number).values())
    assert len(dispatch.desk.asked) in {1, 2}
    return states


@pytest.mark.parametrize(("capabilities", "ready"), [(REPEATS, 3), (replace(PLAIN, look_up=True), 1), (PLAIN, 1)])
def test_as_many_lie_ready_as_are_settled_at_once(dispatch: Dispatch, capabilities: object, ready: int) -> None:
    dispatch.desk.capabilities, seen = capabilities, list[int]()  # type: ignore[assignment]
    dispatch.send(*READERS)
    dispatch.desk.before_guard = lambda: seen.append(many(dispatch, "open"))
    dispatch.drain()
    assert seen[0] == ready
    assert len(dispatch.desk.mailed) == len(READERS)


def test_what_lies_ready_is_not_sent_once_the_run_is_cancelled(dispatch: Dispatch) -> None:
    number = dispatch.send(*READERS)
    engine = step_by_step(dispatch, lambda: dispatch.change(number, state="cancelled", ended_at=NOW))
    states = sent(engine, dispatch, number)
    taken = len(dispatch.desk.asked)
    assert states == {"accepted": taken, "skipped": 5 - taken}


def test_what_lies_ready_waits_again_when_the_provider_wants_to_be_left_alone(dispatch: Dispatch) -> None:
    number = dispatch.send(*READERS)
    dispatch.desk.script.append(ThrottledUntil("429 slow down", until=NOW + timedelta(minutes=3)))
    states = sent(step_by_step(dispatch, lambda: None, slice_=1), dispatch, number)
    taken = len(dispatch.desk.asked) - 1
    assert states == Counter(waiting=5 - taken, accepted=taken)
    assert {one.tries for one in dispatch.ledger(number).values()} == {0}
    assert dispatch.shut(number) is not None
    dispatch.clock.later(240)
    dispatch.drain()
    assert dispatch.desk.mailed == [f"{name}@example.nl" for name in READERS]


def test_what_lies_ready_waits_again_when_the_engine_is_stopped(dispatch: Dispatch) -> None:
    number, stop = dispatch.send(*READERS), Event()
    states = sent(step_by_step(dispatch, stop.set), dispatch, number, stop=stop)
    taken = len(dispatch.desk.asked)
    assert states == {"accepted": taken, "waiting": 5 - taken}
    assert dispatch.shut(number) is None
