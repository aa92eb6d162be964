"""A run followed: until when, who lends a hand, and what is said when it is not finished."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import ledgered
import pytest
from ledgered import AT, ZONE
from listed import one, put

from newsletter.delivery.lifecycle import rests
from newsletter.errors import NotFinished, StoreError
from newsletter.model.ledger import Pause, Run, RunState
from newsletter.send import following
from newsletter.send.following import Hand, Seen
from newsletter.store import attempts, runs
from newsletter.store.attempts import Intent, Sender
from newsletter.store.database import Store

OVER: tuple[RunState, ...] = ("finished", "finished with doubts", "cancelled", "expired")


@pytest.fixture
def run(store: Store) -> Run:
    put(store, *(one(f"lezer{number}@example.org") for number in range(3)))
    return ledgered.begun(store)


def idle(stop: threading.Event) -> None:
    stop.wait()


def become(store: Store, run: Run, state: str, **columns: object) -> None:
    with store.writing() as transaction:
        assert runs.change(transaction, run.id, get_args(RunState), state=state, **columns)


def follow(
    store: Store,
    run: Run,
    hand: Hand,
    *,
    alone: Callable[[], bool] = lambda: True,
    tell: Callable[[Seen], None] = lambda _: None,
    wait: Callable[[float], object] = lambda _: None,
) -> Seen:
    def look() -> Seen:
        return following.look(store, run.id, at=AT)

    following.follow(look, hand, alone=alone, tell=tell, ticks=lambda: 0.0, wait=wait)
    return look()


def test_it_is_told_until_it_is_over(store: Store, run: Run) -> None:
    told: list[str] = []
    states = iter(("paused", "sending", "finished"))

    def wait(_seconds: float) -> None:
        state = next(states)
        become(store, run, state, **({"why": "hold", "until": AT + timedelta(minutes=10)} if state == "paused" else {}))

    hand = Hand(idle)
    seen = follow(store, run, hand, alone=lambda: False, tell=lambda seen: told.append(seen.run.state), wait=wait)
    assert told == ["sending", "paused", "sending", "finished"]
    assert (seen.run.state, seen.counts["waiting"], hand.lent) == ("finished", 3, False)


@pytest.mark.parametrize("why", get_args(Pause))
def test_only_a_hold_and_quiet_days_are_waited_for(store: Store, run: Run, why: Pause) -> None:
    become(store, run, "paused", why=why)
    assert rests(following.look(store, run.id, at=AT).run) is (why not in {"hold", "quiet"})


def test_a_hand_is_lent_as_soon_as_nobody_else_sends(store: Store, run: Run) -> None:
    others = iter((False, False, True))
    hand = Hand(lambda _stop: become(store, run, "finished"))
    assert follow(store, run, hand, alone=lambda: next(others, False)).run.state == "finished"


def test_a_hand_that_ends_before_the_run_does_is_lent_again(store: Store, run: Run) -> None:
    times = []

    def work(_stop: threading.Event) -> None:
        times.append(None)
        if len(times) == 2:
            become(store, run, "finished")

    hand = Hand(work)
    follow(store, run, hand, wait=lambda _: hand.finish())
    assert len(times) == 2


def test_a_run_that_goes_on_again_before_the_hand_has_ended_is_told_of_again(store: Store, run: Run) -> None:
    told, ended = list[str](), threading.Event()
    steps = iter(("paused", "sending", "finished"))

    def wait(_seconds: float) -> None:
        if (state := next(steps, None)) is None:
            ended.set()
            hand.finish()
        else:
            become(store, run, state, **({"why": "operator"} if state == "paused" else {}))

    hand = Hand(lambda _stop: ended.wait())
    follow(store, run, hand, tell=lambda seen: told.append(seen.run.state), wait=wait)
    assert told == ["sending", "paused", "sending", "finished", "finished"]


def test_what_goes_wrong_with_the_hand_ends_it(store: Store, run: Run) -> None:
    def work(_stop: threading.Event) -> None:
        raise StoreError("It was restored from a backup.")

    hand = Hand(work)
    with pytest.raises(StoreError, match="restored from a backup"):
        follow(store, run, hand)


def test_whoever_waits_for_it_may_say_that_it_is_enough(store: Store, run: Run) -> None:
    waits = iter((False, False, True))
    assert follow(store, run, Hand(idle), alone=lambda: False, wait=lambda _: next(waits)).run.state == "sending"
    assert next(waits, None) is None


def test_what_has_begun_ends_in_order(store: Store) -> None:
    ended = threading.Event()

    def work(stop: threading.Event) -> None:
        stop.wait()
        ended.set()

    hand = Hand(work)
    hand.lend()
    hand.end()
    assert ended.is_set()
    assert not hand.lent


def refused(store: Store, run: Run, *, goes_on: bool = False) -> NotFinished:
    with pytest.raises(NotFinished) as caught:
        following.refuse_unfinished(following.look(store, run.id, at=AT), goes_on=goes_on)
    assert caught.value.exit_code == 7
    return caught.value


def test_a_finished_run_is_finished_and_no_other_is(store: Store, run: Run) -> None:
    become(store, run, "finished")
    following.refuse_unfinished(following.look(store, run.id, at=AT))
    for state in OVER[1:]:
        become(store, run, state)
        refused(store, run)


def test_a_run_under_way_says_who_waits_and_how_to_go_on(store: Store, run: Run) -> None:
    error = refused(store, run)
    assert error.sentence == "2026-11-28 is not finished. 3 of 3 readers wait."
    for command in ("newsletter send 2026-11-28", "newsletter worker", f"newsletter runs cancel {run.id}"):
        assert command in error.hint


def test_whom_it_is_under_way_to_waits_no_more(store: Store, run: Run) -> None:
    by, intent = Sender(worker="heuvel", account=""), Intent(seqs=(2,), fingerprint="0" * 64)
    with store.writing() as transaction:
        attempts.open_(transaction, run.id, [intent], by, at=AT, expires_at=AT)
    assert refused(store, run).sentence == "2026-11-28 is not finished. 2 of 3 readers wait. To 1 it is under way."


def test_where_somebody_else_goes_on_with_it_that_is_said(store: Store, run: Run) -> None:
    assert "goes on without you" in refused(store, run, goes_on=True).hint


@pytest.mark.parametrize(
    ("state", "columns", "said"),
    [
        ("scheduled", {"allowed_at": AT}, "2026-11-28 stays scheduled for 2026-11-28 06:00 CET"),
        ("paused", {"why": "hold", "until": AT}, "2026-11-28 waits until 2026-11-28 06:00 CET"),
    ],
)
def test_a_run_that_waits_for_its_moment_needs_somebody_who_sends_then(
    store: Store, run: Run, state: str, columns: dict[str, object], said: str
) -> None:
    become(store, run, state, **columns)
    seen, needs = following.look(store, run.id, at=AT), ", and goes only if a worker or this command runs then"
    for goes_on in (False, True):
        with pytest.raises(NotFinished) as caught:
            following.refuse_unfinished(seen, goes_on=goes_on, zone=ZONE)
        assert caught.value.sentence.startswith(f"{said}{'' if goes_on else needs}.")


def test_a_paused_run_says_why_and_what_ends_the_pause(store: Store, run: Run) -> None:
    become(store, run, "paused", why="provider", sentence="401: the key is unknown.")
    error = refused(store, run)
    assert "401: the key is unknown. 3 of 3 readers wait." in error.sentence
    assert f"newsletter runs resume {run.id}" in error.hint
