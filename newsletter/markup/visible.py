"""The part of a text that a reader can see: a mail's subject or a terminal must not be steered by a title.

A JSON string may hold ``\\u001b``, which colours a terminal, or half of a character, which no file can hold; a page may
turn the direction of all that follows it.
"""

import re

SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """Take out control characters, soft hyphens, blanks without width, and what turns the direction; lines stay."""
    return _UNSEEN.sub("", text.replace(SOFT_HYPHEN, ""))


def on_one_line(text: str) -> str:
    """Make every stretch of white space one blank, those that must not break too, and take out what is not seen."""
    return " ".join(visible(text).split())


def breakable(text: str) -> str:
    """As `on_one_line`, but soft hyphens stay, which say where a long word in large type may break."""
    line = " ".join(_UNSEEN.sub("", text).split())
    return line if line.strip(f" {SOFT_HYPHEN}") else ""
