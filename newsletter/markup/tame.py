"""Text on which Python-Markdown would need minutes, made harmless: reading stays in proportion to the length.

For each bracket that opens a link, each brace, and each tag that nobody closes, it looks through all that follows; for
each abbreviation through the whole text; it copies a block for each heading and rule in it, and goes a floor deeper for
each definition. People write a handful of those in one place, so beyond a hundred they are taken for words. Such words
wear a mask until the HTML is there.
"""

import re
from collections.abc import Iterator

from markdown import Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

MANY = 100
"""More than this in one block is no one's intention."""

_WHOLE_LINK = re.compile(r"\[[^\[\]\n]*\](?:\([^()\n]*\)|(?!\())")
_OPENING_TAG = re.compile(r"<(?:(?=[A-Za-z/?])(?![^<>]*>)|(?=!\[))")
_ABBREVIATION = re.compile(r"^\*\[[^\]]*\]:")
_BACKTICKS = re.compile(rf"`{{{MANY},}}")
_HEADING_OR_RULE = re.compile(r"#|[ ]{0,3}(?:=+|(?:[*_-][ ]*)+)$")
_DEFINITION = re.compile(r" {0,3}: ")
_MASKED = {"\x0b": ":", "\x0e": "[", "\x0f": "&lt;", "\x10": "`", "\x1a": "{"}


class _Tame(Preprocessor):
    """Mask what is too much."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines, changed only where there is too much."""
        if sum(1 for line in lines if _ABBREVIATION.match(line)) > MANY:
            lines = [line.replace("*[", "*\x0e") if _ABBREVIATION.match(line) else line for line in lines]
        if sum(len(_OPENING_TAG.findall(line)) for line in lines) > MANY:
            lines = [_OPENING_TAG.sub("\x0f", line) for line in lines]
        lines = [_BACKTICKS.sub(lambda run: "\x10" * len(run[0]), line) for line in lines]
        lines = [line.replace("{", "\x1a") if line.count("{") > MANY else line for line in lines]
        return [tame for block in _blocks(lines) for tame in _headings(_definitions(_brackets(block)))]


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Yield the stretches of lines that end with a blank one."""
    start = 0
    for end in [*(n for n, line in enumerate(lines) if not line.strip()), len(lines) - 1]:
        if start <= end:
            yield lines[start : end + 1]
        start = end + 1


def _brackets(block: list[str]) -> list[str]:
    if sum(_WHOLE_LINK.sub("", line).count("[") for line in block) <= MANY:
        return block
    return [line.replace("[", "\x0e") for line in block]


def _definitions(block: list[str]) -> list[str]:
    if sum(_DEFINITION.match(line) is not None for line in block) <= MANY:
        return block
    return [line.replace(":", "\x0b", 1) if _DEFINITION.match(line) else line for line in block]


def _headings(block: list[str]) -> Iterator[str]:
    """Yield the lines; after headings and rules, when there are too many of them, a blank one."""
    too_many = sum(_HEADING_OR_RULE.match(line) is not None for line in block) > MANY
    for line in block:
        yield line
        if too_many and _HEADING_OR_RULE.match(line):
            yield ""


class _Unmask(Postprocessor):
    """Spell the masked signs."""

    def run(self, text: str) -> str:
        """Return HTML in which they are words."""
        for mask, sign in _MASKED.items():
            text = text.replace(mask, sign)
        return text


def register(md: Markdown) -> None:
    """Add it to a converter: after code fences (25), before raw HTML is looked for (20); unmask at the end."""
    md.preprocessors.register(_Tame(md), "tame", 24)
    md.postprocessors.register(_Unmask(md), "unmask", 1)
