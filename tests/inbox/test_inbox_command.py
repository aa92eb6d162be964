"""`newsletter inbox` as one types it: what it does to the list, what it says, and never a whole address."""

import io
import json
import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from imap_server import Mailbox, running
from inbox_mails import ANNA, BRAM, SECRET, mail, mailbox_of
from listed import put

from newsletter import workspace
from newsletter.cli import main
from newsletter.store import consents, subscribers
from newsletter.store.database import Store

Said = tuple[int, str, str]
Typed = Callable[..., Said]


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a mailbox."""
    workspace.init(tmp_path, empty=True)
    configure(tmp_path, 'address = "uit@example.nl"')
    monkeypatch.setenv("NEWSLETTER_SECRET", SECRET)
    return tmp_path


def configure(paper: Path, *lines: str) -> None:
    """Set the keys of ``[inbox]``."""
    toml = (paper / "newsletter.toml").read_text("utf-8").partition("[inbox]")[0]
    (paper / "newsletter.toml").write_text("\n".join([toml, "[inbox]", *lines, ""]), "utf-8")


@pytest.fixture
def store(paper: Path, sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    """The workspace's list, with two readers."""
    sqlite_addresses().rename(paper / "newsletter.db")
    with closing(Store(paper / "newsletter.db")) as store:
        put(store, ANNA, BRAM)
        yield store


@pytest.fixture
def typed(paper: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """``typed("x.eml")``: what the command ends with, and says on stdout and stderr."""

    def type_(*words: str, piped: bytes = b"") -> Said:
        monkeypatch.chdir(paper)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
        monkeypatch.setattr(sys, "argv", ["newsletter", "inbox", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return type_


def standing(store: Store) -> tuple[str, str]:
    """How Anna and Bram stand."""
    with store.reading() as transaction:
        both = [subscribers.get(transaction, one.id) for one in (ANNA, BRAM)]
    anna, bram = (known.subscriber.reason or known.subscriber.status if known else "nobody" for known in both)
    return anna, bram


def test_it_does_what_mails_ask_and_tells_of_each_and_lists_what_it_cannot_match(
    paper: Path, typed: Typed, store: Store
) -> None:
    folder = paper / "post"
    folder.mkdir()
    (folder / "1.eml").write_bytes(mail("postfix"))
    (folder / "2.eml").write_bytes(mail("gmail-button", BRAM))
    (folder / "3.eml").write_bytes(mail("vacation", BRAM))
    (folder / "4.eml").write_bytes(mail("letter"))
    code, out, said = typed("post")
    assert (code, said) == (0, "")
    assert standing(store) == ("bounced", "left")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["mail", "date", "from", "subject", "what", "why"]
    assert [line[:3] for line in lines if line[0] == "4.eml"] == [["4.eml", "2026-11-28", "08:00"]]
    assert [line[0] for line in lines if line[0].endswith(".eml")] == ["1.eml", "2.eml", "3.eml", "4.eml"]
    assert "De pont" in out
    assert [line for line in lines if len(line) == 2 and line[1] == "1"] == [
        ["left", "1"], ["bounced", "1"], ["unchanged", "1"], ["unmatched", "1"],
    ]  # fmt: skip


def test_no_address_is_shown_whole(paper: Path, typed: Typed, store: Store) -> None:
    raw = mail("letter").replace(b"Subject: De pont", b"Subject: Schrijf bram@example.org of jan@example.com")
    (paper / "x.eml").write_bytes(raw)
    for options in ((), ("--json",)):
        _, out, said = typed("x.eml", *options)
        assert "a…@example.org" in out
        assert not [whole for whole in ("anna@", "bram@", "jan@", "uit+") if whole in out + said]


def test_a_dry_run_says_the_same_and_does_nothing(paper: Path, typed: Typed, store: Store) -> None:
    (paper / "x.eml").write_bytes(mail("postfix"))
    _, foretold, said = typed("x.eml", "--dry-run")
    assert said == "Nothing was changed: this is what would be done about each mail by itself.\n"
    assert standing(store) == ("confirmed", "confirmed")
    with store.reading() as transaction:
        assert consents.of(transaction, ANNA.id) == ()
    assert typed("x.eml")[1] == foretold
    assert standing(store)[0] == "bounced"


def test_as_data_it_has_the_counts_and_each_mail(paper: Path, typed: Typed, store: Store) -> None:
    (paper / "x.eml").write_bytes(mail("postfix"))
    code, out, said = typed("x.eml", "--json")
    data = json.loads(out)
    assert (code, said) == (0, "")
    assert data["counts"] == {"left": 0, "bounced": 1, "complained": 0, "unchanged": 0, "unmatched": 0}
    (one,) = data["mails"]
    assert (one["place"], one["deed"], one["subscriber"]) == ("x.eml", "bounced", ANNA.id)
    assert one["at"] == "2026-11-28T06:00:09+01:00"


def test_a_pipe_delivers_one_mail(typed: Typed, store: Store) -> None:
    piped = b"From anna@example.org Sat Nov 28\n" + mail("forwarded-pipe")
    assert typed("-", piped=piped)[0] == 0
    assert standing(store)[0] == "left"


def test_a_mail_server_can_pipe_a_large_mail_into_it(paper: Path, store: Store) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "newsletter", "inbox", "-"],
        input=mail("gmail-button") + b"x" * 3_000_000,
        capture_output=True,
        cwd=paper,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert standing(store)[0] == "left"


def test_a_server_that_writes_its_findings_further_down_can_be_named(typed: Typed, store: Store) -> None:
    piped = b"Received: by imap.example.nl; Sat, 28 Nov 2026 08:00:01 +0100\n" + mail("by-sender")
    assert "unmatched" in typed("-", piped=piped)[1]
    typed("-", "--server", "mail.example.nl", piped=piped)
    assert standing(store)[0] == "left"


def test_nothing_to_read_is_said(paper: Path, typed: Typed, store: Store) -> None:
    (paper / "leeg").mkdir()
    assert typed("leeg") == (0, "", "There are no mails.\n")


def test_many_mails_are_counted_and_those_for_a_person_all_listed(paper: Path, typed: Typed, store: Store) -> None:
    (paper / "post").mkdir()
    for number in range(60):
        (paper / "post" / f"a{number:02}.eml").write_bytes(mail("vacation"))
        (paper / "post" / f"b{number:02}.eml").write_bytes(mail("stranger"))
    _, out, said = typed("post")
    assert (out.count("a program answered"), out.count("b59.eml"), out.count("nobody on the list")) == (50, 1, 60)
    assert said == "… and 10 more.\n"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("weg.eml",), 2, "There is no weg.eml."),
        (("-", "x.eml"), 2, "- reads the one mail of a pipe, and nothing else was expected."),
        (("imap",), 3, "newsletter.toml: `inbox.host` is not set, so there is no mailbox to read."),
    ],
)
def test_a_mistake_is_a_sentence(typed: Typed, store: Store, words: tuple[str, ...], code: int, sentence: str) -> None:
    ended, out, said = typed(*words)
    assert (ended, out, said.splitlines()[0]) == (code, "", sentence)


