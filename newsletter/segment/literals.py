"""A value as it is written in an expression → the normal form of what it is compared with."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, get_args

from lark import Token

from newsletter.addresses import key
from newsletter.model.subscriber import Reason, Source, Status
from newsletter.segment.tree import Attribute, Kind, Literal
from newsletter.segment.values import domain_of
from newsletter.validation import nearest

MOST_DIGITS: Final = 15
"""So many digits come through binary floating point as they are, in Python and in every database."""

_WRITTEN: Mapping[Kind, tuple[type, str]] = {
    "number": (float, "a number without quotes, like 12 or 1.5"),
    "date": (date, "a date without quotes, like 2026-01-01"),
    "boolean": (bool, "true or false, without quotes"),
}
"""What a value of a kind is and how it is written; of all others it is a text in quotes."""

_CHOICES: Mapping[Kind, tuple[str, ...]] = {
    "status": get_args(Status),
    "reason": get_args(Reason),
    "source": get_args(Source),
}


class Misfit(Exception):
    """A literal is no value, or none of its attribute's kind; said without full stop."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


def read_literal(attribute: Attribute, literal: Token) -> Literal:
    """Read a literal and bring it into the normal form of what it is compared with. Raises: Misfit."""
    value = _value(literal)
    wanted, written = _WRITTEN.get(attribute.kind, (str, "a text in quotes, like 'zuid'"))
    if not isinstance(value, wanted):
        raise Misfit(f"`{attribute.name}` cannot be compared with {literal}", f"Write {written}.")
    return _normal(attribute.kind, value) if isinstance(value, str) else value


def unquoted(literal: Token) -> str:
    """Return a text without its quotes; a quote within, written twice, becomes one."""
    quote = literal[0]
    return literal[1:-1].replace(quote * 2, quote)


def _value(literal: Token) -> Literal:
    if literal.type == "TEXT":
        return unquoted(literal)
    if literal.type == "TRUTH":
        return literal.lower() == "true"
    return _number(literal) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", literal) else _date(literal)


def _number(literal: str) -> float:
    if len(re.sub("[+.-]", "", literal).lstrip("0")) > MOST_DIGITS:
        raise Misfit(f"this number has more than {MOST_DIGITS} digits", "Keep long codes in a field of text.")
    return float(literal)


def _date(literal: str) -> date:
    try:
        # Python reads more spellings than we write: 20260131, 2026-W05-6.
        return date.fromisoformat(literal if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", literal) else "")
    except ValueError:
        hint = "Write a date like 2026-01-31, a number like 1.5."
        raise Misfit(f"“{literal}” is neither a date nor a number", hint) from None


def _normal(kind: Kind, text: str) -> str:
    if kind in _CHOICES:
        return _choice(kind, text)
    if kind == "address":
        return _address(text)
    if kind == "domain":
        return _domain(text)
    return _language(text) if kind == "language" else text


def _choice(kind: Kind, text: str) -> str:
    if text in _CHOICES[kind]:
        return text
    known = [*_CHOICES[kind]]
    raise Misfit(f"“{text}” is no {kind}", nearest(text, known) or f"There are: {', '.join(known)}.")


def _address(text: str) -> str:
    if "@" not in text:
        raise Misfit(f"“{text}” is no address", "Write the whole address, or ask for domain == 'example.org'.")
    return key(text)


def _domain(text: str) -> str:
    if not text or "@" in text:
        raise Misfit(f"“{text}” is no domain", "Write what stands behind the @, like 'example.org'.")
    return domain_of(f"@{text}")


def _language(text: str) -> str:
    """Spell a code as RFC 5646 §2.1.1 does: nl, nl-BE, zh-Hans."""
    if not re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise Misfit(f"“{text}” is no language", "Write a code like nl or nl-BE.")
    first, *rest = text.lower().split("-")
    cased = {2: str.upper, 4: str.title}
    return "-".join([first, *(cased.get(len(part), str)(part) for part in rest)])
