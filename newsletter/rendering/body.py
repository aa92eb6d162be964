"""The insides of an article or introduction made ready for mail: tables with a role, links with their additions."""

from collections.abc import Callable
from urllib.parse import unquote_plus, urlsplit

from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.markup.tree import parse, serialise
from newsletter.model.article import Passage

_TAGS = {"strong": "b", "h1": "h4", "h2": "h4", "h3": "h4"}


def body_html(passages: tuple[Passage, ...]) -> str:
    """Join passages into one HTML text, crossheads as ``h4``."""
    parts: list[str] = []
    for passage in passages:
        if passage.crosshead:
            heading = lxml_html.Element("h4")
            heading.text = passage.crosshead
            parts.append(lxml_html.tostring(heading, encoding="unicode"))
        parts += [part.html for part in passage.parts]
    return "\n".join(parts)


def for_mail(html: str, address: Callable[[str], str]) -> str:
    """Prepare sanitised HTML for a mail.

    ``strong`` becomes ``b`` (the dark scheme colours ``strong`` as kickers), headings become crossheads; tables get a
    role, the class ``data`` and a place among the tab stops, the last paragraph the class ``last``, and each link what
    ``address`` makes of it. Code runs from left to right in every language.
    """
    if not html.strip():
        return ""
    root = parse(html)
    for element in root.iterdescendants():
        if isinstance(element, HtmlElement):
            _prepare(element, address)
    if len(root) and root[-1].tag == "p":
        root[-1].set("class", "last")
    return serialise(root)


def _prepare(element: HtmlElement, address: Callable[[str], str]) -> None:
    element.tag = _TAGS.get(str(element.tag), element.tag)
    if element.tag == "table":
        element.set("role", "table")
        element.set("class", "data")
        element.set("tabindex", "0")  # it scrolls where it is wider than the screen, for whoever has no mouse too
    if element.tag in {"pre", "code"}:
        element.set("dir", "ltr")
    if element.tag == "a" and (target := element.get("href")):
        element.set("href", address(target))


def appender(own: tuple[str, ...], addition: str) -> Callable[[str], str]:
    """Return what adds ``addition`` to addresses on one's own domains, before a fragment; others stay as they are.

    An address that has one of the parameters keeps its own.
    """

    def append(address: str) -> str:
        try:
            parts = urlsplit(address)
        except ValueError:
            return address  # checks/links.py says so
        host = parts.hostname or ""
        if not addition or not any(host == d or host.endswith(f".{d}") for d in map(str.lower, own)):
            return address
        return parts._replace(query=_joined(parts.query, addition)).geturl()

    return append


def _joined(query: str, addition: str) -> str:
    """Join two queries; of the second what the first does not have."""
    own = {_name(pair) for pair in query.split("&")}
    added = [pair for pair in addition.split("&") if _name(pair) not in own]
    return "&".join([query] * bool(query) + added)


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])
