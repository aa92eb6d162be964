"""What an answer means, and how long to wait: pure policy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery import retry
from newsletter.delivery.retry import MOST_TRIES, Again, Circumstances, Ended, Pauses, rest, verdict, verdict_of_replay
from newsletter.errors import ProviderError
from newsletter.providers._base import (
    Accepted,
    Deferred,
    InDoubt,
    NotSent,
    Outcome,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
)

AT = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
CHANCES = st.floats(0, 1, exclude_max=True)
PAUSES = Pauses(first=timedelta(seconds=10), longest=timedelta(minutes=2))
NO_OUTCOMES: list[ProviderError] = [
    NotSent("no line"),
    RequestRefused("no login"),
    ThrottledUntil("too many", until=AT + timedelta(minutes=7)),
]


def now(*, tries: int = 0, failures: int = 1, chance: float = 0.0) -> Circumstances:
    return Circumstances(at=AT, tries=tries, failures=failures, chance=chance)


@given(st.integers(1, 10_000), CHANCES)
def test_a_pause_is_never_shorter_than_the_first_nor_longer_than_a_quarter_above_the_longest(
    failures: int, chance: float
) -> None:
    assert PAUSES.first <= PAUSES.after(failures, chance) <= PAUSES.longest * 1.25


@given(st.integers(1, 100), CHANCES)
def test_a_pause_grows_with_each_failure_until_it_is_longest(failures: int, chance: float) -> None:
    shorter, longer = PAUSES.after(failures, chance), PAUSES.after(failures + 1, chance)
    assert longer > shorter or shorter >= PAUSES.longest


def test_chance_spreads_those_that_failed_together() -> None:
    assert len({PAUSES.after(3, chance / 10) for chance in range(10)}) == 10


def test_a_greylisting_server_is_given_its_five_minutes() -> None:
    answer = verdict(Deferred(delivery="d", reason="greylisted"), now())
    assert answer == Again(not_before=AT + timedelta(minutes=5), counts=True, reason="greylisted")


def test_the_tries_last_longer_than_a_weekend_day_and_less_than_a_week() -> None:
    pauses = (retry.DEFERRED.after(tries, 0.0) for tries in range(1, MOST_TRIES))
    assert timedelta(days=1) < sum(pauses, timedelta()) < timedelta(days=7)


def test_a_server_that_never_takes_it_is_given_up_with_its_last_words() -> None:
    deferred = Deferred(delivery="d", reason="mailbox full")
    assert isinstance(verdict(deferred, now(tries=MOST_TRIES - 2)), Again)
    assert verdict(deferred, now(tries=MOST_TRIES - 1)) == Ended(
        state="refused", reason="gave up after 15 tries: mailbox full"
    )


def test_what_was_taken_keeps_the_providers_name_for_it() -> None:
    assert verdict(Accepted(delivery="d", provider_id="4F2D"), now()) == Ended(state="accepted", provider_id="4F2D")


def test_what_was_refused_keeps_the_reason() -> None:
    assert verdict(Refused(delivery="d", reason="no such user"), now()) == Ended(state="refused", reason="no such user")


def test_that_there_is_no_such_address_is_passed_on() -> None:
    refused = Refused(delivery="d", reason="550 5.1.1 no such user", bounced="550 5.1.1")
    assert verdict(refused, now()) == Ended(state="refused", reason=refused.reason, bounced="550 5.1.1")


def test_what_may_have_left_is_in_doubt() -> None:
    assert verdict(InDoubt("no answer"), now()) == Ended(state="in doubt", reason="no answer")


@pytest.mark.parametrize("error", NO_OUTCOMES, ids=lambda error: type(error).__name__)
def test_what_never_left_waits_and_uses_up_no_try(error: ProviderError) -> None:
    answer = verdict(error, now(tries=MOST_TRIES, failures=3))
    assert isinstance(answer, Again)
    assert not answer.counts
    assert answer.not_before > AT
    assert answer.reason == error.sentence


def test_a_mail_whose_reader_is_at_fault_is_refused_and_when_it_was_a_replay_stays_in_doubt() -> None:
    fault = ReaderAtFault("to parameter is not a valid address")
    assert verdict(fault, now()) == Ended(state="refused", reason=fault.sentence)
    assert verdict_of_replay(fault, now()) == Ended(state="in doubt", reason=fault.sentence)


@pytest.mark.parametrize("error", NO_OUTCOMES, ids=lambda error: type(error).__name__)
def test_a_replay_that_says_nothing_of_the_mail_leaves_it_in_doubt(error: ProviderError) -> None:
    assert verdict_of_replay(error, now()) == Ended(state="in doubt", reason=error.sentence)


@pytest.mark.parametrize(
    "answer",
    [Accepted(delivery="d", provider_id="1"), Refused(delivery="d", reason="no"), Deferred(delivery="d", reason="no")],
)
def test_a_replay_that_is_answered_settles_it(answer: Outcome) -> None:
    assert verdict_of_replay(answer, now()) == verdict(answer, now())


def test_a_throttled_courier_rests_exactly_until_it_may() -> None:
    assert rest(ThrottledUntil("", until=AT + timedelta(minutes=7)), AT, 9, 0.9) == timedelta(minutes=7)


def test_a_throttle_in_the_past_or_far_future_is_not_believed() -> None:
    assert rest(ThrottledUntil("", until=AT - timedelta(hours=1)), AT, 1, 0.5) == timedelta(seconds=1)
    assert rest(ThrottledUntil("", until=AT + timedelta(days=400)), AT, 1, 0.5) == timedelta(days=1)


def test_a_refused_login_is_asked_about_ever_less_often() -> None:
    rests = [rest(RequestRefused(""), AT, failures, 0.0) for failures in (1, 2, 3, 50)]
    assert rests == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(hours=1)]


def test_a_line_that_is_down_is_tried_soon_and_then_less() -> None:
    rests = [rest(NotSent(""), AT, failures, 0.0) for failures in (1, 2, 50)]
    assert rests == [timedelta(seconds=2), timedelta(seconds=4), timedelta(minutes=5)]
