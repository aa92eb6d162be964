"""Lines that were broken at a column, by a mail program or by hand, joined to the paragraphs they were.

A column shows itself: a line ends where the first word of the next had no room. That holds for most lines of some
length in a wrapped text and for hardly any of another, whose lines are as long as their paragraphs.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from newsletter.sources._text.account import SourceLine
from newsletter.sources._text.body import is_sentence, opens_item

_COLUMNS = range(40, 101)
_FEWEST_BREAKS = 3
_WORD = re.compile(r"[^\W_]")
_HYPHEN = re.compile(r"\w-")
_SECOND_OF_A_PAIR = re.compile(r"(?:en|of|and|or|tot|als)\b")
"""``binnen-`` before ``en buitenland`` keeps its blank; ``Noord-`` before ``Heuvelrade`` is one word."""


def unwrap(lines: tuple[SourceLine, ...]) -> tuple[SourceLine, ...]:
    """Return the paragraphs of a wrapped text, each as its first line with the others as its ``rest``.

    A text that is not wrapped comes back as it is. A line that is indented more than the one before begins a
    paragraph.
    """
    width = _width(lines)
    if width is None:
        return lines
    paragraphs: list[list[SourceLine]] = []
    for line in lines:
        if paragraphs and _goes_on(paragraphs[-1], line, width):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return tuple(_joined(paragraph) for paragraph in paragraphs)


def _width(lines: Sequence[SourceLine]) -> int | None:
    """Return the column at which a text is wrapped; None when it is not. A few longer lines may stand in a mail."""
    fitting = [len(line.text) for line in lines if len(line.text) < _COLUMNS.stop and " " in line.text]
    width = max(fitting, default=0)
    if width not in _COLUMNS or sum(len(line.text) >= _COLUMNS.stop for line in lines) * 10 > len(lines):
        return None
    together = [pair for pair in pairwise(lines) if not pair[0].gap_after and len(pair[0].text) * 2 >= width]
    broken = [line for line, following in together if _is_full(line, following, width)]
    within_sentences = sum(not is_sentence(line.text) for line in broken)
    enough = len(broken) >= _FEWEST_BREAKS and len(broken) * 2 >= len(together)
    return width if enough and within_sentences * 2 >= len(broken) else None


def _is_full(line: SourceLine, following: SourceLine, width: int) -> bool:
    word = following.text.split(maxsplit=1)[0]
    return len(line.text) <= width < len(line.text) + 1 + len(word)


def _goes_on(paragraph: list[SourceLine], line: SourceLine, width: int) -> bool:
    """Say whether a line continues a paragraph: the one before is full, or stops in the middle of a sentence.

    A short first line, as of a head, does not stop: *Binnenland* may stand above *dijken*.
    """
    last = paragraph[-1]
    if not (_WORD.search(last.text) and _WORD.search(line.text)):
        return False
    in_list = opens_item(paragraph[0].text)
    if last.gap_after or (_indent(line) > _indent(last) and not in_list):
        return False
    if opens_item(line.text) and (in_list or is_sentence(last.text)):
        return False
    begun = len(paragraph) > 1 or len(last.text) * 2 >= width
    stops = begun and line.text[0].islower() and not is_sentence(last.text)
    return _is_full(last, line, width) or stops


def _indent(line: SourceLine) -> int:
    return len(line.raw) - len(line.raw.lstrip())


def _joined(paragraph: list[SourceLine]) -> SourceLine:
    first, *rest = paragraph
    text = first.text + "".join(_joint(line, following) + following.text for line, following in pairwise(paragraph))
    return replace(first, text=text, rest=tuple(rest), gap_after=paragraph[-1].gap_after)


def _joint(line: SourceLine, following: SourceLine) -> str:
    in_word = _HYPHEN.fullmatch(line.text[-2:]) and not _SECOND_OF_A_PAIR.match(following.text)
    return "" if in_word else " "
