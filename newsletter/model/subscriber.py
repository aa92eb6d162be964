"""Whoever gets the mail."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """What a message needs to know about a reader.

    ``id`` is 32 hexadecimal digits, drawn at random once and never used again for another; links carry it instead of
    the address. ``name`` may be empty, ``joined`` (the day of joining, in the newsletter's zone) unknown.
    """

    id: str
    address: str
    name: str = ""
    joined: date | None = None
