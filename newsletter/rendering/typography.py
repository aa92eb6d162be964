"""Fine typography: the marks a typesetter would set where the author typed what the keyboard has.

A paragraph or title is looked at as a whole: one that has typographic quotation marks of its own keeps its quotation
marks as they are, and a pair may open in one tag and close in another. Spaces that must not break a line become
no-break spaces. Code, addresses, mark-up and the signs of feet, inches and minutes stay as typed, and so does every
text in a language without rules here.

Each rule only proposes edits of the plain text; that is why tags between the letters do not matter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

NBSP = "\N{NO-BREAK SPACE}"

_Edit = tuple[int, int, str]
"""Start, end and what is set instead."""

_BLANK_LINE = re.compile(r"(\n[ \t]*\n)")
_OWN_MARKS = re.compile(r"[„“”‚‘«»]|,,|''(?![tsnmkr]\b)|``|(?<!\w)’(?!(?:[tsnmkr]|\d\d)\b)(?=\w)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_AROUND_ADDRESS = "([<\"'„“‘"
_WORD = re.compile(r"\S+")
_DOTS = re.compile(r"(?<!\.)\.\.\.(?!\.)")
_SPACED_DASH = re.compile(r"(?<=[^\S\n])--?(?=\s)")
_DASH_IN_WORDS = re.compile(r"(?<=\w)--(?=[^\W\d])|(?<=[^\W\d])--(?=\d)")
_DASH_IN_RANGE = re.compile(r"(?<=\d)--(?=\d)")
_FEET_AND_INCHES = re.compile(r"\d'\s?\d+\"")
_STRAIGHT = re.compile("[\"']")
_BEFORE_OPENING = "([{<-–—/"
_DUTCH_MONTHS = "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
_ENGLISH_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """A language's quotation marks, what it clips with an apostrophe, its dash between words, and what it ties.

    Each tie is a pattern whose only group is the blank.
    """

    double: tuple[str, str]
    single: tuple[str, str]
    clipped: re.Pattern[str]
    dash_in_words: str
    ties: tuple[re.Pattern[str], ...]


def _ties(*patterns: str) -> tuple[re.Pattern[str], ...]:
    everywhere = (r"[€$£]( )\d", r"\b[A-Z]\.( )(?=[A-Z])", r"\d( )%")
    return tuple(re.compile(pattern) for pattern in (*everywhere, *patterns))


_RULES = {
    "nl": _Rules(
        double=("„", "”"),
        single=("‚", "’"),
        clipped=re.compile(r"'(?=(?:[tsnmkr](?!\w)|\d\d(?:er)?s?(?!\w)))", re.IGNORECASE),
        dash_in_words="–",
        ties=_ties(
            rf"\b\d{{1,2}}( )(?:{_DUTCH_MONTHS})\b",
            r"\d( )(?:euro|dollar|procent|meter|kilometer|km|kg|uur|minuten|min\.|jaar|miljoen|miljard)(?!\w)",
            r"(?<!\w)['’][stnmkrSTNMKR]( )(?=['’]?\w)",
            r"\b\d{4}( )[A-Z]{2}\b",
            r"\b(?:[Dd]rs?|[Dd]s|[Pp]rof|[Mm]r|[Ii]r|[Mm]gr|[Kk]and)\.( )\w",
        ),
    ),
    "en": _Rules(
        double=("“", "”"),
        single=("‘", "’"),
        clipped=re.compile(r"'(?=(?:n|em|til|cause|bout|t(?:is|was|were))(?!\w)|\d\ds?(?!\w))", re.IGNORECASE),
        dash_in_words="—",
        ties=_ties(
            rf"\b\d{{1,2}}( )(?:{_ENGLISH_MONTHS})\b",
            rf"\b(?:{_ENGLISH_MONTHS})( )\d{{1,2}}\b",
            r"\d( )(?:percent|per cent|pounds|dollars|miles|km|kg|[ap]m|[ap]\.m\.|min|minutes|million|billion)(?!\w)",
            r"\b(?:Mr|Mrs|Ms|Dr|Prof|Rev|St)\.?( )(?=[A-Z])",
        ),
    ),
}

_BREAKING_WORD = 8
_TAG = re.compile(r"""<(/?)(\w*)(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ENTITY = re.compile(r"(&#?\w+;)")
_VERBATIM = frozenset(("code", "pre", "kbd", "samp", "script", "style"))
_INLINE = re.compile(
    "a|abbr|b|bdi|bdo|br|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|u|var|wbr"
)


def fine(text: str, language: str) -> str:
    """Set a plain text finely; its paragraphs are separated by blank lines."""
    rules = _rules(language)
    if rules is None:
        return text
    return "".join(_applied(part, _edits(part, rules)) for part in _BLANK_LINE.split(text))


def fine_title(text: str, language: str) -> str:
    """As `fine`; and a short last word (≤ 8 letters) of a title of four words or more never stands alone on a line."""
    title = fine(text, language)
    before, _, last = title.rpartition(" ")
    alone = 0 < len(last) <= _BREAKING_WORD and NBSP not in last
    if _rules(language) and alone and len(before.split()) >= 3 and not before.endswith(" "):
        return before + NBSP + last
    return title


def fine_html(html: str, language: str) -> str:
    """Set the text between the tags finely, paragraph by paragraph, code excepted."""
    rules = _rules(language)
    if rules is None:
        return html
    out: list[str] = []
    paragraph: list[_Piece] = []
    for piece in _pieces(html):
        if piece.ends_paragraph:
            out += [*_fine_pieces(paragraph, rules), piece.html]
            paragraph = []
        else:
            paragraph.append(piece)
    return "".join((*out, *_fine_pieces(paragraph, rules)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch of HTML and the plain text it stands for: the same where it may be edited, a stand-in elsewhere."""

    html: str
    plain: str = ""
    ends_paragraph: bool = False


def _pieces(html: str) -> Iterator[_Piece]:
    verbatim = 0
    position = 0
    for tag in _TAG.finditer(html):
        yield from _text(html[position : tag.start()], verbatim=verbatim > 0)
        closes, name = tag[1], tag[2].lower()
        if name in _VERBATIM:
            verbatim = max(verbatim + (-1 if closes else 1), 0)
        plain = {"br": "\n", "img": "x"}.get(name, "")
        yield _Piece(html=tag[0], plain=plain, ends_paragraph=not _INLINE.fullmatch(name))
        position = tag.end()
    yield from _text(html[position:], verbatim=verbatim > 0)


def _text(html: str, *, verbatim: bool) -> Iterator[_Piece]:
    """Straight marks may be spelt as entities, and are set too; the other entities stay as they are."""
    if verbatim:
        yield _Piece(html=html, plain="x" * len(html))
        return
    for at, text in enumerate(_ENTITY.split(html)):
        plain = unescape(text) if at % 2 else text
        yield _Piece(html=plain if plain in {'"', "'"} else text, plain=plain)


def _fine_pieces(pieces: list[_Piece], rules: _Rules) -> Iterator[str]:
    """Edit each piece for itself; an edit that would reach across a tag is left out."""
    edits = _edits("".join(piece.plain for piece in pieces), rules)
    at = start = 0
    for piece in pieces:
        end = start + len(piece.plain)
        its: list[_Edit] = []
        while at < len(edits) and edits[at][0] < end:
            first, last, mark = edits[at]
            if last <= end:
                its.append((first - start, last - start, mark))
            at += 1
        yield _applied(piece.html, its) if piece.html == piece.plain else piece.html
        start = end


def _rules(language: str) -> _Rules | None:
    return _RULES.get(language.split("-", maxsplit=1)[0].lower())


def _applied(text: str, edits: Iterable[_Edit]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end, mark in edits:
        pieces += [text[position:start], mark]
        position = end
    return "".join((*pieces, text[position:]))


def _edits(text: str, rules: _Rules) -> list[_Edit]:
    """Return what is to be set in one paragraph, in order; no two edits overlap."""
    words = _FEET_AND_INCHES.sub(lambda m: "x" * len(m[0]), _without_addresses(text))
    edits = [(m.start(), m.end(), "…") for m in _DOTS.finditer(words)]
    edits += [(m.start(), m.end(), "–") for m in _SPACED_DASH.finditer(words)]
    edits += [(m.start(), m.end(), "–") for m in _DASH_IN_RANGE.finditer(words)]
    edits += [(m.start(), m.end(), rules.dash_in_words) for m in _DASH_IN_WORDS.finditer(words)]
    edits += [(*m.span(1), NBSP) for tie in rules.ties for m in tie.finditer(words)]
    apostrophes = {
        m.start() for m in _STRAIGHT.finditer(words) if m[0] == "'" and _is_apostrophe(words, m.start(), rules)
    }
    quoting = _quotation_marks(words, apostrophes, rules)
    if _OWN_MARKS.search(text):
        apostrophes, quoting = apostrophes - quoting.keys(), {}
    marks = dict.fromkeys(apostrophes, "’") | quoting
    edits += [(at, at + 1, mark) for at, mark in marks.items()]
    return sorted(set(edits))


def _without_addresses(text: str) -> str:
    """Put a stand-in of the same length for every address."""
    pieces: list[str] = []
    position = 0
    for word in _WORD.finditer(text):
        start, end = (word.start() + at for at in _address_in(word[0]))
        pieces += [text[position:start], "x" * (end - start)]
        position = end
    return "".join((*pieces, text[position:]))


def _address_in(word: str) -> tuple[int, int]:
    """Return where an address starts and ends in a word; a mark behind it belongs to it only if its fellow does."""
    before, at, domain = word.partition("@")
    if found := _ADDRESS.search(word):
        start = found.start()
    elif before and at and "." in domain[1:-1]:
        start = len(word) - len(word.lstrip(_AROUND_ADDRESS))
    else:
        return 0, 0
    end = len(word)
    while (bare := word[start:end].rstrip(".,;:!?)]")) and bare[-1] in "\"'" and bare.count(bare[-1]) % 2:
        end = start + len(bare) - 1
    return start, end


def _is_apostrophe(words: str, at: int, rules: _Rules) -> bool:
    """Say whether a straight mark stands for letters left out (*’t*, *’90*) or joins some (*foto’s*, *Hans’ fiets*).

    A mark that closes a quotation behind a letter looks the same, and is set the same.
    """
    before, after = _beside(words, at)
    if _is_doubled(words, at, rules):
        return False
    if before.isalpha():
        return True
    return after.isalpha() if before.isdigit() else rules.clipped.match(words, at) is not None


def _beside(words: str, at: int) -> tuple[str, str]:
    """Return the characters before and after a mark; a blank at either end."""
    return words[at - 1 : at] or " ", words[at + 1 : at + 2] or " "


def _quotation_marks(words: str, apostrophes: set[int], rules: _Rules) -> dict[int, str]:
    """Pair the straight marks; one without a fellow is left out."""
    pair = {'"': rules.double, "'": rules.single}
    marks: dict[int, str] = {}
    opened: list[tuple[str, int]] = []
    for found in _STRAIGHT.finditer(words):
        mark, at = found[0], found.start()
        if mark == "'" and (_is_doubled(words, at, rules) or _is_within_word(words, at, apostrophes)):
            continue
        fellow = _fellow(opened, mark) if _closes(words, at, opened) else None
        if fellow is not None:
            marks[fellow], marks[at] = pair[mark]
        elif _may_open(words, at):
            _open(opened, mark, at)
    return marks


def _is_doubled(words: str, at: int, rules: _Rules) -> bool:
    """Say whether a single mark is half of a double one; in *''t Is zo'* the second is clipped and the first opens."""
    before, after = _beside(words, at)
    left = before == "'" and not rules.clipped.match(words, at)
    return left or (after == "'" and not rules.clipped.match(words, at + 1))


def _is_within_word(words: str, at: int, apostrophes: set[int]) -> bool:
    """Say whether a single mark can be no quotation mark: clipped, or between letters."""
    before, after = _beside(words, at)
    return at in apostrophes and (after.isalnum() or not before.isalpha())


def _may_open(words: str, at: int) -> bool:
    before, after = _beside(words, at)
    return not after.isspace() and not before.isalnum()


def _closes(words: str, at: int, opened: list[tuple[str, int]]) -> bool:
    if not opened:
        return False
    before, after = _beside(words, at)
    opens_another = after.isalnum() and (before in _BEFORE_OPENING or opened[-1][1] == at - 1)
    return not before.isspace() and not opens_another


def _open(opened: list[tuple[str, int]], mark: str, at: int) -> None:
    """Open a mark; a single one that is open already has no fellow then."""
    if mark == "'" and opened and opened[-1][0] == "'":
        opened.pop()
    opened.append((mark, at))


def _fellow(opened: list[tuple[str, int]], mark: str) -> int | None:
    """Take the opening mark off those that are open; None when there is none. A double mark ends a single one in it."""
    if mark == '"' and len(opened) > 1 and opened[-1][0] == "'":
        opened.pop()
    return opened.pop()[1] if opened and opened[-1][0] == mark else None
