"""Fine typography: the marks a typesetter would set where the author typed what the keyboard has.

Only straight marks are replaced; a text that has typographic quotation marks of its own keeps all it has. Spaces that
must not break a line become no-break spaces. Nothing here changes code, addresses or mark-up.
"""

import re
from collections.abc import Callable

NBSP = "\N{NO-BREAK SPACE}"

_OWN_MARKS = re.compile("[„“”‚‘«»]")
_TAG = re.compile(r"<[^>]*>")
_VERBATIM = frozenset(("code", "pre"))
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+")

_CLIPPED = re.compile(r"(?<!\w)'(?=(?:[tsnmkr]|\d\ds?)\b)", re.IGNORECASE)
_INSIDE_WORD = re.compile(r"(?<=[^\W\d_])'(?=\w|\s|$|[.,;:!?)])")
_DOUBLE = re.compile(r'(?<!\w)"(?=\S)([^"]*?)(?<=\S)"')
_SINGLE = re.compile(r"(?<!\w)'(?=\S)([^']*?)(?<=\S)'(?!\w)")

_MONTHS = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|"
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_UNITS = "euro|dollar|procent|meter|kilometer|km|kg|uur|minuten|min\\.|jaar|miljoen|miljard|%"
_TIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), rf"\1{NBSP}\2")
    for pattern in (
        rf"\b(\d{{1,2}}) ({_MONTHS})\b",
        rf"(\d) ({_UNITS})(?!\w)",
        r"([€$£]) (\d)",
        r"(?<!\w)(’[stnmkr]) (\w)",
        r"\b(\d{4}) ([A-Z]{2})\b",
        r"\b([A-Z]\.) (?=[A-Z])()",
        r"\b((?:ds|dr|prof|mr|ir|drs)\.) (\w)",
    )
)

_MARKS: dict[str, tuple[str, str, str, str]] = {"nl": ("„", "”", "‚", "’"), "en": ("“", "”", "‘", "’")}


def fine(text: str, language: str) -> str:
    """Set a plain text finely. Languages without marks of their own here get English ones."""
    return _outside_addresses(text, lambda part: _tie(_mark(part, language)))


def fine_title(text: str, language: str) -> str:
    """As `fine`; and a short last word (≤ 8 letters) of a title of four words or more never stands alone on a line."""
    title = fine(text, language)
    before, _, last = title.rpartition(" ")
    if len(before.split()) >= 3 and not before.endswith(" ") and 0 < len(last) <= 8 and NBSP not in last:
        return before + NBSP + last
    return title


def fine_html(html: str, language: str) -> str:
    """Set the text between the tags finely, code excepted."""
    out: list[str] = []
    verbatim = 0
    position = 0
    for tag in _TAG.finditer(html):
        text = html[position : tag.start()]
        out += [text if verbatim else _fine_entities(text, language), tag[0]]
        name = re.match(r"</?(\w*)", tag[0])
        if name and name[1].lower() in _VERBATIM:
            verbatim += -1 if tag[0].startswith("</") else 1
        position = tag.end()
    rest = html[position:]
    return "".join(out) + (rest if verbatim else _fine_entities(rest, language))


def _fine_entities(text: str, language: str) -> str:
    """Straight marks may be spelt as entities in HTML; the others stay as they are."""
    return fine(re.sub("&quot;|&#34;", '"', re.sub("&#39;|&#x27;", "'", text)), language)


def _outside_addresses(text: str, change: Callable[[str], str]) -> str:
    pieces: list[str] = []
    position = 0
    for address in _ADDRESS.finditer(text):
        pieces += [change(text[position : address.start()]), address[0]]
        position = address.end()
    return "".join(pieces) + change(text[position:])


def _mark(text: str, language: str) -> str:
    text = re.sub(r"(?<=\s)--(?=\s)|(?<=\s)-(?=\s)", "–", text)
    text = re.sub(r"(?<!\.)\.\.\.(?!\.)", "…", text)
    opening, closing, single_opening, single_closing = _MARKS.get(language.split("-", maxsplit=1)[0], _MARKS["en"])
    if _OWN_MARKS.search(text):
        return _INSIDE_WORD.sub("’", _CLIPPED.sub("’", text))
    text = _CLIPPED.sub("’", text)
    text = _DOUBLE.sub(rf"{opening}\1{closing}", text)
    text = _SINGLE.sub(rf"{single_opening}\1{single_closing}", text)
    return _INSIDE_WORD.sub("’", text)


def _tie(text: str) -> str:
    for pattern, replacement in _TIES:
        text = pattern.sub(replacement, text)
    return text
