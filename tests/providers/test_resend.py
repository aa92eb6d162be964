"""Resend: what a request holds, and what becomes of each reader."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from providers.fakes.mail_server import readable
from providers.fakes.resend_api import FakeResend
from providers.strategies import LINES
from pydantic import ValidationError

from newsletter import __version__, mime
from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, InDoubt, Refused, RequestRefused
from newsletter.providers.resend import Resend, Settings

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
MessageTo = Callable[..., Message]


def provider_for(fake: FakeResend, key: str = "re_proef") -> Resend:
    return Resend(Settings.model_validate({"key": key}), transport=fake.transport(), clock=lambda: NOW)


@pytest.fixture
def fake() -> FakeResend:
    return FakeResend()


@pytest.fixture
def provider(fake: FakeResend) -> Iterator[Resend]:
    with closing(provider_for(fake)) as provider:
        yield provider


def test_a_hundred_readers_are_mailed_in_one_request(provider: Resend, fake: FakeResend, message_to: MessageTo) -> None:
    messages = [message_to(n) for n in range(100)]
    outcomes = provider.send("a1", messages, lambda: True)
    assert [outcome.delivery for outcome in outcomes] == [message.delivery for message in messages]
    assert [request.url.path for request in fake.requests] == ["/emails/batch"]
    assert outcomes[41] == Accepted(delivery="d41", provider_id="49a3999c-0ce1-4ea6-ab68-000000000042")


def test_a_mail_holds_what_the_message_holds(provider: Resend, fake: FakeResend, message_to: MessageTo) -> None:
    message = message_to(7, name="Anna de Wit", subject="De dijk, en wie erop loopt — deel 2")
    provider.send("a1", [message], lambda: True)
    (mail,) = fake.mails
    assert mail == {
        "from": "De Heuvelbode <weekbrief@example.nl>",
        "to": ["Anna de Wit <lezer7@example.org>"],
        "reply_to": ["redactie@example.nl"],
        "subject": "De dijk, en wie erop loopt — deel 2",
        "html": message.html,
        "text": message.text,
        "headers": mime.list_headers(message),
        "tags": [{"name": "delivery", "value": "d7"}, {"name": "attempt", "value": "a1"}],
    }


def test_one_click_unsubscribe_travels_in_the_headers(
    provider: Resend, fake: FakeResend, message_to: MessageTo
) -> None:
    message = message_to()
    provider.send("a1", [message], lambda: True)
    headers = fake.mails[0]["headers"]
    assert headers["List-Unsubscribe"] == f"<{message.unsubscribe}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_request_says_who_asks_with_which_key_and_under_which_id(
    provider: Resend, fake: FakeResend, message_to: MessageTo
) -> None:
    provider.send("a1", [message_to()], lambda: True)
    headers = fake.requests[0].headers
    assert headers["authorization"] == "Bearer re_proef"
    assert headers["user-agent"] == f"newsletter/{__version__}"
    assert headers["idempotency-key"] == "a1"
    assert headers["x-batch-validation"] == "permissive"
    assert "transfer-encoding" not in headers


def test_a_request_made_again_is_the_same_to_the_byte_and_gets_the_old_answer(
    fake: FakeResend, message_to: MessageTo
) -> None:
    messages = [message_to(n, name="Jürgen") for n in range(3)]
    first = provider_for(fake).send("a1", messages, lambda: True)
    second = provider_for(fake).send("a1", messages, lambda: True)
    assert first == second
    assert fake.requests[0].content == fake.requests[1].content
    assert len(fake.mails) == 3


def test_an_embedded_message_goes_alone_and_carries_its_pictures(
    provider: Resend, fake: FakeResend, message_of: Callable[[str], Message], message_to: MessageTo
) -> None:
    pictures = message_of("reference").edition.pictures
    outcomes = provider.send("a1", [message_to(embedded=True, pictures=pictures)], lambda: True)
    assert fake.requests[0].url.path == "/emails"
    assert isinstance(outcomes[0], Accepted)
    attachments = fake.mails[0]["attachments"]
    assert [attachment["content_id"] for attachment in attachments] == [picture.name for picture in pictures]
    assert {attachment["content_type"] for attachment in attachments} == {"image/jpeg"}
    assert base64.b64decode(attachments[0]["content"]) == pictures[0].data


def test_several_embedded_messages_are_no_request(provider: Resend, fake: FakeResend, message_to: MessageTo) -> None:
    assert not provider.capabilities.batch_embedded
    with pytest.raises(ValueError, match="unpack"):
        provider.send("a1", [message_to(1, embedded=True), message_to(2, embedded=True)], lambda: True)
    assert not fake.requests


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(name=LINES, subject=LINES)
def test_any_name_and_subject_arrive_readable(
    provider: Resend, fake: FakeResend, message_to: MessageTo, name: str, subject: str
) -> None:
    provider.send(f"a{len(fake.requests)}", [message_to(name=name, subject=subject)], lambda: True)
    (to,) = fake.mails[-1]["to"]
    spelt, _, address = to.rpartition(" ")
    assert (readable(spelt), address) == (name, "<lezer1@example.org>")
    assert fake.mails[-1]["subject"] == subject


def test_a_sender_of_any_letters_is_neither_quoted_nor_encoded(
    provider: Resend, fake: FakeResend, message_to: MessageTo
) -> None:
    message = message_to(sender="'t Süden <weekbrief@example.nl>")
    provider.send("a1", [message], lambda: True)
    assert fake.mails[0]["from"] == "'t Süden <weekbrief@example.nl>"


def test_a_sender_without_a_name_is_an_address_alone(provider: Resend, fake: FakeResend, message_to: MessageTo) -> None:
    provider.send("a1", [message_to(sender="weekbrief@example.nl")], lambda: True)
    assert fake.mails[0]["from"] == "weekbrief@example.nl"


def test_domains_of_other_letters_are_spelt_in_ascii(provider: Resend, fake: FakeResend, message_to: MessageTo) -> None:
    fake.domains = ("xn--strae-oqa.example",)
    provider.send("a1", [message_to(address="anna@straße.example", sender="W <w@straße.example>")], lambda: True)
    assert fake.mails[0]["from"] == "W <w@xn--strae-oqa.example>"
    assert fake.mails[0]["to"] == ["anna@xn--strae-oqa.example"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(bad=st.sets(st.integers(0, 6), max_size=6))
def test_each_reader_gets_the_outcome_of_the_own_place(message_to: MessageTo, bad: set[int]) -> None:
    fake = FakeResend(bad={f"lezer{n}@example.org" for n in bad})
    outcomes = provider_for(fake).send("a1", [message_to(n) for n in range(7)], lambda: True)
    assert {n for n, outcome in enumerate(outcomes) if isinstance(outcome, Refused)} == bad
    taken = {outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)}
    assert len(taken) == 7 - len(bad)
    for outcome in outcomes:
        if isinstance(outcome, Accepted):
            place = int(str(outcome.provider_id)[-12:]) - 1
            assert {"name": "delivery", "value": outcome.delivery} in fake.mails[place]["tags"]


@pytest.mark.parametrize("embedded", [False, True])
def test_a_lone_reader_is_refused_in_resends_words(message_to: MessageTo, embedded: bool) -> None:
    fake = FakeResend(bad={"lezer1@example.org"})
    (outcome,) = provider_for(fake).send("a1", [message_to(1, embedded=embedded)], lambda: True)
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("Invalid `to` field.")
    assert outcome.hint == "Correct the address, or take it out."


def test_when_every_message_fails_for_a_reason_that_is_no_readers_the_request_is_refused(
    provider: Resend, fake: FakeResend, message_to: MessageTo
) -> None:
    said = "The example.nl domain is not verified."
    fake.order(httpx.Response(200, json={"data": [], "errors": [{"index": n, "message": said} for n in (0, 1)]}))
    with pytest.raises(RequestRefused, match=r"example\.nl domain is not verified") as caught:
        provider.send("a1", [message_to(1), message_to(2)], lambda: True)
    assert "resend.com/domains" in caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [{"id": "x"}]},
        {"data": [{"id": "x"}, {"id": "y"}, {"id": "z"}]},
        {"data": [{"id": "x"}], "errors": [{"index": 2, "message": "m"}]},
        {"data": [{"id": "x"}], "errors": [{"index": -1, "message": "m"}]},
        {"data": [], "errors": [{"index": 1, "message": "`to`"}, {"index": 1, "message": "`to`"}]},
        {"data": [{"id": "x"}], "errors": [{"index": 1, "message": "`to`"}, {"index": 1, "message": "`to`"}]},
        {"data": [{"id": "x"}, {"id": ""}]},
        {"data": [{"id": "x"}, {}]},
        {"data": {}},
        {"ok": True},
        [],
        "ok",
        None,
    ],
)
def test_an_answer_that_does_not_account_for_every_message_is_a_doubt(
    provider: Resend, fake: FakeResend, message_to: MessageTo, answer: object
) -> None:
    fake.order(httpx.Response(200, json=answer))
    with pytest.raises(InDoubt):
        provider.send("a1", [message_to(1), message_to(2)], lambda: True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    content=st.binary(max_size=60) | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_a_garbled_answer_is_a_doubt_and_never_a_traceback(message_to: MessageTo, content: bytes) -> None:
    fake = FakeResend()
    fake.order(httpx.Response(200, content=content))
    with pytest.raises(InDoubt):
        provider_for(fake).send("a1", [message_to(1)], lambda: True)


@pytest.mark.parametrize(
    "url", ["https://api.resend.com", "https://eu.example/x", "http://127.0.0.1:8025", "http://[::1]:1"]
)
def test_a_key_travels_encrypted_or_stays_on_this_machine(url: str) -> None:
    assert Settings.model_validate({"key": "k", "url": url}).url == url


@pytest.mark.parametrize("url", ["http://api.resend.com", "http://127.0.0.1.example.org", "ftp://127.0.0.1"])
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="does not travel in the clear"):
        Settings.model_validate({"key": "k", "url": url})


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1", "", "https://", "https://a:b", "https://[", "https://mail..example", "https://u:p@example.org"],
)
def test_what_is_no_address_of_an_api_is_refused_before_anything_is_connected(url: str) -> None:
    with pytest.raises(ValidationError, match="must be a web address"):
        Settings.model_validate({"key": "k", "url": url})


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"key": ""},
        {"key": "re_ü"},
        {"key": "re_x\n"},
        {"key": "k", "timeout": 0},
        {"key": "k", "timeout": float("inf")},
    ],
)
def test_settings_that_cannot_work_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(table)


def test_the_key_is_in_no_representation() -> None:
    assert "re_geheim" not in repr(Settings.model_validate({"key": "re_geheim"}))


def test_it_says_what_may_be_asked_of_it(provider: Resend) -> None:
    asked = provider.capabilities
    assert (asked.batch_messages, asked.idempotency, asked.look_up) == (100, timedelta(hours=24), False)


class BreaksAtTheLastByte(httpx.BaseTransport):
    """Takes the body piece by piece, as a connection does, and breaks with the last one in hand."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = iter(request.stream)  # type: ignore[call-overload]
        next(body)
        assert next(body) == b"]"
        raise httpx.WriteError("Connection reset by peer")


def test_what_breaks_while_the_last_byte_leaves_is_a_doubt(message_to: MessageTo) -> None:
    provider = Resend(Settings.model_validate({"key": "k"}), transport=BreaksAtTheLastByte())
    with pytest.raises(InDoubt):
        provider.send("a1", [message_to(1)], lambda: True)
