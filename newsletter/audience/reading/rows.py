"""The records of a table → rows, each what a list says of one reader, and rejects. A million pass through here."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
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
    NOT_WANTED,
    PENDING,
    TELLING,
    WORDS,
    Export,
)
from newsletter.audience.reading.lines import Broken
from newsletter.audience.reading.values import YES, Standing, Unusable
from newsletter.model.subscriber import FieldType, Reason, Status, Value

_Meaning = TypeVar("_Meaning")

_NOWHERE = -1
"""The place of what has no column: an empty cell is put behind each record."""

_WITH_A_NAME = (
    "The address stands in <…> behind something else; put it alone here, and a name into a column of its own."
)
_UNKNOWN = (None, None)
BY_WEIGHT = (_UNKNOWN, CONFIRMED, PENDING, LEFT, BLOCKED, BOUNCED, COMPLAINED)
"""What a list may say of consent; of several the heaviest counts."""

Out = Literal["left", "blocked", "bounced", "complained"]
"""A way in which somebody opted out."""

_OUTS: Mapping[Standing, Out] = {LEFT: "left", BLOCKED: "blocked", BOUNCED: "bounced", COMPLAINED: "complained"}
_STANDING: Mapping[Out, Standing] = {out: standing for standing, out in _OUTS.items()}
_BY_OUT: Mapping[str, Standing] = {out: standing for standing, out in _OUTS.items()}
_NO = frozenset(word for word, yes in YES.items() if not yes and word != "0") | NOT_WANTED
_HAPPENED = {"left": LEFT, "bounced": BOUNCED, "complained": COMPLAINED}
_REASONS = {"complained": COMPLAINED, "bounced": BOUNCED}


class Row(NamedTuple):
    """What a list says of one reader; None or empty where it says nothing.

    ``line`` is counted from 1, ``address`` as written, ``key`` what its spellings have in common, ``joined`` a day in
    the newsletter's zone; ``tags`` are in alphabetical order. ``also`` are the ways in which he opted out beside the
    one that ``status`` and ``reason`` tell of, the lightest first. A tuple, as a million are made and put aside.
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
    also: tuple[Out, ...] = ()

    @property
    def outs(self) -> tuple[Out, ...]:
        """All ways in which he opted out, the heaviest first."""
        heaviest = _OUTS.get((self.status, self.reason)) if self.status else None
        return (heaviest, *reversed(self.also)) if heaviest else ()

    def also_out(self, outs: Iterable[Out]) -> "Row":
        """The same, of a reader who opted out in these ways too."""
        status, reason, also = together([(self.status, self.reason), *map(_STANDING.__getitem__, (*self.outs, *outs))])
        return self._replace(status=status, reason=reason, also=also)


