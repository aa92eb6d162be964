"""Tickets, forms and mailboxes: each token is for one thing, and one letter of it changed makes it nothing."""

import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import examples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import links
from newsletter.config import Inbox
from newsletter.errors import ConfigError
from newsletter.links import (
    DEMO_KEY,
    Errand,
    Key,
    Links,
    Purpose,
    Ticket,
    open_form,
    open_ticket,
    sign,
    sign_form,
    sign_mailbox,
    sign_ticket,
    verify,
    verify_mailbox,
)

KEY = Key(secret=b"a secret that is long enough")
OLD = Key(secret=b"the one before, long enough")
OTHER = Key(secret=b"another that is long enough")
SUBSCRIBER = "0123456789abcdef" * 2
TICKET = Ticket(subscriber=SUBSCRIBER, number=4711, at=datetime(2026, 11, 28, 6, tzinfo=UTC))
ERRANDS: tuple[Errand, ...] = get_args(Errand)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
KINDS = (*PURPOSES, *ERRANDS, "form", "mailbox")

subscribers = st.binary(min_size=16, max_size=16).map(bytes.hex)
moments = st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
tickets = st.builds(Ticket, subscriber=subscribers, number=st.integers(0, 2**56 - 1), at=moments)
kinds = st.sampled_from(KINDS)


def made(key: Key, kind: str, ticket: Ticket) -> str:
    """A token of any kind, made of what it wants of a ticket."""
    if kind in PURPOSES:
        return sign(key, kind, ticket.subscriber)  # type: ignore[arg-type]
    if kind in ERRANDS:
        return sign_ticket(key, kind, ticket)  # type: ignore[arg-type]
    return sign_form(key, ticket.at) if kind == "form" else sign_mailbox(key, ticket.subscriber)


def opened(keys: list[Key], kind: str, token: str) -> object:
    """What a token of any kind opens."""
    if kind in PURPOSES:
        return verify(keys, kind, token)  # type: ignore[arg-type]
    if kind in ERRANDS:
        return open_ticket(keys, kind, token)  # type: ignore[arg-type]
    return open_form(keys, token) if kind == "form" else verify_mailbox(keys, token)


@given(ticket=tickets, errand=st.sampled_from(ERRANDS))
def test_a_ticket_comes_back_as_it_was(ticket: Ticket, errand: Errand) -> None:
    assert open_ticket([OTHER, KEY], errand, sign_ticket(KEY, errand, ticket)) == ticket


@given(at=moments)
def test_a_form_knows_when_it_was_shown(at: datetime) -> None:
    assert open_form([OTHER, KEY], sign_form(KEY, at)) == at


@given(subscriber=subscribers)
def test_a_mailbox_knows_its_reader(subscriber: str) -> None:
    assert verify_mailbox([OTHER, KEY], sign_mailbox(KEY, subscriber)) == subscriber


@given(ticket=tickets, kind=kinds, other=kinds)
def test_no_token_of_one_purpose_opens_another(ticket: Ticket, kind: str, other: str) -> None:
    assert (opened([KEY], other, made(KEY, kind, ticket)) is None) == (kind != other)


@given(ticket=tickets, kind=kinds)
def test_an_old_key_still_opens_and_a_foreign_and_the_demo_key_never(ticket: Ticket, kind: str) -> None:
    assert opened([KEY, OLD], kind, made(OLD, kind, ticket)) is not None
    assert opened([KEY, OLD], kind, made(OTHER, kind, ticket)) is None
    assert opened([KEY, OLD], kind, made(DEMO_KEY, kind, ticket)) is None
    assert opened([], kind, made(KEY, kind, ticket)) is None


