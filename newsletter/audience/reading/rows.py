"""The records of a table → rows, each what a list says of one reader, and rejects. A million pass through here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import PurePosixPath
from typing import Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from newsletter import addresses
from newsletter.audience.reading import values
from newsletter.audience.reading.columns import IN_PARTS, SAID, Columns
from newsletter.audience.reading.delimited import Record
from newsletter.audience.reading.exports import (
    BLOCKED,
    BOUNCED,
    COMPLAINED,
    CONFIRMED,
    LEFT,
    PENDING,
    WORDS,
    Export,
)
from newsletter.audience.reading.lines import Broken
from newsletter.audience.reading.values import Standing, Unusable
from newsletter.model.subscriber import FieldType, Reason, Status, Value

_Meaning = TypeVar("_Meaning")

_NOWHERE = -1
"""The place of what has no column: an empty cell is put behind each record."""

_UNKNOWN = (None, None)
BY_WEIGHT = (_UNKNOWN, CONFIRMED, PENDING, LEFT, BLOCKED, BOUNCED, COMPLAINED)
"""What a list may say of consent; of several the heaviest counts."""

_HAPPENED = {"left": LEFT, "bounced": BOUNCED, "complained": COMPLAINED}
_REASONS = {"complained": COMPLAINED, "bounced": BOUNCED}


class Row(NamedTuple):
    """What a list says of one reader; None or empty where it says nothing.

    ``line`` is counted from 1, ``address`` as written, ``key`` what its spellings have in common, ``joined`` a day in
    the newsletter's zone; ``tags`` are in alphabetical order. A tuple, as a million are made and put aside.
    """

    line: int
    address: str
    key: str
    name: str | None
    language: str | None
    joined: date | None
    status: Status | None
    reason: Reason | None
    paused_until: date | None
    tags: tuple[str, ...]
    fields: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A line that gives no reader: where it stands (counted from 1), what it says, and why not.

    ``cells`` are the line as it stood, under the headers of its list; of a line that could not be cut into cells, its
    beginning.
    """

    line: int
    address: str
    kind: Literal["invalid", "double"]
    reason: str
    cells: tuple[str, ...] = ()


class Rows:
    """The rows and rejects of a table, in order; together they are its records, but for those with nothing in them.

    ``file`` is the name that the table came under.
    """

    def __init__(
        self,
        columns: Columns,
        export: Export | None,
        *,
        fields: Mapping[str, FieldType],
        zone: ZoneInfo,
        file: str,
    ) -> None:
        self._width = columns.width
        self._places = {name: columns.places.get(name, _NOWHERE) for name in SAID}
        self._name_places = [columns.places[name] for name in ("name", *IN_PARTS) if name in columns.places]
        self._days = lru_cache(4096)(partial(values.day, zone=zone, moments=export.moments if export else None))
        self._words = {**WORDS, **export.words} if export else WORDS
        name = PurePosixPath(file).name.lower()
        self._everyone = _by_beginning(name, export.everyone) if export else None
        self._refused = _by_beginning(name, export.refused) if export else None
        self._says_standing = not columns.places.keys().isdisjoint(("status", "wanted", *_HAPPENED))
        self._converters = {name: values.converter(type_, name, self._days) for name, type_ in fields.items()}
        self._own = [(name, place, self._converters[name]) for name, place in columns.own.items()]

    def read(self, records: Iterable[Record]) -> Iterator[Row | Reject]:
        """Yield a row or a reject for each record that holds anything."""
        for line, cells in records:
            if isinstance(cells, Broken):
                yield Reject(line=line, address="", kind="invalid", reason=cells.reason, cells=(cells.text,))
                continue
            try:
                yield self._row(line, cells)
            except Unusable as unusable:
                if any(cell.strip() for cell in cells):
                    yield self._reject(line, cells, str(unusable))

    def _row(self, line: int, cells: list[str]) -> Row:
        if self._refused:
            raise Unusable(self._refused)
        if len(cells) != self._width:
            self._fit(cells)
        cells.append("")
        places = self._places
        address = cells[places["address"]].strip()
        if fault := addresses.fault(address):
            raise Unusable(fault)
        language = cells[places["language"]].strip()
        joined = cells[places["joined"]].strip()
        status, reason = self._standing(cells) if self._says_standing else self._everyone or _UNKNOWN
        paused_until = cells[places["paused_until"]].strip()
        tags = cells[places["tags"]].strip()
        return Row(
            line,
            address,
            addresses.key(address),
            self._name(cells) or None,
            values.language(language) if language else None,
            self._days(joined) if joined else None,
            status,
            reason,
            self._days(paused_until) if paused_until else None,
            values.tags(tags) if tags else (),
            self._fields(cells),
        )

    def _fit(self, cells: list[str]) -> None:
        """Make a record as wide as the table; cells with nothing in them may be missing or too many."""
        if any(cell.strip() for cell in cells[self._width :]):
            found = f"{len(cells):,} values for {self._width:,} columns"
            raise Unusable(f"The line has {found}; put quotes around one that holds a separator.")
        del cells[self._width :]
        cells.extend([""] * (self._width - len(cells)))

    def _name(self, cells: Sequence[str]) -> str:
        """The name, or its parts together."""
        if len(self._name_places) == 1:
            name = cells[self._name_places[0]]
        else:
            name = " ".join(part for place in self._name_places if (part := cells[place].strip()))
        return values.plain(name, "name", values.LONGEST_NAME)

    def _standing(self, cells: Sequence[str]) -> Standing | tuple[None, None]:
        """The worst of all that a record says of consent."""
        said = [self._everyone] if self._everyone else []
        if status := cells[self._places["status"]].strip():
            found = values.standing(status, self._words)
            said.append(self._with_reason(cells) if found == BLOCKED else found)
        if values.YES.get(cells[self._places["wanted"]].strip().casefold()) is False:
            said.append(LEFT)
        for name, standing in _HAPPENED.items():
            if (text := cells[self._places[name]].strip()) and values.happened(text):
                said.append(standing)
        return max(said, key=BY_WEIGHT.index, default=_UNKNOWN)

    def _with_reason(self, cells: Sequence[str]) -> Standing:
        return _REASONS.get(cells[self._places["reason"]].strip().casefold(), BLOCKED)

    def _fields(self, cells: Sequence[str]) -> dict[str, Value]:
        found = {name: convert(text) for name, place, convert in self._own if (text := cells[place].strip())}
        if nested := cells[self._places["fields"]].strip():
            for name, text in values.fields(nested, self._converters).items():
                found.setdefault(name, self._converters[name](text))
        return found

    def _reject(self, line: int, cells: list[str], reason: str) -> Reject:
        if not cells[-1]:
            cells.pop()
        address = "".join(cells[self._places["address"] :][:1]).strip()
        return Reject(line=line, address=address, kind="invalid", reason=reason, cells=tuple(cells))


def _by_beginning(name: str, meanings: Mapping[str, _Meaning]) -> _Meaning | None:
    return next((meaning for beginning, meaning in meanings.items() if name.startswith(beginning)), None)
