"""Mailgun's errors, and what each of them allows to be done next."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from providers.fakes.mailgun_api import FakeMailgun, Fault, error

from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, InDoubt, NotSent, ReaderAtFault, RequestRefused, ThrottledUntil
from newsletter.providers.mailgun import Mailgun, Settings

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
MessageTo = Callable[..., Message]


def provider_for(fake: FakeMailgun, key: str = "key-proef") -> Mailgun:
    settings = Settings.model_validate({"key": key, "domain": "mg.example.nl"})
    return Mailgun(settings, transport=fake.transport(), clock=lambda: NOW)


@pytest.fixture
def fake() -> FakeMailgun:
    return FakeMailgun()


def refusal_of(fake: FakeMailgun, message: Message, response: httpx.Response) -> Exception:
    """What a response to one message becomes."""
    fake.order(response)
    with pytest.raises((RequestRefused, ThrottledUntil, NotSent, InDoubt)) as caught:
        provider_for(fake).send("proef-7", [message], lambda: True)
    assert not fake.mails
    return caught.value


@pytest.mark.parametrize(
    ("said", "headers", "seconds"),
    [
        ("account-requests-per-sec limit exceeded, try again after 120 seconds", {}, 120),
        ("recipient limit exceeded, try again after Sat, 28 Nov 2026 07:30:00 GMT", {}, 5400),
        ("recipient limit exceeded, try again after Sat, 28 Nov 2026 05:00:00 GMT", {}, 1),
        ("hourly limit exceeded, try again after tomorrow at noon", {}, 60),
        ("try again after 999999999 seconds", {}, 24 * 3600),
        ("try again after 0 seconds", {}, 1),
        ("Too many requests", {"retry-after": "7"}, 7),
        ("Too many requests", {"retry-after": "straks"}, 60),
        ("Too many requests", {}, 60),
    ],
)
def test_a_limit_is_waited_out_as_long_as_it_says(
    fake: FakeMailgun, message_to: MessageTo, said: str, headers: dict[str, str], seconds: int
) -> None:
    caught = refusal_of(fake, message_to(), error(429, f"Domain mg.example.nl is not allowed to send: {said}", headers))
    assert isinstance(caught, ThrottledUntil)
    assert caught.until == NOW + timedelta(seconds=seconds)


def test_a_limit_is_one_under_another_status_too(fake: FakeMailgun, message_to: MessageTo) -> None:
    caught = refusal_of(fake, message_to(), error(403, "recipient limit exceeded, try again after 300 seconds"))
    assert isinstance(caught, ThrottledUntil)
    assert caught.until == NOW + timedelta(minutes=5)


def test_a_429_of_a_gateway_is_a_limit_too(fake: FakeMailgun, message_to: MessageTo) -> None:
    caught = refusal_of(fake, message_to(), httpx.Response(429, text="<h1>Slow down</h1>"))
    assert isinstance(caught, ThrottledUntil)
    assert caught.sentence == "Mailgun says: 429 Too Many Requests"


@pytest.mark.parametrize(
    ("response", "sentence", "words"),
    [
        (httpx.Response(401, text="Forbidden"), "401 Forbidden", "NEWSLETTER_MAILGUN_KEY"),
        (error(402, "Payment Required"), "402 Payment Required", "plan of the account"),
        (
            error(403, "Domain mg.example.nl is not allowed to send large batches yet"),
            "403 Domain mg.example.nl is not allowed to send large batches yet",
            "may not send large batches yet",
        ),
        (error(404, "Domain not found: mg.example.nl"), "404 Domain not found: mg.example.nl", "api.eu.mailgun.net"),
        (httpx.Response(413, text="<html>too large</html>"), "413 Request Entity Too Large", "embed no pictures"),
        (error(400, "from parameter is not a valid address"), "400 from parameter is not a valid address", "`from`"),
        (error(400, "'h:Reply-To' parameter is wrong"), "400 'h:Reply-To' parameter is wrong", "`reply_to`"),
        (error(400, "reply-to parameter is wrong"), "400 reply-to parameter is wrong", "`reply_to`"),
        (
            error(400, "Sandbox subdomains are for test purposes only. Please add your own domain."),
            "400 Sandbox subdomains are for test purposes only. Please add your own domain.",
            "[send.mailgun]",
        ),
        (error(400, "Too many recipients, max is 1000"), "400 Too many recipients, max is 1000", ""),
        (error(400, "h:X limited to 16KB total"), "400 h:X limited to 16KB total", ""),
        (httpx.Response(400), "400 Bad Request", ""),
        (httpx.Response(301, headers={"location": "https://elders.example"}), "301 Moved Permanently", ""),
    ],
)
def test_what_is_wrong_with_the_request_refuses_it_and_says_what_to_do(
    fake: FakeMailgun, message_to: MessageTo, response: httpx.Response, sentence: str, words: str
) -> None:
    caught = refusal_of(fake, message_to(), response)
    assert isinstance(caught, RequestRefused)
    assert not isinstance(caught, ReaderAtFault)
    assert caught.sentence == f"Mailgun says: {sentence}"
    assert words in caught.hint
    assert bool(words) == bool(caught.hint)


@pytest.mark.parametrize("said", ["to parameter is not a valid address", "'to' parameter is …, from …", "Iets anders."])
def test_what_may_be_one_readers_fault_is_said_to_be_so(fake: FakeMailgun, message_to: MessageTo, said: str) -> None:
    assert isinstance(refusal_of(fake, message_to(), error(400, said)), ReaderAtFault)


def test_one_bad_address_takes_the_whole_request_along_and_is_found_by_halving(message_to: MessageTo) -> None:
    fake = FakeMailgun(bad={"lezer5@example.org"})
    provider, waiting, refused = provider_for(fake), [[message_to(n) for n in range(8)]], []
    while waiting:
        messages = waiting.pop()
        try:
            provider.send(f"proef-{len(fake.requests)}", messages, lambda: True)
        except ReaderAtFault:
            middle = len(messages) // 2
            refused += messages if len(messages) == 1 else []
            waiting += [messages[:middle], messages[middle:]] if middle else []
    assert [message.subscriber.address for message in refused] == ["lezer5@example.org"]
    assert sorted(mail.address for mail in fake.mails) == [f"lezer{n}@example.org" for n in range(8) if n != 5]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_after_a_failure_of_theirs_nobody_knows(fake: FakeMailgun, message_to: MessageTo, status: int) -> None:
    said = "Temporarily unavailable, please try again in 30 seconds"
    assert isinstance(refusal_of(fake, message_to(), error(status, said)), InDoubt)


@pytest.mark.parametrize("fault", [Fault.SILENCE_AFTER, Fault.RESET_AFTER, Fault.GARBLED_AFTER, Fault.ERROR_500_AFTER])
def test_an_answer_lost_after_it_was_taken_is_a_doubt_that_a_look_up_settles(
    fake: FakeMailgun, message_to: MessageTo, fault: Fault
) -> None:
    fake.order(fault)
    messages = [message_to(1), message_to(2)]
    with pytest.raises(InDoubt):
        provider_for(fake).send("proef-7", messages, lambda: True)
    traces = provider_for(fake).look_up("proef-7", messages)
    assert traces == [Accepted(delivery="d1"), Accepted(delivery="d2")]


def test_a_wrong_key_is_told_of_by_sending_and_by_logging_in(fake: FakeMailgun, message_to: MessageTo) -> None:
    provider = provider_for(fake, "key-ander")
    for ask in (provider.verify, lambda: provider.send("proef-7", [message_to()], lambda: True)):
        with pytest.raises(RequestRefused, match="401 Forbidden"):
            ask()


def test_a_key_that_may_only_send_is_told_of_by_logging_in(message_to: MessageTo) -> None:
    fake = FakeMailgun(sees=False)
    assert provider_for(fake).send("proef-7", [message_to()], lambda: True)
    with pytest.raises(RequestRefused, match="401 Forbidden"):
        provider_for(fake).verify()


def test_logging_in_says_which_domain_it_knows(fake: FakeMailgun) -> None:
    login = provider_for(fake).verify()
    assert (login.verified, login.sentence) == (True, "Mailgun took the key, and knows mg.example.nl.")
    fake.order(httpx.Response(200, json={"iets": "anders"}), error(500, "Internal Server Error"))
    assert not provider_for(fake).verify().verified
    with pytest.raises(NotSent, match="500 Internal Server Error"):
        provider_for(fake).verify()
