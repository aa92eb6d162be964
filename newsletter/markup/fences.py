"""Code fences wherever CommonMark allows them: also in list items and block quotes, also against a paragraph.

Python-Markdown knows fences at the margin only. They are taken out before its parsing of raw HTML (or the tags in a
code sample would be taken for tags), each leaving a one-line mark at its own indentation, which a block processor
then separates from the paragraph around it.
"""

import re
from html import escape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.preprocessors import Preprocessor

_OPENING = re.compile(
    r"(?P<prefix>(?:[ ]{0,3}>[ ]?|[ ]*(?:[-+*]|\d{1,9}[.)])[ ]{1,4})*+[ ]*+)(?P<fence>`{3,}(?!.*`)|~{3,})"
)
_ITEM = re.compile(r"[ ]*(?:[-+*]|\d{1,9}[.)])[ ]{1,4}(?=\S)")
_MARK = re.compile(r"^[ ]*(\x02wzxhzdk:\d+\x03)[ ]*$", re.MULTILINE)


class FencePreprocessor(Preprocessor):
    """Put each fence's code into the HTML stash."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with a mark in place of each fence."""
        kept: list[str] = []
        column, position = 0, 0
        while position < len(lines):
            line = lines[position]
            opening = _OPENING.match(line)
            if opening and _indent(opening["prefix"]) <= column + 3:
                code, position = _read_fence(lines, position + 1, opening, column)
                kept.append(opening["prefix"] + self.md.htmlStash.store(_render(code)))
                continue
            column = _content_column(line, column, after_blank=not kept or not kept[-1].strip())
            kept.append(line)
            position += 1
        return kept


def _indent(prefix: str) -> int:
    """Count the blanks before the first thing on the line; marks of lists and quotes may stand behind them."""
    return len(prefix) - len(prefix.lstrip(" ")) if prefix.strip() else len(prefix)


def _content_column(line: str, column: int, *, after_blank: bool) -> int:
    """Return where the content of the innermost open list item begins; 0 outside lists."""
    item = _ITEM.match(line)
    if item:
        return item.end()
    return 0 if line and line[0] != " " and after_blank else column


def _read_fence(lines: list[str], position: int, opening: re.Match[str], column: int) -> tuple[list[str], int]:
    """Return the code and the position after the fence, which ends with its closing or with what it stands in.

    ``column`` is where the content of the list item around it begins.
    """
    prefix, fence = opening["prefix"], opening["fence"]
    closing = re.compile(rf"[ ]*{re.escape(fence)}{re.escape(fence[0])}*[ ]*$")
    quotes = re.compile(r"[ ]{0,3}>[ ]?" * prefix.count(">"))
    blanks = 0 if prefix.count(">") else len(prefix)
    least = len(prefix) if _ITEM.match(prefix + "x") else min(column, blanks)
    code: list[str] = []
    for number, line in enumerate(lines[position:], position):
        quoted = quotes.match(line)
        if not quoted or (line.strip() and len(line) - len(line.lstrip()) < least):
            return _without_end(code), number
        inner = line[quoted.end() :]
        if closing.match(inner):
            return code, number + 1
        code.append(inner[min(blanks, len(inner) - len(inner.lstrip(" "))) :])
    return _without_end(code), len(lines)


def _without_end(code: list[str]) -> list[str]:
    """Drop the blank lines at the end of code that nobody closed."""
    while code and not code[-1].strip():
        code.pop()
    return code


def _render(code: list[str]) -> str:
    return f"<pre><code>{escape(chr(10).join([*code, '']), quote=False)}</code></pre>"


class FenceProcessor(BlockProcessor):
    """Separate a fence's mark from the paragraph it stands against."""

    def test(self, parent: Element, block: str) -> bool:
        """Say whether a mark stands among other lines."""
        return "\n" in block.strip() and _MARK.search(block) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Cut the block at its marks."""
        parts = (part.strip("\n") for part in _MARK.split(blocks.pop(0)))
        blocks[:0] = [part for part in parts if part]


def register(md: Markdown) -> None:
    """Add fences to a converter: code is taken out where its own were, marks are looked at after lists (65)."""
    md.preprocessors.register(FencePreprocessor(md), "fences", 25)
    md.parser.blockprocessors.register(FenceProcessor(md.parser), "fences", 64)
