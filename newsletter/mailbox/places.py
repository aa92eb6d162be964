"""Where mails lie: a file, an mbox, a Maildir, a folder of files, or the standard input. Nothing there is changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from newsletter.errors import UsageError
from newsletter.mailbox.mail import MOST

_FROM = b"From "
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A mail where it lies: what to call the place, and at most `MOST` bytes of it."""

    place: str
    raw: bytes = field(repr=False)


def in_file(path: Path) -> Iterator[Found]:
    """Yield the mails of a file or folder, in the order of their names. Raises: UsageError when there is none."""
    if path.is_dir():
        yield from _in_folder(path)
    elif path.exists():
        with path.open("rb") as file:
            yield from _in_mbox(file, path.name) if file.peek(len(_FROM)).startswith(_FROM) else [_one(file, path.name)]
    else:
        raise UsageError(f"There is no {path}.", "Name a mail, an mbox, a Maildir or a folder; - reads one mail.")


def in_stream(stream: BinaryIO) -> Found:
    """Read the one mail of a pipe, and the rest of it away: a mail server takes a pipe that closes early for a failure.

    Servers may put a line of an mbox before it.
    """
    found = _one(stream, "-")
    while stream.read(_PIECE):
        pass
    return found


def _in_folder(folder: Path) -> Iterator[Found]:
    maildir = [folder / name for name in ("new", "cur") if (folder / name).is_dir()]
    files = [file for part in maildir for file in part.iterdir()] if maildir else list(folder.glob("*.eml"))
    for path in sorted(file for file in files if file.is_file() and not file.name.startswith(".")):
        with path.open("rb") as file:
            yield _one(file, path.name)


def _one(file: BinaryIO, place: str) -> Found:
    raw = file.read(MOST)
    return Found(place=place, raw=raw.partition(b"\n")[2] if raw.startswith(_FROM) else raw)


def _in_mbox(file: BinaryIO, name: str) -> Iterator[Found]:
    """Yield the mails of an mbox (RFC 4155): each begins with ``From `` after a blank line."""
    number, mail, was_blank = 0, bytearray(), True
    while line := file.readline(_PIECE):
        if was_blank and line.startswith(_FROM):
            if number:
                yield Found(place=f"{name}, mail {number}", raw=bytes(mail))
            number, mail = number + 1, bytearray()
        elif len(mail) < MOST:
            mail += line
        was_blank = line in {b"\n", b"\r\n"}
    if number:
        yield Found(place=f"{name}, mail {number}", raw=bytes(mail))
