"""The grammar of a segment, and how a text that does not follow it is told.

Each wrong word is read as a whole, so that it can be told as a whole: ``=>``, ``1-2-2026``. Reading takes
time in proportion to the text: the grammar is LALR(1), and no expression of a word can match in two ways.
"""

import re
import unicodedata
from functools import cache
from typing import Final

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedToken

from newsletter.errors import SegmentError

LONGEST: Final = 2_000
"""Characters of an expression."""

_AROUND: Final = 40
"""So many characters are shown on both sides of what is wrong."""

_GRAMMAR = r"""
    ?any:     all (_OR all)*
    ?all:     _single (_AND _single)*
    _single:  not | _OPEN any _CLOSE | comparison | in | not_in | call
    not:      _NOT _single
    comparison: NAME SIGN _value
    in:       NAME _IN _list
    not_in:   NAME _NOT _IN _list
    call:     NAME _OPEN TEXT _CLOSE
    _list:    _OPEN _value (_COMMA _value)* _CLOSE
    _value:   TEXT | NUMERAL | TRUTH

    _AND.1:   /and\b/i
    _OR.1:    /or\b/i
    _NOT.1:   /not\b/i
    _IN.1:    /in\b/i
    TRUTH.1:  /(true|false)\b/i
    NAME:     /[^\W\d]\w*/
    NUMERAL:  /[+-]?\d[\w.:\/-]*/
    TEXT:     /'(?:[^']|'')*'(?!')|"(?:[^"]|"")*"(?!")/
    SIGN:     /[=!<>]+/
    _OPEN:    "("
    _CLOSE:   ")"
    _COMMA:   ","
    %ignore   /\s+/
"""

_EXPECTED = (
    ("SIGN", "a comparison", "After a name write ==, !=, <, <=, >, >= or in."),
    ("NUMERAL", "a value", "Write a text in quotes, a number, a date like 2026-01-01, true or false."),
    ("NAME", "a condition", "Write one like status == 'confirmed' or tag('zuid')."),
    ("TEXT", "a text in quotes", "Write it like tag('zuid')."),
    ("_AND", "“and” or “or”", "Join conditions with one of them; a text stands in quotes, each quote within it twice."),
    ("_COMMA", "a comma or a closing bracket", "Write a list like ('one', 'two')."),
    ("_IN", "“in”", "Write not in ('one', 'two')."),
    ("_OPEN", "an opening bracket", "Write in ('one', 'two')."),
    ("_CLOSE", "a closing bracket", "Close every bracket that you open."),
)
"""What may come next, known by the first of these words of the grammar that may; how it is called and written."""

_CLOSES_NOTHING = ("no closing bracket", "Take it away, or open one before.")
"""Where nothing may come next, only a bracket too many makes the grammar look further."""


def read(text: str) -> Tree[Token]:
    """Read an expression. Raises: SegmentError when it is too long or does not follow the grammar."""
    _refuse_unfit(text)
    try:
        return _parser().parse(text)
    except UnexpectedToken as error:
        raise _misplaced(text, error) from None
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0) from None


def wrong(text: str, position: int, sentence: str, hint: str) -> SegmentError:
    """Return an error with the expression, or what stands around the place, and a caret under the place."""
    start, end = max(0, position - _AROUND), position + _AROUND
    before = _visible(("…" if start else "") + text[start:position])
    after = _visible(text[position:end] + ("…" if end < len(text) else ""))
    shown = f"    {before}{after}\n    {' ' * sum(map(_width, before))}^"
    told = f"Column {position + 1}: {_visible(sentence)}.\n{shown}"
    return SegmentError(told, _visible(hint), column=position + 1)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="any", parser="lalr", lexer="basic", propagate_positions=True)


def _refuse_unfit(text: str) -> None:
    if not text.strip():
        raise SegmentError("The expression is empty.", "Write one like status == 'confirmed'.", column=1)
    if len(text) > LONGEST:
        sentence = f"the expression is longer than {LONGEST:,} characters"
        raise wrong(text, LONGEST, sentence, "Tag the readers you mean, and ask for the tag.")
    if unfit := re.search(r"[\0\ud800-\udfff]", text):
        raise wrong(text, unfit.start(), "this is no character of a text", "Remove it.")


def _misplaced(text: str, error: UnexpectedToken) -> SegmentError:
    """Tell of a word, or of the end, where the grammar expects another."""
    word = error.token
    position = len(text.rstrip()) if word.type == "$END" else word.start_pos or 0
    what, how = next(((what, how) for terminal, what, how in _EXPECTED if terminal in error.accepts), _CLOSES_NOTHING)
    if word.type == "NAME" and what == "a value":
        how = f"A text stands in quotes: '{word}'."
    if word.type == "_COMMA":
        how = "Write a number with a point, like 1.5, and several values like in ('one', 'two')."
    found = "the expression ends" if word.type == "$END" else f"“{word}” stands"
    return wrong(text, position, f"{found} where {what} belongs", how)


def _unreadable(text: str, position: int) -> SegmentError:
    """Tell of a character that begins no word of the grammar."""
    char = text[position]
    if char in "'\"":
        return wrong(text, position, "this text has no end", f"Close it with {char}; within it, write {char} twice.")
    if char in "‘’‚‛“”„‟«»":
        return wrong(text, position, f"“{char}” is no quote here", "Write straight quotes: 'zuid'.")
    return wrong(text, position, f"“{char}” means nothing here", "Join conditions with and, or, not.")


def _visible(text: str) -> str:
    """Keep a terminal from obeying what is shown, and a line from breaking."""
    return "".join(char if char.isprintable() else " " for char in text)


def _width(char: str) -> int:
    """Columns of a terminal that a character takes."""
    return 0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
