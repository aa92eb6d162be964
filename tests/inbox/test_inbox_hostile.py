"""Mails that mean harm, one of each kind: nothing falls over, nothing takes long, nobody is sent away by them."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inbox_mails import ANNA, BRAM, FOLDER, Post, mail, mailbox_of, return_path_of

from newsletter.mailbox import odd, wishes
from newsletter.mailbox.mail import MOST, read
from newsletter.mailbox.reports import deliveries, feedback

LONGEST = 3.0
"""Seconds of the processor that no mail may take; the slowest takes one or two."""

WISH = mail("gmail-button")
BOUNCE = mail("postfix")
BIG = b"A" * 10_000_000
TO = mailbox_of(ANNA).encode()
BACK_TO = return_path_of(ANNA).encode()


def nested(depth: int) -> bytes:
    """A multipart in a multipart in …"""
    opened = b"".join(b'--b%d\nContent-Type: multipart/mixed; boundary="b%d"\n\n' % (n, n + 1) for n in range(depth))
    return b'From: x@example.com\nContent-Type: multipart/mixed; boundary="b0"\n\n' + opened


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "null bytes alone": b"\0" * 5_000,
    "ten megabytes": b"Subject: x\n\n" + BIG,
    "ten megabytes of header": b"Subject: " + BIG + b"\n\nx",
    "ten megabytes of short lines": b"Subject: x\n\n" + b"\n" * 10_000_000,
    "a multipart in a multipart, 5,000 times": nested(5_000),
    "short lines in 300 multiparts": nested(300) + b"\n-" * 400_000,
    "short lines in 20 multiparts": nested(18) + b"\n-" * 400_000,
    "a mail in a mail, 5,000 times": b"Content-Type: message/rfc822\n\n" * 5_000,
    "100,000 parts": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 100_000,
    "100,000 parameters": b"Content-Type: text/plain" + b"; a=b" * 100_000 + b"\n\nx",
    "only semicolons": b"Content-Type: multipart/mixed; a=\"" + b";" * 200_000 + b"\n\nx",
    "only semicolons further down": nested(3) + b"Content-Type: multipart/mixed; a=\"" + b";" * 200_000 + b"\n\nx",
    "26,000 encoded words": b"Subject: " + b"=?a?q?b?= " * 26_000 + b"\n\n",
    "a charset of nobody": b"Subject: =?klingon?B?AAAA?=\nContent-Type: text/plain; charset=klingon\n\n\xff\xfe",
    "a codec that is no charset": b"Content-Type: text/plain; charset=zlib\nContent-Transfer-Encoding: base64\n\nAAAA",
    "a codec that takes long": b"Content-Type: text/plain; charset=punycode\n\na-" + b"z9" * 125_000,
    "broken base64": b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!!=A===",
    "broken uuencode": b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 x\n\xff\xff\nend\n",
    "20,000 recipients": b"Subject: stop\nTo: " + b", ".join(b"x%d@example.org" % n for n in range(20_000)) + b"\n\n",
    "4,000 forged tokens": b"Subject: stop\nTo: "
    + b", ".join(b"uit+%042d@example.nl" % n for n in range(4_000)) + b"\n\n",
    "one local part of 200,000 letters": b"To: uit+" + b"a" * 200_000 + b"@example.nl\nSubject: stop\n\n",
    "a thousand senders": b"".join(b"From: x%d@example.org\n" % n for n in range(1_000)) + b"Subject: stop\n\n",
    "a sender of two": b"From: anna@example.org, bram@example.org\nTo: uit@example.nl\nSubject: stop\n\n",
    "two senders": b"From: anna@example.org\nFrom: bram@example.org\nTo: uit@example.nl\nSubject: stop\n\n",
    "no headers": b"stop\nstop\n\nstop",
    "brackets without end": b"From: " + b"(" * 50_000 + b"<" * 50_000 + b"\nSubject: stop\nTo: uit@example.nl\n\n",
    "dates of no calendar": b"Date: Sat, 99 Foo 99999999 99:99:99 +9999\nReceived: x; " + b"9" * 5_000 + b"\n\n",
    "html without end": b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
    "html that nests": b"Content-Type: text/html\n\n" + b"<b><blockquote>" * 1_300 + b"stop",
    "a thousand findings of brackets": b"".join(
        b'Authentication-Results: x; dmarc=pass (%s\n' % (b'("\\' * 1_300) for _ in range(1_000)
    ) + b"From: anna@example.org\nTo: uit@example.nl\nSubject: stop\n\n",
    "a thousand findings of dots": b"".join(
        b"Authentication-Results: x; dmarc=x %s\n" % (b"a.-" * 1_300) for _ in range(1_000)
    ) + b"From: anna@example.org\nTo: uit@example.nl\nSubject: stop\n\n",
    "a report of 100,000 blocks": b"Content-Type: multipart/report; boundary=b; report-type=delivery-status\n\n--b\n"
    b"Content-Type: message/delivery-status\n\n" + b"Action: failed\nFinal-Recipient: rfc822; x\n\n" * 10_000,
    "a report without fields": b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/delivery-status\n\n",
    "feedback of nothing": b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/feedback-report\n\n",
    "a bounce of one line without end": b"Return-Path: <>\nFrom: mailer-daemon@example.org\nTo: "
    + BACK_TO + b"\n\nSorry, unable to deliver your message to\n" + b"x" * 200_000,
    "a bounce of long lines": b"Return-Path: <>\nFrom: mailer-daemon@example.org\nTo: "
    + BACK_TO + b"\n\nSorry, unable to deliver your message to\n" + (b"x" * 20_000 + b"\n") * 3,
    "surrogates": b"Subject: \xed\xa0\x80\xff stop\nFrom: \xff@\xff\n\n\xed\xa0\x80",
    "a terminal's colours": b"Subject: \x1b[31mrood\x1b[0m =?utf-8?B?G1szMW0=?= \xe2\x80\xae\nFrom: x@example.com\n\n",
}  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=list(HOSTILE))
def test_a_mail_that_means_harm_changes_nothing_and_takes_no_time(small_post: Post, raw: bytes) -> None:
    began = time.process_time()
    answer = small_post.comes(raw)
    assert time.process_time() - began < LONGEST
    assert answer.deed in {"unmatched", "unchanged"}
    assert (small_post.standing(ANNA), small_post.standing(BRAM)) == ("confirmed", "confirmed")
    assert not small_post.records(ANNA)


def with_header(raw: bytes, header: bytes) -> bytes:
    return header + b"\n" + raw


@pytest.mark.parametrize(
    ("raw", "deed"),
    [
        (WISH.replace(b"by Gmail.", b"by Gmail." + BIG), "left"),
        (WISH.replace(b"Subject:", b"X-Null: \0\0\nSubject:"), "left"),
        (with_header(WISH, b"Content-Type: text/plain; charset=\xff\xfe"), "left"),
        (with_header(WISH, b"Cc: " + b", ".join(b"x%d@example.org" % n for n in range(5_000))), "left"),
        (BOUNCE.replace(b"550 5.1.1", b"550 5.1.1 \0\x1b[31m\xff"), "bounced"),
        (BOUNCE.replace(b"user unknown", b"x" * 100_000), "bounced"),
        (BOUNCE.replace(b"Action: failed", b"Action: FAILED (permanent)"), "bounced"),
        (BOUNCE + BIG, "bounced"),
        (BOUNCE[: BOUNCE.index(b"--grens--")], "bounced"),
        (b"\n".join(line for line in BOUNCE.split(b"\n") if not line.startswith(b"Message-ID")), "bounced"),
        (b"From MAILER-DAEMON Sat Nov 28\n" + BOUNCE, "bounced"),
    ],
)
def test_what_is_meant_is_understood_in_spite_of_it(post: Post, raw: bytes, deed: str) -> None:
    assert post.comes(raw).deed == deed
    (record,) = post.records()
    assert len(record.note or "") <= 200
    assert not any(letter < " " for letter in record.note or "")


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(TO, TO.replace(b"uit+", b"uit+a")),
        lambda raw: raw.replace(TO, TO[:-14] + b"a" + TO[-13:]),
        lambda raw: raw.replace(TO, b"x" + TO),
        lambda raw: raw.replace(TO, TO + b".example.com"),
        lambda raw: raw.replace(TO, TO.replace(b"@example.nl", b"@example.com")),
        lambda raw: raw.replace(TO, b"uit+@example.nl"),
        lambda raw: raw.replace(b"To: " + TO, b"To: x@example.com\nSubject: " + TO),
    ],
)
def test_a_token_that_is_not_quite_one_unsubscribes_nobody(small_post: Post, change: Callable[[bytes], bytes]) -> None:
    stranger = WISH.replace(b"anna@example.org", b"vreemd@example.com")
    assert change(stranger) != stranger
    assert small_post.comes(change(stranger)).deed == "unmatched"
    assert small_post.standing() == "confirmed"


def test_a_link_to_preferences_is_no_leave_to_unsubscribe_by_mail(post: Post) -> None:
    raw = mail("by-quote").replace(b"/leave/", b"/preferences/")
    assert post.comes(raw).deed == "unmatched"


def test_a_bounce_inside_a_letter_is_no_bounce(post: Post) -> None:
    letter = b'From: x@example.com\nSubject: Kijk eens\nContent-Type: multipart/mixed; boundary="buiten"\n\n'
    raw = letter + b"--buiten\nContent-Type: message/rfc822\n\n" + BOUNCE + b"\n--buiten--\n"
    assert post.comes(raw).deed == "unmatched"


def test_what_lies_behind_the_most_that_is_read_is_not_seen() -> None:
    raw = b"Subject: x\n\n" + b"x" * MOST + b"stop"
    assert len(read(raw, "a mail").raw) == MOST


SAMPLES = [path.read_bytes() for path in sorted(FOLDER.glob("*.eml"))]


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_mail_damaged_in_any_way_is_read_without_falling_over(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 200)))
        raw[start:end] = data.draw(
            st.binary(max_size=40) | st.sampled_from([b"\n", b"\n\n", b"=?", b'"', b";", b"--grens\n"])
        )
    one = read(bytes(raw), "a mail")
    assert one.subject == one.subject.strip()
    assert isinstance(one.own_text, str)
    assert one.at is None or one.at.tzinfo
    wishes.wants_to_leave(one), wishes.is_automatic(one), wishes.says_nothing(one)
    deliveries(one), feedback(one), odd.failed_for_good(one), odd.words(one)


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "IDNA", "raw_unicode_escape", "Unicode-Escape", "rot13", "klingon"]
)
def test_a_codec_of_the_programming_language_is_no_charset_of_a_mail(charset: str) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\n\nstop \\u0041-é".encode()
    assert read(raw, "a mail").own_text == "stop \\u0041-é"
