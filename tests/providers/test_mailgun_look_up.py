"""Mailgun's events as proof of what became of a request: they come late, in pages, and are forgotten."""

from collections.abc import Callable

import httpx
import pytest
from providers.fakes.mailgun_api import FakeMailgun, Fault

from newsletter.model.mail import Message
from newsletter.providers._base import Absent, Accepted, NotSent, RequestRefused, Unclear
from newsletter.providers.mailgun import Mailgun, Settings

MessageTo = Callable[..., Message]


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeMailgun:
    return FakeMailgun(lag=1800, ticks=clock)


@pytest.fixture
def provider(fake: FakeMailgun) -> Mailgun:
    settings = Settings.model_validate({"key": "key-proef", "domain": "mg.example.nl"})
    return Mailgun(settings, transport=fake.transport())


def test_what_was_taken_is_not_seen_before_the_lag_that_the_capabilities_name(
    provider: Mailgun, fake: FakeMailgun, clock: Clock, message_to: MessageTo
) -> None:
    messages = [message_to(1), message_to(2)]
    provider.send("proef-8", [message_to(3)], lambda: True)
    clock.now = 100
    provider.send("proef-7", messages, lambda: True)
    clock.now += 1799
    assert provider.look_up("proef-7", messages) == [Absent(delivery="d1"), Absent(delivery="d2")]
    clock.now = 100 + provider.capabilities.lag.total_seconds()
    assert provider.look_up("proef-7", messages) == [Accepted(delivery="d1"), Accepted(delivery="d2")]


def test_an_attempt_is_found_among_many_others_and_by_its_own_name_only(
    provider: Mailgun, clock: Clock, message_to: MessageTo
) -> None:
    for attempt in range(10):
        provider.send(f"proef-{2 * attempt}", [message_to(n) for n in range(20)], lambda: True)
    clock.now = 3600
    assert provider.look_up("proef-0", [message_to(1)]) == [Accepted(delivery="d1")]
    assert provider.look_up("proef-1", [message_to(1)]) == [Absent(delivery="d1")]


@pytest.mark.parametrize(
    "answer",
    [
        {"items": [{"event": "accepted", "message": {"headers": {"message-id": "ander@mg.example.nl"}}}]},
        {"items": [{"event": "accepted"}]},
        {"items": 3},
        {},
        [],
        "ok",
    ],
)
def test_what_was_not_asked_for_proves_nothing(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo, answer: object
) -> None:
    fake.order(httpx.Response(200, json=answer))
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]


def test_that_there_is_no_event_proves_nothing_where_there_are_none_at_all(
    provider: Mailgun, message_to: MessageTo
) -> None:
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]


def test_that_there_is_no_event_proves_nothing_where_mails_have_other_names_than_ours(
    provider: Mailgun, fake: FakeMailgun, clock: Clock, message_to: MessageTo
) -> None:
    fake.honours = False
    for attempt in ("proef-8", "proef-7"):
        provider.send(attempt, [message_to(1)], lambda: True)
    clock.now = 3600
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]


def test_that_there_is_no_event_proves_nothing_where_the_same_question_finds_none_that_is_there(
    provider: Mailgun, fake: FakeMailgun, clock: Clock, message_to: MessageTo
) -> None:
    provider.send("proef-8", [message_to(1)], lambda: True)
    clock.now = 3600
    nothing = httpx.Response(200, json={"items": []})
    seen = httpx.Response(200, json={"items": [event for _, event in fake.events]})
    fake.order(nothing, seen, nothing)
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]


@pytest.mark.parametrize("other", ["proef-6", "proef-7a", "elders-8", "proef-elders-8", "8", "f00d"])
def test_that_there_is_no_event_proves_nothing_where_only_older_ones_are_seen_as_when_they_are_later_than_ever(
    provider: Mailgun, fake: FakeMailgun, clock: Clock, message_to: MessageTo, other: str
) -> None:
    fake.lag = 45 * 60
    provider.send(other, [message_to(3)], lambda: True)
    clock.now = 3600
    provider.send("proef-7", [message_to(1)], lambda: True)
    clock.now += 31 * 60
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]
    clock.now += 14 * 60
    assert provider.look_up("proef-7", [message_to(1)]) == [Accepted(delivery="d1")]


@pytest.mark.parametrize(("age", "trace"), [(0, Absent), (1798, Absent), (1801, Unclear)])
def test_whatever_else_of_ours_is_seen_and_younger_than_the_lag_is_newer_than_a_doubt_that_is_older(
    provider: Mailgun, fake: FakeMailgun, clock: Clock, message_to: MessageTo, age: int, trace: type
) -> None:
    fake.lag, clock.now = 0, 7200
    provider.send("een-proefmail", [message_to(3)], lambda: True)
    clock.now += age
    assert provider.look_up("proef-7", [message_to(1)]) == [trace(delivery="d1")]


def test_whatever_came_after_it_was_first_looked_for_is_newer_however_long_ago_that_was(
    provider: Mailgun, fake: FakeMailgun, clock: Clock, message_to: MessageTo
) -> None:
    fake.lag = 0
    provider.send("een-eerdere", [message_to(3)], lambda: True)
    clock.now = 3600
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]
    clock.now += 60
    provider.send("een-proefmail", [message_to(3)], lambda: True)
    clock.now += 3 * 3600
    assert provider.look_up("proef-8", [message_to(1)]) == [Unclear(delivery="d1")]
    assert provider.look_up("proef-7", [message_to(1)]) == [Absent(delivery="d1")]


@pytest.mark.parametrize("date", ["", "gisteren", "Sat, 28 Nov 2026 07:30:00"])
def test_without_mailguns_own_clock_nothing_is_known_to_be_young(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo, date: str
) -> None:
    fake.lag = 0
    provider.send("een-proefmail", [message_to(3)], lambda: True)
    answers = ({"items": []}, {"items": [event for _, event in fake.events]})
    fake.order(*(httpx.Response(200, json=answer, headers={"Date": date}) for answer in answers))
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]


def test_an_account_that_may_not_look_proves_nothing(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    fake.sees = False
    with pytest.raises(RequestRefused, match="401 Forbidden"):
        provider.look_up("proef-7", [message_to(1)])


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.RESET, Fault.ERROR_500_AFTER])
def test_a_look_up_that_fails_proves_nothing(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo, fault: Fault
) -> None:
    fake.order(fault)
    with pytest.raises(NotSent):
        provider.look_up("proef-7", [message_to(1)])
    fake.order(Fault.GARBLED_AFTER)
    assert provider.look_up("proef-7", [message_to(1)]) == [Unclear(delivery="d1")]


def test_the_name_is_asked_for_as_events_spell_it_and_no_time_is(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    provider.look_up("proef-7", [message_to(1)])
    asked = dict(fake.requests[0].url.params)
    assert asked == {"event": "accepted", "message-id": "proef-7@mg.example.nl", "ascending": "no", "limit": "1"}
