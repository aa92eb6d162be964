"""A list of readers in a file, read without the store: what it says of each reader, and the lines that give none.

CSV, tabs or semicolons, JSON lines, .xlsx, and the exports of other programs, zipped or not. A bad line never stops the
good ones, and none is passed over in silence. Memory does not grow with the list, but for a spreadsheet's.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile
from zoneinfo import ZoneInfo

from newsletter import addresses
from newsletter.audience.reading.archive import damaged
from newsletter.audience.reading.columns import Columns, arrange, check_headers, doubtful, mapping, spelling
from newsletter.audience.reading.exports import Export, recognise
from newsletter.audience.reading.rows import Reject, Row, Rows
from newsletter.audience.reading.tables import Table, Tables, open_tables
from newsletter.audience.reading.workbook import HIDDEN
from newsletter.errors import ContentError
from newsletter.model.subscriber import FieldType, Subscriber

__all__ = ["ReaderList", "Reading", "Reject", "Row", "open_list", "read_list", "readers_in"]

_ANY_ZONE = ZoneInfo("UTC")
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderList:
    """What a file held: subscribers in its order, and the rejects. Together they are its lines.

    A line that is refused but for its opt-out is in both.
    """

    subscribers: tuple[Subscriber, ...]
    rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One table of a list, and how it is read."""

    table: Table
    export: Export | None
    columns: Columns
    rows: Rows


class Reading:
    """A list that is open. Iterate once: its rows and rejects, in order; together they are all that hold anything.

    Of a line that is *partly* refused there are both.

    Through the files of an archive the lines are counted on. ``origin`` names the program whose export it is, None
    when it is nobody's. ``header`` are the names of the columns, under which the cells of a reject stand; ``columns``
    tells of each what it is read as: our name, or *ignored* and why. ``doubtful`` are those that may tell who left and
    are not read; of an export it is known, and of some only when the lines were read. ``address_at`` is the place of
    the addresses in ``header``, counted from 0.
    """

    def __init__(
        self, file: Path, parts: Sequence[_Part], named: Mapping[str, str], passed_over: Sequence[str]
    ) -> None:
        self._file = file
        self._parts = parts
        self._passed_over = passed_over
        self._begins: dict[str, int] = {}
        self.origin = parts[0].export.name if parts[0].export else None
        self.header = tuple(dict.fromkeys(name for part in parts for name in part.columns.readings))
        self.address_at = next(at for at, name in enumerate(self.header) if _is_read_as_address(parts, name))
        self.columns = {name: said for part in reversed(parts) for name, said in part.columns.readings.items()}
        self._doubtful = () if self.origin else doubtful(self.columns, named)

    def __iter__(self) -> Iterator[Row | Reject]:
        last = 0
        with _damage_told(self._file):
            for part in self._parts:
                before = last
                self._begins[part.table.member or ""] = before + 1
                for found in part.rows.read((line + before, cells) for line, cells in part.table.records):
                    last = found.line
                    yield found if isinstance(found, Row) else self._told(found, part, before)

    @property
    def doubtful(self) -> Sequence[str]:
        """The headers, each once, in no order but that those told by their names come first."""
        telling = (header for part in self._parts for header in sorted(part.rows.telling))
        return tuple(dict.fromkeys((*self._doubtful, *telling)))

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about how it was read; all of them are known when its end was reached."""
        notes = []
        if foreign := sum(part.table.lines.foreign for part in self._parts if part.table.lines):
            notes.append(f"Lines read as Windows-1252, as they are no UTF-8: {foreign:,}.")
        if len(self._parts) > 1:
            begins = ", ".join(f"{member} from {line:,}" for member, line in self._begins.items())
            notes.append(f"Lines are counted through its files: {begins}.")
        if self._passed_over:
            notes.append(f"Not read in it: {_some(self._passed_over)}.")
        return (
            *notes,
            *dict.fromkeys(part.export.caution for part in self._parts if part.export and part.export.caution),
        )

    def _told(self, reject: Reject, part: _Part, before: int) -> Reject:
        """Put a reject's cells under the common header, and name its place in its own file."""
        if part.table.member is None:
            return reject
        cells = dict(zip(part.columns.readings, reject.cells, strict=False))
        reason = f"{reject.reason} (Line {reject.line - before} of {part.table.member}.)"
        return replace(reject, reason=reason, cells=tuple(cells.get(name, "") for name in self.header))


@contextmanager
def open_list(
    file: Path, *, fields: Mapping[str, FieldType], columns: Mapping[str, str], zone: ZoneInfo
) -> Iterator[Reading]:
    """Open a list of readers. ``fields`` are the own fields with their types, ``columns`` what the user says that a
    column is, by its name; moments without offset are those of ``zone``, unless the program that exported it is known.

    Raises: ContentError when the file cannot be read as a list, also while it is read; UsageError when ``columns`` name
    what is not there.
    """
    named = mapping(columns, fields)
    with open_tables(file) as tables:
        with _damage_told(file):
            reading = _reading(file, tables, fields, named, zone)
        yield reading


