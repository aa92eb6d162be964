"""The rehearsal: the real path for every reader, everything counted, nothing leaves."""

import csv
import socket
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest

from newsletter import app, build, links, mime, workspace
from newsletter.audience.files import read_list
from newsletter.build import Built
from newsletter.errors import ConfigError, ContentError, UsageError
from newsletter.rendering.faults import faults
from newsletter.send.preflight import missing
from newsletter.send.rehearsal import Rehearsal
from newsletter.workspace import Workspace

SECRET = "een-geheim-van-zestig-schapen"
SAMPLE_LINES = 12

Rehearse = Callable[..., Rehearsal]


def paper_in(root: Path, **environment: str) -> Workspace:
    return workspace.find(root, environment)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample workspace, whose outbox is each test's own."""
    root = tmp_path_factory.mktemp("paper")
    workspace.init(root)
    return root


@pytest.fixture(scope="module")
def built(root: Path) -> Built:
    return build.build(paper_in(root))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every socket refuses to connect."""

    def refuse(*_: object) -> None:
        raise AssertionError("a rehearsal opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def rehearse(root: Path, built: Built, offline: None) -> Rehearse:
    """``rehearse(file, keep_all=True)``: rehearse the sample issue, without a network."""

    def run(file: Path | None = None, *, keep_all: bool = False, secret: str = "") -> Rehearsal:
        paper = paper_in(root, NEWSLETTER_SECRET=secret)
        with app.mailing(paper, built, file=file) as mailing:
            rehearsal, folder = app.rehearse(paper, built, mailing, keep_all=keep_all, progress=lambda _: None)
        assert folder == outbox(root)
        return rehearsal

    return run


def outbox(root: Path) -> Path:
    return root / "build" / "2026-10-03" / "outbox"


def listed(root: Path) -> list[dict[str, str]]:
    with (outbox(root) / "outbox.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def message(file: Path) -> EmailMessage:
    parsed = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def many(folder: Path, count: int, *, largest: int) -> Path:
    """A list of so many readers, one of whom has a long name."""
    rows = [f"lezer{n}@example.org,{'Wilhelmina ' * 9 if n == largest else 'Jan'}" for n in range(1, count + 1)]
    file = folder / "subscribers.csv"
    file.write_text("\n".join(("email,name", *rows)) + "\n", "utf-8")
    return file


def last_of(count: int) -> int:
    """Which of so many readers of a list is the last in the order of their ids, in which they are mailed."""
    return max(range(1, count + 1), key=lambda n: sha256(b"rehearsal\0lezer%d@example.org" % n).hexdigest())


# Counting


def test_readers_and_rejects_are_the_lines_of_the_list(root: Path, rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    assert rehearsal.readers + len(rehearsal.rejects) == SAMPLE_LINES
    assert sorted(reject.kind for reject in rehearsal.rejects) == ["double", "invalid"]
    double, invalid = sorted(rehearsal.rejects, key=lambda reject: reject.kind)
    assert (double.address, double.line) == ("A.VandenBerg@Example.org", 11)
    assert "line 2" in double.reason
    assert invalid.address == "saskia@"
    assert len(listed(root)) == rehearsal.readers


def test_every_domain_is_counted_most_readers_first(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    counts = [count for _, count in rehearsal.domains]
    assert sum(counts) == rehearsal.readers
    assert counts == sorted(counts, reverse=True)
    assert dict(rehearsal.domains)["example.nl"] == 3


def test_the_sample_has_no_fault_and_its_size_is_told(root: Path, rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    assert rehearsal.faults == ()
    sizes = {row["address"]: int(row["bytes"]) for row in listed(root)}
    assert sum(sizes.values()) == rehearsal.bytes
    address, size = rehearsal.largest
    assert sizes[address] == size == max(sizes.values())


def test_the_headers_shown_are_those_of_the_first_message(root: Path, rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    head = (outbox(root) / "1.eml").read_bytes().partition(b"\r\n\r\n")[0]
    assert rehearsal.headers.encode() == head
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in rehearsal.headers


def test_progress_is_told_of_every_message(root: Path, built: Built, tmp_path: Path) -> None:
    paper = paper_in(root)
    checked_and_sent: list[int] = []
    with app.mailing(paper, built, file=many(tmp_path, 1_001, largest=1)) as mailing:
        assert mailing.readers == 1_001
        app.rehearse(paper, built, mailing, keep_all=False, progress=checked_and_sent.append)
    assert checked_and_sent[:2] == [1_000, 1]
    assert sum(checked_and_sent[2:]) == 1_001


def test_the_fingerprint_is_that_of_the_build(built: Built, rehearse: Rehearse) -> None:
    assert rehearse().fingerprint == built.edition.fingerprint


# The outbox


def test_the_list_names_every_reader_and_the_file_of_each_that_was_kept(root: Path, rehearse: Rehearse) -> None:
    rehearse()
    rows = listed(root)
    assert [row["n"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert len({row["delivery"] for row in rows}) == len(rows)
    assert all((outbox(root) / row["file"]).stat().st_size == int(row["bytes"]) for row in rows)
    assert {row["address"] for row in rows} >= {"hanako@example.com", "piet+krant@example.nl"}


def test_of_many_the_first_fifty_and_the_largest_are_kept(root: Path, rehearse: Rehearse, tmp_path: Path) -> None:
    late = last_of(60)
    rehearsal = rehearse(many(tmp_path, 60, largest=late))
    assert rehearsal.largest[0] == f"lezer{late}@example.org"
    kept = {int(file.stem) for file in outbox(root).glob("*.eml")}
    assert kept == {*range(1, 51), 60}
    assert [int(row["n"]) for row in listed(root) if row["file"]] == sorted(kept)
    assert len(listed(root)) == 60


def test_all_are_kept_when_asked_and_an_earlier_rehearsal_is_cleared(
    root: Path, rehearse: Rehearse, tmp_path: Path
) -> None:
    rehearse(many(tmp_path, 53, largest=2), keep_all=True)
    assert len(list(outbox(root).glob("*.eml"))) == 53
    (outbox(root) / "aantekening.eml").write_text("van mij")
    rehearse()
    assert len(list(outbox(root).glob("[0-9]*.eml"))) == len(listed(root)) == 10
    assert (outbox(root) / "aantekening.eml").exists()


def test_every_message_is_read_as_mail_and_asks_its_own_reader_only(root: Path, rehearse: Rehearse) -> None:
    rehearse(secret=SECRET)
    key = links.signing_key(paper_in(root, NEWSLETTER_SECRET=SECRET).config)
    people = {person.address: person for person in read_list(paper_in(root).sample_readers).subscribers}
    tokens = set()
    for row in listed(root):
        parsed = message(outbox(root) / row["file"])
        assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
        address = parsed["List-Unsubscribe"].strip("<>")
        token = address.rpartition("/")[2]
        assert links.verify([key], "leave", token) == people[row["address"]].id
        assert all(address in part.get_content() for part in parsed.iter_parts())
        assert parsed["X-Newsletter-Delivery"] == row["delivery"]
        tokens.add(token)
    assert len(tokens) == len(listed(root))


def test_no_message_holds_another_reader_s_name_or_address(root: Path, rehearse: Rehearse) -> None:
    rehearse()
    rows = listed(root)
    for row in rows:
        text = "".join(part.get_content() for part in message(outbox(root) / row["file"]).iter_parts())
        others = {o["address"] for o in rows} - {row["address"]}
        assert not [other for other in others if other in text]


def test_markup_in_a_name_reaches_the_mail_as_words(root: Path, rehearse: Rehearse) -> None:
    rehearse()
    row = next(row for row in listed(root) if row["address"] == "bram@example.com")
    html = message(outbox(root) / row["file"]).get_body(("html",))
    assert html
    assert "<b>Bakker" not in html.get_content()


def test_pictures_point_to_where_readers_will_find_them(root: Path, rehearse: Rehearse) -> None:
    rehearse()
    html = message(outbox(root) / "1.eml").get_body(("html",))
    assert html
    assert 'src="https://weekbrief.example.nl/pictures/' in html.get_content()
    assert 'src="pictures/' not in html.get_content()


# Keys and what is missing


def test_a_rehearsal_without_a_secret_uses_the_demo_key_and_says_so(rehearse: Rehearse) -> None:
    rehearsal = rehearse()
    assert rehearsal.demo_key
    assert any("NEWSLETTER_SECRET" in want for want in rehearsal.missing)


def test_a_rehearsal_with_a_secret_signs_with_it(rehearse: Rehearse) -> None:
    rehearsal = rehearse(secret=SECRET)
    assert not rehearsal.demo_key
    assert not any("NEWSLETTER_SECRET" in want for want in rehearsal.missing)
    assert SECRET not in repr(rehearsal)


def test_a_secret_that_is_too_short_is_refused(rehearse: Rehearse) -> None:
    with pytest.raises(ConfigError, match="shorter than 16"):
        rehearse(secret="kort")


def test_what_a_real_send_wants_is_named_until_it_is_there(root: Path, tmp_path: Path) -> None:
    assert len(missing(paper_in(root).config)) == 2
    toml = (root / "newsletter.toml").read_text("utf-8")
    bare = toml.replace('url = "https://weekbrief', '# url = "https://weekbrief').replace(
        'address = "Post', '# address = "Post'
    )
    (tmp_path / "newsletter.toml").write_text(bare, "utf-8")
    assert [want.partition(":")[0] for want in missing(paper_in(tmp_path).config)] == [
        "A provider",
        "A public address for readers' pages",
        "A postal address",
        "A secret that signs the links to unsubscribe",
    ]
    full = toml.replace('# provider = "smtp"', 'provider = "outbox"')
    (tmp_path / "newsletter.toml").write_text(full, "utf-8")
    assert missing(paper_in(tmp_path, NEWSLETTER_SECRET=SECRET).config) == ()


# Faults


def test_a_message_that_is_wrong_is_named_with_its_reader(built: Built) -> None:
    key = links.DEMO_KEY
    right = built.message
    assert list(faults(right, mime.to_bytes(right), key)) == []
    stranger = replace(right, unsubscribe=f"https://example.nl/leave/{links.sign(key, 'leave', '5e' * 16)}")
    assert list(faults(stranger, mime.to_bytes(stranger), key)) == ["Its link to unsubscribe is not this reader's."]
    purpose = replace(right, unsubscribe=f"https://x.nl/leave/{links.sign(key, 'preferences', right.subscriber.id)}")
    assert len(list(faults(purpose, mime.to_bytes(purpose), key))) == 1
    long = mime.to_bytes(right) + b"x" * 77 + b"\r\n"
    assert list(faults(right, long, key)) == ["It has a line of more than 76 characters."]


def test_a_fault_of_every_message_is_counted_for_every_reader(root: Path, tmp_path: Path, offline: None) -> None:
    workspace.init(tmp_path)
    toml = (tmp_path / "newsletter.toml").read_text("utf-8").replace("https://weekbrief", "http://weekbrief")
    (tmp_path / "newsletter.toml").write_text(toml, "utf-8")
    paper = paper_in(tmp_path)
    built = build.build(paper)
    (tmp_path / "build" / "2026-10-03" / "outbox").mkdir(parents=True)
    (tmp_path / "build" / "2026-10-03" / "outbox" / "1.eml").write_text("van een eerdere keer")
    with app.mailing(paper, built) as mailing:
        rehearsal, folder = app.rehearse(paper, built, mailing, keep_all=False, progress=lambda _: None)
    assert (len(rehearsal.faults), rehearsal.readers, list(folder.iterdir())) == (10, 0, [])
    assert {fault.sentence for fault in rehearsal.faults} == {
        "Its one-click address is not https://, as RFC 8058 demands."
    }
    assert "a.vandenberg@example.org" in {fault.address for fault in rehearsal.faults}


# The list


def test_a_list_that_is_not_there_is_named(root: Path, built: Built) -> None:
    with (
        pytest.raises(UsageError, match=r"no list of readers .*weg\.csv") as caught,
        app.mailing(paper_in(root), built, file=root / "weg.csv"),
    ):
        pass
    assert "--list" in caught.value.hint


@pytest.mark.parametrize("text", ["email\n", "email\nniemand@\n"], ids=["empty", "only invalid"])
def test_a_list_without_anybody_to_mail_is_a_sentence(rehearse: Rehearse, tmp_path: Path, text: str) -> None:
    (tmp_path / "leeg.csv").write_text(text, "utf-8")
    with pytest.raises(ContentError, match="no reader who can be mailed"):
        rehearse(tmp_path / "leeg.csv")
