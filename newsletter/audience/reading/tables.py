"""A file → its tables: names of columns, and records of cells. What kind of file it is, its first bytes tell."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from zipfile import ZipFile

from newsletter.audience.reading import jsonlines
from newsletter.audience.reading.archive import lists_in, open_archive
from newsletter.audience.reading.delimited import Delimited, Record
from newsletter.audience.reading.lines import UTF16, Broken, Lines
from newsletter.audience.reading.workbook import PART, sheets
from newsletter.errors import ContentError

MOST_COLUMNS = 1000

_HEAD = 64 * 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHER_KINDS = {
    b"\xd0\xcf\x11\xe0": ("a spreadsheet of an old kind", "Save it as .xlsx or CSV."),
    b"SQLite format 3\0": ("a database", "Export the list from it as CSV."),
    b"%PDF-": ("a PDF", "Import the list that it was made from."),
}
_OPEN_DOCUMENT = "META-INF/manifest.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a file: the names of its columns, on ``line``, and its records, which can be read once.

    ``member`` is the name of the file in an archive that it comes from, ``sheet`` that of a spreadsheet's sheet.
    ``lines`` is its text, when it is one.
    """

    headers: tuple[str, ...]
    line: int
    records: Iterator[Record]
    member: str | None = None
    lines: Lines | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of a file, each opened when it is asked for.

    ``together``: all of them are lists of readers; otherwise one is, the one with a column of addresses.
    ``passed_over`` names the tables of an archive that are no lists.
    """

    tables: Iterable[Table]
    together: bool = False
    passed_over: Sequence[str] = ()


@contextmanager
def open_tables(file: Path) -> Iterator[Tables]:
    """Open a file. Raises: ContentError when it cannot be read, or is nothing that tables are read from."""
    with ExitStack() as stack:
        content = stack.enter_context(_open(file))
        head = content.read(_HEAD)
        content.seek(0)
        if head.startswith(_ZIP):
            yield _unpacked(stack.enter_context(open_archive(content, file)), file, stack)
        else:
            _refuse_other_kinds(head, file)
            yield Tables(tables=(_text_table(content, head, file),))


def _open(file: Path) -> BinaryIO:
    hint = "Name a file with a list of readers."
    if file.is_dir():
        raise ContentError(f"{file} is a folder.", hint)
    if file.exists() and not file.is_file():
        raise ContentError(f"{file} is no ordinary file.", "Save the list in a file first.")
    try:
        return file.open("rb")
    except OSError as error:
        raise ContentError(f"{file} cannot be read: {error.strerror}.", hint) from None


def _refuse_other_kinds(head: bytes, file: Path) -> None:
    """Raises: ContentError for a file that is no text."""
    for beginning, (what, hint) in _OTHER_KINDS.items():
        if head.startswith(beginning):
            raise ContentError(f"{file.name} is {what}.", hint)
    if not head.startswith(UTF16) and b"\0" in head.partition(b"\n")[0]:
        raise ContentError(f"{file.name} is no text.", "Save the list as CSV in UTF-8, or as .xlsx.")


def _text_table(content: BinaryIO, head: bytes, file: Path, member: str | None = None) -> Table:
    text = head.decode("utf-16" if head.startswith(UTF16) else "utf-8", "ignore").lstrip("\ufeff \t\r\n")
    if text.startswith("["):
        hint = "Save it as JSON lines, one object on each; with jq: jq -c '.[]' FILE"
        raise ContentError(f"{member or file.name} is one JSON list.", hint)
    lines = Lines(content)
    if text.startswith("{"):
        names = jsonlines.names(lines, MOST_COLUMNS)
        lines.rewind()
        records = jsonlines.records(lines, names)
        return _table([*names], 1, records, file=file, member=member, lines=lines)
    records = iter(Delimited(lines))
    number, headers = _first(records, file)
    return _table(headers, number, records, file=file, member=member, lines=lines)


def _unpacked(packed: ZipFile, file: Path, stack: ExitStack) -> Tables:
    names = packed.namelist()
    if PART in names:
        return Tables(tables=_sheet_tables(packed, file, stack.enter_context(TemporaryFile())))
    if _OPEN_DOCUMENT in names:
        raise ContentError(f"{file.name} is a document of another kind.", "Save it as .xlsx or CSV.")
    lists, others = lists_in(packed, file)
    return Tables(
        tables=(_member_table(packed, name, file, stack) for name in lists), together=True, passed_over=others
    )


def _sheet_tables(packed: ZipFile, file: Path, copy: BinaryIO) -> Iterator[Table]:
    for name, records in sheets(packed, copy, file):
        number, headers = _first(records, file)
        yield replace(_table(headers, number, records, file=file), sheet=name)


def _member_table(packed: ZipFile, name: str, file: Path, stack: ExitStack) -> Table:
    content = cast("BinaryIO", stack.enter_context(packed.open(name)))
    head = content.read(_HEAD)
    content.seek(0)
    return _text_table(content, head, file, name)


def _first(records: Iterator[Record], file: Path) -> tuple[int, list[str]]:
    """Return the first record with anything in it, and its line; of an empty table, an empty one."""
    for number, cells in records:
        if isinstance(cells, Broken):
            raise ContentError(cells.reason, "The first line names the columns.", file=file.name, line=number)
        if any(cell.strip() for cell in cells):
            return number, cells
    return 1, []


def _table(
    headers: list[str],
    line: int,
    records: Iterator[Record],
    *,
    file: Path,
    member: str | None = None,
    lines: Lines | None = None,
) -> Table:
    if len(headers) > MOST_COLUMNS:
        raise ContentError(
            f"a list has {MOST_COLUMNS:,} columns at most, and this one has more.",
            "Keep the columns that say something of a reader.",
            file=member or file.name,
            line=line,
        )
    return Table(headers=tuple(headers), line=line, records=records, member=member, lines=lines)
