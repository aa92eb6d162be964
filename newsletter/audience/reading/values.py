"""The cells of a record → values: days, numbers, tags, standing.

Strict: a cell is what its column says, or the record is rejected with the sentence that is raised here.
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from newsletter.model.subscriber import FieldType, Reason, Status, Value

LONGEST_NAME = 200
LONGEST_VALUE = 1_000
MOST_TAGS = 100
LONGEST_TAG = 100
_MOST_DIGITS = 18
"""Of a whole number, which 64 bits hold."""
_LONGEST_DECIMAL = 40

Standing = tuple[Status, Reason | None]
"""How a reader stands to the list."""

YES: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "ja", "true", "waar", "1", "y", "j", "on"), True),
    **dict.fromkeys(("no", "nee", "false", "onwaar", "0", "n", "off"), False),
}  # fmt: skip

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NEVER = re.compile(r"0000[-/]00?[-/]00?([T ][0:.]+Z?)?")
"""How a database spells a moment that never came."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(
    r"(?P<y>[0-9]{4})(?P<a>[-/])(?P<m>[0-9]{1,2})(?P=a)(?P<d>[0-9]{1,2})"
    r"|(?P<first>[0-9]{1,2})(?P<b>[-./])(?P<second>[0-9]{1,2})(?P=b)(?P<year>[0-9]{4})"
)
_TIME = re.compile(
    r"[T ](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?: ?(?:(?P<utc>Z|UTC|GMT)|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})))?(?: [A-Z]{3,5})?"
)


class Unusable(Exception):
    """A record cannot be used; the message is the sentence that says why."""


def plain(text: str, what: str, longest: int) -> str:
    """Return a text without space around it. Raises: Unusable when it is too long or holds a control character."""
    text = text.strip()
    if not text.isprintable() and _CONTROL.search(text):
        raise Unusable(f"The {what} holds a line break or another control character.")
    if len(text) > longest:
        raise Unusable(f"The {what} has {len(text):,} characters; {longest:,} are kept at most.")
    return text


def day(text: str, zone: ZoneInfo, moments: tzinfo | None) -> date:
    """Read a date, or the day on which a moment falls in ``zone``; ``moments`` is that of a moment without offset.

    ISO 8601, or day, month, year as the Dutch write it. Raises: Unusable for all else, and for 03/04/2024, of which
    nobody knows which figure is the month.
    """
    found = _DATE.match(text)
    if not found:
        raise _no_date(text)
    day = _date(found, text)
    if found.end() == len(text):
        return day
    clock = _TIME.fullmatch(text, found.end())
    if not clock:
        raise _no_date(text)
    try:
        hour = time(int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0))
        offset = _offset(clock) or moments
        return datetime.combine(day, hour, offset).astimezone(zone).date() if offset else day
    except (ValueError, OverflowError):
        raise _no_date(text) from None


def _date(found: re.Match[str], text: str) -> date:
    if found["y"]:
        year, month, number = found["y"], found["m"], found["d"]
    else:
        year, month, number = found["year"], found["second"], found["first"]
        if found["b"] == "/" and number != month:
            number, month = _unslashed(number, month, text)
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        raise _no_date(text) from None


def _unslashed(first: str, second: str, text: str) -> tuple[str, str]:
    """Return day and month of 28/11/2026 and 11/28/2026."""
    if int(first) > 12:
        return first, second
    if int(second) > 12:
        return second, first
    raise Unusable(f"“{text}” does not tell which figure is the month; write 2026-10-03.")


def _offset(clock: re.Match[str]) -> tzinfo | None:
    if clock["utc"]:
        return UTC
    if not clock["sign"]:
        return None
    distance = timedelta(hours=int(clock["hours"]), minutes=int(clock["minutes"]))
    return timezone(-distance if clock["sign"] == "-" else distance)


def _no_date(text: str) -> Unusable:
    return Unusable(f"“{text}” is no date; write 2026-10-03.")


@lru_cache(maxsize=1024)
def language(text: str) -> str:
    """Read the code of a language: ``nl``, ``nl_BE`` → ``nl-BE``. Raises: Unusable."""
    try:
        return str(Locale.parse(text.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        raise Unusable(f"“{text}” is no code of a language; write one like nl or en.") from None


@lru_cache(maxsize=1024)
def tags(text: str) -> tuple[str, ...]:
    """Read tags between commas, semicolons or bars, quoted or not, or as a JSON list. Raises: Unusable.

    Each once, in alphabetical order.
    """
    found = {plain(tag, "tag", LONGEST_TAG) for tag in _parts(text)} - {""}
    if len(found) > MOST_TAGS:
        raise Unusable(f"There are {len(found)} tags; a reader has {MOST_TAGS} at most.")
    return tuple(sorted(found))


def _parts(text: str) -> list[str]:
    if text.startswith("["):
        try:
            return [str(tag) for tag in json.loads(text)]
        except (ValueError, RecursionError):
            raise Unusable(f"“{text[:40]}” is no list of tags.") from None
    separator = next((mark for mark in ",;|" if mark in text), ",")
    try:
        return next(csv.reader((text,), delimiter=separator, skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise Unusable(f"“{text[:40]}” is no list of tags: a quotation mark is not closed.") from None


def standing(text: str, words: Mapping[str, Standing]) -> Standing:
    """Read a word of status. Raises: Unusable for one that is not among them; it is never taken for consent."""
    try:
        return words[text.casefold()]
    except KeyError:
        known = ", ".join(words)
        raise Unusable(f"“{text[:40]}” is no status that is known here; there are: {known}.") from None


def happened(text: str) -> bool:
    """Whether a cell says that something happened: yes, or on which day. Raises: Unusable."""
    if (said := YES.get(text.casefold())) is not None:
        return said
    if _NEVER.fullmatch(text):
        return False
    if not _DATE.match(text):
        raise Unusable(f"“{text[:40]}” is neither yes or no, nor a date.")
    return True


def fields(text: str, names: Collection[str]) -> Mapping[str, str]:
    """Read own fields from one JSON object: those of these names that have a value, as text. Raises: Unusable."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unusable(f"“{text[:40]}” is no JSON object of fields.")
    return {name: _spelt(value) for name, value in found.items() if name in names and value not in (None, "")}


def _spelt(value: object) -> str:
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def converter(type_: FieldType, name: str, days: Callable[[str], date]) -> Callable[[str], Value]:
    """Return what reads the cells of an own field; it raises Unusable for what is not of its type."""
    readers: Mapping[FieldType, Callable[[str], Value]] = {
        "text": partial(plain, what=name, longest=LONGEST_VALUE),
        "number": partial(_number, name=name),
        "date": days,
        "boolean": partial(_boolean, name=name),
    }
    return readers[type_]


def _number(text: str, name: str) -> int | float:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise Unusable(f"{name}: “{text[:40]}” is no number; write 1234 or 1234.5.")
    if len(text) > (_LONGEST_DECIMAL if found[1] else _MOST_DIGITS):
        raise Unusable(f"{name}: “{text[:40]}” has too many digits.")
    return float(text) if found[1] else int(text)


def _boolean(text: str, name: str) -> bool:
    try:
        return YES[text.casefold()]
    except KeyError:
        raise Unusable(f"{name}: “{text[:40]}” is neither yes nor no.") from None
