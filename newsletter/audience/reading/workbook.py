"""A spreadsheet (.xlsx) → the rows of its sheets as cells of text.

calamine keeps a sheet in memory as one rectangle, so that two cells in its corners would take all there is. It is given
a copy, each byte of which was counted, and only when that rectangle is small enough.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from newsletter.audience.reading.archive import damaged
from newsletter.audience.reading.delimited import Record
from newsletter.errors import ContentError

PART = "xl/workbook.xml"
"""The part by which an archive is known to be a spreadsheet (ECMA-376, part 1, §12)."""

HIDDEN = " (hidden)"
_MOST_CELLS = 5_000_000
"""In the rectangle of one sheet; calamine takes 32 bytes for each."""
_CHUNK = 1 << 20
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b")


def sheets(archive: ZipFile, copy: BinaryIO, file: Path) -> Iterator[tuple[str, Iterator[Record]]]:
    """Yield the sheets in order, each by its name and as its rows; a sheet is read when it is asked for.

    `HIDDEN` stands behind the name of one that its user does not see.

    ``copy`` is an empty file for what calamine reads. Raises: ContentError when it cannot, or a sheet is too large.
    """
    _copy(archive, copy, file)
    copy.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(copy)
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                seen = sheet.visible == SheetVisibleEnum.Visible
                yield sheet.name + ("" if seen else HIDDEN), _rows(book.get_sheet_by_name(sheet.name))
    except CalamineError:
        raise damaged(file) from None


def _rows(sheet: CalamineSheet) -> Iterator[Record]:
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_text(cell) for cell in row]


def _text(cell: object) -> str:
    """Spell a cell as it would stand in a CSV file: a whole number without decimals, a date as 2026-11-28."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.isoformat(" ")
        case _:
            return str(cell)


def _copy(archive: ZipFile, copy: BinaryIO, file: Path) -> None:
    with ZipFile(copy, "w", ZIP_DEFLATED, compresslevel=1) as packed:
        for member in archive.infolist():
            extent = _Extent()
            with archive.open(member) as source, packed.open(member.filename, "w") as target:
                for chunk in iter(partial(source.read, _CHUNK), b""):
                    target.write(chunk)
                    if _SHEET.fullmatch(member.filename):
                        extent.add(chunk)
            if extent.rows * extent.columns > _MOST_CELLS:
                size = f"{extent.rows:,} rows and {extent.columns:,} columns"
                raise ContentError(f"{file.name} has a sheet of {size}, which is too large.", "Save the list as CSV.")


class _Extent:
    """How large a rectangle the cells of a sheet span, told from its XML chunk by chunk.

    A row or cell that does not say where it stands follows on the one before.
    """

    def __init__(self) -> None:
        self._last_row = self._last_column = self._rows = self._unplaced = 0
        self._tail = b""

    @property
    def rows(self) -> int:
        """Rows, at most."""
        return max(self._last_row, self._rows)

    @property
    def columns(self) -> int:
        """Columns, at most."""
        return max(self._last_column, self._unplaced)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes; a tag that they end in is kept for the next time."""
        text = self._tail + chunk
        end = text.rfind(b"<") if b"<" in text else len(text)
        text, self._tail = text[:end], text[end:]
        places = _PLACE.findall(text)
        self._last_row = max([self._last_row, *{int(row) for _, row in places}])
        self._last_column = max([self._last_column, *map(_number, {column for column, _ in places})])
        self._rows += len(_ROW.findall(text))
        self._unplaced += len(_CELL.findall(text)) - sum(1 for column, _ in places if column)


def _number(column: bytes) -> int:
    """``A`` → 1, ``XFD`` → 16384."""
    number = 0
    for letter in column:
        number = number * 26 + letter - ord("A") + 1
    return number
