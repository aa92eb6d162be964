"""Where on a page the article's text stands.

What says so itself goes first (``itemprop``, the class names of the large systems, ``article``, ``main``); where
nothing does, the element with most prose directly in it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from newsletter.model.article import Sureness
from newsletter.sources._html.furniture import NOT_BESIDE, len_of_links, prose_in
from newsletter.sources._html.page import Page, has_class, words_of

_NAMED = has_class(
    *("article-body", "article__body", "articlebody", "article-content", "article__content", "article-text"),
    *("entry-content", "post-content", "post-body", "post__content", "gh-content", "gh-post-content", "kg-canvas"),
    *("story-body", "story-content", "content-body", "body-copy", "td-post-content", "e-content", "markdown"),
    *("artikel-tekst", "artikeltekst", "article_body", "available-content", "rich-text", "field-name-body"),
    "amp-wp-article-content",
)
_MARKED = "contains(concat(' ', @itemprop, ' '), ' articleBody ') and not(self::meta)"
_HOLDERS = " or ".join(f"self::{tag}" for tag in ("p", "div", "td", "section", "font", "center", "body"))
_ENOUGH = 140
_LONG = 60
_MOST = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The elements that hold the text, in order, and how sure that is."""

    elements: tuple[HtmlElement, ...]
    sureness: Sureness
    why: str


def find_container(page: Page) -> Container | None:
    """Return where the article stands; None when no element holds prose."""
    ways: tuple[tuple[str, Sureness, str], ...] = (
        (f"//*[{_MARKED}]", "sure", "itemprop articleBody"),
        (f"//*[{_NAMED} and {NOT_BESIDE}]", "sure", "an element named as the article's text"),
        ("//article", "likely", "<article>"),
        ("//main | //*[@role='main']", "likely", "<main>"),
    )
    whole = prose_in(page.tree)
    for path, sureness, why in ways:
        elements = _best(list(page.find(path)))
        length = sum(_length(element) for element in elements)
        if length >= _LONG and length * 2 >= whole:
            return Container(elements=elements, sureness=sureness, why=why)
    return _densest(page)


def _best(elements: list[HtmlElement]) -> tuple[HtmlElement, ...]:
    """Of elements in each other take the outermost; of those beside each other the longest, or all of one body."""
    found = set(elements)
    outer = [element for element in elements if found.isdisjoint(element.iterancestors())]
    parts = all("articleBody" in (e.get("itemprop") or "") for e in outer)
    if parts and len({e.getparent() for e in outer}) == 1:
        return tuple(outer)
    best = max(outer, key=_length, default=None)
    return (best,) if best is not None else ()


def _length(element: HtmlElement) -> int:
    return max(prose_in(element), _own_text(element))


def _own_text(element: HtmlElement) -> int:
    """Return the length of the text that stands in an element without a paragraph of its own, without links."""
    if element.find(".//p") is not None:
        return 0
    return len(words_of(element)) - len_of_links(element)


def _densest(page: Page) -> Container | None:
    """Return the element with most prose in it: it counts for what holds it, half for the next above, then a quarter.

    It is trusted when it holds most of what the page has.
    """
    scores: dict[HtmlElement, float] = defaultdict(float)
    whole = 0
    for element, length in _prose(page):
        whole += length
        holder = element.getparent() if element.tag == "p" else element
        for share in (1, 2, 4):
            if holder is not None and holder.tag != "html":
                scores[holder] += length / share
                holder = holder.getparent()
    best = max(scores, key=lambda e: scores[e], default=None)
    if best is None or scores[best] < _ENOUGH:
        return None
    most = scores[best] >= _MOST * whole
    why = "the part of the page with most of its text" if most else "the part of the page with more text than others"
    return Container(elements=(best,), sureness="likely" if most else "check", why=why)


def _prose(page: Page) -> Iterator[tuple[HtmlElement, int]]:
    """Yield each paragraph, and each element that holds text of its own, with the length of its prose."""
    for element in page.find(f"//*[({_HOLDERS}) and {NOT_BESIDE}]"):
        own = _direct_text(element) if element.tag != "p" else len(words_of(element)) - len_of_links(element)
        if own >= _LONG:
            yield element, own


def _direct_text(element: HtmlElement) -> int:
    """Return the length of the text between an element's children."""
    pieces = [element.text or "", *((child.tail or "") for child in element)]
    return sum(len(piece.strip()) for piece in pieces)
