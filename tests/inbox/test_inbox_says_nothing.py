"""A mail without a word: it is a wish at the address that is there to leave by, and nowhere else."""

import pytest
from inbox_mails import ANNA, Post, mailbox_of, return_path_of


def wordless(to: str, *fields: str) -> bytes:
    """A mail with neither subject nor text."""
    return "\r\n".join((f"To: {to}", "Date: Sat, 28 Nov 2026 08:00:00 +0000", *fields, "", "")).encode()


def test_to_the_address_to_leave_by_it_leaves(post: Post) -> None:
    assert post.comes(wordless(mailbox_of(ANNA), "From: anna@example.org")).deed == "left"
    assert post.standing() == "left"


@pytest.mark.parametrize(
    "fields",
    [
        ("From: MAILER-DAEMON@example.com", "Return-Path: <>"),
        ("Return-Path: <>",),
        ("From: anna@example.org", "Return-Path: <anna@example.org>"),
        ("From: anna@example.org", "Subject: "),
    ],
)
def test_what_comes_back_without_a_word_says_nothing(post: Post, fields: tuple[str, ...]) -> None:
    """Mail comes back to that address, and somebody has to look why."""
    answer = post.comes(wordless(return_path_of(ANNA), *fields))
    assert (answer.deed, answer.why, post.standing()) == ("unmatched", "it says something else", "confirmed")


@pytest.mark.parametrize("field", ["From: MAILER-DAEMON@example.com", "Return-Path: <>", "X-Failed-Recipients: a@b.nl"])
def test_a_machine_that_says_nothing_wants_nothing(post: Post, field: str) -> None:
    assert post.comes(wordless(mailbox_of(ANNA), field)).deed == "unmatched"
    assert post.standing() == "confirmed"


def test_a_wish_in_words_counts_at_either_address(post: Post) -> None:
    raw = wordless(return_path_of(ANNA), "From: anna@example.org", "Subject: uitschrijven")
    assert post.comes(raw).deed == "left"
