"""What follows from each kind of mail: those of real servers and programs, with invented people in them."""

import sys

import pytest
from inbox_mails import ANNA, BRAM, FOLDER, KEY, NOW, Post, mail, mailbox_of, return_path_of
from listed import one

from newsletter.links import Key

WHAT_FOLLOWS = {
    "postfix": ("bounced", "5.1.1: there is no such mailbox"),
    "postfix-no-domain": ("bounced", "5.4.4: the server says that the address is gone"),
    "postfix-full": ("unchanged", "5.2.2: the mailbox is full"),
    "postfix-gave-up": ("unchanged", "4.4.1: it may still arrive"),
    "postfix-delayed": ("unchanged", "not failed: delayed"),
    "postfix-delivered": ("unchanged", "not failed: delivered"),
    "outlook-blocked": ("unchanged", "5.7.1: it was refused as a matter of policy"),
    "outlook-unavailable": ("bounced", "5.5.0: the server says that the address is gone"),
    "microsoft365": ("bounced", "5.4.1: the server says that the address is gone"),
    "exim": ("bounced", "5.0.0: the server says that the address is gone"),
    "exim-says-little": ("unchanged", "5.0.0: nothing says that the address is gone"),
    "opensmtpd": ("bounced", "5.1.1: there is no such mailbox"),
    "blocklist-as-unknown": ("unchanged", "5.1.1: nothing says that the address is gone"),
    "other-address": ("unmatched", "it is about another address than the reader's"),
    "passed-on": ("bounced", "5.1.1: there is no such mailbox"),
    "no-inbox": ("unmatched", "it quotes a reader's mail, and did not come back to his return path"),
    "forged-bounce": ("unmatched", "it quotes a reader's mail, and did not come back to his return path"),
    "headers-alone": ("bounced", "5.1.10: the domain takes no mail"),
    "qmail": ("bounced", "5.1.1: there is no such mailbox"),
    "qmail-full": ("unchanged", "nothing says that the address is gone"),
    "complaint": ("complained", "feedback: abuse"),
    "complaint-withdrawn": ("unmatched", "a report of not-spam"),
    "complaint-of-another": ("unmatched", "it is about mail to another address than the reader's"),
    "gmail-button": ("left", "he wanted to leave"),
    "program-s-button": ("left", "he wanted to leave"),
    "empty": ("left", "he wanted to leave"),
    "dutch-html": ("left", "he wanted to leave"),
    "forwarded-pipe": ("left", "he wanted to leave"),
    "by-sender": ("left", "known by the sender's address, which our mail server checked"),
    "by-liar": ("unmatched", "our mail server did not find that it is from whom it says"),
    "by-anybody": ("unmatched", "our mail server did not find that it is from whom it says"),
    "by-quote": ("left", "known by the mail he quoted"),
    "by-quote-of-another": ("unmatched", "its sender is a reader, and quotes the mail of another one"),
    "stranger": ("unmatched", "nobody on the list has the address it is from"),
    "forged-token": ("unmatched", "the address it was sent to is none that we signed"),
    "letter": ("unmatched", "it says something else"),
    "vacation": ("unchanged", "a program answered"),
    "vacation-without-a-word": ("unchanged", "a program answered"),
    "receipt": ("unchanged", "a program answered"),
}
STANDS = {"left": "left", "bounced": "bounced", "complained": "complained"}


def test_every_mail_of_the_folder_has_its_line_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(WHAT_FOLLOWS)


@pytest.mark.parametrize("name", WHAT_FOLLOWS)
def test_what_follows_from_a_mail(small_post: Post, name: str) -> None:
    deed, why = WHAT_FOLLOWS[name]
    answer = small_post.comes(mail(name))
    assert (answer.deed, answer.why.partition("; ")[0]) == (deed, why)
    assert small_post.standing(ANNA) == STANDS.get(deed, "confirmed")
    assert small_post.standing(BRAM) == "confirmed"


@pytest.mark.parametrize("name", WHAT_FOLLOWS)
def test_the_same_mail_twice_changes_nothing_twice(small_post: Post, name: str) -> None:
    first = small_post.comes(mail(name))
    story = small_post.records()
    again = small_post.comes(mail(name))
    assert small_post.records() == story
    assert again.deed == ("unmatched" if first.deed == "unmatched" else "unchanged")


@pytest.mark.parametrize("name", WHAT_FOLLOWS)
def test_lines_may_end_as_on_the_wire(small_post: Post, name: str) -> None:
    answer = small_post.comes(mail(name).replace(b"\n", b"\r\n"))
    assert (answer.deed, answer.why.partition("; ")[0]) == WHAT_FOLLOWS[name]


