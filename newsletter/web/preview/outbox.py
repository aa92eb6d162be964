"""The rehearsal's outbox as pages: its list, searched and sorted, and the messages it kept.

The list may have a line for each of 200,000 readers. Lines are skipped and searched as they are, and only those of the
page asked for are taken apart: no name or address holds a line break, so a line is a message.
"""

import csv
import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from newsletter.providers.outbox import COLUMNS, LIST

PAGE = 50
"""Messages on a page."""

Order = Literal["sent", "largest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for in the list: ``words`` in address or name (all of it for none), in which order, which page."""

    words: str = ""
    order: Order = "sent"
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Question":
        """Read a question from an address; nonsense there is as if it were not there."""
        page = query.get("page", "")
        return cls(
            words=query.get("find", "").strip()[:200],
            order="largest" if query.get("order") == "largest" else "sent",
            page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page) else 1,
        )

    def but(self, **changes: object) -> str:
        """Return the end of the address of a question that differs in ``changes``."""
        asked: dict[str, object] = {"find": self.words, "order": self.order, "page": self.page, **changes}
        usual = {"find": "", "order": "sent", "page": 1}
        told = {key: value for key, value in asked.items() if value != usual[key]}
        return "?" + urlencode(told) if told else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message in the list; ``kept`` says whether its file is there."""

    n: int
    address: str
    name: str
    bytes: int
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of the list: ``found`` of ``total`` messages answer the question; ``page`` is one of ``pages``, from 1."""

    rows: tuple[Row, ...]
    found: int
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """An outbox's folder that holds a rehearsal."""

    folder: Path

    @property
    def when(self) -> datetime:
        """When it was finished (aware UTC)."""
        return datetime.fromtimestamp((self.folder / LIST).stat().st_mtime, UTC)

    def listing(self, question: Question) -> Listing:
        """Answer a question with one page of the list; the last page when it asks for one beyond."""
        total = sum(1 for _ in self._lines())
        found = sum(1 for _ in _matching(self._lines(), question.words)) if question.words else total
        pages = max(1, -(-found // PAGE))
        page = min(question.page, pages)
        matching = _matching(self._lines(), question.words)
        if question.order == "largest":
            matching = iter(heapq.nlargest(page * PAGE, matching, key=_bytes))
        lines = islice(matching, (page - 1) * PAGE, page * PAGE)
        return Listing(rows=tuple(_rows(lines)), found=found, total=total, page=page, pages=pages)

    def content(self, n: int) -> bytes | None:
        """Return the n-th message as a mail server would get it, None when its file was not kept."""
        file = self.folder / f"{n}.eml"
        return file.read_bytes() if file.is_file() else None

    def first(self) -> bytes | None:
        """Return a message that was kept, None when there is none any more."""
        kept = next((file for file in sorted(self.folder.glob("*.eml")) if file.stem.isdecimal()), None)
        return kept.read_bytes() if kept else None

    def _lines(self) -> Iterator[str]:
        """Yield the lines of the list but the first, which names the columns."""
        with (self.folder / LIST).open(encoding="utf-8", newline="") as file:
            yield from islice(file, 1, None)


def rehearsed(folder: Path) -> Rehearsed | None:
    """Return the rehearsal that an outbox's folder holds, None when there is none."""
    return Rehearsed(folder) if (folder / LIST).is_file() else None


def _matching(lines: Iterable[str], words: str) -> Iterator[str]:
    """Yield the lines whose address or name holds the words, in any case."""
    wanted = words.casefold()
    if not wanted:
        return iter(lines)
    # Most lines are told apart without taking them apart; quotes are doubled in the file.
    likely = (line for line in lines if wanted.replace('"', '""') in line.casefold())
    return (line for line in likely if _holds(next(_rows([line])), wanted))


def _holds(row: Row, wanted: str) -> bool:
    return wanted in row.address.casefold() or wanted in row.name.casefold()


def _bytes(line: str) -> int:
    return int(line.rsplit(",", 2)[1])


def _rows(lines: Iterable[str]) -> Iterator[Row]:
    for cells in csv.reader(lines):
        row = dict(zip(COLUMNS, cells, strict=True))
        yield Row(
            n=int(row["n"]),
            address=row["address"],
            name=row["name"],
            bytes=int(row["bytes"]),
            kept=bool(row["file"]),
        )
