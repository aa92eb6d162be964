"""Mailgun over a real port: the last byte, and connections that break before and after it."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import waited
from ports import reserved
from providers.fakes.mailgun_api import FakeMailgun
from providers.fakes.wire import Fault, serving

from newsletter.model.mail import Message
from newsletter.providers._base import Absent, Accepted, InDoubt, NotSent
from newsletter.providers.mailgun import Mailgun, Settings

MessageTo = Callable[..., Message]


@pytest.fixture
def fake() -> FakeMailgun:
    return FakeMailgun()


@pytest.fixture
def url(fake: FakeMailgun) -> Iterator[str]:
    with serving(fake) as url:
        yield url


def provider_at(url: str, timeout: float = 10) -> Mailgun:
    return Mailgun(
        Settings.model_validate({"key": "key-proef", "domain": "mg.example.nl", "url": url, "timeout": timeout})
    )


@pytest.fixture
def provider(url: str) -> Iterator[Mailgun]:
    with closing(provider_at(url)) as provider:
        yield provider


def test_batches_and_look_ups_go_over_one_connection(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    for batch in range(3):
        provider.send(f"proef-{batch}", [message_to(n) for n in range(20)], lambda: True)
        assert isinstance(provider.look_up(f"proef-{batch}", [message_to(1)])[0], Accepted)
    assert (len(fake.mails), fake.connections) == (60, 1)


def test_a_no_of_the_guard_holds_the_last_byte_back_and_nothing_is_taken(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    with pytest.raises(NotSent, match="stopped before its last byte"):
        provider.send("proef-1", [message_to(1)], lambda: False)
    assert not fake.requests
    assert isinstance(provider.send("proef-2", [message_to(2)], lambda: True)[0], Accepted)
    assert len(fake.mails) == 1


def test_a_reset_in_the_middle_of_the_body_has_sent_nothing(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    fake.order(Fault.RESET_IN_BODY)
    big = message_to(text=("Een heel lange brief. " * 1_000_000,))
    with pytest.raises(NotSent, match="cannot be reached"):
        provider.send("proef-1", [big], lambda: True)
    assert not fake.mails


@pytest.mark.parametrize(
    ("fault", "is_taken"),
    [
        (Fault.SILENCE, False),
        (Fault.SILENCE_AFTER, True),
        (Fault.RESET, False),
        (Fault.RESET_AFTER, True),
        (Fault.GARBLED_AFTER, True),
        (Fault.ERROR_500_AFTER, True),
    ],
)
def test_an_answer_lost_after_the_last_byte_is_a_doubt_and_a_look_up_tells_what_was_done(
    url: str, fake: FakeMailgun, message_to: MessageTo, fault: Fault, is_taken: bool
) -> None:
    with closing(provider_at(url)) as provider:
        provider.send("proef-1", [message_to(1)], lambda: True)
    fake.order(fault)
    with closing(provider_at(url, timeout=0.5)) as provider, pytest.raises(InDoubt):
        provider.send("proef-2", [message_to(2)], lambda: True)
    waited.until(lambda: len(fake.requests) == 2 and len(fake.mails) == 1 + is_taken)  # it may have lost patience first
    with closing(provider_at(url)) as provider:
        (trace,) = provider.look_up("proef-2", [message_to(2)])
    assert (len(fake.mails), type(trace)) == ((2, Accepted) if is_taken else (1, Absent))


def test_an_api_that_is_not_there_has_been_sent_nothing(message_to: MessageTo) -> None:
    asked: list[str] = []
    with reserved() as port, closing(provider_at(f"http://127.0.0.1:{port}")) as provider:
        with pytest.raises(NotSent, match="Mailgun cannot be reached"):
            provider.send("proef-1", [message_to()], lambda: not asked.append("?"))
        with pytest.raises(NotSent, match="Mailgun cannot be reached"):
            provider.look_up("proef-1", [message_to()])
    assert not asked