@pytest.mark.parametrize("name", [name for name, (deed, _) in WHAT_FOLLOWS.items() if deed in STANDS])
def test_with_a_token_that_another_key_signed_nothing_follows(small_post: Post, name: str) -> None:
    if name != "by-sender":
        assert small_post.comes(mail(name, key=Key(secret=b"een ander geheim, van wie dan ook"))).deed == "unmatched"
        assert small_post.standing() == "confirmed"


@pytest.mark.parametrize("name", ["postfix", "qmail", "complaint", "gmail-button", "by-sender", "by-quote"])
def test_on_either_database_somebody_goes_once(post: Post, name: str) -> None:
    deed, _ = WHAT_FOLLOWS[name]
    assert [post.comes(mail(name)).deed, post.comes(mail(name)).deed] == [deed, "unchanged"]
    assert [record.what for record in post.records()] == [deed]


def test_a_token_of_an_old_key_still_counts(post: Post) -> None:
    old = Key(secret=b"het geheim van voor de verhuizing")
    post.keys = (KEY, old)
    assert post.comes(mail("postfix", key=old)).deed == "bounced"


def test_a_bounce_is_written_down_with_its_code_and_words_and_without_any_address(post: Post) -> None:
    post.comes(mail("postfix"))
    (record,) = post.records()
    assert (record.what, record.source, record.at) == ("bounced", "bounce", NOW)
    assert record.note == (
        "5.1.1: there is no such mailbox; "
        "smtp; 550 5.1.1 …: Recipient address rejected: User unknown in virtual mailbox table"
    )


def test_the_name_before_the_at_is_no_word_of_a_record_either(post: Post) -> None:
    raw = mail("exim").replace(b"No such user here", b"No such user: Anna, or anna@example.org")
    post.comes(raw)
    assert "anna" not in str(post.records()[0].note).lower()


def test_whoever_leaves_by_mail_is_written_down_so(post: Post) -> None:
    post.comes(mail("by-sender"))
    (record,) = post.records()
    assert (record.what, record.source, record.note) == ("left", "mail", WHAT_FOLLOWS["by-sender"][1])


def test_a_complaint_is_written_down_as_one(post: Post) -> None:
    post.comes(mail("complaint"))
    assert [(record.what, record.source) for record in post.records()] == [("complained", "complaint")]


@pytest.mark.parametrize("name", ["postfix", "headers-alone", "qmail", "complaint"])
def test_whoever_was_forwarded_a_mail_cannot_have_its_reader_suppressed(small_post: Post, name: str) -> None:
    returned = mail(name).replace(return_path_of(ANNA).encode(), mailbox_of(ANNA).encode())
    assert returned != mail(name)
    assert small_post.comes(returned).deed == "unmatched"
    assert small_post.standing() == "confirmed"


def test_a_wish_to_the_address_that_mails_come_back_to_is_one_too(post: Post) -> None:
    raw = mail("gmail-button").replace(mailbox_of(ANNA).encode(), return_path_of(ANNA).encode())
    assert post.comes(raw).deed == "left"


def test_a_mail_to_the_addresses_of_two_readers_is_nobody_s(post: Post) -> None:
    both = f"{mailbox_of(ANNA)}, {mailbox_of(BRAM)}".encode()
    answer = post.comes(mail("gmail-button").replace(mailbox_of(ANNA).encode(), both))
    assert (answer.deed, answer.why) == ("unmatched", "it holds the tokens of several readers")
    assert (post.standing(ANNA), post.standing(BRAM)) == ("confirmed", "confirmed")


def test_without_a_mailbox_neither_a_bounce_nor_a_wish_is_known_by_anything(post: Post) -> None:
    post.inbox = None
    assert post.comes(mail("gmail-button")).deed == "unmatched"
    assert post.comes(mail("by-sender")).deed == "unmatched"
    assert post.comes(mail("postfix")).deed == "unmatched"


def test_who_is_not_on_the_list_any_more_is_left_alone(post: Post) -> None:
    gone = one("weg@example.org")
    answer = post.comes(mail("gmail-button", gone))
    assert (answer.deed, answer.why) == ("unchanged", "its reader is on the list no more")


def test_a_reader_whose_address_is_the_end_of_another_one_is_not_taken_for_him(post: Post) -> None:
    raw = mail("other-address").replace(b"ann@elders.example.org", b"joanna@example.org")
    assert post.comes(raw).deed == "unmatched"


def test_without_flufl_bounce_an_odd_bounce_is_for_a_person(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flufl.bounce", None)
    assert post.comes(mail("qmail")).deed == "unmatched"
    assert post.comes(mail("postfix")).deed == "bounced"


def test_an_odd_bounce_without_a_sender_is_understood_and_nothing_is_written_to_the_terminal(
    small_post: Post, capfd: pytest.CaptureFixture[str]
) -> None:
    raw = mail("qmail").replace(b"From: MAILER-DAEMON@mx.example.org\n", b"")
    assert small_post.comes(raw).deed == "bounced"
    assert capfd.readouterr().err == ""