@given(ticket=tickets, kind=st.sampled_from((*ERRANDS, "form")), data=st.data())
def test_any_bit_turned_is_none(ticket: Ticket, kind: str, data: st.DataObject) -> None:
    raw = bytearray(urlsafe_b64decode(made(KEY, kind, ticket)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert opened([KEY], kind, urlsafe_b64encode(raw).decode()) is None


@given(subscriber=subscribers, bit=st.integers(0, 26 * 8 - 1))
def test_any_bit_of_a_mailbox_turned_is_none(subscriber: str, bit: int) -> None:
    raw = bytearray(b32decode(sign_mailbox(KEY, subscriber).upper() + "======"))
    raw[bit // 8] ^= 1 << bit % 8
    assert verify_mailbox([KEY], b32encode(raw).decode().rstrip("=").lower()) is None


@given(ticket=tickets, kind=kinds, data=st.data())
def test_one_other_letter_is_none(ticket: Ticket, kind: str, data: st.DataObject) -> None:
    token = made(KEY, kind, ticket)
    position = data.draw(st.integers(0, len(token) - 1))
    changed = token[:position] + data.draw(st.characters()) + token[position + 1 :]
    same = changed == token or (kind == "mailbox" and changed.isascii() and changed.lower() == token)
    assert (opened([KEY], kind, changed) is None) == (not same)


@given(ticket=tickets, kind=kinds, data=st.data())
def test_a_token_cut_short_or_continued_is_none(ticket: Ticket, kind: str, data: st.DataObject) -> None:
    token = made(KEY, kind, ticket)
    assert opened([KEY], kind, token[: data.draw(st.integers(0, len(token) - 1))]) is None
    assert opened([KEY], kind, token + data.draw(st.text(min_size=1, max_size=30))) is None


@given(token=st.text(max_size=70), kind=kinds)
def test_any_text_opens_nothing_and_raises_nothing(token: str, kind: str) -> None:
    assert opened([KEY, DEMO_KEY], kind, token) is None


@given(ticket=tickets, other=tickets, errand=st.sampled_from(ERRANDS))
def test_two_tickets_never_share_a_link(ticket: Ticket, other: Ticket, errand: Errand) -> None:
    assert (sign_ticket(KEY, errand, ticket) == sign_ticket(KEY, errand, other)) == (ticket == other)


def test_a_ticket_of_another_zone_is_the_same_moment_without_parts_of_a_second() -> None:
    at = datetime(2026, 11, 28, 7, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    token = sign_ticket(KEY, "confirm", Ticket(subscriber=SUBSCRIBER, number=4711, at=at))
    assert open_ticket([KEY], "confirm", token) == TICKET
    assert open_form([KEY], sign_form(KEY, at)) == TICKET.at


def test_tokens_do_not_change_from_one_version_to_the_next() -> None:
    assert sign_ticket(KEY, "confirm", TICKET) == "v9rhigEjRWeJq83vASNFZ4mrze8AAAAAABJnAGsKbeAfq_4HR5BIHO9DyYnRw5yC"
    assert sign_form(KEY, TICKET.at) == "v9rhigAAAGsKbeBaane9BHsTQkWgrsNskWiz"
    assert sign_mailbox(KEY, SUBSCRIBER) == "aerukz4jvpg66ajdivtytk6n547xmezmccxnw4a6oe"


def test_tokens_need_no_escape_in_an_address() -> None:
    for kind in KINDS:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", made(KEY, kind, TICKET))


def test_a_ticket_has_its_page_and_without_a_key_leads_to_the_page_of_tests() -> None:
    web = Links(web="https://weekbrief.example.nl", key=KEY)
    for errand in ERRANDS:
        page = getattr(web, errand)(TICKET)
        assert page.startswith(f"https://weekbrief.example.nl/{errand}/")
        assert open_ticket([KEY], errand, page.rpartition("/")[2]) == TICKET
        assert getattr(replace(web, key=None), errand)(TICKET) == "https://weekbrief.example.nl/test"


# Mailboxes


@given(subscriber=subscribers, fold=st.sampled_from((str.upper, str.title, str.swapcase)))
def test_a_mail_server_may_fold_the_case_of_a_mailbox(subscriber: str, fold: Callable[[str], str]) -> None:
    assert verify_mailbox([KEY], fold(sign_mailbox(KEY, subscriber))) == subscriber


def test_the_token_to_leave_by_is_not_the_one_that_mail_comes_back_to() -> None:
    assert verify_mailbox([KEY], sign_mailbox(KEY, SUBSCRIBER, "return"), "return") == SUBSCRIBER
    assert verify_mailbox([KEY], sign_mailbox(KEY, SUBSCRIBER), "return") is None
    assert verify_mailbox([KEY], sign_mailbox(KEY, SUBSCRIBER, "return")) is None


def test_a_letter_that_only_becomes_one_of_ours_in_small_is_none() -> None:
    token = next(t for t in (sign_mailbox(KEY, f"{n:032x}") for n in range(99)) if "k" in t)
    assert verify_mailbox([KEY], token.replace("k", "\N{KELVIN SIGN}", 1)) is None


def test_a_mailbox_has_one_spelling_but_for_its_case() -> None:
    token = sign_mailbox(KEY, SUBSCRIBER)
    assert token[-1] in "aeimquy4"  # the last two bits are spare, and nil
    for other in "abcdefghijklmnopqrstuvwxyz234567":
        assert (verify_mailbox([KEY], token[:-1] + other) is None) == (other != token[-1])


def inbox(address: str, root: Path) -> Links:
    return links.links_of(examples.config(root).model_copy(update={"inbox": Inbox(address=address)}))


def test_a_readers_mailbox_is_that_of_the_newsletter_with_a_token(root: Path) -> None:
    mailbox = inbox("Weekbrief <retour@bücher.example>", root).mailbox(SUBSCRIBER)
    assert mailbox == f"retour+{sign_mailbox(DEMO_KEY, SUBSCRIBER)}@xn--bcher-kva.example"


def test_without_an_inbox_there_is_no_mailbox(root: Path) -> None:
    assert links.links_of(examples.config(root)).mailbox(SUBSCRIBER) is None


@pytest.mark.parametrize("letters", [1, 21])
def test_a_mailbox_fits_before_the_at_sign(root: Path, letters: int) -> None:
    mailbox = inbox(f"{'a' * letters}@example.nl", root).mailbox(SUBSCRIBER)
    assert mailbox is not None
    assert len(mailbox.partition("@")[0]) <= 64


def test_a_mailbox_that_leaves_no_room_for_a_token_is_an_error_that_says_how_much_there_is(root: Path) -> None:
    with pytest.raises(ConfigError, match="22 characters before the @") as caught:
        inbox(f"{'a' * 22}@example.nl", root)
    assert "21 at most" in caught.value.hint


@pytest.mark.parametrize(
    ("mailbox", "link"),
    [
        ("retour+abc@example.nl", "mailto:retour+abc@example.nl?subject=unsubscribe"),
        ("a&b%c?+abc@example.nl", "mailto:a%26b%25c%3F+abc@example.nl?subject=unsubscribe"),
    ],
)
def test_a_link_to_a_mailbox_says_what_it_wants(mailbox: str, link: str) -> None:
    assert links.mailto(mailbox) == link
