"""A mail that is read again, late, or after something else has happened: who came back is not sent away by it."""

from datetime import UTC, datetime, timedelta

import pytest
from inbox_mails import ANNA, NOW, ZONE, Post, mail

from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.model.subscriber import Source
from newsletter.store import consents

WRITTEN = datetime(2026, 11, 28, 7, tzinfo=UTC)
LATER = WRITTEN + timedelta(hours=2)
STALE = "it is older than what was decided since"


def occasion(source: Source, at: datetime, note: str | None = None) -> Occasion:
    return Occasion(at=at, zone=ZONE, source=source, note=note)


def comes_back(post: Post, at: datetime) -> None:
    """Anna signs up and confirms."""
    with post.store.writing() as transaction:
        newcomer = Newcomer(address=ANNA.address)
        form = occasion("form", at)
        number = consent.sign_up(transaction, newcomer, form, key=None, draw=lambda: "f" * 32)
        assert number is not None
        consent.confirm(transaction, number, form, key=None)


def lifts(post: Post, at: datetime) -> None:
    """The operator lifts Anna's bounce."""
    with post.store.writing() as transaction:
        consent.lift(transaction, ANNA.address, occasion("operator", at, "belde op"))


@pytest.mark.parametrize("name", ["gmail-button", "by-quote", "by-sender", "complaint"])
def test_who_came_back_is_not_sent_away_by_his_old_mail(post: Post, name: str) -> None:
    raw = mail(name).replace(b"09:00:00 +0000", b"07:00:00 +0000")
    assert post.comes(raw).deed in {"left", "complained"}
    comes_back(post, LATER)
    answer = post.comes(raw)
    assert (answer.deed, answer.why, post.standing()) == ("unchanged", STALE, "confirmed")


def test_a_new_mail_of_who_came_back_counts(post: Post) -> None:
    post.comes(mail("gmail-button"))
    comes_back(post, LATER)
    newer = mail("gmail-button").replace(b"28 Nov 2026 08:00", b"28 Nov 2026 12:59")
    assert post.comes(newer).deed == "left"


def test_a_bounce_that_was_lifted_is_not_brought_back_by_the_same_mail(post: Post) -> None:
    post.comes(mail("postfix"))
    lifts(post, LATER)
    assert post.comes(mail("postfix")).why == STALE
    assert post.standing() == "confirmed"


def test_a_bounce_after_the_lifting_suppresses_again(post: Post) -> None:
    post.comes(mail("postfix"))
    lifts(post, LATER)
    newer = mail("postfix").replace(b"28 Nov 2026 06:00:09 +0100", b"28 Nov 2026 12:00:09 +0100")
    assert post.comes(newer).deed == "bounced"


def test_a_bounce_of_the_mail_that_asks_to_confirm_suppresses_though_the_clocks_differ(post: Post) -> None:
    with post.store.writing() as transaction:
        newcomer, at = Newcomer(address="Nieuw@example.org"), datetime(2026, 11, 28, 5, 0, 30, tzinfo=UTC)
        consent.sign_up(transaction, newcomer, occasion("form", at), key=None, draw=lambda: "e" * 32)
        new = consent.known_by(transaction, newcomer.address).subscriber
    raw = mail("postfix", new).replace(b"anna@example.org", b"nieuw@example.org")
    assert post.comes(raw).deed == "bounced"
    assert post.standing(new) == "bounced"


def test_what_our_own_server_wrote_tells_the_time_and_not_the_sender(post: Post) -> None:
    comes_back_at = NOW - timedelta(hours=1)
    post.comes(mail("by-sender"))
    comes_back(post, comes_back_at)
    raw = mail("by-sender").replace(b"28 Nov 2026 08:00", b"29 Nov 2027 08:00")
    received = b"Received: from mx by mail.example.nl; Sat, 28 Nov 2026 08:00:01 +0100\n"
    assert post.comes(raw.replace(b"From:", received + b"From:")).why == STALE


def undated(name: str) -> bytes:
    """A mail of the folder without anything that tells when it was written."""
    lines = mail(name).splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith((b"Date", b"Received")))


@pytest.mark.parametrize(("name", "deed"), [("by-sender", "left"), ("postfix", "bounced"), ("complaint", "complained")])
def test_a_mail_without_a_date_is_of_now(post: Post, name: str, deed: str) -> None:
    with post.store.writing() as transaction:
        consents.write(transaction, ANNA.id, "confirmed", at=NOW - timedelta(seconds=1), source="form")
    assert post.comes(undated(name)).deed == deed


@pytest.mark.parametrize("name", ["by-sender", "postfix", "complaint"])
def test_without_a_date_nobody_knows_whether_it_is_older_than_what_was_decided_since(post: Post, name: str) -> None:
    post.comes(undated(name))
    lifts(post, LATER) if name == "postfix" else comes_back(post, LATER)
    post.now += timedelta(days=1)
    answer = post.comes(undated(name))
    assert (answer.deed, post.standing(), answer.subscriber) == ("unmatched", "confirmed", ANNA.id)
    assert answer.why == "it has no date, and may be older than what was decided since"


@pytest.mark.parametrize("source", ["import", "operator"])
@pytest.mark.parametrize("name", ["gmail-button", "by-quote", "by-sender", "complaint"])
def test_what_a_list_says_of_him_takes_back_no_earlier_wish_of_his_own(post: Post, name: str, source: Source) -> None:
    with post.store.writing() as transaction:
        consents.write(transaction, ANNA.id, "confirmed", at=NOW - timedelta(seconds=1), source=source)
    assert post.comes(mail(name)).deed in {"left", "complained"}


def test_a_bounce_of_a_reader_who_has_left_is_kept_too(post: Post) -> None:
    post.comes(mail("gmail-button"))
    assert post.comes(mail("postfix")).deed == "bounced"
    assert [record.what for record in post.records()] == ["left", "bounced"]
