"""Asides in their three spellings → quotes: ``:::note``, ``!!! note`` and ``> [!NOTE]``.

A mail has no boxes for them, but they are words set apart, with the title that somebody gave them.
"""

import re
from collections.abc import Iterator, Sequence

from newsletter.sources._markdown.code import FENCE

_NAMES = (
    "note|tip|hint|info|information|important|warning|caution|danger|error|attention|success|abstract|summary|tldr"
    "|question|faq|example|quote|details|bug|failure|secondary|callout|todo|seealso"
)
_COLONS = re.compile(r"(?P<indent> {0,3}):{3,}[ \t]*(?P<name>[\w-]*)(?P<more>.*)$")
_MARKED = re.compile(rf"(?:!!!|\?\?\?\+?)[ \t]+(?:{_NAMES})\b[^\"]*(?:\"(?P<title>[^\"]*)\")?[ \t]*$", re.IGNORECASE)
_ALERT = re.compile(r"(?P<quote>[ ]{0,3}(?:>[ ]?)+)\[![\w-]+(?:\|[^\]\n]*)?\][+-]?[ \t]*(?P<title>.*)$")
_DEEPEST = 8
_CLASS = re.compile(r"\{\.(?:callout-)?([\w-]+)")
_KNOWN = re.compile(_NAMES, re.IGNORECASE)


def quote_asides(text: str) -> str:
    """Return Markdown with its asides as quotes."""
    if not re.search(r"^ {0,3}:::|^(?:!!!|\?\?\?)|\[!", text, re.MULTILINE):
        return text
    return "\n".join(_alerts(_colons(_marked(text.split("\n")))))


def _marked(lines: Sequence[str]) -> Iterator[str]:
    """Quote ``!!! note "Title"`` and the lines indented below it."""
    inside = in_fence = False
    for line in lines:
        mark = None if in_fence else _MARKED.match(line)
        in_fence ^= bool(FENCE.match(line)) and not inside
        if mark:
            if inside:
                yield ""
            inside = True
            yield from _opening(mark["title"])
        elif inside and (not line.strip() or line.startswith("    ")):
            yield f"> {line[4:]}".rstrip()
        else:
            if inside:
                yield ""
            inside = False
            yield line


def _colons(lines: Iterator[str]) -> Iterator[str]:
    """Quote what stands between ``:::note Title`` and ``:::``; of other names only the marks go."""
    quoted: list[bool] = []
    in_fence = False
    for line in lines:
        mark = None if in_fence else _COLONS.match(line)
        in_fence ^= bool(FENCE.match(line))
        prefix = "> " * sum(quoted)
        if mark is None:
            yield (prefix + line).rstrip() if prefix else line
        elif mark["name"] or mark["more"].strip():
            name = mark["name"] or "".join(_CLASS.findall(mark["more"])[:1])
            quoted.append(bool(_KNOWN.fullmatch(name)) and sum(quoted) < _DEEPEST)
            yield prefix.rstrip()
            if quoted[-1]:
                yield from (prefix + opened for opened in _opening(_title(mark["more"])))
        else:
            if quoted:
                quoted.pop()
            yield ("> " * sum(quoted)).rstrip()


def _alerts(lines: Iterator[str]) -> Iterator[str]:
    """Take GitHub's and Obsidian's mark off a quote."""
    in_fence = False
    for line in lines:
        mark = None if in_fence else _ALERT.match(line)
        in_fence ^= bool(FENCE.match(line))
        if mark is None:
            yield line
        elif mark["title"].strip():
            yield f"{mark['quote']}**{mark['title'].strip()}**"
            yield mark["quote"].rstrip()


def _title(words: str) -> str:
    """Read what follows the name: ``[Title]``, ``Title`` or ``{title="Title"}``."""
    named = re.search(r"title=[\"']([^\"']*)", words)
    return named[1] if named else re.sub(r"\{[^}]*\}", "", words).strip(" []")


def _opening(title: str | None) -> Iterator[str]:
    yield from (f"> **{title}**", ">") if title else (">",)
