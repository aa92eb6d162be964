"""The tree of a segment."""

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

Operator = typing.Literal["==", "<", "<=", ">", ">="]
Kind = typing.Literal[
    "text", "number", "date", "boolean", "status", "reason", "source", "language", "address", "domain"
]
"""What an attribute holds: a field's type, or something with a normal form and without order."""

Literal = str | float | bool | date
"""What stands in an expression, in the normal form of its kind; every number is a float of fifteen digits at most."""

ORDERED: Final[frozenset[Kind]] = frozenset({"text", "number", "date"})
KNOWN: Final[Mapping[str, Kind]] = {
    "address": "address",
    "domain": "domain",
    "name": "text",
    "joined": "date",
    "status": "status",
    "reason": "reason",
    "source": "source",
    "language": "language",
    "paused_until": "date",
}
"""What can be asked of every subscriber, beside the newsroom's own fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What is known of a subscriber under a name; ``own`` when it is a field of the newsroom's own."""

    name: str
    kind: Kind
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The attribute is there, and compares so with the value."""

    attribute: Attribute
    operator: Operator
    value: Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The attribute is there, and equals one of the values."""

    attribute: Attribute
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """The subscriber has the tag, spelt exactly so."""

    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part is false."""

    part: "Segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Every one of the parts, two or more, is true."""

    parts: "tuple[Segment, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """At least one of the parts, two or more, is true."""

    parts: "tuple[Segment, ...]"


Segment = Comparison | Membership | Tagged | Not | And | Or
