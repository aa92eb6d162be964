"""Resend over a real port: the last byte, and connections that break before and after it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import waited
from ports import reserved
from providers.fakes import resend_api
from providers.fakes.resend_api import FakeResend, Fault

from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, InDoubt, NotSent
from newsletter.providers.resend import Resend, Settings

MessageTo = Callable[..., Message]


@pytest.fixture
def fake() -> FakeResend:
    return FakeResend()


@pytest.fixture
def url(fake: FakeResend) -> Iterator[str]:
    with resend_api.serving(fake) as url:
        yield url


def provider_at(url: str, timeout: float = 10) -> Resend:
    return Resend(Settings.model_validate({"key": "re_proef", "url": url, "timeout": timeout}))


@pytest.fixture
def provider(url: str) -> Iterator[Resend]:
    with closing(provider_at(url)) as provider:
        yield provider


def test_batches_go_out_over_one_connection(provider: Resend, fake: FakeResend, message_to: MessageTo) -> None:
    for batch in range(3):
        outcomes = provider.send(f"a{batch}", [message_to(n) for n in range(20)], lambda: True)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert (len(fake.mails), fake.connections) == (60, 1)


def test_a_no_of_the_guard_holds_the_last_byte_back_and_nothing_is_taken(
    provider: Resend, fake: FakeResend, message_to: MessageTo
) -> None:
    with pytest.raises(NotSent, match="stopped before its last byte"):
        provider.send("a1", [message_to(1)], lambda: False)
    assert not fake.requests
    assert isinstance(provider.send("a2", [message_to(2)], lambda: True)[0], Accepted)
    assert len(fake.mails) == 1


def test_the_guard_is_asked_when_all_but_the_last_byte_has_left(message_to: MessageTo) -> None:
    arrived = b""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def guard() -> bool:
            nonlocal arrived
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(0.3)
                arrived = read_all(connection)
            return False

        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with closing(provider_at(url)) as provider, pytest.raises(NotSent):
            provider.send("a1", [message_to(1)], guard)
    head, _, body = arrived.partition(b"\r\n\r\n")
    assert f"content-length: {len(body) + 1}".encode() in head.lower()


def read_all(connection: socket.socket) -> bytes:
    """Read until nothing more comes."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except TimeoutError:
        pass
    return received


def test_a_reset_in_the_middle_of_the_body_has_sent_nothing(
    provider: Resend, fake: FakeResend, message_to: MessageTo
) -> None:
    fake.order(Fault.RESET_IN_BODY)
    big = message_to(text=("Een heel lange brief. " * 1_000_000,))
    with pytest.raises(NotSent, match="cannot be reached"):
        provider.send("a1", [big], lambda: True)
    assert not fake.mails


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        (Fault.SILENCE, 0),
        (Fault.SILENCE_AFTER, 1),
        (Fault.RESET, 0),
        (Fault.RESET_AFTER, 1),
        (Fault.GARBLED_AFTER, 1),
        (Fault.ERROR_500_AFTER, 1),
    ],
)
def test_an_answer_lost_after_the_last_byte_is_a_doubt_whatever_was_done_and_a_repetition_settles_it(
    url: str, fake: FakeResend, message_to: MessageTo, fault: Fault, taken: int
) -> None:
    fake.order(fault)
    with closing(provider_at(url, timeout=0.5)) as provider, pytest.raises(InDoubt):
        provider.send("a1", [message_to(1)], lambda: True)
    waited.until(lambda: fake.requests and len(fake.mails) == taken)  # it may have lost patience first
    with closing(provider_at(url)) as provider:
        assert isinstance(provider.send("a1", [message_to(1)], lambda: True)[0], Accepted)
    assert len(fake.mails) == 1


def test_an_api_that_is_not_there_has_been_sent_nothing(message_to: MessageTo) -> None:
    asked: list[str] = []
    with (
        reserved() as port,
        closing(provider_at(f"http://127.0.0.1:{port}")) as provider,
        pytest.raises(NotSent, match="cannot be reached"),
    ):
        provider.send("a1", [message_to()], lambda: not asked.append("?"))
    assert not asked


def test_the_environments_proxies_are_not_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with closing(provider_at(url)) as provider:
        assert provider.verify().verified
