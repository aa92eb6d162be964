"""Where a story was filed, from the words it opens with: ``DEN HAAG (ANP) – …``, ``Zanddorp, 14 oktober 2025 – …``."""

import re
from dataclasses import dataclass

_CAPITALS = r"[’']?[^\W\d_a-zß-öø-ÿ]{2,}(?:[ /-](?:[’'][A-Z]|[^\W\d_a-zß-öø-ÿ]+)){0,4}"
_NAME = r"[’']?[^\W\d_a-zß-öø-ÿ][\w’'-]+(?: [\w’'-]+){0,3}"
_AGENCY = r"\((?P<agency>[A-Z][\w/, -]{1,30})\)"
_REGION = r"(?:, (?P<region>[A-Z][a-z]+\.?(?: [A-Z][a-z]+)?))?(?:, [A-Z][a-z]{2,8}\.? \d{1,2})?"
_DAY = r"(?P<day>\d{1,2} [^\W\d_]{3,9}\.? \d{4}|[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4})"
_OPENING = re.compile(
    rf"(?:(?P<capitals>{_CAPITALS})(?:{_REGION} {_AGENCY}\s*[.–—-]*|\s+(?:[–—|]|--?))"
    rf"|(?P<name>{_NAME}) \((?P<agency2>ANP|AP|AFP|RTR|Reuters|DPA|Belga)\)\s*[.–—-]?"
    rf"|(?P<dated>{_NAME}), {_DAY}(?:\s+[–—-]|[.:]))\s"
)
_SMALL = frozenset(
    {"AAN", "DE", "DEN", "DER", "BIJ", "EN", "IN", "OP", "VAN", "ONDER", "OVER", "’T", "'T", "TER", "TEN"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place as readers write it (``Den Haag``), the agency that reported from there, the words of a day beside it."""

    name: str
    agency: str | None = None
    day: str | None = None


def read_place(paragraph: str) -> Place | None:
    """Read the place a paragraph opens with; None when it opens as any other."""
    found = _OPENING.match(paragraph)
    if not found:
        return None
    name = found["name"] or found["dated"] or _in_small_letters(found["capitals"])
    if name.isupper():
        name = _in_small_letters(name)
    if found["region"]:
        name = f"{name}, {found['region']}"
    return Place(name=name, agency=found["agency"] or found["agency2"], day=found["day"])


def _in_small_letters(capitals: str) -> str:
    """``ALPHEN AAN DEN RIJN`` → ``Alphen aan den Rijn``; ``IJMUIDEN`` → ``IJmuiden``."""
    words = re.split(r"([ /-])", capitals)
    small = [word.lower() if i and word in _SMALL else _capitalised(word) for i, word in enumerate(words)]
    return "".join(small)


def _capitalised(word: str) -> str:
    if word.startswith(("’", "'")):
        return word.lower()
    return f"IJ{word[2:].lower()}" if word.startswith("IJ") else word.capitalize()
