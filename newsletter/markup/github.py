"""What GitHub added to Markdown and all write since: struck-out words, tasks, bare addresses, quotes that are two.

Also its way with HTML: a ``<details>`` or ``<div>`` alone on its line, with a blank line after it, holds Markdown.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockQuoteProcessor
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.util import AtomicString

_TASK = re.compile(r"^(?P<mark>[ >]*(?:[-*+]|\d{1,9}[.)])[ ]+)\[(?P<done>[ xX])\][ ]+(?=\S)")
_ADDRESS = r"(?<![\w\x03/\"'=<])(?<!\]\()https?://[^\s<>\x02]*[^\s<>\x02?!.,:;*_~'\")\]”’]"
_WRAPPER = re.compile(r" {0,3}<(?P<close>/?)(?P<name>details|div|section|center|article)\b[^<>]*>[ \t]*$", re.I)
_SUMMARY = re.compile(r" {0,3}<summary\b[^<>]*>(?P<words>[^<>]*)</summary>[ \t]*$", re.IGNORECASE)


class _Quotes(BlockQuoteProcessor):
    """Quotes that a blank line parts; stock, a quote joins the one before it."""

    def lastChild(self, parent: Element) -> Element | None:  # noqa: N802 - Python-Markdown's name
        """Say that there is none before it."""
        return None


class _Address(InlineProcessor):
    """An address that stands bare in the text, without the punctuation that ends the sentence."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        """Make it a link."""
        link = Element("a", href=m[0])
        link.text = AtomicString(m[0])
        return link, m.start(0), m.end(0)


class _Tasks(Preprocessor):
    """The boxes of a task list, drawn."""

    def run(self, lines: list[str]) -> list[str]:
        """Draw them."""
        return [_TASK.sub(lambda task: f"{task['mark']}{'☐' if task['done'] == ' ' else '☑'} ", line) for line in lines]


class _Wrappers(Preprocessor):
    """Tags that only wrap, alone on their lines: they go, and what they wrap is Markdown."""

    def run(self, lines: list[str]) -> list[str]:
        """Leave out the pairs that a blank line follows."""
        opened: list[bool] = []
        return [_inside_out(lines, position, line, opened) for position, line in enumerate(lines)]


def _inside_out(lines: Sequence[str], position: int, line: str, opened: list[bool]) -> str:
    """Return what stands in the place of one line; ``opened`` says of each tag that is open whether it went."""
    summary = _SUMMARY.match(line)
    if summary and opened[-1:] == [True]:
        return f"\n**{summary['words'].strip()}**\n" if summary["words"].strip() else ""
    wrapper = _WRAPPER.match(line)
    if wrapper is None:
        return line
    if wrapper["close"]:
        return "" if opened and opened.pop() else line
    after = next((n for n in range(position + 1, len(lines)) if not _SUMMARY.match(lines[n])), len(lines))
    opened.append(after < len(lines) and not lines[after].strip())
    return "" if opened[-1] else line


def register(md: Markdown) -> None:
    """Add all of it to a converter; code fences are taken out (25) before lines are looked at."""
    md.preprocessors.register(_Tasks(md), "tasks", 22)
    md.preprocessors.register(_Wrappers(md), "wrappers", 21)
    md.parser.blockprocessors.register(_Quotes(md.parser), "quote", 20)
    md.inlinePatterns.register(SimpleTagInlineProcessor(r"()~~(?=\S)(.+?)~~", "del"), "del", 65)
    md.inlinePatterns.register(_Address(_ADDRESS, md), "address", 61)
