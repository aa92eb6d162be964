"""What a subscriber has under the name that a segment asks for, in the form in which it is compared.

Own fields are judged as the store keeps them, in JSON: a date is the text of its day, and a value of another kind than
the configuration names today is absent.
"""

import re
from datetime import date
from typing import Any

from newsletter.addresses import key
from newsletter.model.subscriber import Subscriber
from newsletter.segment.tree import Attribute, Kind

_DAY = re.compile("[0-9]...-..-..", re.DOTALL)
"""How the text of a date looks, told apart from other texts as cheaply as a database can."""


def value_of(attribute: Attribute, subscriber: Subscriber) -> str | float | None:
    """Return a subscriber's value as `plain` makes it; None when it is absent."""
    if attribute.own:
        return _own(attribute.kind, plain(subscriber.fields.get(attribute.name)))
    if attribute.kind == "address":
        return key(subscriber.address)
    if attribute.kind == "domain":
        return domain_of(subscriber.address)
    value: str | None = plain(getattr(subscriber, attribute.name))
    return value


def plain(value: Any) -> Any:
    """Turn a date into the text of its day, whose order is the same; leave other values."""
    return value.isoformat() if isinstance(value, date) else value


def domain_of(address: str) -> str:
    """Return what the spellings of an address's domain have in common."""
    return key(address).rpartition("@")[2]


def _own(kind: Kind, value: str | float | bool | None) -> str | float | None:
    match value:
        case bool():
            return value if kind == "boolean" else None
        case int() | float():
            return value if kind == "number" else None
        case str():
            return value if kind == "text" or (kind == "date" and _DAY.fullmatch(value)) else None
    return None
