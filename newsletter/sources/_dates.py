"""One strict grammar for the dates that articles carry: the whole text is a date, or it is none.

Lenient parsers are unsafe here: one turns 2023-09-08 into 9 August, another finds a date in the word *mei*.
Dutch papers print English month names too, so both tables hold always. A time without offset is wall time in
the newsroom's zone.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february febr feb",
            "maart march mrt mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "augustus august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_OFFSETS = {"z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1, "cest": 2}
_OFFSETS |= {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}

_ZONES = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
"""Zones of North America whose name does not say whether it is summer."""

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_WEEKDAY = (
    r"(?:op )?(?:(?:(?:maan|dins|woens|donder|vrij|zater|zon)dag"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|ma|di|wo|do|vr|za|zo|mon|tues?|wed|thur?s?|fri|sat|sun)\.?,? )?"
)
_DAY = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4}|['’][0-9]{2})"


def _pattern(grammar: str) -> re.Pattern[str]:
    return re.compile(grammar, re.IGNORECASE | re.ASCII)


_DAYS = (
    _pattern(rf"{_WEEKDAY}{_DAY}(?:e|ste|de|st|nd|rd|th)?[ -]{_MONTH},?[ -]{_YEAR}"),
    _pattern(rf"{_WEEKDAY}{_MONTH} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}"),
    _pattern(rf"{_WEEKDAY}{_DAY}(?P<mark>[-.])(?P<month>[0-9]{{1,2}})(?P=mark){_YEAR}"),
    _pattern(r"(?P<year>[0-9]{4})(?P<mark>[-/])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"),
)
_SHORT_YEAR = _pattern(rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})-(?P<month>[0-9]{{1,2}})-(?P<year>[0-9]{{2}})(?=,? [0-9])")
"""``12-05-22, 17:03``: only a time behind it makes such figures a date."""
_SLASHED = _pattern(rf"{_WEEKDAY}(?P<first>[0-9]{{1,2}})/(?P<second>[0-9]{{1,2}})/(?P<year>[0-9]{{4}})")
_TIME = _pattern(
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?)?(?: ?(?:uur|u|h|hrs)\b\.?)?"
    r"(?: ?(?:(?:utc|gmt)?(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})?|(?P<name>[a-z]{1,4})))?"
    r"(?: ?\([a-z ]{1,40}\))?"
)
_TIME_FIRST = _pattern(
    r"(?P<time>[0-9]{1,2}[:.][0-9]{2}(?: ?[ap]\.?m\b\.?)?(?: (?!on\b)[a-z]{2,4}\b)?),?(?: on| op)? (?P<day>.*[0-9]{4})"
)
_BEFORE_TIME = _pattern(r"(?:T| ?[,|/·•–-] ?| )(?:(?:om|at|@) )?")

_CHANGED = _pattern(
    r"(?<![a-z])(?:(?:voor het )?(?:laatst|laatste|last) )?"
    r"(?:gewijzigd|bijgewerkt|aangepast|geüpdatet|geactualiseerd|updated?|modified|wijziging)(?![a-z])"
)
_PUBLISHED = _pattern(r"^(?:gepubliceerd|geplaatst|verschenen|published|posted|publicatiedatum|datum)(?![a-z])")
_PREPOSITION = _pattern(r"^(?:op|om|on|at):? ")
_READING_TIME = _pattern(
    r"[ ,|·•–-]+(?:leestijd:? )?[0-9]+ ?min(?:\.|uten|utes)?(?: (?:lezen|leestijd|read|reading time))?$"
)
_JOINTS = " ,;:|·•–-()[]"
_LONGEST_LINE = 160
"""No date line is longer; without a limit a line of dashes is searched for a reading time from each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What a date line says, in aware UTC; either may be missing.

    ``doubt`` is a sentence when a day or time on the line can be read in two ways; such a day is not taken.
    """

    published: datetime | None = None
    modified: datetime | None = None
    doubt: str | None = None


def read_date(text: str, zone: ZoneInfo) -> datetime | None:
    """Read one date, with or without time, as aware UTC; None for anything else and for impossible days.

    A day without time is its midnight in ``zone``. ``03/04/2024`` is None: nobody knows which is the month.
    """
    wall = _wall(_tidy(text))
    if wall is None:
        return None
    return in_utc(wall, zone)


def in_utc(moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Return a moment in UTC, wall time being the zone's; None for one at either end of the calendar."""
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def doubt_about(text: str, zone: ZoneInfo) -> str | None:
    """Say in half a sentence why a date can be read in two ways: month and day, or a clock change."""
    tidy = _tidy(text)
    if (found := _SLASHED.match(tidy)) and _day_and_month(found) is None:
        return f"{found[0]} does not tell which figure is the month"
    wall = _wall(tidy)
    if wall is None or wall.tzinfo:
        return None
    local = wall.replace(tzinfo=zone)
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        return None
    return f"{wall:%H:%M} on {wall:%d-%m-%Y} comes twice or never, as the clock is changed then"


