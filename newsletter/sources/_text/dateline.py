"""The line of a pasted article that says when it appeared, and what else it says: names before, a section behind."""

import re
from dataclasses import dataclass, replace

from newsletter.model.article import Author
from newsletter.sources._authors import looks_like_byline, read_authors
from newsletter.sources._base import House
from newsletter.sources._dates import Dates, read_dates
from newsletter.sources._text.account import SourceLine

_FARTHEST = 25
_NAMES_FIRST = re.compile(r"(?P<names>\D{4,80}?)\s*(?:[-–—|•·,]\s*|\s)(?P<dates>\d.*|(?:[a-z]+dag|[A-Z]\w+day)\b.*)")
_NAMES_LAST = re.compile(r"(?P<dates>.*\d)\s*[–—|•·-]\s*(?P<names>\D{4,80})")
_DAY_OF_AN_EVENT = re.compile(r"(?:datum|wanneer|date|when)\s*:.*", re.IGNORECASE)
_EVENT = re.compile(
    r"(?:aanvang|tijd|tijdstip|plaats|locatie|waar|adres|toegang|entree|time|venue|location|place|where|admission)\s*:.*",
    re.IGNORECASE,
)
_SECTION_LAST = re.compile(r"(?P<dates>.*\d) in (?P<section>[^\W\d_][^\d]{2,30})")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateLine:
    """A date line, one or two lines of the source, starting at ``index`` of those that were searched.

    ``words`` are those of its first date.
    """

    index: int
    lines: tuple[SourceLine, ...]
    words: str
    dates: Dates
    authors: tuple[Author, ...] = ()
    section: str | None = None


def find_date_line(lines: list[SourceLine], house: House) -> DateLine | None:
    """Find the first date line among the first 25 lines; the line after it may tell when the article was changed.

    A day beside *Aanvang:* or *Venue:* is that of an event to come.
    """
    for index, line in enumerate(lines[:_FARTHEST]):
        beside = lines[max(index - 1, 0) : index + 2]
        if _DAY_OF_AN_EVENT.fullmatch(line.text) and any(_EVENT.fullmatch(other.text) for other in beside):
            continue
        if found := _read(index, line, house):
            return _with_change(found, lines[index + 1 : index + 2], house)
    return None


def _read(index: int, line: SourceLine, house: House) -> DateLine | None:
    words = line.text
    if dates := read_dates(words, house.zone):
        return DateLine(index=index, lines=(line,), words=words, dates=dates)
    parts = _SECTION_LAST.fullmatch(words)
    if parts and (dates := read_dates(parts["dates"], house.zone)):
        section = parts["section"]
        return DateLine(index=index, lines=(line,), words=parts["dates"], dates=dates, section=section)
    if (both := names_and_dates(words, house)) and (dates := read_dates(both[1], house.zone)):
        return DateLine(index=index, lines=(line,), words=both[1], dates=dates, authors=read_authors(both[0]))
    return None


def names_and_dates(words: str, house: House) -> tuple[str, str] | None:
    """Part a line that says both who and when: ``Door Gerrit Visser, 19 november 2026``."""
    for parts in filter(None, (_NAMES_FIRST.fullmatch(words), _NAMES_LAST.fullmatch(words))):
        if looks_like_byline(parts["names"]) and read_dates(parts["dates"], house.zone):
            return parts["names"], parts["dates"]
    return None


def _with_change(found: DateLine, following: list[SourceLine], house: House) -> DateLine:
    """Join the line after it if that tells of a change: ``bijgewerkt om 14:05`` needs the day of the first."""
    if not following or found.dates.modified:
        return found
    dates = read_dates(f"{found.words} {following[0].text}", house.zone)
    joined = dates is not None and dates.modified is not None
    return replace(found, lines=(*found.lines, *following), dates=dates) if dates and joined else found
