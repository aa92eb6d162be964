"""Resend's errors, and what each of them allows to be done next."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from providers.fakes.resend_api import FakeResend, Fault, error

from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, InDoubt, NotSent, ReaderAtFault, RequestRefused, ThrottledUntil
from newsletter.providers.resend import Resend, Settings

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)

MessageTo = Callable[..., Message]


def provider_for(fake: FakeResend, key: str = "re_proef") -> Resend:
    return Resend(Settings.model_validate({"key": key}), transport=fake.transport(), clock=lambda: NOW)


@pytest.fixture
def fake() -> FakeResend:
    return FakeResend()


def refusal_of(fake: FakeResend, message: Message, response: httpx.Response) -> Exception:
    """What a response to one message becomes."""
    fake.order(response)
    with pytest.raises((RequestRefused, ThrottledUntil, NotSent, InDoubt)) as caught:
        provider_for(fake).send("a1", [message], lambda: True)
    assert not fake.mails
    return caught.value


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3", "ratelimit-reset": "9"}, 3),
        ({"ratelimit-reset": "9"}, 9),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "straks"}, 1),
        ({"retry-after": "9" * 400}, 24 * 3600),
        ({}, 1),
    ],
)
def test_a_rate_is_waited_out_as_long_as_the_headers_say(
    fake: FakeResend, message_to: MessageTo, headers: dict[str, str], seconds: int
) -> None:
    caught = refusal_of(fake, message_to(), error(429, "rate_limit_exceeded", "Too many requests.", headers))
    assert isinstance(caught, ThrottledUntil)
    assert caught.until == NOW + timedelta(seconds=seconds)


def test_a_429_of_a_gateway_is_a_rate_too(fake: FakeResend, message_to: MessageTo) -> None:
    caught = refusal_of(fake, message_to(), httpx.Response(429, text="<h1>Slow down</h1>"))
    assert isinstance(caught, ThrottledUntil)


def test_the_quota_of_a_day_is_waited_out_for_a_day_whatever_the_headers_of_the_rate_say(
    fake: FakeResend, message_to: MessageTo
) -> None:
    said = error(429, "daily_quota_exceeded", "You have reached your daily email quota.", {"ratelimit-reset": "1"})
    caught = refusal_of(fake, message_to(), said)
    assert isinstance(caught, ThrottledUntil)
    assert caught.until == NOW + timedelta(hours=24)
    assert "Nothing more is taken before 2026-11-29 06:00:00 UTC." in caught.hint


def test_the_quota_of_a_month_pauses_the_run_as_only_a_person_can_raise_it(
    fake: FakeResend, message_to: MessageTo
) -> None:
    said = error(429, "monthly_quota_exceeded", "You have reached your monthly email quota.")
    caught = refusal_of(fake, message_to(), said)
    assert isinstance(caught, RequestRefused)
    assert "larger plan" in caught.hint


@pytest.mark.parametrize(
    ("status", "name", "message", "words"),
    [
        (401, "missing_api_key", "Missing API key in the authorization header.", "NEWSLETTER_RESEND_KEY"),
        (403, "invalid_api_key", "API key is invalid.", "NEWSLETTER_RESEND_KEY"),
        (401, "restricted_api_key", "This API key is restricted to another domain.", "its permission and its domain"),
        (403, "validation_error", "The example.nl domain is not verified.", "resend.com/domains"),
        (403, "validation_error", "You can only send testing emails to your own address.", "resend.com/domains"),
        (422, "validation_error", "Invalid `from` field.", "takes no comma in the name"),
        (422, "validation_error", "Invalid `reply_to` field.", "`reply_to` under [sender]"),
        (413, "payload_too_large", "Too large.", "embed no pictures"),
        (400, "validation_error", "Something else.", ""),
        (451, "security_error", "The email payload contain invalid characters.", ""),
    ],
)
def test_what_is_wrong_with_the_request_refuses_it_and_says_what_to_do(
    fake: FakeResend, message_to: MessageTo, status: int, name: str, message: str, words: str
) -> None:
    caught = refusal_of(fake, message_to(), error(status, name, message))
    assert isinstance(caught, RequestRefused)
    assert caught.sentence == f"Resend says: {status} {name}: {message}"
    assert words in caught.hint
    assert bool(words) == bool(caught.hint)


@pytest.mark.parametrize(
    ("status", "name", "message", "reader"),
    [
        (422, "validation_error", "Invalid `headers` field.", True),
        (400, "validation_error", "Something else.", True),
        (422, "invalid_parameter", "The `subject` holds what it must not.", True),
        (422, "validation_error", "Invalid `from` field.", False),
        (400, "invalid_idempotency_key", "The key must be between 1-256 chars.", False),
        (422, "missing_required_field", "Missing `html` field.", False),
        (400, "", "", False),
        (401, "missing_api_key", "Missing API key.", False),
        (413, "payload_too_large", "Too large.", False),
        (451, "security_error", "The email payload contain invalid characters.", False),
    ],
)
def test_a_request_that_is_invalid_for_no_reason_all_share_may_be_one_readers_fault(
    fake: FakeResend, message_to: MessageTo, status: int, name: str, message: str, *, reader: bool
) -> None:
    fake.order(error(status, name, message))
    with pytest.raises(RequestRefused) as caught:
        provider_for(fake).send("a1", [message_to(1), message_to(2)], lambda: True)
    assert isinstance(caught.value, ReaderAtFault) == reader


def test_a_batch_of_which_every_message_is_invalid_may_be_a_readers_fault_unless_all_share_the_reason(
    fake: FakeResend, message_to: MessageTo
) -> None:
    for said, reader in (("Invalid `headers` field.", True), ("The example.nl domain is not verified.", False)):
        fake.order(httpx.Response(200, json={"data": [], "errors": [{"index": 0, "message": said}]}))
        with pytest.raises(RequestRefused) as caught:
            provider_for(fake).send("a1", [message_to(1)], lambda: True)
        assert isinstance(caught.value, ReaderAtFault) == reader


def test_an_address_that_is_only_a_redirection_refuses_the_request(fake: FakeResend, message_to: MessageTo) -> None:
    caught = refusal_of(fake, message_to(), httpx.Response(308, headers={"location": "https://elders.example/"}))
    assert isinstance(caught, RequestRefused)
    assert len(fake.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 529])
def test_a_failure_that_may_hide_an_acceptance_is_a_doubt(fake: FakeResend, message_to: MessageTo, status: int) -> None:
    assert isinstance(refusal_of(fake, message_to(), httpx.Response(status, text="<h1>Oops</h1>")), InDoubt)


def test_a_key_that_is_still_being_worked_on_is_a_doubt(fake: FakeResend, message_to: MessageTo) -> None:
    fake.busy.add("a1")
    with pytest.raises(InDoubt, match="concurrent_idempotent_requests"):
        provider_for(fake).send("a1", [message_to()], lambda: True)


def test_a_key_used_before_for_something_else_is_a_doubt_as_its_readers_were_mailed_something(
    fake: FakeResend, message_to: MessageTo
) -> None:
    provider_for(fake).send("a1", [message_to(1)], lambda: True)
    with pytest.raises(InDoubt, match="invalid_idempotent_request"):
        provider_for(fake).send("a1", [message_to(2)], lambda: True)
    assert len(fake.mails) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault.SILENCE_AFTER, Fault.RESET_AFTER, Fault.GARBLED_AFTER, Fault.FEWER_AFTER, Fault.ERROR_500_AFTER],
)
def test_a_doubt_settles_when_the_request_is_repeated_and_nobody_is_mailed_twice(
    fake: FakeResend, message_to: MessageTo, fault: Fault
) -> None:
    messages = [message_to(n) for n in range(3)]
    fake.order(fault)
    with pytest.raises(InDoubt):
        provider_for(fake).send("a1", messages, lambda: True)
    outcomes = provider_for(fake).send("a1", messages, lambda: True)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(fake.mails) == 3


def test_verifying_names_the_domains_of_the_key(fake: FakeResend) -> None:
    login = provider_for(fake).verify()
    assert login.verified
    assert login.sentence == "Resend took the key. Its domains: example.nl (verified)."


def test_a_key_that_may_only_send_is_verified_without_its_domains(fake: FakeResend) -> None:
    fake.sending_only = True
    login = provider_for(fake).verify()
    assert login.verified
    assert "may only send" in login.sentence


def test_a_wrong_key_is_refused_when_verifying(fake: FakeResend) -> None:
    with pytest.raises(RequestRefused, match="API key is invalid") as caught:
        provider_for(fake, "re_anders").verify()
    assert "NEWSLETTER_RESEND_KEY" in caught.value.hint


@pytest.mark.parametrize("order", [Fault.SILENCE, Fault.RESET, httpx.Response(503)])
def test_verifying_leaves_no_doubt(fake: FakeResend, order: Fault | httpx.Response) -> None:
    fake.order(order)
    with pytest.raises(NotSent):
        provider_for(fake).verify()


def test_verifying_waits_out_a_rate(fake: FakeResend) -> None:
    fake.order(error(429, "rate_limit_exceeded", "Too many requests.", {"retry-after": "2"}))
    with pytest.raises(ThrottledUntil):
        provider_for(fake).verify()


def test_a_list_of_domains_that_is_none_verifies_nothing(fake: FakeResend) -> None:
    fake.order(httpx.Response(200, text="<h1>Welkom</h1>"))
    assert not provider_for(fake).verify().verified
