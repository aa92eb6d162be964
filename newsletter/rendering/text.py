"""The text part's typesetting: lines of 72 columns and numbered addresses, from the issue and not from the HTML."""

import re
import textwrap
from dataclasses import dataclass, field

from newsletter.markup.plain import plain
from newsletter.markup.visible import SOFT_HYPHEN

WIDTH = 72

_MARKER = re.compile(r"(\s*(?:[-*•]|\d+\.|>)\s+)?")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(slots=True)
class Citations:
    """Numbers the addresses of one text part in the order in which they are met."""

    _addresses: list[str] = field(default_factory=list)

    def cite(self, address: str) -> str:
        """``[3] https://…``: the address on a line of its own."""
        self._addresses.append(str(address))
        return f"[{len(self._addresses)}] {address}"

    def paragraphs(self, html: str) -> str:
        """HTML as wrapped paragraphs; each link gets its number, and the addresses follow below."""
        below: list[str] = []

        def number(address: str) -> str:
            below.append(self.cite(address))
            return f" [{len(self._addresses)}]"

        text = "\n".join(_wrapped(line) for line in plain(str(html), cite=number).split("\n"))
        return "\n\n".join(part for part in (text.strip("\n"), "\n".join(below)) if part)


def _wrapped(line: str) -> str:
    """As `wrap`, below the blanks that a line of code, or one that belongs to a list's item, begins with."""
    words = line.lstrip(" ")
    return wrap(words, line[: len(line) - len(words)])


def wrap(text: str, indent: str = "") -> str:
    """Wrap a line; a list's or quotation's later lines stand under its first word. Long words stay whole."""
    text = str(text).replace(SOFT_HYPHEN, "")
    marker = _MARKER.match(text)
    hanging = " " * len(marker[0]) if marker else ""
    return textwrap.fill(
        text.strip(" ") if not hanging else text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def tidy(text: str) -> str:
    """At most one blank line in a row, none at the beginning, no blanks at a line's end, no soft hyphens."""
    lines = "\n".join(line.rstrip() for line in text.replace(SOFT_HYPHEN, "").split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip("\n") + "\n"
