"""A mailbox on a real IMAP server on this machine: what is read of it, what is marked in it, and how it fails."""

import ssl
from collections.abc import Iterator

import pytest
import trustme
from imap_server import HANG_UP, SILENCE, Mailbox, running

from newsletter.errors import ProviderError
from newsletter.mailbox import imap
from newsletter.mailbox.imap import Box, Login
from newsletter.mailbox.mail import MOST


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def mailbox(authority: trustme.CA) -> Iterator[Mailbox]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with running(context) as mailbox:
        yield mailbox


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def login(mailbox: Mailbox, **changed: object) -> Login:
    given = {"host": "127.0.0.1", "port": mailbox.port, "user": mailbox.user, "password": mailbox.password}
    return Login(**{**given, "folder": mailbox.folder, **changed})  # type: ignore[arg-type]


def waiting(box: Box) -> list[tuple[str, bytes]]:
    return [(found.place, found.raw) for found in box.waiting()]


def test_what_waits_is_read_and_nothing_about_it_changes(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    mailbox.add(b"Subject: een\r\n\r\n")
    mailbox.add(b"Subject: twee\r\n\r\n", r"\Seen")
    with imap.opened(login(mailbox), trust) as box:
        assert waiting(box) == [("mail 7", b"Subject: een\r\n\r\n"), ("mail 8", b"Subject: twee\r\n\r\n")]
    assert mailbox.flags == {7: set(), 8: {r"\Seen"}}
    assert mailbox.commands[-1] == "LOGOUT"


def test_a_mail_that_was_seen_to_is_marked_and_not_read_again(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    mailbox.add(b"een")
    mailbox.add(b"twee")
    with imap.opened(login(mailbox), trust) as box:
        first, second = box.waiting()
        box.mark(first, for_a_person=False)
        box.mark(second, for_a_person=True)
        assert waiting(box) == []
    assert mailbox.flags == {7: {"$Newsletter", r"\Seen"}, 8: {"$Newsletter"}}
    assert mailbox.mails == {7: b"een", 8: b"twee"}


def test_a_server_without_keywords_is_asked_for_the_unread(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    mailbox.keeps_keywords = False
    mailbox.add(b"gelezen", r"\Seen")
    mailbox.add(b"een")
    mailbox.add(b"twee")
    with imap.opened(login(mailbox), trust) as box:
        first, second = box.waiting()
        box.mark(first, for_a_person=False)
        box.mark(second, for_a_person=True)
        assert waiting(box) == [("mail 9", b"twee")]
    assert mailbox.flags == {7: {r"\Seen"}, 8: {r"\Seen"}, 9: set()}


def test_no_more_is_fetched_of_a_mail_than_is_read(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    mailbox.add(b"x" * (MOST + 1_000_000))
    with imap.opened(login(mailbox), trust) as box:
        assert [len(raw) for _, raw in waiting(box)] == [MOST]


def test_a_mail_that_somebody_takes_away_meanwhile_is_passed_over(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    mailbox.add(b"een")
    mailbox.add(b"twee")
    with imap.opened(login(mailbox), trust) as box:
        found = box.waiting()
        assert next(found).raw == b"een"
        del mailbox.mails[8]
        assert list(found) == []


def test_an_empty_folder_has_nothing(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    with imap.opened(login(mailbox), trust) as box:
        assert waiting(box) == []


@pytest.mark.parametrize(
    ("folder", "spelt"),
    [("Uit lijst", "Uit lijst"), ("Reünie", "Re&APw-nie"), ("A&B", "A&-B"), ('"x"', '"x"'), ("日本", "&ZeVnLA-")],
)
def test_a_folder_may_be_called_anything(mailbox: Mailbox, trust: ssl.SSLContext, folder: str, spelt: str) -> None:
    mailbox.folder = spelt
    with imap.opened(login(mailbox, folder=folder), trust) as box:
        assert waiting(box) == []


def test_without_plain_the_login_is_the_plain_command(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    mailbox.capabilities, mailbox.password, mailbox.user = "IMAP4rev1", 'ge"heim\\', "uit lijst"
    with imap.opened(login(mailbox), trust) as box:
        assert waiting(box) == []
    with pytest.raises(ProviderError, match="a line break"), imap.opened(login(mailbox, password="a\r\nb"), trust):
        pass


def _see_to_all(login: Login, trust: ssl.SSLContext, timeout: float) -> None:
    with imap.opened(login, trust, timeout=timeout) as box:
        for found in box.waiting():
            box.mark(found, for_a_person=False)


def fails(mailbox: Mailbox, trust: ssl.SSLContext, **changed: object) -> str:
    """Read the mailbox, and return the sentence of what goes wrong."""
    with pytest.raises(ProviderError) as failed:
        _see_to_all(login(mailbox, **changed), trust, 0.5 if SILENCE in mailbox.orders.values() else 60)
    assert failed.value.hint
    assert mailbox.password not in str(failed.value)
    return failed.value.sentence


def test_a_wrong_password_is_a_sentence(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    sentence = fails(mailbox, trust, password="fout")
    assert sentence.endswith("does not let uit@example.nl in: [AUTHENTICATIONFAILED] wrong.")


def test_a_folder_that_is_not_there_is_a_sentence(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    sentence = fails(mailbox, trust, folder="Weg")
    assert sentence.endswith("does not open the folder Weg: there is no such folder.")


def test_a_certificate_of_nobody_known_is_a_sentence(mailbox: Mailbox) -> None:
    assert fails(mailbox, ssl.create_default_context()).startswith("The certificate of 127.0.0.1:")


def test_a_server_that_is_not_there_is_a_sentence(mailbox: Mailbox, trust: ssl.SSLContext) -> None:
    assert "cannot be reached" in fails(mailbox, trust, port=1)


@pytest.mark.parametrize("order", [HANG_UP, SILENCE, "NO not now", "BAD what", "rubbish"])
@pytest.mark.parametrize("command", ["AUTHENTICATE", "SELECT", "SEARCH", "FETCH", "STORE"])
def test_a_server_that_breaks_off_or_refuses_is_a_sentence(
    mailbox: Mailbox, trust: ssl.SSLContext, command: str, order: str
) -> None:
    mailbox.add(b"een")
    mailbox.orders[command] = order
    assert fails(mailbox, trust).endswith(".")
    assert mailbox.flags == {7: set()}
