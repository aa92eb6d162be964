"""A rendered page read back, for the tests that look at its elements."""

from collections.abc import Callable

import examples
from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.model.mail import Edition, Message, Slot

Pages = Callable[[str], HtmlElement]


def page_of(message: Message) -> HtmlElement:
    """The document a mail client sees."""
    return lxml_html.document_fromstring(message.html)


def words_in(element: HtmlElement) -> str:
    """An element's text with single plain blanks."""
    return " ".join(element.text_content().replace("\N{NO-BREAK SPACE}", " ").split())


def rows(page: HtmlElement, name: str) -> list[HtmlElement]:
    """The cells that have a class."""
    return [cell for cell in page.iter("td") if name in (cell.get("class") or "").split()]


def bytes_before(edition: Edition, field: str) -> int:
    """Bytes of HTML before a field first stands open."""
    pieces = list(edition.html)
    first = next(n for n, piece in enumerate(pieces) if isinstance(piece, Slot) and piece.field == field)
    return sum(len(piece.encode()) for piece in pieces[:first] if isinstance(piece, str))


EVERY = tuple(examples.ISSUES)
