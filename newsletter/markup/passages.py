"""A body's HTML → its passages: headings become crossheads, each other top-level element a part."""

from collections.abc import Iterator
from html import escape

from lxml import html as lxml_html

from newsletter.markup.tree import defuse, outer, parse
from newsletter.model.article import Part, PartKind, Passage

_CROSSHEADS = frozenset({"h1", "h2", "h3"})
_KINDS: dict[str, PartKind] = {
    "p": "paragraph", "blockquote": "quote", "ul": "list", "ol": "list", "dl": "list",
    "table": "table", "pre": "code", "figure": "picture", "img": "picture",
}  # fmt: skip
_INLINE = frozenset({"a", "abbr", "b", "br", "cite", "code", "del", "em", "i", "q", "strong", "sub", "sup"})
_OPENING_QUOTES = ("„", "“", "”", '"', "‘", "«")


def passages(html: str) -> tuple[Passage, ...]:
    """Cut sanitised HTML into passages, in order; empty elements go, text without an element becomes a paragraph.

    A question is a paragraph that ends in a question mark and is wholly in bold or italics, or whose answer opens
    with a quotation mark.
    """
    found: list[Passage] = []
    crosshead: str | None = None
    parts: list[Part] = []
    for element in _top_level(html):
        words = _words(element)
        if element.tag not in _CROSSHEADS:
            parts.append(Part(kind=_kind(element), html=outer(element)))
        elif words:
            found += _passage(crosshead, parts)
            crosshead, parts = words, []
    return (*found, *_passage(crosshead, parts))


def _passage(crosshead: str | None, parts: list[Part]) -> tuple[Passage, ...]:
    return (Passage(crosshead=crosshead, parts=tuple(parts)),) if crosshead or parts else ()


def _top_level(html: str) -> list[lxml_html.HtmlElement]:
    """Return the elements a reader sees something of, stray text and inline elements gathered into paragraphs."""
    body = parse("".join(_pieces(parse(html))))
    return [e for e in body if _words(e) or e.tag in {"hr", "img"} or e.find(".//img") is not None]


def _pieces(body: lxml_html.HtmlElement) -> Iterator[str]:
    stray = escape(body.text or "", quote=False)
    for element in body:
        if not isinstance(element.tag, str):
            continue
        if element.tag in _INLINE:
            stray += outer(element) + escape(element.tail or "", quote=False)
            continue
        yield from _stray_paragraph(stray)
        yield outer(element)
        stray = escape(element.tail or "", quote=False)
    yield from _stray_paragraph(stray)


def _stray_paragraph(stray: str) -> Iterator[str]:
    if stray.strip():
        yield f"<p>{defuse(stray.strip())}</p>"


def _kind(element: lxml_html.HtmlElement) -> PartKind:
    if element.tag == "p" and element.find(".//img") is not None and not _words(element):
        return "picture"
    if element.tag == "p" and _is_question(element):
        return "question"
    return _KINDS.get(element.tag, "other")


def _is_question(element: lxml_html.HtmlElement) -> bool:
    if not _words(element).rstrip("”\"’'").endswith("?"):
        return False
    if len(element) == 1 and not (element.text or "").strip() and not (element[0].tail or "").strip():
        return element[0].tag in {"strong", "b", "em", "i"}
    answer = element.getnext()
    return (
        answer is not None
        and answer.tag == "p"
        and _words(answer).startswith(_OPENING_QUOTES)
        and not _words(element).startswith(_OPENING_QUOTES)
    )


def _words(element: lxml_html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
