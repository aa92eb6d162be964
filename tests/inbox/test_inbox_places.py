"""Where mails lie: files, an mbox, a Maildir, folders and a pipe; nothing there is changed."""

import io
from pathlib import Path

import pytest

from newsletter.errors import UsageError
from newsletter.mailbox.mail import MOST
from newsletter.mailbox.places import Found, in_file, in_stream

ONE = b"Subject: een\n\nEen.\n"
TWO = b"Subject: twee\n\nTwee.\n\n>From hier af aan.\n"


def pairs(path: Path) -> list[tuple[str, bytes]]:
    return [(found.place, found.raw) for found in in_file(path)]


def test_a_file_is_one_mail(tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_bytes(TWO)
    assert pairs(tmp_path / "x.eml") == [("x.eml", TWO)]


def test_an_empty_file_is_an_empty_mail(tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_bytes(b"")
    assert pairs(tmp_path / "x.eml") == [("x.eml", b"")]


def test_an_mbox_is_its_mails(tmp_path: Path) -> None:
    line = b"From anna@example.org Sat Nov 28 06:00:00 2026\n"
    (tmp_path / "mbox").write_bytes(line + ONE + b"From me to you: no blank line stands before this.\n\n" + line + TWO)
    assert pairs(tmp_path / "mbox") == [
        ("mbox, mail 1", ONE + b"From me to you: no blank line stands before this.\n\n"),
        ("mbox, mail 2", TWO),
    ]


def test_a_mail_of_an_mbox_is_read_as_far_as_any_other(tmp_path: Path) -> None:
    line = b"From x\n"
    (tmp_path / "mbox").write_bytes(line + ONE + b"x\n" * MOST + b"\n" + line + TWO)
    first, second = in_file(tmp_path / "mbox")
    assert len(first.raw) <= MOST + 2
    assert second.raw == TWO


def test_an_mbox_of_the_wire_is_its_mails(tmp_path: Path) -> None:
    (tmp_path / "mbox").write_bytes(b"From x\r\nSubject: a\r\n\r\na\r\n\r\nFrom y\r\nSubject: b\r\n\r\nb\r\n")
    assert [raw[:10] for _, raw in pairs(tmp_path / "mbox")] == [b"Subject: a", b"Subject: b"]


def test_a_maildir_is_what_is_new_and_what_was_read(tmp_path: Path) -> None:
    for folder, name in (("new", "2.M1"), ("cur", "1.M1:2,S"), ("tmp", "3.M1"), ("cur", ".hidden")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_bytes(name.encode())
    assert pairs(tmp_path) == [("1.M1:2,S", b"1.M1:2,S"), ("2.M1", b"2.M1")]


def test_a_folder_is_its_files_of_mail_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.eml", "a.eml", "c.txt"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "d.eml").mkdir()
    assert pairs(tmp_path) == [("a.eml", b"a.eml"), ("b.eml", b"b.eml")]


def test_reading_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_bytes(ONE)
    before = (tmp_path / "x.eml").stat().st_mtime_ns
    pairs(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["x.eml"]
    assert (tmp_path / "x.eml").stat().st_mtime_ns == before


def test_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no "):
        pairs(tmp_path / "weg.eml")


def test_a_pipe_is_one_mail_even_when_it_holds_the_line_of_an_mbox() -> None:
    assert in_stream(io.BytesIO(b"From MAILER-DAEMON Sat Nov 28\n" + TWO)) == Found(place="-", raw=TWO)
    assert in_stream(io.BytesIO(ONE + b"\nFrom x\n" + ONE)).raw == ONE + b"\nFrom x\n" + ONE


def test_a_pipe_is_read_to_its_end_though_no_more_is_kept_than_of_any_mail() -> None:
    stream = io.BytesIO(b"x" * 3 * MOST)
    assert len(in_stream(stream).raw) == MOST
    assert stream.read() == b""
