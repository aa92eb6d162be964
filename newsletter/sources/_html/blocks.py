"""The article's element → blocks of Markdown: paragraphs, crossheads, quotes, lists, tables, code.

Text that stands between elements, as on old pages where two line breaks end a paragraph, becomes paragraphs too.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.sources._html.furniture import is_furniture, link_share, prose_in
from newsletter.sources._html.inline import BREAK, inline, paragraph
from newsletter.sources._html.page import words_of

Kind = Literal["paragraph", "crosshead", "quote", "list", "table", "code"]

_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | frozenset(
    {"p", "div", "section", "article", "main", "blockquote", "ul", "ol", "dl", "table", "pre", "center", "details"}
    | {"header", "address", "hr", "fieldset", "body", "td", "tr", "tbody", "li", "summary", "figure", "aside"}
)
_TWO_BREAKS = re.compile(rf"{BREAK}\s*{BREAK}")
_BOLD_LINE = re.compile(rf"\*\*(?P<words>[^*{BREAK}]+)\*\*(?:\s*{BREAK}(?P<rest>.*))?", re.DOTALL)
_LONGEST_CROSSHEAD = 70
_LONGEST_CELL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of the body: its Markdown, its words, and which share of them stands in links."""

    kind: Kind
    markdown: str
    words: str
    links: float = 0.0


class Walk:
    """Walks through an article's element. ``address`` completes relative links; ``dropped`` keeps what was left out."""

    def __init__(self, element: HtmlElement, address: str | None) -> None:
        self.dropped: list[str] = []
        self._element = element
        self._address = address
        self._prose = prose_in(element)

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks in order."""
        return tuple(self._inside(self._element))

    def _inside(self, element: HtmlElement) -> Iterator[Block]:
        """Yield the blocks in an element; what stands between them is gathered into paragraphs."""
        stray = _Stray(element)
        for child in element:
            if isinstance(child.tag, str) and not self._is_dropped(child):
                if _holds_blocks(child):
                    yield from stray.end(self._address)
                    yield from self._block(child)
                else:
                    stray.add(child)
            stray.tail(child.tail)
        yield from stray.end(self._address)

    def _is_dropped(self, child: HtmlElement) -> bool:
        if not is_furniture(child, self._prose):
            return False
        words = words_of(child)
        if words and child.tag not in {"script", "style", "noscript", "template", "figure", "figcaption", "h1", "time"}:
            self.dropped.append(words)
        return True

    def _block(self, element: HtmlElement) -> Iterator[Block]:
        match element.tag:
            case "p" if not any(child.tag in _BLOCKS for child in element):
                yield from _paragraphs(self._clean_inline(element), element)
            case tag if tag in _HEADINGS:
                yield from _heading(self._clean_inline(element), element)
            case "blockquote":
                yield from self._quote(element)
            case "ul" | "ol":
                yield from self._list(element)
            case "table" if _is_data(element):
                yield from _table(element, self._address)
            case "pre":
                yield from _code(element)
            case "dl":
                yield from self._definitions(element)
            case "hr":
                return
            case _:
                yield from self._inside(element)

    def _clean_inline(self, element: HtmlElement) -> str:
        """Return an element's inline Markdown without buttons, and the signs by which one links to a heading."""
        for child in list(element.iterdescendants("figure", "button", "aside", "a")):
            if child.tag != "a" or (child.get("href", "").startswith("#") and not re.search(r"\w", words_of(child))):
                child.drop_tree()
        return inline(element, self._address)

    def _quote(self, element: HtmlElement) -> Iterator[Block]:
        inner = tuple(self._inside(element))
        text = "\n\n".join(block.markdown for block in inner)
        if text:
            quoted = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
            yield Block(kind="quote", markdown=quoted, words=words_of(element), links=link_share(element))

    def _list(self, element: HtmlElement) -> Iterator[Block]:
        lines: list[str] = []
        for number, item in enumerate(element.findall("li"), start=_start(element)):
            inner = [block.markdown for block in self._inside(item)]
            if not inner:
                continue
            mark = "- " if element.tag == "ul" else f"{number}. "
            tight = all(block.startswith(("- ", "1. ")) for block in inner[1:])
            lines.append(_hang(("\n" if tight else "\n\n").join(inner), mark))
        if lines:
            yield Block(kind="list", markdown="\n".join(lines), words=words_of(element), links=link_share(element))

    def _definitions(self, element: HtmlElement) -> Iterator[Block]:
        for child in element.iter("dt", "dd"):
            words = paragraph(inline(child, self._address), breaks=False)
            if words:
                markdown = f"**{words}**" if child.tag == "dt" and "*" not in words else words
                yield Block(kind="paragraph", markdown=markdown, words=words_of(child), links=link_share(child))


