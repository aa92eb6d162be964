"""Mailgun fills in what each reader gets; it has to be what our own merge makes of it, byte for byte."""

import html
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from providers.fakes.mail_server import readable
from providers.fakes.mailgun_api import BUILT_IN, FakeMailgun, Mail
from providers.strategies import LINES

from newsletter import mime
from newsletter.model.mail import Message, Pieces, Slot
from newsletter.providers._base import Accepted
from newsletter.providers.mailgun import Mailgun, Settings

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
MessageTo = Callable[..., Message]
PROPERTY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)

HARMLESS = (
    '"', "'", "\\", "\\u0041", "{", "}", "{{name}}", "[", ",", ":", "<b>", "&", "&amp;", "é", "汉", "🙂",
    "=?utf-8?q?a?=", "%", "%%", "100%", "%E2%82%AC", "%s", "recipient", "recipient.name%", "lang" * 500, " ",
)  # fmt: skip
REFERENCES = ("%recipient.", "%recipient.name%", "%recipient.name_html%", "%Recipient.name_text%", "%recipient.x")
KNOWN = tuple(f"%{name}%" for name in BUILT_IN)


def lines(*awkward: str) -> st.SearchStrategy[str]:
    """A line made of awkward pieces, and of any."""
    piece = st.sampled_from(awkward) | LINES
    return st.lists(piece, max_size=6).map(lambda pieces: " ".join("".join(pieces).split()))


def edition(literals: Sequence[str]) -> dict[str, object]:
    """An edition's parts: fields in each context with awkward text around them, and some right behind each other."""
    opened, between, subject = literals
    name, link = Slot("name", "html"), Slot("unsubscribe", "link")
    texts = tuple(Slot(field, "text") for field in ("name", "why", "address", "preferences"))
    in_url: Pieces = ('<a href="/?n=', Slot("name", "url"), '">', Slot("why", "html"))
    return {
        "html": ("<p>", html.escape(opened), name, html.escape(between), '<a href="', link, '">?</a>', *in_url),
        "text": (opened, texts[0], between, "\n\n", *texts[1:], opened),
        "subject": subject or "Onderwerp",
    }


def sent(fake: FakeMailgun, messages: Sequence[Message]) -> Sequence[Mail]:
    """Send them in one request; return what Mailgun mails."""
    provider = Mailgun(
        Settings.model_validate({"key": "key-proef", "domain": "mg.example.nl"}), transport=fake.transport()
    )
    outcomes = provider.send("proef-7", messages, lambda: True)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    return fake.mails


def plain(text: str) -> str:
    """HTML with an entity as the letter that it stands for."""
    return text.replace("&#37;", "%")


def is_as_ours(mail: Mail, message: Message) -> None:
    """Hold a mail against our own merge."""
    assert plain(mail.html) == plain(message.html)
    assert mail.text == message.text
    assert mail.subject == message.edition.subject
    ours = {**mime.list_headers(message), "Reply-To": "redactie@example.nl", "Message-Id": "<proef-7@mg.example.nl>"}
    assert mail.headers == ours
    assert mail.custom == {"delivery": message.delivery, "attempt": "proef-7"}
    assert readable(mail.to.rpartition(" ")[0]) == message.subscriber.name
    assert mail.address == message.subscriber.address


ALL = lines(*HARMLESS, *REFERENCES, *KNOWN)


@PROPERTY
@given(names=st.lists(ALL, min_size=1, max_size=4), literals=st.tuples(ALL, ALL, ALL))
def test_what_is_filled_in_is_what_our_own_merge_makes(
    message_to: MessageTo, names: list[str], literals: tuple[str, ...]
) -> None:
    parts = edition(literals)
    messages = [message_to(n, name=name, **parts) for n, name in enumerate(names)]
    for mail, message in zip(sent(FakeMailgun(), messages), messages, strict=True):
        is_as_ours(mail, message)
        assert mail.to.count("%") == 0


NOT_BUILT_IN = lines(*(piece for piece in HARMLESS if piece != "recipient"), *REFERENCES)


@PROPERTY
@given(
    names=st.lists(NOT_BUILT_IN, min_size=2, max_size=3),
    literals=st.tuples(NOT_BUILT_IN, NOT_BUILT_IN, NOT_BUILT_IN),
)
def test_it_is_so_too_if_it_were_filled_in_over_and_over(
    message_to: MessageTo, names: list[str], literals: tuple[str, ...]
) -> None:
    parts = edition(literals)
    messages = [message_to(n, name=name, **parts) for n, name in enumerate(names)]
    for mail, message in zip(sent(FakeMailgun(passes=4), messages), messages, strict=True):
        is_as_ours(mail, message)


@PROPERTY
@given(names=st.lists(ALL, min_size=2, max_size=3), literals=st.tuples(ALL, ALL))
def test_html_reads_as_ours_over_and_over_whatever_stands_there(
    message_to: MessageTo, names: list[str], literals: tuple[str, ...]
) -> None:
    parts = edition((*literals, ""))
    messages = [message_to(n, name=name, **parts) for n, name in enumerate(names)]
    for mail, message in zip(sent(FakeMailgun(passes=4), messages), messages, strict=True):
        assert plain(mail.html) == plain(message.html)


@PROPERTY
@given(name=ALL, literals=st.tuples(ALL, ALL, ALL))
def test_a_request_for_one_reader_is_an_ordinary_mail_in_which_nothing_is_to_be_filled_in(
    message_to: MessageTo, name: str, literals: tuple[str, ...]
) -> None:
    message = message_to(name=name, **edition(literals))
    (mail,) = sent(FakeMailgun(), [message])
    assert "recipient-variables" not in mail.fields
    is_as_ours(mail, message)


def test_html_without_what_mailgun_knows_is_ours_byte_for_byte(message_to: MessageTo) -> None:
    messages = [message_to(n, name=name) for n, name in enumerate(("Anna & Bea", "100% 'Süß'", ""))]
    for mail, message in zip(sent(FakeMailgun(), messages), messages, strict=True):
        assert mail.html == message.html


@pytest.mark.parametrize("word", [*KNOWN, "%recipient.name%"])
def test_what_mailgun_knows_is_not_filled_in_where_an_article_tells_of_it(message_to: MessageTo, word: str) -> None:
    parts = {"html": (f"<p>Schrijf {word} in uw mail.</p>",), "text": (f"Schrijf {word} in uw mail.",), "subject": word}
    messages = [message_to(n, **parts) for n in range(2)]
    for mail in sent(FakeMailgun(), messages):
        assert html.unescape(mail.html) == f"<p>Schrijf {word} in uw mail.</p>"
        assert mail.text == f"Schrijf {word} in uw mail."
        assert mail.subject == word


def test_every_reader_has_every_variable(message_to: MessageTo) -> None:
    messages = [message_to(n, name=name) for n, name in enumerate(("Anna", "", "Bea"))]
    keys = {tuple(sorted(mail.variables)) for mail in sent(FakeMailgun(), messages)}
    assert len(keys) == 1
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in keys.pop())
