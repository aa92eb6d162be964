"""The outbox: each message as a mail server would get it, and a list of all."""

import csv
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import examples
import pytest

from newsletter import mime
from newsletter.errors import ProviderError
from newsletter.model.mail import Edition, Message
from newsletter.model.subscriber import Subscriber
from newsletter.providers import outbox


@pytest.fixture
def message(edition_of: Callable[[str], Edition], root: Path) -> Callable[..., Message]:
    """``message(3, name="…")``: to the third reader."""
    merge = examples.merge_for(edition_of("empty"), examples.config(root))

    def message(n: int, name: str = "") -> Message:
        return merge(Subscriber(id=f"{n:032x}", address=f"lezer{n}@example.org", name=name), delivery=f"d{n}")

    return message


def put(folder: Path, messages: list[Message], keep: int | None = 50) -> list[dict[str, str]]:
    """Send messages two at a time and return the rows of the list."""
    with closing(outbox.connect(outbox.Settings(folder=folder, keep=keep))) as box:
        for at in range(0, len(messages), 2):
            box.send(f"a{at}", messages[at : at + 2], lambda: True)
    with (folder / "outbox.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_holds_the_bytes_that_a_mail_server_would_get(message: Callable[..., Message], tmp_path: Path) -> None:
    put(tmp_path, [message(1), message(2)])
    assert (tmp_path / "2.eml").read_bytes() == mime.to_bytes(message(2))


def test_the_list_has_a_line_for_every_message(message: Callable[..., Message], tmp_path: Path) -> None:
    rows = put(tmp_path, [message(n, name='Anna "de" Wit, jr.') for n in range(1, 6)], keep=0)
    assert [row["n"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["address"] for row in rows] == [f"lezer{n}@example.org" for n in range(1, 6)]
    assert {row["name"] for row in rows} == {'Anna "de" Wit, jr.'}
    assert all(int(row["bytes"]) == len(mime.to_bytes(message(1, name='Anna "de" Wit, jr.'))) for row in rows)


def test_files_are_kept_of_the_first_and_of_the_largest(message: Callable[..., Message], tmp_path: Path) -> None:
    rows = put(tmp_path, [message(n, name="x" * 50 if n == 4 else "") for n in range(1, 6)], keep=2)
    assert sorted(file.name for file in tmp_path.glob("*.eml")) == ["1.eml", "2.eml", "4.eml"]
    assert [row["file"] for row in rows] == ["1.eml", "2.eml", "", "4.eml", ""]


def test_files_of_all_are_kept_when_asked_for(message: Callable[..., Message], tmp_path: Path) -> None:
    put(tmp_path, [message(n) for n in range(1, 8)], keep=None)
    assert len(list(tmp_path.glob("*.eml"))) == 7


def test_an_earlier_outbox_goes_and_nothing_else(message: Callable[..., Message], tmp_path: Path) -> None:
    put(tmp_path, [message(n) for n in range(1, 4)])
    (tmp_path / "bewaar.eml").write_text("x")
    (tmp_path / "notities.txt").write_text("x")
    put(tmp_path, [message(1)])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["1.eml", "bewaar.eml", "notities.txt", "outbox.csv"]


def test_a_folder_that_cannot_be_used_is_an_error_in_a_sentence(
    message: Callable[..., Message], tmp_path: Path
) -> None:
    (tmp_path / "bestand").write_text("x")
    with pytest.raises(ProviderError, match=r"outbox .*bestand cannot be used"):
        put(tmp_path / "bestand", [message(1)])


def test_a_rehearsal_that_does_not_come_to_a_message_leaves_the_earlier_one(
    message: Callable[..., Message], tmp_path: Path
) -> None:
    put(tmp_path, [message(1)])
    outbox.connect(outbox.Settings(folder=tmp_path)).close()
    assert (tmp_path / "1.eml").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("name", ["2.eml", "outbox.csv"])
def test_a_disk_that_is_full_is_a_sentence(message: Callable[..., Message], tmp_path: Path, name: str) -> None:
    box = outbox.connect(outbox.Settings(folder=tmp_path))
    box.send("a1", [message(1)], lambda: True)
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(ProviderError, match="No space left on device"), closing(box):
        box.send("a2", [message(2)], lambda: True)
