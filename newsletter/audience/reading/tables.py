"""A file → its tables: names of columns, and records of cells. What kind of file it is, its first bytes tell."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from newsletter.audience.reading import archive, jsonlines, workbook
from newsletter.audience.reading.delimited import Delimited, Record
from newsletter.audience.reading.lines import Broken, Lines
from newsletter.errors import ContentError

MOST_COLUMNS = 1000

_HEAD = 64 * 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_KINDS = {
    b"\xd0\xcf\x11\xe0": ("a spreadsheet of an old kind", "Save it as .xlsx or CSV."),
    b"SQLite format 3\0": ("a database", "Export the list from it as CSV."),
    b"%PDF-": ("a PDF", "Import the list it was made from."),
}
_OPEN_DOCUMENT = "META-INF/manifest.xml"
_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a file: the names of its columns, on ``line``, and its records, which can be read once.

    ``member`` is the name of the file in an archive that it comes from. ``lines`` is its text, if it is one.
    """

    headers: tuple[str, ...]
    line: int
    records: Iterator[Record]
    member: str | None = None
    lines: Lines | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of a file, each opened when it is asked for.

    Either all of them are lists of readers (``together``, an archive), or one is: the first with a column of addresses.
    ``passed_over`` names the tables in an archive that are no lists.
    """

    tables: Iterable[Table]
    together: bool = False
    passed_over: Sequence[str] = ()


@contextmanager
def open_tables(file: Path) -> Iterator[Tables]:
    """Open the tables of a file. Raises: ContentError when it cannot be read or is none; nothing is read of it yet."""
    with ExitStack() as stack:
        content = stack.enter_context(_open(file))
        head = content.read(_HEAD)
        content.seek(0)
        yield _tables(content, head, file, stack)
'''+'' if False else '')
