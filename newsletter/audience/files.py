"""A list of readers in a CSV file → subscribers, and the lines that are none, with the reason."""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from newsletter import addresses
from newsletter.errors import ContentError
from newsletter.model.subscriber import Subscriber

if TYPE_CHECKING:
    from _csv import Reader

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "address": ("email", "e-mail", "email address", "e-mailadres", "mail", "address", "adres"),
    "name": ("name", "naam", "full name"),
    "joined": ("joined", "day of joining", "aangemeld", "subscribed", "date joined"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ENCODINGS = ("utf-8-sig", "cp1252")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A line that gives no subscriber: where it stands (counted from 1), what it says, and why not."""

    line: int
    address: str
    kind: Literal["invalid", "double"]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderList:
    """What a file held: subscribers in its order, and the rejects. Together they are its lines."""

    subscribers: tuple[Subscriber, ...]
    rejects: tuple[Reject, ...]


def read_list(file: Path) -> ReaderList:
    """Read a CSV file with a line of column names, one of them for the address; comma, semicolon or tab.

    A subscriber's id is made from the address, so that the same list gives the same links; it is fit for rehearsals
    only. Raises: ContentError when the file cannot be read or has no column of addresses.
    """
    text = _text_of(file)
    lines = text.splitlines()
    separator = max(",;\t", key=(lines[0] if lines else "").count)
    rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), file)
    columns = _columns(next(rows, (1, []))[1], file)
    seen: dict[str, int] = {}
    results = [_subscriber(_named(row, columns), line, seen) for line, row in rows]
    return ReaderList(
        subscribers=tuple(r for r in results if isinstance(r, Subscriber)),
        rejects=tuple(r for r in results if isinstance(r, Reject)),
    )


def _text_of(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ContentError(f"{file} cannot be read: {error.strerror}.", "Name a CSV file of readers.") from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise ContentError(f"{file} is no text.", "Export the list as CSV; a spreadsheet itself cannot be read.")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ContentError(f"{file} is no text.", "Save the list as CSV in UTF-8.")


def _columns(names: Sequence[str], file: Path) -> dict[str, int]:
    """Map our names to the places of the file's columns. Raises: ContentError when none holds addresses."""
    places = {name.strip().casefold(): place for place, name in reversed([*enumerate(names)])}
    found = {
        ours: places[spelling] for ours, spellings in _COLUMNS.items() for spelling in spellings if spelling in places
    }
    if "address" not in found:
        raise ContentError(
            f"no column of addresses; it has: {', '.join(places) or 'nothing'}.",
            "Name the column of addresses “email” in the first line.",
            file=file.name,
            line=1,
        )
    return found


def _rows(reader: "Reader", file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins on; lines with nothing in them are passed over."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            hint = 'A value with a quotation mark needs it twice: "".'
            raise ContentError(f"{error}.", hint, file=file.name, line=line) from None
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield line, row


def _named(row: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    """Name the cells we want; a row may be shorter than the first line."""
    return {name: row[place].strip() if place < len(row) else "" for name, place in columns.items()}


def _subscriber(row: Mapping[str, str], line: int, seen: dict[str, int]) -> Subscriber | Reject:
    address = row["address"]
    if fault := addresses.fault(address):
        return Reject(line=line, address=address, kind="invalid", reason=fault)
    if _CONTROL.search(row.get("name", "")):
        reason = "The name holds a line break or another control character."
        return Reject(line=line, address=address, kind="invalid", reason=reason)
    key = addresses.key(address)
    if key in seen:
        return Reject(line=line, address=address, kind="double", reason=f"It stands on line {seen[key]} already.")
    try:
        joined = date.fromisoformat(row["joined"]) if row.get("joined") else None
    except ValueError:
        return Reject(
            line=line,
            address=address,
            kind="invalid",
            reason=f"“{row['joined']}” is no date; write 2026-10-03.",
        )
    seen[key] = line
    identity = hashlib.sha256(b"rehearsal\0" + key.encode()).hexdigest()[:32]
    return Subscriber(id=identity, address=address, name=row.get("name", ""), joined=joined)
