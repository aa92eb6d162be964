"""Which findings of a mail server prove whom a mail is from, and which somebody else may have put there."""

import pytest
from inbox_mails import ANNA, Post, mail

from newsletter.mailbox import proof
from newsletter.mailbox.mail import read

SENDER = "From: Anna Wit <anna@example.org>\nSubject: stop\n\nstop\n"
RECEIVED = "Received: from mx by mail.example.nl; Sat, 28 Nov 2026 08:00:01 +0100\n"
PASS = "dmarc=pass (policy=none) header.from=example.org"


def found(*values: str, server: str | None = None, above: str = "", sender: str = SENDER) -> bool:
    """Whether findings prove Anna's mail; ``above`` stands above them."""
    fields = "".join(f"Authentication-Results: {value}\n" for value in values)
    return proof.is_proved(read(f"{above}{fields}{sender}".encode(), "a mail"), server)


@pytest.mark.parametrize(
    "value",
    [
        f"mail.example.nl; {PASS}",
        f"mail.example.nl 1; spf=fail smtp.mailfrom=list.example; dkim=none; {PASS}",
        "mail.example.nl; dmarc=pass",
        "mail.example.nl; DKIM=Pass (2048-bit key) header.d=Example.org header.i=@example.org",
        "mail.example.nl; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=anna@example.org",
        'mail.example.nl; spf=pass smtp.mailfrom="anna wit"@example.org',
        "mail.example.nl; dmarc=none header.from=example.org; dkim=pass header.d=example.org",
        "spf=pass smtp.mailfrom=x.example; dkim=pass header.d=x.example; dmarc=pass header.from=example.org",
    ],
)
def test_what_our_server_found_proves_the_sender(value: str) -> None:
    assert found(value)


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.nl; none",
        "mail.example.nl; dmarc=fail header.from=example.org",
        "mail.example.nl; dmarc=fail header.from=example.org; dkim=pass header.d=example.org",
        f"mail.example.nl; {PASS}; dmarc=fail header.from=example.org",
        "mail.example.nl; dmarc=pass header.from=evil.example",
        "mail.example.nl; dkim=pass header.d=evil.example",
        "mail.example.nl; dkim=pass header.d=org",
        "mail.example.nl; dkim=pass header.d=mail.example.org",
        "mail.example.nl; dkim=pass header.d=notexample.org",
        "mail.example.nl; dkim=pass",
        "mail.example.nl; spf=pass smtp.helo=example.org",
        "mail.example.nl; spf=softfail smtp.mailfrom=anna@example.org",
        "mail.example.nl; spf=pass smtp.mailfrom=example.org@evil.example",
        f'mail.example.nl; spf=pass smtp.mailfrom="x; {PASS} "@evil.example',
        f"mail.example.nl; spf=none (no record; {PASS} of evil.example)",
        f"mail.example.nl; spf=none (no record; {PASS}",
        f"mail.example.nl; spf=none (no ) record; {PASS})",
        f"mail.example.nl; x-dmarc=pass; x-{PASS}",
        "mail.example.nl; dmarc=passing header.from=example.org",
        f"mail.example.nl; {PASS}; {'x' * 4_000}",
    ],
)
def test_what_was_not_found_of_the_sender_s_domain_proves_nothing(value: str) -> None:
    assert not found(value)


def test_a_domain_proves_those_below_it() -> None:
    below = SENDER.replace("example.org", "mail.example.org")
    assert found("mail.example.nl; dkim=pass header.d=example.org", sender=below)


def test_two_programs_of_one_server_may_write_what_they_found_apart() -> None:
    assert found("mail.example.nl; dmarc=none", "mail.example.nl; dkim=pass header.d=example.org")
    assert not found("mail.example.nl; dkim=pass header.d=example.org", "mail.example.nl; dmarc=fail")


def test_a_mail_of_two_senders_is_proved_by_nothing() -> None:
    assert not found(f"mail.example.nl; {PASS}", sender=f"From: bram@example.org\n{SENDER}")


def test_what_came_in_with_the_mail_does_not_count() -> None:
    assert not found(f"mail.example.nl; {PASS}", above=RECEIVED)


def test_a_server_that_is_named_may_write_further_down_and_its_first_findings_count() -> None:
    ours, forged = "MX.example.nl; dmarc=fail", f"mx.example.nl; {PASS}"
    assert found(f"other.example; {PASS}", forged, server="mx.example.nl", above=RECEIVED)
    assert not found(ours, forged, server="mx.example.nl", above=RECEIVED)
    assert not found(f"other.example; {PASS}", server="mx.example.nl")


def test_the_clerk_goes_by_the_server_that_is_named(post: Post) -> None:
    raw = RECEIVED.encode() + mail("by-sender")
    assert post.comes(raw).deed == "unmatched"
    post.server = "mail.example.nl"
    assert post.comes(raw).deed == "left"
    assert post.standing(ANNA) == "left"
