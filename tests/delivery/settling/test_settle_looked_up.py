"""A doubt is settled by what the provider finds in its own log."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from doubtful import LOOKS_UP, REPEATS, Doubtful
from meanwhile import cancel, erase, leave, rename, send_otherwise
from told_off import AT, NAMES
from unsettled import ALL_ACCEPTED, ALL_IN_DOUBT, MINUTE, Make, attempt_of, post_of

from newsletter.delivery.settle import Settler
from newsletter.model.mail import Message
from newsletter.providers._base import Trace


def test_what_the_provider_is_seen_to_have_taken_is_settled_at_once(make: Make) -> None:
    doubt = make(LOOKS_UP)
    doubt.settle()
    assert (doubt.states(), len(post_of(doubt).taken)) == (ALL_ACCEPTED, 4)
    assert doubt.said("anna") == [("looked up", "")]


def test_that_it_is_not_seen_counts_once_it_means_something(make: Make) -> None:
    doubt = make(LOOKS_UP, send=False)
    settler = doubt.settler()
    doubt.clock.now = AT + 9 * MINUTE
    due = settler.settle(Event())
    assert (doubt.states(), post_of(doubt).asked) == (ALL_IN_DOUBT, [f"look up {doubt.run.attempt_id(1)}"])
    assert due == AT + 14 * MINUTE, "not while that look may be under way"
    doubt.clock.now = due
    settler.settle(Event())
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")


def test_however_often_it_was_looked_for_it_is_once_more_as_soon_as_that_means_something(make: Make) -> None:
    doubt = make(replace(LOOKS_UP, lag=60 * MINUTE), send=False)
    settler, looks = doubt.settler(), list[timedelta]()
    for minute in range(5, 61):
        doubt.clock.now = AT + minute * MINUTE
        before = len(post_of(doubt).asked)
        settler.settle(Event())
        looks += [minute * MINUTE] if len(post_of(doubt).asked) > before else []
    assert looks[-1] == 60 * MINUTE
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")


def test_an_answer_that_began_before_it_means_something_proves_no_absence(make: Make) -> None:
    doubt = make(LOOKS_UP, send=False)
    settler, look_up = doubt.settler(), post_of(doubt).look_up

    def slow(attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        doubt.clock.now += 2 * MINUTE
        return look_up(attempt, messages)

    post_of(doubt).look_up = slow  # type: ignore[method-assign]
    doubt.clock.now = AT + 9 * MINUTE
    settler.settle(Event())
    assert doubt.states() == ALL_IN_DOUBT


def test_whoever_sees_a_doubt_for_the_first_time_proves_no_absence_however_old_it_seems(make: Make) -> None:
    doubt = make(LOOKS_UP, send=False)
    doubt.clock.now = AT + 60 * MINUTE
    newcomer = Settler(
        doubt.scene.store, lambda: doubt.provider, doubt.config, doubt.keys, clock=doubt.clock, ticks=doubt.clock.ticks
    )
    newcomer.settle(Event())
    assert doubt.states() == ALL_IN_DOUBT
    doubt.clock.now += 11 * MINUTE
    newcomer.settle(Event())
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")


def test_what_the_provider_never_took_waits_again(make: Make) -> None:
    doubt = make(LOOKS_UP, send=False)
    doubt.settle(after=11 * MINUTE)
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")
    assert (attempt_of(doubt), doubt.scene.run(doubt.run).state) == ("settled", "sending")


def test_what_the_provider_never_took_of_a_run_that_was_broken_off_is_skipped(make: Make) -> None:
    doubt = make(LOOKS_UP, send=False)
    cancel(doubt)
    doubt.settle(after=11 * MINUTE)
    assert doubt.states() == dict.fromkeys(NAMES, "skipped")


def test_a_look_up_is_made_though_a_reader_has_left_since_it_sends_nothing(make: Make) -> None:
    doubt = make(replace(REPEATS, look_up=True))
    leave(doubt)
    doubt.settle(after=11 * MINUTE)
    assert doubt.states() == ALL_ACCEPTED
    assert len(post_of(doubt).taken) == 4


@pytest.mark.parametrize("change", [erase, rename, send_otherwise])
def test_those_who_remain_of_a_request_are_looked_up_without_the_others(
    make: Make, change: Callable[[Doubtful], None]
) -> None:
    doubt = make(LOOKS_UP)
    change(doubt)
    doubt.settle(after=11 * MINUTE)
    assert {**doubt.states(), "dora": ""} == {**ALL_ACCEPTED, "dora": ""}
    assert (doubt.states()["dora"] == "accepted") == (change is rename)