def _holds_blocks(element: HtmlElement) -> bool:
    return element.tag in _BLOCKS or any(inner.tag in _BLOCKS for inner in element.iterdescendants())


class _Stray:
    """Text and inline elements between blocks, until a block ends them."""

    def __init__(self, element: HtmlElement) -> None:
        self._holder = lxml_html.Element("span")
        self._holder.text = element.text
        self._last: HtmlElement | None = None

    def add(self, child: HtmlElement) -> None:
        self._last = deepcopy(child)
        self._last.tail = None
        self._holder.append(self._last)

    def tail(self, text: str | None) -> None:
        if self._last is not None:
            self._last.tail = (self._last.tail or "") + (text or "")
        else:
            self._holder.text = (self._holder.text or "") + (text or "")

    def end(self, address: str | None) -> Iterator[Block]:
        yield from _paragraphs(inline(self._holder, address), self._holder)
        self._holder, self._last = lxml_html.Element("span"), None


def _paragraphs(text: str, element: HtmlElement) -> Iterator[Block]:
    """Cut inline Markdown at double line breaks; a short bold line of its own, without full stop, is a crosshead."""
    for piece in _TWO_BREAKS.split(text):
        head = _BOLD_LINE.fullmatch(piece.strip(f" {BREAK}"))
        rest = piece
        if head and _may_be_crosshead(head["words"]):
            yield Block(kind="crosshead", markdown=f"## {head['words']}", words=head["words"])
            rest = head["rest"] or ""
        markdown = paragraph(rest)
        if re.search(r"\w", markdown):
            yield Block(kind="paragraph", markdown=markdown, words=_plain(markdown), links=link_share(element))


def _may_be_crosshead(words: str) -> bool:
    return len(words) <= _LONGEST_CROSSHEAD and not words.rstrip("”\"’'").endswith((".", "!", "?", ":", ",", ";", "…"))


def _heading(text: str, element: HtmlElement) -> Iterator[Block]:
    words = paragraph(text.replace(BREAK, " "), breaks=False).replace("**", "")
    if words:
        level = "##" if element.tag in {"h2", "h3"} else "###"
        yield Block(kind="crosshead", markdown=f"{level} {words}", words=words_of(element), links=link_share(element))


def _code(element: HtmlElement) -> Iterator[Block]:
    text = element.text_content().strip("\n").rstrip()
    if text.strip():
        fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
        yield Block(kind="code", markdown=f"{fence}\n{text}\n{fence}", words=words_of(element))


def _is_data(table: HtmlElement) -> bool:
    """Say whether a table holds data: rows of several short cells; the others only lay out a page."""
    rows = [[cell for cell in row if cell.tag in {"td", "th"}] for row in table.iter("tr")]
    cells = [cell for row in rows for cell in row]
    several = len(rows) > 1 and max((len(row) for row in rows), default=0) > 1
    short = all(len(words_of(cell)) <= _LONGEST_CELL for cell in cells)
    return several and short and table.find(".//table") is None


def _table(table: HtmlElement, address: str | None) -> Iterator[Block]:
    """Yield a table as rows between bars, its first row as the head, as Markdown knows no other."""
    rows = [
        [paragraph(inline(cell, address), breaks=False).replace("|", "\\|") for cell in row if cell.tag in {"td", "th"}]
        for row in table.iter("tr")
    ]
    width = max(len(row) for row in rows)
    head, *others = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows if any(row)] or [""]
    if others:
        markdown = "\n".join((head, "|" + " --- |" * width, *others))
        yield Block(kind="table", markdown=markdown, words=words_of(table), links=link_share(table))


def _hang(text: str, mark: str) -> str:
    """Put a mark before the first line and as many blanks before the others."""
    first, *others = text.split("\n")
    return "\n".join((mark + first, *(f"{' ' * len(mark)}{line}".rstrip() for line in others)))


def _start(element: HtmlElement) -> int:
    start = element.get("start") or ""
    return int(start) if start.isdecimal() and len(start) < 6 else 1


def _plain(markdown: str) -> str:
    """Return a paragraph's words without its marks, for comparing."""
    return re.sub(r"\]\([^)]*\)|[\\*\[\]`]", "", markdown)
