"""HTML as plain text that reads well by itself: for the text part, teasers and counting."""

import re
from collections.abc import Callable, Iterator

from lxml import html as lxml_html

from newsletter.markup.tree import parse

Cite = Callable[[str], str]

_FRAMES = frozenset({"blockquote", "ul", "ol", "li", "dl", "dd", "figure", "table", "thead", "tbody"})
_BLOCKS = _FRAMES | {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "tr", "dt", "figcaption"}
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_NUMBER = re.compile(r"[+−–-]?[0-9]+")
_BREAK = "\x1e"


def plain(html: str, *, cite: Cite | None = None) -> str:
    """Return paragraphs separated by blank lines, unwrapped; list items and table rows each on their own line.

    ``cite`` is called with a link's address, in order, and returns what to print after the link's words (`` [3]``);
    not for a link whose words are its address. What was struck out stands between ``~~``, as Markdown writes it.
    """
    return "\n\n".join(_blocks(parse(html), cite))


def count_words(html: str) -> int:
    """Count what a reader would call words; marks of lists and quotes are none."""
    return len(re.findall(r"\w[\w’'.-]*", _BREAK.join(parse(html).itertext())))


def _blocks(element: lxml_html.HtmlElement, cite: Cite | None) -> Iterator[str]:
    """Yield an element's paragraphs: its stray text gathered, each block inside it on its own."""
    stray = _text(element.text)
    for child in element:
        if child.tag in _BLOCKS or _holds_blocks(child):
            yield from _lines(stray)
            yield from _block(child, cite)
            stray = ""
        else:
            stray += _inline(child, cite)
        stray += _text(child.tail)
    yield from _lines(stray)


def _block(element: lxml_html.HtmlElement, cite: Cite | None) -> Iterator[str]:
    match element.tag:
        case "ul" | "ol":
            yield from _list(element, cite)
        case "blockquote":
            yield _prefix("\n\n".join(_blocks(element, cite)), "> ", "> ")
        case "pre":
            yield element.text_content().strip("\n")
        case "table":
            yield "\n".join(_row(row, cite) for row in element.iter("tr"))
        case "hr":
            yield "* * *"
        case "dd":
            yield _prefix("\n\n".join(_blocks(element, cite)), "    ", "    ")
        case "a" | "del":
            yield from _around_blocks(element, cite)
        case _:
            yield from _blocks(element, cite)


def _holds_blocks(element: lxml_html.HtmlElement) -> bool:
    """Say whether an element of a line holds paragraphs, as HTML lets a link and struck words."""
    return any(inner.tag in _BLOCKS for inner in element.iterdescendants())


def _around_blocks(element: lxml_html.HtmlElement, cite: Cite | None) -> Iterator[str]:
    """Yield the paragraphs in a link, the last one cited, or those that were struck out."""
    blocks = list(_blocks(element, cite))
    if element.tag == "del":
        blocks = [_struck(block) for block in blocks]
    elif blocks and cite and element.get("href"):
        blocks[-1] += cite(element.get("href"))
    yield from blocks


def _list(element: lxml_html.HtmlElement, cite: Cite | None) -> Iterator[str]:
    """Yield a list as one block when its items are short, as one block an item when they hold paragraphs."""
    number = int(element.get("start") or 1) if (element.get("start") or "1").isdecimal() else 1
    items = []
    for index, item in enumerate(element.iter("li") if element.find("li") is None else element.findall("li")):
        mark = "- " if element.tag == "ul" else f"{number + index}. "
        gap = "\n\n" if item.find("p") is not None else "\n"
        items.append(_prefix(gap.join(_blocks(item, cite)), mark, " " * len(mark)))
    if items:
        yield "\n".join(items)


def _row(row: lxml_html.HtmlElement, cite: Cite | None) -> str:
    cells = (" ".join(_blocks(cell, cite)) for cell in row if cell.tag in {"td", "th"})
    return " | ".join(" ".join(cell.split()) for cell in cells)


def _inline(element: lxml_html.HtmlElement, cite: Cite | None) -> str:
    if not isinstance(element.tag, str):
        return ""
    if element.tag == "br":
        return _BREAK
    words = _text(element.text)
    for child in element:
        words += _inline(child, cite) + _text(child.tail)
    return _spelt(element, words, cite)


def _spelt(element: lxml_html.HtmlElement, words: str, cite: Cite | None) -> str:
    """Spell the words of an element so that they still say what its tag says."""
    match element.tag:
        case "sup" if _NUMBER.fullmatch(words):
            return words.translate(_RAISED)
        case "del":
            return _struck(words)
        case "img":
            return element.get("alt") or ""
        case "a" if cite and element.get("href") not in {None, "", words.strip()}:
            return words + cite(element.get("href"))
    return words


def _struck(words: str) -> str:
    """Mark words that were struck out, for nobody sees a line through them here; the blanks around stay outside."""
    bare = words.strip()
    return words.replace(bare, f"~~{bare}~~", 1) if bare else words


def _text(text: str | None) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", text or "")


def _lines(stray: str) -> Iterator[str]:
    lines = [re.sub(r" {2,}", " ", line).strip(" ") for line in stray.split(_BREAK)]
    text = "\n".join(lines).strip()
    if text:
        yield text


def _prefix(text: str, first: str, others: str) -> str:
    """Put a mark before the first line and a hanging one before the others; blank lines get no trailing blanks."""
    lines = text.split("\n")
    return "\n".join(((others if i else first) + line).rstrip() for i, line in enumerate(lines))
