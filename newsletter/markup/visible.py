"""The part of a text that a reader can see: a mail's subject or a terminal must not be steered by a title.

A JSON string may hold ``\\u001b``, which colours a terminal, or half of a character, which no file can hold; a page may
turn the direction of all that follows it.
"""

import re

_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """Take out control characters, soft hyphens, blanks without width, and what turns the direction; lines stay."""
    return _UNSEEN.sub("", text)


def on_one_line(text: str) -> str:
    """Make every stretch of white space one blank, those that must not break too, and take out what is not seen."""
    return " ".join(visible(text).split())