def together(
    said: Iterable[tuple[Status | None, Reason | None]],
) -> tuple[Status | None, Reason | None, tuple[Out, ...]]:
    """Sum up all that is said of one reader's standing: status and reason of the heaviest, and the other opt-outs."""
    each = sorted({*said}, key=BY_WEIGHT.index) or [_UNKNOWN]
    status, reason = each[-1]
    return status, reason, tuple(_OUTS[one] for one in each[:-1] if one in _OUTS)  # type: ignore[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A line that gives no reader: where it stands (counted from 1), what it says, and why not.

    ``cells`` are the line as it stood, under the headers of its list; of a line that could not be cut into cells, its
    beginning. Of one that is *partly* refused a row follows, which says nothing but that he opted out.
    """

    line: int
    address: str
    kind: Literal["invalid", "double", "partly"]
    reason: str
    cells: tuple[str, ...] = ()


_Tell = Callable[[Sequence[str]], Sequence[Standing]]

COUNTS = "That he opted out counts."
"""Said behind the reason why a line is refused."""


class Watch:
    """Looks into ignored columns, as `Columns.watched` names them, for words that tell who opted out."""

    def __init__(self, watched: Mapping[int, tuple[str, bool]]) -> None:
        self._watched = watched
        self._words: set[str] = set()
        self._zeros: set[str] = set()
        self._counts: set[str] = set()

    def __call__(self, cells: Sequence[str]) -> None:
        for place, (header, may) in self._watched.items():
            if word := cells[place].strip().casefold():
                if word in TELLING or (may and word in _NO):
                    self._words.add(header)
                elif may and word.isdecimal() and word != "1":
                    (self._counts if word.strip("0") else self._zeros).add(header)

    @property
    def telling(self) -> Collection[str]:
        """The headers of those that tell it; a 0 does not where others have a 2, as that counts something."""
        return self._words | self._zeros - self._counts


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
        self._tellers = self._telling_columns(columns)
        self._watch = Watch({} if export else columns.watched)
        self._converters = {name: values.converter(type_, name, self._days) for name, type_ in fields.items()}
        self._own = [(name, place, self._converters[name]) for name, place in columns.own.items()]

    def read(self, records: Iterable[Record]) -> Iterator[Row | Reject]:
        """Yield a row or a reject for each record with anything in it; both when the opt-out alone counts."""
        for line, cells in records:
            if isinstance(cells, Broken):
                yield from self._refuse(line, self._fitted(cells.cells), cells.reason, (cells.text,))
                continue
            try:
                yield self._row(line, cells)
            except Unusable as unusable:
                if any(cell.strip() for cell in cells):
                    stood = tuple(cells if cells[-1] else cells[:-1])
                    yield from self._refuse(line, cells, str(unusable), stood)

    @property
    def telling(self) -> Collection[str]:
        """The headers of ignored columns in which it stood, so far, that somebody opted out."""
        return self._watch.telling

    def _row(self, line: int, cells: list[str]) -> Row:
        if self._refused:
            raise Unusable(self._refused)
        if len(cells) != self._width:
            self._fit(cells)
        cells.append("")
        self._watch(cells)
        places = self._places
        address = cells[places["address"]].strip()
        if fault := addresses.fault(address):
            raise Unusable(_WITH_A_NAME if address.endswith(">") else fault)
        language = cells[places["language"]].strip()
        joined = cells[places["joined"]].strip()
        status, reason, also = self._standing(cells)
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
            also,
        )

    def _fit(self, cells: list[str]) -> None:
        """Make a record as wide as the table; cells with nothing in them may be missing or too many."""
        if any(cell.strip() for cell in cells[self._width :]):
            found = f"{len(cells):,} values for {self._width:,} column{'' if self._width == 1 else 's'}"
            raise Unusable(f"The line has {found}; put quotes around one that holds a separator.")
        del cells[self._width :]
        cells.extend([""] * (self._width - len(cells)))

    def _name(self, cells: Sequence[str]) -> str:
        """The name, or its parts together."""
        if len(self._name_places) == 1:
            name = cells[self._name_places[0]]
        else:
            name = " ".join(part for place in self._name_places if (part := cells[place].strip()))
        if "\N{REPLACEMENT CHARACTER}" in name:
            raise Unusable("The name holds a character that could not be read; write it anew.")
        return values.plain(name, "name", values.LONGEST_NAME)

    def _telling_columns(self, columns: Columns) -> Sequence[_Tell]:
        """What reads the columns that tell of a standing, one by one."""
        tellers: list[_Tell] = [self._of_status] if "status" in columns.places else []
        tellers += [partial(_of_wanted, place) for place in columns.wanted]
        tellers += [partial(_of_joining, columns.places["joined"])] if "joined" in columns.places else []
        happened = [(columns.places[name], one) for name, one in _HAPPENED.items() if name in columns.places]
        tellers += [partial(_of_event, place, standing) for place, standing in happened]
        return [*tellers, self._of_others] if "also" in columns.places else tellers

    def _standing(self, cells: Sequence[str]) -> tuple[Status | None, Reason | None, tuple[Out, ...]]:
        """The worst of all that a record says of consent, and the other opt-outs in it."""
        said = [self._everyone] if self._everyone else []
        for tell in self._tellers:
            said += tell(cells)
        return together(said) if len(said) > 1 else (*(said[0] if said else _UNKNOWN), ())

    def _of_status(self, cells: Sequence[str]) -> Sequence[Standing]:
        if not (status := cells[self._places["status"]].strip()):
            return ()
        found = values.standing(status, self._words)
        if found == BLOCKED:
            found = _REASONS.get(cells[self._places["reason"]].strip().casefold(), BLOCKED)
        return (found,)

    def _of_others(self, cells: Sequence[str]) -> Sequence[Standing]:
        others = cells[self._places["also"]].strip()
        return [values.standing(other, _BY_OUT) for other in values.tags(others)] if others else ()

    def _refuse(self, line: int, cells: list[str], reason: str, stood: tuple[str, ...]) -> Iterator[Row | Reject]:
        """Refuse a record, but for an opt-out that can be read: that is never lost."""
        address = "".join(cells[self._places["address"] :][:1]).strip()
        alone = self._alone(line, cells, address)
        if alone:
            yield Reject(line=line, address=address, kind="partly", reason=f"{reason} {COUNTS}", cells=stood)
            yield alone
        else:
            yield Reject(line=line, address=address, kind="invalid", reason=reason, cells=stood)

    def _alone(self, line: int, cells: list[str], address: str) -> Row | None:
        """What a refused record says of an opt-out and nothing else, if it fits the table and has an address."""
        if self._refused or len(cells) != self._width + 1 or addresses.fault(address):
            return None
        said = [self._everyone] if self._everyone else []
        for tell in self._tellers:
            with suppress(Unusable):
                said += tell(cells)
        status, reason, also = together(said)
        if status not in {"left", "suppressed"}:
            return None
        return Row(line, address, addresses.key(address), None, None, None, status, reason, None, (), {}, also)

    def _fitted(self, cells: Sequence[str]) -> list[str]:
        """Cells of a broken record as wide as the table, with the empty one behind; as they are, if that cannot be."""
        missing = self._width - len(cells)
        return [*cells, *[""] * (missing + 1)] if cells and missing >= 0 else [*cells]

    def _fields(self, cells: Sequence[str]) -> dict[str, Value]:
        found = {name: convert(text) for name, place, convert in self._own if (text := cells[place].strip())}
        if nested := cells[self._places["fields"]].strip():
            for name, text in values.fields(nested, self._converters).items():
                found.setdefault(name, self._converters[name](text))
        return found


def _of_wanted(place: int, cells: Sequence[str]) -> Sequence[Standing]:
    """Whether he wants it: a no is that he left, a word of status counts, and all else is no consent either."""
    word = cells[place].strip().casefold()
    if word in NOT_WANTED:
        return (LEFT,)
    found = WORDS.get(word, CONFIRMED)
    return () if found == CONFIRMED else (found,)


def _of_joining(place: int, cells: Sequence[str]) -> Sequence[Standing]:
    """“Subscribed: no” is no day of joining, and its line is refused for that; but it tells that he left."""
    return (LEFT,) if cells[place].strip().casefold() in _NO else ()


def _of_event(place: int, standing: Standing, cells: Sequence[str]) -> Sequence[Standing]:
    text = cells[place].strip()
    return (standing,) if text and values.happened(text) else ()


def _by_beginning(name: str, meanings: Mapping[str, _Meaning]) -> _Meaning | None:
    return next((meaning for beginning, meaning in meanings.items() if name.startswith(beginning)), None)