def read_dates(line: str, zone: ZoneInfo) -> Dates | None:
    """Read a whole date line: a date, a date of change, or both, also run together; None for anything else.

    ``8 september 2023 19:29Gewijzigd op 8 september 2023 19:34`` or ``23-12-2016, 7:58 (Update 9:59)``:
    a change that gives only a time happened on the day of publication.
    """
    if len(line) > _LONGEST_LINE:
        return None
    tidy = _READING_TIME.sub("", _tidy(line))
    first, *rest = _CHANGED.split(tidy, maxsplit=1)
    first = _PUBLISHED.sub("", first.strip(_JOINTS)).strip(_JOINTS)
    first = _PREPOSITION.sub("", first)
    published = read_date(first, zone)
    changed = _change(rest[0], first) if rest else ""
    modified = read_date(changed, zone)
    doubt = doubt_about(first, zone) or doubt_about(changed, zone)
    whole = _is_date(first, zone) and (not rest or _is_date(changed, zone))
    only_change = not first and bool(rest) and _is_date(changed, zone)
    return Dates(published=published, modified=modified, doubt=doubt) if whole or only_change else None


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _day_and_month(slashed: re.Match[str]) -> tuple[str, str] | None:
    """Order ``8/9/2023``; None when both figures could be the month."""
    first, second = slashed["first"], slashed["second"]
    if int(first) > 12 or int(first) == int(second):
        return first, second
    return (second, first) if int(second) > 12 else None


def _wall(tidy: str) -> datetime | None:
    """Read a date as it stands: naive, or aware when it names its offset."""
    if found := _TIME_FIRST.fullmatch(tidy):
        tidy = f"{found['day']} {found['time']}"
    for pattern in (*_DAYS, _SHORT_YEAR):
        if found := pattern.match(tidy):
            return _at(found["year"], found["month"], found["day"], tidy[found.end() :])
    if (found := _SLASHED.match(tidy)) and (order := _day_and_month(found)):
        day, month = order
        return _at(found["year"], month, day, tidy[found.end() :])
    return None


def _at(year: str, month: str, day: str, rest: str) -> datetime | None:
    clock = _read_time(rest)
    if clock is None:
        return None
    hour, minute, second, offset = clock
    number = _MONTHS.get(month.casefold()) or int(month)
    try:
        return datetime(_year(year), number, int(day), hour, minute, second, tzinfo=offset)
    except ValueError:
        return None


def _year(text: str) -> int:
    """``2021``; ``’21``, ``21`` and ``97`` stand for the hundred years that end in 2069."""
    if len(text) == 4:
        return int(text)
    short = int(text[-2:])
    return short + (2000 if short < 70 else 1900)


def _read_time(rest: str) -> tuple[int, int, int, tzinfo | None] | None:
    """Read what follows a day: hour, minute, second, offset if given; None when it is no time."""
    if not rest.strip(" ."):
        return 0, 0, 0, None
    joint = _BEFORE_TIME.match(rest)
    found = _TIME.fullmatch(rest.rstrip("."), joint.end()) if joint else None
    if found is None:
        return None
    name = (found["name"] or "").casefold()
    if name and name not in _OFFSETS.keys() | _ZONES.keys():
        return None
    hour = int(found["hour"])
    if half := found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.casefold() == "p" else 0)
    return hour, int(found["minute"]), int(found["second"] or 0), _offset(found)


def _offset(time: re.Match[str]) -> tzinfo | None:
    if name := (time["name"] or "").casefold():
        return ZoneInfo(_ZONES[name]) if name in _ZONES else timezone(timedelta(hours=_OFFSETS[name]))
    if not time["sign"]:
        return None
    distance = timedelta(hours=min(int(time["hours"]), 23), minutes=min(int(time["minutes"] or 0), 59))
    return timezone(-distance if time["sign"] == "-" else distance)


def _change(text: str, first: str) -> str:
    """Complete what follows *gewijzigd*: a date as it is, ``om 9:59`` with the day of publication."""
    words = _PREPOSITION.sub("", text.strip(_JOINTS))
    if not _TIME.fullmatch(words.rstrip(".")):
        return words
    day = next((found[0] for pattern in _DAYS if (found := pattern.match(first))), "")
    return f"{day} {words}" if day else words


def _is_date(text: str, zone: ZoneInfo) -> bool:
    return bool(text) and (read_date(text, zone) is not None or doubt_about(text, zone) is not None)
