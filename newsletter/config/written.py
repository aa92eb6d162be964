"""How the values of ``newsletter.toml`` are written: each is refused with a sentence that shows how."""

import re
from datetime import date, time, timedelta
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field

from newsletter import words
from newsletter.mime import address_of
from newsletter.validation import refuse

KNOWN_OF_A_READER = frozenset(
    {
        "id", "address", "email", "name", "joined", "language", "status", "reason", "paused_until", "source", "tag",
        "tags", "domain", "consent", "line", "and", "or", "not", "in", "true", "false",
    }
)  # fmt: skip
"""No field of one's own may be called so."""
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip

_LIKE_AN_ADDRESS = re.compile(r"postg\w*(?::|//)|[a-z]{2,}:/|[^/@]+:[^/@]*@|.*\b(?:host|dbname) *=", re.IGNORECASE)
"""``postgresql:/host/name``, ``name:password@host``, ``host=… dbname=…``; a file may well lie in a folder with an @."""


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refuse(f"“{value}” is no time zone; write one like Europe/Amsterdam") from None


def _address(value: str) -> str:
    try:
        validate_email(address_of(value) or "", check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        raise refuse(f"“{value}” is no sender; write Name <name@example.nl>") from None
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    plain = value.isascii() and not re.search(r"[\s<>\"]", value) and not parts.query and not parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise refuse(f"“{value}” is no web address; it begins with https://")
    return value.rstrip("/")


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise refuse(f"“{value}” is no colour; write six digits like #1f5a4c")
    return value.upper()


def _language(value: str) -> str:
    try:
        return str(Locale.parse(value, sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        raise refuse(f"“{value}” is no language; write a code like nl or en") from None


def _one_line(value: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value):
        raise refuse("this must be one line of text")
    return value


def publication(value: object) -> object:
    """Read a weekday and a time: ``saturday 06:00``."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\w+)\s+(\d{1,2}):(\d{2})", value.strip().lower())
    if not match or match[1] not in WEEKDAYS or int(match[2]) > 23 or int(match[3]) > 59:
        raise refuse(f"“{value}” is no day and time; write it like saturday 06:00")
    return {"weekday": match[1], "at": time(int(match[2]), int(match[3]))}


def _quiet(value: object) -> object:
    if isinstance(value, date) or value in WEEKDAYS:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise refuse(f"“{value}” is no quiet day; write a weekday or a date like 2026-12-25") from None


def is_mistyped(database: str) -> bool:
    """Whether what names a database looks like an address, and would be taken for a file's name."""
    return "://" not in database and bool(_LIKE_AN_ADDRESS.match(database))


def _database(value: str) -> str:
    if "://" not in value and not is_mistyped(value):
        return value
    parts = urlsplit(value)
    if parts.scheme != "postgresql" or is_mistyped(value):
        raise refuse("the list is kept in a file or in PostgreSQL; write newsletter.db or postgresql://host/name")
    if parts.password or "password" in parts.query:
        raise refuse(
            "a password does not belong in a file in git; set NEWSLETTER_DATABASE to the whole address instead"
        )
    return value


def _field_name(value: str) -> str:
    if not re.fullmatch(r"(?=.{1,40}\Z)[a-z][a-z0-9]*(_[a-z0-9]+)*", value):
        raise refuse(f"“{value}” is no name of a field; use small letters, digits, and _ between them")
    if value in KNOWN_OF_A_READER:
        raise refuse(f"“{value}” is known of every reader; choose another name")
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise refuse(f"“{value}” is no network address; write one like 127.0.0.1 or 10.0.0.0/8") from None


def _language_of_pages(value: str) -> str:
    language = _language(value)
    if not words.is_spoken(language):
        raise refuse(f"there are no words for pages in “{value}”; there are: {', '.join(words.spoken())}")
    return language


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d+)\s*(s|min|h|days?)", value.strip()) if isinstance(value, str) else None
    if match:
        return timedelta(seconds=int(match[1]) * _SECONDS["day" if match[2] == "days" else match[2]])
    if isinstance(value, timedelta):
        return value
    raise refuse(f"“{value}” is no length of time; write it like 10 min or 6 h")


def duration(length: timedelta) -> str:
    """Write a length of time as it is written here, in the largest unit that it is so many of: ``10 min``."""
    seconds = round(length.total_seconds())
    unit = max((unit for unit in _SECONDS if seconds % _SECONDS[unit] == 0), key=_SECONDS.__getitem__)
    count = seconds // _SECONDS[unit]
    return f"{count} {'days' if unit == 'day' and count != 1 else unit}" if count else "0 min"


def _rate(value: object) -> object:
    match = re.fullmatch(r"(\d+)\s*/\s*(s|min|h)", value.strip()) if isinstance(value, str) else None
    if match and int(match[1]):
        return int(match[1]) / _SECONDS[match[2]]
    if isinstance(value, float):
        return value
    raise refuse(f"“{value}” is no rate; write it like 20/s, 600/min or 5000/h")


def _price(value: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)? [A-Z]{3}", value):
        raise refuse(f"“{value}” is no price; write it like 0.90 EUR")
    return value


_SECONDS = {"s": 1, "min": 60, "h": 3600, "day": 86_400}

Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Mailbox = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[str, AfterValidator(_url)]
Colour = Annotated[str, AfterValidator(_colour)]
Language = Annotated[str, AfterValidator(_language)]
LanguageOfPages = Annotated[str, AfterValidator(_language_of_pages)]
Network = Annotated[str, AfterValidator(_network)]
QuietDay = Annotated[Weekday | date, BeforeValidator(_quiet)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
Database = Annotated[Text, AfterValidator(_database)]
FieldName = Annotated[str, AfterValidator(_field_name)]
Tag = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Rate = Annotated[float, BeforeValidator(_rate)]
"""Readers a second."""
Price = Annotated[str, AfterValidator(_price)]
SegmentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
