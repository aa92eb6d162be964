"""A folder instead of the internet: each message becomes a file as a mail server would get it, listed in outbox.csv.

The list has a line for every message; files are kept of the first messages and of the largest, or of all.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import ClassVar

from newsletter import mime
from newsletter.model.mail import Message
from newsletter.providers._base import (
    Accepted,
    Capabilities,
    Guard,
    Login,
    NotSent,
    Outcome,
    RequestRefused,
    Trace,
)
from newsletter.validation import Table

LIST = "outbox.csv"
_ROOM = 1_000_000
"""Bytes of the list that are kept in memory."""

COLUMNS = ("n", "delivery", "address", "name", "bytes", "file")


class Settings(Table):
    """``folder`` is emptied at the first message; of how many messages to keep the files, None for all."""

    folder: Path
    keep: int | None = 50


class Outbox:
    """The provider. ``n`` counts messages from 1 in the order in which they came."""

    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=500, batch_bytes=50_000_000)

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.folder
        self._keep = settings.keep
        self._count = 0
        self._largest: tuple[int, int, bytes] = (0, 0, b"")
        # The list but for its last column, which is known at the end.
        self._rows = SpooledTemporaryFile(_ROOM, "w+", encoding="utf-8", newline="")  # noqa: SIM115 (`close` does)
        self._kept: set[str] = set()

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Put messages into the folder. The files of an attempt that the guard stops are not written."""
        contents = [mime.to_bytes(message) for message in messages]
        if not guard():
            raise NotSent(f"Attempt {attempt} was stopped before its last byte.")
        with _trouble(self._folder):
            if not self._count:
                clear(self._folder)
            return [self._put(message, content) for message, content in zip(messages, contents, strict=True)]

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        """Never asked: nothing here is ever in doubt."""
        raise NotImplementedError(attempt, len(messages))

    def verify(self) -> Login:
        """There is nobody to log in with."""
        return Login(verified=True, sentence=f"It writes into {self._folder}.")

    def close(self) -> None:
        """Write the largest message and the list; without a message the folder stays as it was."""
        size, n, content = self._largest
        if not size or self._rows.closed:
            self._rows.close()
            return
        with _trouble(self._folder), self._rows as rows:
            self._write(n, content)
            rows.seek(0)
            with (self._folder / LIST).open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows((*row, f"{row[0]}.eml" if row[0] in self._kept else "") for row in csv.reader(rows))

    def _put(self, message: Message, content: bytes) -> Accepted:
        self._count += 1
        n = self._count
        if self._keep is None or n <= self._keep:
            self._write(n, content)
        if len(content) > self._largest[0]:
            self._largest = (len(content), n, content)
        subscriber = message.subscriber
        row = (n, message.delivery, subscriber.address, subscriber.name, len(content))
        csv.writer(self._rows).writerow(row)
        return Accepted(delivery=message.delivery, provider_id=str(n))

    def _write(self, n: int, content: bytes) -> None:
        (self._folder / f"{n}.eml").write_bytes(content)
        self._kept.add(str(n))


def clear(folder: Path) -> None:
    """Take an earlier rehearsal away, and nothing else that may lie in the folder. Raises: RequestRefused."""
    with _trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.glob("*.eml"):
            if file.stem.isdecimal():
                file.unlink()
        (folder / LIST).unlink(missing_ok=True)


@contextmanager
def _trouble(folder: Path) -> Iterator[None]:
    """Say in a sentence why the folder takes nothing: it may be somebody else's, or the disk full."""
    try:
        yield
    except OSError as error:
        raise RequestRefused(f"The outbox {folder} cannot be used: {error.strerror}.") from None


def connect(settings: Settings) -> Outbox:
    """Make an outbox of a folder."""
    return Outbox(settings)
