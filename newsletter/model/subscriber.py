"""Whoever gets the mail, and how it is known that he wants it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Status = Literal["pending", "confirmed", "left", "suppressed"]
"""Pending: not confirmed yet. Left: by own wish. Suppressed: never mailed, for a `Reason`."""

Reason = Literal["complained", "bounced", "blocked"]
"""Why an address is suppressed, the strongest first."""

FieldType = Literal["text", "number", "date", "boolean"]
"""What a field of the newsroom's own may hold."""

Value = str | int | float | bool | date
"""The value of such a field; one without a value is absent."""

What = Literal[
    "signed up", "asked again", "added", "imported", "confirmed", "changed", "tagged", "asked to move", "moved",
    "moved back", "paused", "resumed", "left", "complained", "bounced", "blocked", "repeated", "lifted", "undone",
    "erased",
]  # fmt: skip
"""What a consent record may tell. Asked again: he signed up, and there was nothing to confirm. Repeated: a list said of
an opt-out that another list had brought that it is so."""

Source = Literal["form", "import", "operator", "one-click", "mail", "bounce", "complaint", "provider"]
"""Through what it came to us. Provider: he said it there, and not to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """The record of one reader.

    ``id`` is 32 hexadecimal digits, drawn at random once and never used again for another; links carry it instead of
    the address, which is kept as it was written. ``name`` may be empty, ``joined`` (the day of joining, in the
    newsletter's zone) and ``language`` (of pages and notices) unknown. ``reason`` is there when the status is
    *suppressed*. ``paused_until`` is the first day on which mail may come again. ``tags`` are in alphabetical order.
    """

    id: str
    address: str
    name: str = ""
    joined: date | None = None
    language: str | None = None
    status: Status = "confirmed"
    reason: Reason | None = None
    paused_until: date | None = None
    source: Source = "import"
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """What somebody was shown when he consented, word for word, and which version of it."""

    text: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One thing that happened to a subscriber's consent; nothing alters it.

    ``id`` grows with time. An import's record has the import's number, file and, until the reader is erased, line.
    ``origin`` is the network address it came from while that is kept; ``note`` is the operator's reason or names what
    was changed.
    """

    id: int
    subscriber: str
    at: datetime
    what: What
    source: Source
    text: ConsentText | None = None
    number: int | None = None
    file: str | None = None
    line: int | None = None
    origin: str | None = None
    note: str | None = None
