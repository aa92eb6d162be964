"""Mailgun: what a request holds, and what becomes of its readers."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from providers.fakes.mailgun_api import FakeMailgun, parsed
from pydantic import ValidationError

from newsletter import __version__
from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, InDoubt, RequestRefused
from newsletter.providers.mailgun import Mailgun, Settings

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
KEYS = {"key": "key-proef", "domain": "mg.example.nl"}
MessageTo = Callable[..., Message]


def provider_for(fake: FakeMailgun, **keys: object) -> Mailgun:
    return Mailgun(Settings.model_validate({**KEYS, **keys}), transport=fake.transport(), clock=lambda: NOW)


@pytest.fixture
def fake() -> FakeMailgun:
    return FakeMailgun()


@pytest.fixture
def provider(fake: FakeMailgun) -> Iterator[Mailgun]:
    with closing(provider_for(fake)) as provider:
        yield provider


def test_a_thousand_readers_are_mailed_in_one_request_that_holds_the_edition_once(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    messages = [message_to(n) for n in range(1000)]
    outcomes = provider.send("proef-7", messages, lambda: True)
    assert outcomes == [Accepted(delivery=message.delivery, said="Queued. Thank you.") for message in messages]
    assert [mail.address for mail in fake.mails] == [message.subscriber.address for message in messages]
    (request,) = fake.requests
    assert len(parsed(request)[0]["html"]) == 1


def test_nobody_sees_who_else_gets_it(provider: Mailgun, fake: FakeMailgun, message_to: MessageTo) -> None:
    provider.send("proef-7", [message_to(1, name="Anna de Wit"), message_to(2)], lambda: True)
    assert [mail.to for mail in fake.mails] == ["Anna de Wit <lezer1@example.org>", "lezer2@example.org"]
    assert "lezer2" not in fake.mails[0].html + fake.mails[0].text + str(fake.mails[0].headers)


def test_one_click_unsubscribe_is_a_readers_own(provider: Mailgun, fake: FakeMailgun, message_to: MessageTo) -> None:
    messages = [message_to(1), message_to(2)]
    provider.send("proef-7", messages, lambda: True)
    for mail, message in zip(fake.mails, messages, strict=True):
        assert mail.headers["List-Unsubscribe"] == f"<{message.unsubscribe}>"
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail.custom == {"delivery": message.delivery, "attempt": "proef-7"}


def test_the_message_id_is_the_attempts_and_nothing_is_tracked(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    provider.send("proef-7", [message_to(1), message_to(2)], lambda: True)
    assert {mail.message_id for mail in fake.mails} == {"proef-7@mg.example.nl"}
    fields = fake.mails[0].fields
    assert {name: fields[name] for name in fields if name.startswith("o:")} == {
        "o:tracking": ["no"],
        "o:tracking-clicks": ["no"],
        "o:tracking-opens": ["no"],
    }


def test_a_request_says_who_asks_and_how_long_it_is(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    provider.send("proef-7", [message_to()], lambda: True)
    (request,) = fake.requests
    assert request.url == "https://api.mailgun.net/v3/mg.example.nl/messages"
    assert request.headers["user-agent"] == f"newsletter/{__version__}"
    assert request.headers["content-length"] == str(len(request.content))
    assert "transfer-encoding" not in request.headers


def test_a_request_made_again_is_the_same_to_the_byte(fake: FakeMailgun, message_to: MessageTo) -> None:
    for _ in range(2):
        provider_for(fake).send("proef-7", [message_to(n, name="Jürgen") for n in range(3)], lambda: True)
    assert fake.requests[0].content == fake.requests[1].content
    assert fake.requests[0].headers["content-type"] == fake.requests[1].headers["content-type"]


@pytest.mark.parametrize("readers", [1, 2])
def test_embedded_pictures_travel_once_and_go_by_their_names(
    provider: Mailgun,
    fake: FakeMailgun,
    message_of: Callable[[str], Message],
    message_to: MessageTo,
    readers: int,
) -> None:
    pictures = message_of("reference").edition.pictures
    messages = [message_to(n, embedded=True, pictures=pictures) for n in range(readers)]
    provider.send("proef-7", messages, lambda: True)
    for mail in fake.mails:
        assert mail.inline == {picture.name: picture.data for picture in pictures}
    assert provider.capabilities.batch_embedded


def test_pictures_that_are_fetched_do_not_travel(
    provider: Mailgun, fake: FakeMailgun, message_of: Callable[[str], Message], message_to: MessageTo
) -> None:
    provider.send("proef-7", [message_to(pictures=message_of("reference").edition.pictures)], lambda: True)
    assert not fake.mails[0].inline


def test_messages_of_two_editions_or_two_for_one_address_are_no_request(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    for messages in ([message_to(1), message_to(2, subject="Anders")], [message_to(1), message_to(1)]):
        with pytest.raises(ValueError, match=r"in common|one message"):
            provider.send("proef-7", messages, lambda: True)
    assert not fake.requests


def test_domains_of_other_letters_are_spelt_in_ascii(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    sender = '"\'t Süden, en meer" <w@straße.example>'
    messages = [message_to(1, address="anna@straße.example", sender=sender), message_to(2, sender=sender)]
    provider.send("proef-7", messages, lambda: True)
    assert fake.mails[0].to == "anna@xn--strae-oqa.example"
    assert fake.mails[0].variables
    assert fake.mails[0].fields["from"][0].endswith("?= <w@xn--strae-oqa.example>")


def test_a_request_is_within_the_limits_with_long_values_too(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo
) -> None:
    messages = [message_to(n, name="Jürgen " * 20, address=f"{'l' * 50}{n}@example.org") for n in range(1000)]
    provider.send("proef-7", messages, lambda: True)
    variables = parsed(fake.requests[0])[0]["recipient-variables"][0]
    assert len(variables.encode()) < 2_500 * len(messages)
    assert list(json.loads(variables)) == [message.subscriber.address for message in messages]


@pytest.mark.parametrize(
    "answer",
    [{"id": ""}, {"message": "Queued. Thank you."}, {}, [], "ok", None, {"id": 7}],
)
def test_an_answer_without_an_id_is_a_doubt(
    provider: Mailgun, fake: FakeMailgun, message_to: MessageTo, answer: object
) -> None:
    fake.order(httpx.Response(200, json=answer))
    with pytest.raises(InDoubt, match="nobody can read"):
        provider.send("proef-7", [message_to(1)], lambda: True)


def test_an_address_where_nothing_is_has_taken_nothing(fake: FakeMailgun, message_to: MessageTo) -> None:
    provider = provider_for(fake, url="https://api.mailgun.net/v3")
    with pytest.raises(RequestRefused, match="its API is not at this address") as caught:
        provider.send("proef-7", [message_to(1)], lambda: True)
    assert "`url`" in caught.value.hint
    assert not fake.mails


US, EU = "https://api.mailgun.net", "https://api.eu.mailgun.net"


@pytest.mark.parametrize(("region", "here", "elsewhere"), [("us", US, EU), ("eu", EU, US)])
def test_a_domain_is_found_in_its_own_region_only(
    message_to: MessageTo, region: str, here: str, elsewhere: str
) -> None:
    fake = FakeMailgun(region=region)
    assert provider_for(fake, url=here).send("proef-7", [message_to(1)], lambda: True)
    assert provider_for(fake, url=here).verify().verified
    lost = provider_for(fake, url=elsewhere)
    for ask in (lost.verify, lambda: lost.send("proef-8", [message_to(1)], lambda: True)):
        with pytest.raises(RequestRefused, match="404 Domain not found") as caught:
            ask()
        assert "one region" in caught.value.hint


def test_it_says_what_may_be_asked_of_it(provider: Mailgun) -> None:
    asked = provider.capabilities
    assert (asked.batch_messages, asked.substitutes, asked.idempotency, asked.look_up) == (1000, True, None, True)
    assert timedelta(minutes=30) <= asked.lag < asked.memory < timedelta(days=1)


@pytest.mark.parametrize("domain", ["", "nl", "mg example.nl", "mg.example.nl/v3", "bücher.example", "a@b.nl", "b..nl"])
def test_what_is_no_domain_is_refused_before_anything_is_connected(domain: str) -> None:
    with pytest.raises(ValidationError, match="must be a domain"):
        Settings.model_validate({**KEYS, "domain": domain})


@pytest.mark.parametrize(
    "table",
    [{"key": "k"}, {"domain": "mg.example.nl"}, {**KEYS, "url": "http://api.mailgun.net"}, {**KEYS, "key": "k\n"}],
)
def test_settings_that_cannot_work_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(table)
