"""How the mail is looked at: every choice stands in the page's address, so that a view can be kept and sent."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args
from urllib.parse import urlencode

Scheme = Literal["light", "dark", "forced"]
Pictures = Literal["on", "off"]
Direction = Literal["own", "ltr", "rtl"]
Part = Literal["html", "text", "source", "message"]
Headers = Literal["read", "raw"]
Issues = Literal["newest", "all"]

PHONE, DESKTOP = 375, 720
WIDTHS = range(240, 1601)
"""Widths in CSS px that a frame may have: the narrowest phone to a wide window."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    "scheme": get_args(Scheme),
    "pictures": get_args(Pictures),
    "direction": get_args(Direction),
    "part": get_args(Part),
    "headers": get_args(Headers),
    "issues": get_args(Issues),
}
_NUMBERS: Mapping[str, range] = {"width": WIDTHS, "reader": range(1, 100_000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way to look. ``width`` is in CSS px; ``reader`` is a place in the list of sample readers, from 1.

    ``direction`` is the language's own unless it is turned; ``headers`` are unfolded (``read``) or ``raw``; ``issues``
    says how many of them are listed. Where somebody looks from a ``phone``, its width is the usual one.
    """

    width: int = DESKTOP
    scheme: Scheme = "light"
    pictures: Pictures = "on"
    direction: Direction = "own"
    part: Part = "html"
    headers: Headers = "read"
    reader: int = 1
    issues: Issues = "newest"
    phone: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str], *, phone: bool = False) -> "View":
        """Read a view from an address; what is not known there is as if it were not there.

        Who looks from a ``phone`` sees the mail as wide as that, until another width is asked for.
        """
        known: dict[str, Any] = {"phone": True, "width": PHONE} if phone else {}
        known |= {key: query[key] for key, words in _WORDS.items() if query.get(key) in words}
        for key, numbers in _NUMBERS.items():
            text = query.get(key, "")
            if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) in numbers:
                known[key] = int(text)
        return cls(**known)

    @property
    def choices(self) -> Mapping[str, str]:
        """What differs from the usual view, as it stands in an address."""
        usual = asdict(View(phone=self.phone, width=PHONE if self.phone else DESKTOP))
        return {name: str(value) for name, value in asdict(self).items() if value != usual[name]}

    @property
    def query(self) -> str:
        """The view as the end of an address, empty when it is the usual one."""
        return self.but()

    def but(self, **changes: object) -> str:
        """Return the end of the address of a view that differs in ``changes``; None takes a choice back."""
        choices = {key: value for key, value in {**self.choices, **changes}.items() if value is not None}
        return "?" + urlencode(choices) if choices else ""
