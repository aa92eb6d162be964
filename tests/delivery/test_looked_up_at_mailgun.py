"""What the provider says of its look-ups holds: Mailgun's events come late, and are forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from doubtful import LOOKS_UP, Doubtful, Post, doubtful
from post_office import REMEMBERS, Office
from providers.fakes.mailgun_api import FakeMailgun
from told_off import NAMES

from newsletter.model.mail import Message
from newsletter.providers._base import Capabilities, Trace
from newsletter.providers.mailgun import Mailgun, Settings
from newsletter.store.database import Store

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
IN_DOUBT = dict.fromkeys(NAMES, "in doubt")


@pytest.fixture
def fake() -> FakeMailgun:
    return FakeMailgun(lag=1790, ticks=lambda: 0.0)


@pytest.fixture
def make(store: Store, tmp_path: Path, fake: FakeMailgun) -> Callable[..., Doubtful]:
    """``make(send=False)``: readers in doubt, by a request to Mailgun."""

    def make(*, send: bool = True) -> Doubtful:
        settings = Settings.model_validate({"key": "key-proef", "domain": "mg.example.nl"})
        doubt = doubtful(store, tmp_path, Mailgun(settings, transport=fake.transport()), send=send)
        doubt.provider.send(doubt.run.attempt_id(doubt.attempt.id + 1), doubt.messages[:1], lambda: True)
        fake.ticks = doubt.clock.ticks
        return doubt

    return make


@pytest.mark.parametrize(("send", "became"), [(True, "accepted"), (False, "waiting")])
def test_a_doubt_is_settled_once_the_events_are_there_and_not_before(
    make: Callable[..., Doubtful], fake: FakeMailgun, send: bool, became: str
) -> None:
    doubt = make(send=send)
    doubt.settle(after=29 * MINUTE)
    assert doubt.states() == IN_DOUBT
    doubt.settle(after=35 * MINUTE)  # whoever looked before had it for himself till then
    assert doubt.states() == dict.fromkeys(NAMES, became)
    assert len(fake.mails) == (4 if send else 0) + 1


def test_the_last_doubt_of_a_run_ends_once_a_test_mail_is_seen(
    make: Callable[..., Doubtful], fake: FakeMailgun
) -> None:
    doubt = make(send=False)
    fake.lag = 0
    fake.events.clear()
    doubt.settle(after=31 * MINUTE)
    assert doubt.states() == IN_DOUBT
    doubt.clock.now += HOUR
    doubt.provider.send("een-proefmail", doubt.messages[:1], lambda: True)
    doubt.settle(after=31 * MINUTE + HOUR)
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")


def test_where_no_event_may_be_looked_at_a_doubt_stays_one(make: Callable[..., Doubtful], fake: FakeMailgun) -> None:
    doubt = make()
    fake.sees = False
    doubt.settle(after=31 * MINUTE)
    assert doubt.states() == IN_DOUBT


def test_what_was_forgotten_is_not_taken_for_what_never_was(make: Callable[..., Doubtful], fake: FakeMailgun) -> None:
    doubt = make()
    del fake.events[:-1]
    doubt.settle(after=20 * HOUR)
    assert doubt.states() == IN_DOUBT


class Slow(Post):
    """A provider whose answer is read hours later."""

    made: Doubtful

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        self.made.clock.now += 20 * HOUR
        return super().look_up(attempt, messages)


def test_a_look_up_that_takes_longer_than_is_remembered_proves_no_absence(store: Store, tmp_path: Path) -> None:
    post = Slow(replace(LOOKS_UP, memory=20 * HOUR))
    post.made = doubtful(store, tmp_path, post, send=False)
    post.made.settle(after=HOUR)
    assert post.made.states() == IN_DOUBT
    assert len(post.asked) == 1


@pytest.mark.parametrize(("after", "sent"), [(29 * MINUTE, 0), (31 * MINUTE, 1), (20 * HOUR, 0)])
def test_a_notice_is_looked_up_within_the_same_times(
    office_with: Callable[[Capabilities], Office], after: timedelta, sent: int
) -> None:
    office = office_with(replace(REMEMBERS, lag=30 * MINUTE, memory=20 * HOUR))
    office.sign_up()
    office.post.fates.append("lose")
    office.courier.drain()
    office.clock.now += after
    office.new_courier().drain()
    assert len(office.post.taken) == sent
    assert office.notice().state == ("accepted" if sent else "in doubt")
