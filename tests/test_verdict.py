"""Which failures mean that an address is gone, as servers really word them."""

import pytest

from newsletter.verdict import code_of, judge

GONE = [
    ("5.1.1", "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking"),
    ("5.1.1", "smtp; 550 5.1.1 User unknown; see our policy"),
    ("5.1.1", ""),
    ("5.1.2", "Domain not found"),
    ("5.1.3", "bad address syntax"),
    ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    ("5.1.10", "smtp; 556 5.1.10 Domain does not accept mail (nullMX)"),
    ("5.2.1", "smtp; 550 5.2.1 The email account that you tried to reach is disabled."),
    ("5.0.0", "smtp; 554 delivery error: dd This user doesn't have a yahoo.com account (anna@example.org) [0]"),
    ("5.0.0", "smtp; 550 5.1.1 no mailbox"),
    ("5.5.0", "smtp; 550 5.5.0 Requested action not taken: mailbox unavailable"),
    ("5.4.1", "smtp;550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    ("5.4.4", "Host or domain name not found. Name service error for name=example.org type=MX: Host not found"),
    ("", "550 5.1.1 unknown user"),
    ("", "550 Unrouteable address"),
    ("5.0.0 (permanent failure)", "550 no such user"),
]
STAYS = [
    ("4.2.2", "smtp; 452 4.2.2 Mailbox full"),
    ("4.4.1", "Connection timed out"),
    ("4.1.1", "smtp; 450 4.1.1 User unknown, greylisted"),
    ("5.2.2", "smtp; 552 5.2.2 over quota"),
    ("5.2.1", "smtp; 550 5.2.1 The user you are trying to contact is receiving mail too quickly. Try again later"),
    ("5.2.3", "message too large"),
    ("5.3.4", "message too big for system"),
    ("5.4.6", "mail loop"),
    ("5.4.7", "delivery time expired"),
    ("5.7.1", "smtp; 550 5.7.1 rejected by policy"),
    ("5.7.1", "smtp; 550 5.7.1 User unknown"),
    ("5.7.26", "smtp; 550-5.7.26 This mail is unauthenticated, which poses a security risk"),
    ("5.1.8", "sender address rejected: domain not found"),
    ("5.1.0", "smtp; 550 5.1.0 Address rejected"),
    ("5.1.1", "smtp; 550 5.1.1 blocked using zen.spamhaus.example"),
    ("5.0.0", "smtp; 554 Your access to this mail system has been rejected due to the sending MTA's poor reputation"),
    ("5.0.0", "smtp; 550 user unknown, or blocked for spam"),
    ("5.0.0", "smtp; 550 5.7.1 no such user, they say"),
    ("5.5.0", "smtp; 550 rejected"),
    ("5.4.4", "smtp; 550 5.4.4 Invalid arguments"),
    ("", ""),
    ("rubbish", "rubbish"),
]


@pytest.mark.parametrize(("status", "said"), GONE)
def test_an_address_is_gone(status: str, said: str) -> None:
    assert judge(status, said).gone


@pytest.mark.parametrize(("status", "said"), STAYS)
def test_an_address_may_still_be_there(status: str, said: str) -> None:
    assert not judge(status, said).gone


def test_who_knows_the_server_is_believed_when_nothing_is_said_and_not_against_what_is() -> None:
    assert judge("", "Ce message n'a pas pu être remis.", for_good=True).gone
    assert not judge("", "The mailbox is full.", for_good=True).gone
    assert not judge("", "550 5.7.1 no", for_good=True).gone


@pytest.mark.parametrize(
    "said",
    [
        "552 Requested mail action aborted: exceeded storage allocation",
        "smtp; 552-No more room",
        "552",
        "554 Transaction failed",
        "554 Message rejected due to spam content",
        "550 exceeded storage allocation",
    ],
)
def test_nobody_is_believed_where_the_server_says_that_a_mailbox_is_full_or_only_that_something_failed(
    said: str,
) -> None:
    assert not judge("", said, for_good=True).gone


@pytest.mark.parametrize(
    "said", ["554 no such user", "552 5.1.1 no", "550 no, it is item 552.", "550 5.1.1 no, 1552 was"]
)
def test_what_says_more_than_that_is_believed(said: str) -> None:
    assert judge("", said, for_good=True).gone


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        ("5.1.1", "550 5.7.1", "5.1.1"),
        ("5.0.0", "550 5.7.1", "5.7.1"),
        ("5.0.0", "550 no", "5.0.0"),
        ("", "192.5.1.1 is blocked", ""),
        ("", "version 15.20.5.1", ""),
        ("", "#5.1.1", "5.1.1"),
    ],
)
def test_the_code_that_says_most_counts_and_no_address_of_a_machine_is_one(status: str, said: str, code: str) -> None:
    assert code_of(status, said) == code
