"""Pictures that stand in a body, lifted out of it."""

from dataclasses import dataclass

from lxml import html as lxml_html

from newsletter.markup.tree import parse, serialise

_FRAMES = ("figure", "a", "p", "em", "strong", "li", "ul", "ol")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture as the body names it; ``src`` is what stands there, ``caption`` its figcaption or title."""

    src: str
    alt: str | None = None
    caption: str | None = None


def lift_images(html: str) -> tuple[str, tuple[Image, ...]]:
    """Return the HTML without pictures and without what held only them, and the pictures in order.

    A figure of words (a quotation, a table, a link shown as a card) keeps them.
    """
    body = parse(html)
    figures = list(body.iter("figure"))
    wordy = [figure for figure in figures if figure.find(".//img") is None]
    images = []
    for element in list(body.iter("img")):
        figure = next(element.iterancestors("figure"), None)
        images.append(_describe(element, figure))
        _drop(element)
    for figure in figures:
        if figure in wordy:
            _unwrap(figure)
        else:
            _drop(figure)
    return (serialise(body) if images or wordy else html), tuple(images)


def _describe(element: lxml_html.HtmlElement, figure: lxml_html.HtmlElement | None) -> Image:
    caption = figure.find(".//figcaption") if figure is not None else None
    words = " ".join(caption.text_content().split()) if caption is not None else element.get("title")
    return Image(src=element.get("src") or "", alt=element.get("alt"), caption=words or None)


def _unwrap(figure: lxml_html.HtmlElement) -> None:
    for caption in figure.iter("figcaption"):
        caption.tag = "p"
    figure.drop_tag()


def _drop(element: lxml_html.HtmlElement) -> None:
    """Remove an element, and each frame that is empty then."""
    parent = element.getparent()
    if parent is None:
        return
    element.drop_tree()
    if parent.tag in _FRAMES and not len(parent) and not (parent.text or "").strip():
        _drop(parent)
