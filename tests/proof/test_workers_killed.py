"""Three workers on one PostgreSQL, whatever befalls them: nobody is mailed twice, nobody is lost, the sum is right.

They are killed, stopped and woken, their connections cut and their clocks wrong, while the provider fails in every way.
"""

import time
from collections.abc import Callable

import pressed
import pytest
from hurting import DIFFICULT, play
from proof_stage import Stage
from truthful import BATCH, KINDS, Kind

HOUR = 3600
LONG, SHORT = 28, 3
SLOW = {"wait": 1.0}

QUICK_AND_LONG = [
    pytest.param("plain", SHORT),
    *(pytest.param(kind, LONG, marks=pytest.mark.proof) for kind in KINDS),
]


@pytest.fixture
def workers_on(stage_on: Callable[..., Stage]) -> Callable[..., Stage]:
    """``workers_on("plain")``: a stage for workers, with a provider of a kind."""
    return lambda kind, **given: stage_on("postgresql", kind, works_as="worker", **given)


@pytest.mark.parametrize(("kind", "kills"), QUICK_AND_LONG)
def test_workers_killed_at_any_moment_mail_nobody_twice_and_lose_nobody(
    workers_on: Callable[..., Stage], kind: Kind, kills: int
) -> None:
    stage = workers_on(kind, seed=kills)
    readers = pressed.put_readers(stage.store, 200, *DIFFICULT[kind])
    with stage.watched():
        play(stage, 3, kills, seed=kills, leaving=readers[: 40 if kind == "plain" else 0])
    states = stage.close(may_doubt=kind == "plain")
    assert states["accepted"]
    assert not stage.stumbles("stumbled", "no provider may")


@pytest.mark.parametrize(
    "kind", ["remembers", *(pytest.param(kind, marks=pytest.mark.proof) for kind in ("repeats", "plain"))]
)
def test_what_a_frozen_worker_was_about_to_send_does_not_leave_when_it_is_woken(
    workers_on: Callable[..., Stage], kind: Kind
) -> None:
    stage = workers_on(kind, connections=1)
    readers = len(pressed.put_readers(stage.store, 4 * BATCH))
    with stage.watched():
        stage.presses()
        frozen = stage.start_frozen()
        taken = stage.states()["sending"]
        assert taken
        assert not stage.log.asked
        others = [stage.start(), stage.start()]
        stage.until(stage.is_over)
        doubts = {"in doubt": taken} if kind == "plain" else {}
        stage.until(lambda: stage.states() == {"accepted": readers - sum(doubts.values()), **doubts})
        stage.wake(frozen)
        stage.until(lambda: stage.states() == {"accepted": readers})
        stage.finish(frozen, *others)
    assert stage.close(may_doubt=False)["accepted"] == readers
    assert not stage.stumbles("stumbled", "no provider may")


def test_workers_whose_connections_are_cut_again_and_again_go_on(workers_on: Callable[..., Stage]) -> None:
    stage = workers_on("plain")
    readers = len(pressed.put_readers(stage.store, 60 * BATCH))
    stage.weather(SLOW)
    with stage.watched():
        stage.presses()
        workers = [stage.start() for _ in range(3)]
        for times in (6, 12):
            stage.until(stage.was_asked(times))
            stage.cut()
        stage.finish(*workers)
    assert stage.close(may_doubt=False)["accepted"] == readers


def test_a_worker_whose_clock_is_an_hour_wrong_takes_nothing(workers_on: Callable[..., Stage]) -> None:
    stage = workers_on("plain")
    readers = len(pressed.put_readers(stage.store, 4 * BATCH))
    stage.presses()
    wrong = stage.start(wrong=HOUR)
    stage.until(lambda: stage.stumbles("clock shows"))
    time.sleep(2)  # by then one that is right has begun
    assert not stage.log.asked
    right = stage.start()
    stage.until(stage.is_over)
    assert {worker.split(":")[1] for worker in stage.workers()} == {str(right)}
    stage.finish(right)
    stage.set_clock(wrong, 0)
    stage.presses("the next one")
    stage.finish(wrong)
    assert stage.close(may_doubt=False)["accepted"] == 2 * readers


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        pytest.param("plain", -HOUR),
        *(pytest.param(kind, -HOUR, marks=pytest.mark.proof) for kind in KINDS[:2]),
        *(pytest.param(kind, HOUR, marks=pytest.mark.proof) for kind in KINDS),
    ],
)
def test_a_worker_whose_clock_goes_wrong_while_it_works_mails_nobody_twice(
    workers_on: Callable[..., Stage], kind: Kind, wrong: int
) -> None:
    """It gives up for lost what others have under way, if anything; it takes no more, and says so."""
    stage = workers_on(kind, lag=1)
    readers = len(pressed.put_readers(stage.store, 60 * BATCH))
    stage.weather(SLOW)
    with stage.watched():
        stage.presses()
        workers = [stage.start() for _ in range(3)]
        stage.until(stage.at_work)
        stage.set_clock(next(iter(stage.at_work()), workers[0]), wrong)
        stage.until(lambda: stage.stumbles("clock shows"))
        stage.finish(*workers)
    states = stage.close(may_doubt=kind == "plain")
    assert states["accepted"] + states["in doubt"] == readers