def read_list(file: Path) -> ReaderList:
    """Read a whole list for a rehearsal, each address once.

    A subscriber's id is made from the address, so that the same list gives the same links; it is fit for rehearsals
    only. Raises: ContentError when the file cannot be read or has no column of addresses.
    """
    found = tuple(readers_in(file))
    return ReaderList(
        subscribers=tuple(one for one in found if isinstance(one, Subscriber)),
        rejects=tuple(one for one in found if isinstance(one, Reject)),
    )


def readers_in(file: Path) -> Iterator[Subscriber | Reject]:
    """Yield the same as `read_list` returns, as it is read. Raises: as it."""
    seen: dict[str, int] = {}
    with open_list(file, fields={}, columns={}, zone=_ANY_ZONE) as reading:
        for found in reading:
            if isinstance(found, Reject):
                yield found
            elif (first := seen.setdefault(found.key, found.line)) != found.line:
                yield _double(found, first)
            else:
                yield _subscriber(found)


def _double(row: Row, first: int) -> Reject:
    reason = f"It stands on line {first} already."
    return Reject(line=row.line, address=row.address, kind="double", reason=reason)


def _subscriber(row: Row) -> Subscriber:
    return Subscriber(
        id=hashlib.sha256(b"rehearsal\0" + row.key.encode()).hexdigest()[:32],
        address=row.address,
        name=row.name or "",
        joined=row.joined,
        language=row.language,
        status=row.status or "confirmed",
        reason=row.reason,
        paused_until=row.paused_until,
        tags=row.tags,
    )


def _reading(
    file: Path, tables: Tables, fields: Mapping[str, FieldType], named: Mapping[str, str], zone: ZoneInfo
) -> Reading:
    """Choose the lists among the tables of a file, and see how each is read."""
    parts: list[_Part] = []
    others: list[Table] = []
    for table in tables.tables:
        part = _part(file, table, fields, named, zone)
        if "address" not in part.columns.places or _is_hidden(table):
            others.append(table)
        else:
            parts.append(part)
    check_headers(named, [header for table in (*(part.table for part in parts), *others) for header in table.headers])
    if not parts:
        raise _no_addresses(file, others)
    if not tables.together:
        _refuse_two_lists(file, parts, others)
    passed_over = (table.member or table.sheet or "" for table in others if table.headers)
    return Reading(file, parts, named, [*tables.passed_over, *passed_over])


def _refuse_two_lists(file: Path, parts: Sequence[_Part], others: Sequence[Table]) -> None:
    """Raises: ContentError when a second sheet lists addresses: it may be of those who left."""
    more = [part.table for part in parts[1:]] + [
        table for table in others if any(map(_is_address, table.headers)) and not _is_hidden(table)
    ]
    if more:
        raise ContentError(
            f"{file.name} has more than one sheet with addresses: “{parts[0].table.sheet}” and “{more[0].sheet}”.",
            "Save each as a file of its own; in a list of those who left, add a column “left” with yes on each line.",
        )


def _part(file: Path, table: Table, fields: Mapping[str, FieldType], named: Mapping[str, str], zone: ZoneInfo) -> _Part:
    export = recognise([spelling(header) for header in table.headers])
    columns = arrange(table.headers, export, fields, named)
    rows = Rows(columns, export, fields=fields, zone=zone, file=table.member or file.name)
    return _Part(table=table, export=export, columns=columns, rows=rows)


def _no_addresses(file: Path, tables: Sequence[Table]) -> ContentError:
    table = tables[0] if tables else None
    headers = [header.strip() for header in table.headers if header.strip()] if table else []
    line = table.line if table else 1
    if any(map(_is_address, headers)):
        hint = "Put a line above it that names the columns: email, name."
        return ContentError("the first line is a reader, and names no columns.", hint, file=file.name, line=line)
    hint = "Name the column of addresses “email” in the first line, or say with --map which it is."
    return ContentError(
        f"no column of addresses; it has: {_some(headers) or 'nothing'}.", hint, file=file.name, line=line
    )


def _is_read_as_address(parts: Sequence[_Part], header: str) -> bool:
    return any(part.columns.readings.get(header) == "address" for part in parts)


def _is_hidden(table: Table) -> bool:
    return table.sheet is not None and table.sheet.endswith(HIDDEN)


def _is_address(text: str) -> bool:
    return addresses.fault(text.strip()) is None


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


@contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    """Turn what goes wrong while bytes are read into a ContentError."""
    try:
        yield
    except (BadZipFile, NotImplementedError, EOFError, zlib.error):
        raise damaged(file) from None
    except OSError as error:
        raise ContentError(f"{file} cannot be read: {error.strerror}.", "Try again, or copy the file here.") from None
