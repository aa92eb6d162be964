"""What a mail server's reply means."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.providers._smtp_replies import Reply, hint, parse, pause, queue_id


def read(line: str) -> Reply:
    """Read a reply as it comes over the wire, lines parted by ``\\n``."""
    return parse(int(line[:3]), line[4:].encode())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("250 2.0.0 Ok: queued as 4F2D41A0", "4F2D41A0"),
        ("250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4Xk1Tg2QZ8z1", "4Xk1Tg2QZ8z1"),
        ("250 OK id=1rXyZa-0001Ab-2C", "1rXyZa-0001Ab-2C"),
        (
            "250 2.6.0 <d1@example.nl> [InternalId=4711, Hostname=EX1.example.nl] Queued mail for delivery",
            "4711",
        ),
        ("250 2.0.0 3AQ1b2cD004567 Message accepted for delivery", "3AQ1b2cD004567"),
        ("250 2.0.0 d34db33f Message accepted for delivery", "d34db33f"),
        ("250 2.0.0 OK  1700000000 ab1-20020a05600c28d200b00.42 - gsmtp", "ab1-20020a05600c28d200b00.42"),
        ("250 Ok 0102018c0ffee000-3f2b8a4e-1111-2222-3333-444455556666-000000", None),
        ("250 Ok", None),
        ("250 2.0.0 Message accepted for delivery", None),
    ],
)
def test_a_server_names_the_message_in_its_own_way(line: str, name: str | None) -> None:
    if "0102018c" in line:
        name = line.removeprefix("250 Ok ")
    assert queue_id(read(line)) == name


def test_a_reply_of_several_lines_is_one_sentence_with_one_code() -> None:
    reply = read("550 5.1.1 The address does not exist.\n5.1.1 Look for spaces.\n5.1.1  q1-2 - gsmtp")
    assert reply.said == "550 5.1.1 The address does not exist. Look for spaces. q1-2 - gsmtp"


def test_a_reply_without_an_enhanced_code_has_none() -> None:
    reply = read("550 No such user here")
    assert (reply.subject, reply.detail, reply.said) == (None, None, "550 No such user here")


@given(code=st.integers(-1, 999), text=st.binary(max_size=200))
def test_whatever_a_server_says_can_be_read(code: int, text: bytes) -> None:
    reply = parse(code, text)
    assert reply.said.startswith(str(code))
    assert reply.is_done + reply.is_for_now + reply.is_for_good <= 1
    assert timedelta(0) < pause(reply) <= timedelta(hours=4)
    assert isinstance(hint(reply), str)
    queue_id(reply)


@pytest.mark.parametrize(
    "line",
    [
        "550 5.1.1 User unknown",
        "550 No such user here",
        "552 5.2.2 Mailbox full",
        "550 5.4.1 Recipient address rejected: Access denied",
        "550 5.7.1 Message rejected as spam",
        "556 5.1.10 Recipient address has null MX",
        "450 4.2.1 The user is receiving mail too quickly",
        "452 4.1.1 Try this one later",
    ],
)
def test_some_refusals_are_about_one_reader(line: str) -> None:
    assert read(line).is_about_the_reader


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("550 5.1.1 <anna@example.org>: User unknown", "550 5.1.1"),
        ("550 5.1.2 <anna@example.org>: Domain not found", "550 5.1.2"),
        ("556 5.1.10 Recipient address has null MX", "556 5.1.10"),
        ("550 5.2.1 Mailbox disabled", "550 5.2.1"),
        ("450 4.1.1 User unknown, or not known yet", ""),
        ("550 5.1.1 blocked using zen.spamhaus.example", ""),
        ("550 5.2.1 The user is receiving mail too quickly", ""),
        ("550 No such user here", ""),
        ("552 5.2.2 Mailbox full", ""),
        ("550 5.1.3 Bad address syntax", ""),
        ("550 5.7.1 Message rejected as spam", ""),
        ("550 5.4.1 Access denied", ""),
    ],
)
def test_that_there_is_no_such_address_is_told_by_a_code_and_nothing_less(line: str, codes: str) -> None:
    assert read(line).bounced == codes


@pytest.mark.parametrize(
    "line",
    [
        "554 5.7.1 Relay access denied",
        "550 relaying denied",
        "530 5.7.0 Must issue a STARTTLS command first",
        "535 5.7.8 Authentication failed",
        "503 Bad sequence of commands",
        "552 5.3.4 Message too big for system",
        "550 5.4.5 Daily user sending limit exceeded",
        "550 5.7.26 Unauthenticated mail is prohibited",
        "550 5.1.8 <weekbrief@example.nl>: Sender address rejected: Domain not found",
        "553 5.1.7 <weekbrief@example.nl>: Bad sender mailbox",
        "450 4.1.8 <weekbrief@example.nl>: Sender address rejected: Domain not found",
        "554 5.6.1 Media not supported",
        "501 5.5.4 Syntax",
        "451 4.7.1 Greylisted",
        "450 Try again",
        "421 4.7.0 Too many errors",
    ],
)
def test_others_would_be_said_to_everybody(line: str) -> None:
    assert not read(line).is_about_the_reader


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("450 4.7.1 Greylisted, try again in 300 seconds", 300),
        ("451 4.7.1 Please try again in 2 minutes", 120),
        ("451 Greylisted for 5min", 300),
        ("450 4.2.0 wait 30 secs", 30),
        ("421 4.7.0 after 4 messages", 60),
        ("450 4.2.0 Greylisted, see the manual", 300),
        ("451 4.3.0 wait 0s", 1),
        ("451 4.3.0 wait 999999 minutes", 4 * 3600),
        ("421 4.3.2 Too busy", 60),
    ],
)
def test_a_pause_is_as_long_as_asked_for_or_sensible(line: str, seconds: int) -> None:
    assert pause(read(line)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("550 5.1.1 x", "no such address"),
        ("550 5.1.99 x", "wrong with the address"),
        ("552 5.2.2 x", "mailbox is full"),
        ("550 5.2.9 x", "wrong with the mailbox"),
        ("550 5.7.26 x", "SPF nor DKIM"),
        ("553 5.1.7 x", "`from` under [sender]"),
        ("550 5.1.8 x", "`from` under [sender]"),
        ("550 5.7.1 x", "policy"),
        ("552 5.3.4 x", "too large"),
        ("550 5.4.5 x", "no more for now"),
        ("535 5.7.8 x", "NEWSLETTER_SMTP_PASSWORD"),
        ("530 5.7.0 x", "set `user`"),
        ("554 5.7.1 Relay access denied", "set `user`"),
        ("556 x", "takes no mail"),
    ],
)
def test_a_hint_goes_by_the_code(line: str, words: str) -> None:
    assert words in hint(read(line))


def test_a_code_that_does_not_tell_gives_no_hint() -> None:
    assert hint(read("550 Nee")) == ""
