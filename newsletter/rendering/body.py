"""The insides of an article or introduction made ready for mail: tables with a role, links with their additions."""

from collections.abc import Callable
from urllib.parse import urlsplit

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

    ``strong`` becomes ``b`` (the dark scheme colours ``strong`` as kickers), headings become
    crossheads; tables get a role and the class ``data``, the last paragraph the class ``last``, and each link what
    ``address`` makes of it.
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
    if element.tag == "a" and (target := element.get("href")):
        element.set("href", address(target))


def appender(own: tuple[str, ...], addition: str) -> Callable[[str], str]:
    """Return what adds ``addition`` to addresses on one's own domains, before a fragment; others stay as they are."""

    def append(address: str) -> str:
        try:
            parts = urlsplit(address)
        except ValueError:
            return address  # checks/links.py says so
        host = parts.hostname or ""
        if not addition or not any(host == d or host.endswith(f".{d}") for d in map(str.lower, own)):
            return address
        return parts._replace(query=f"{parts.query}&{addition}" if parts.query else addition).geturl()

    return append