def test_without_a_secret_no_token_can_be_trusted(
    paper: Path, typed: Typed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEWSLETTER_SECRET")
    (paper / "x.eml").write_bytes(mail("postfix"))
    code, out, said = typed("x.eml")
    assert (code, out) == (3, "")
    assert "NEWSLETTER_SECRET" in said


def test_without_a_list_it_says_so(paper: Path, typed: Typed) -> None:
    (paper / "x.eml").write_bytes(mail("postfix"))
    code, out, said = typed("x.eml")
    assert (code, out) == (5, "")
    assert said.startswith("There is no list of readers")


@pytest.fixture
def mailbox(paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The mailbox that the configuration names, whose authority the system trusts."""
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with running(context) as mailbox:
        host = ('host = "127.0.0.1"', f"port = {mailbox.port}", 'user = "uit@example.nl"')
        configure(paper, 'address = "uit@example.nl"', *host)
        monkeypatch.setenv("NEWSLETTER_INBOX_PASSWORD", mailbox.password)
        yield mailbox


def test_the_mailbox_is_read_once_and_what_is_for_a_person_stays_unread(
    typed: Typed, store: Store, mailbox: Mailbox
) -> None:
    mailbox.add(mail("postfix"), r"\Seen")
    mailbox.add(mail("stranger"))
    code, out, _ = typed("imap")
    assert code == 0
    assert [line[:6] for line in out.splitlines() if re.match(r"mail \d", line)] == ["mail 7", "mail 8"]
    assert standing(store) == ("bounced", "confirmed")
    assert mailbox.flags == {7: {r"\Seen", "$Newsletter"}, 8: {"$Newsletter"}}
    assert typed("imap") == (0, "", "There are no mails.\n")


def test_a_dry_run_marks_nothing_in_the_mailbox(typed: Typed, store: Store, mailbox: Mailbox) -> None:
    mailbox.add(mail("postfix"))
    assert typed("imap", "--dry-run")[0] == 0
    assert mailbox.flags == {7: set()}
    assert not [command for command in mailbox.commands if "STORE" in command]


def test_what_was_seen_to_before_the_mailbox_broke_off_is_told(typed: Typed, store: Store, mailbox: Mailbox) -> None:
    mailbox.add(mail("stranger"))
    mailbox.add(mail("stranger"))
    mailbox.breaks_at = {8: "NO gone"}
    code, out, said = typed("imap")
    assert (code, said.splitlines()[0]) == (6, "The mailbox refuses FETCH: gone.")
    assert "nobody on the list has the address it is from" in out


def test_without_its_password_the_mailbox_is_not_asked(
    typed: Typed, store: Store, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEWSLETTER_INBOX_PASSWORD")
    code, _, said = typed("imap")
    assert (code, said.splitlines()[0]) == (3, "NEWSLETTER_INBOX_PASSWORD is not set.")
    assert mailbox.commands == []


def test_the_address_of_a_mailbox_may_have_a_name(paper: Path, typed: Typed, store: Store) -> None:
    configure(paper, 'address = "Weekbrief <uit@example.nl>"')
    assert mailbox_of(ANNA).endswith("@example.nl")
    assert typed("-", piped=mail("gmail-button"))[0] == 0
    assert standing(store)[0] == "left"
