"""Bytes → a tree that can be asked, or the reason why there is none."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.errors import Unreadable
from newsletter.markup.visible import on_one_line
from newsletter.sources._base import MAX_PAGE_BYTES, Document
from newsletter.sources._decode import refuse_other_kinds

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META_CHARSET = re.compile(rb"<meta\b[^>]*?\bcharset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding=[\"']([\w:.-]+)")
_SEARCHED = 4096
_WINDOWS = frozenset({"iso8859-1", "ascii"})  # what says Latin 1 or ASCII is Windows 1252: WHATWG Encoding §4.2
_WESTERN = ("cp125", "iso8859")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_TAG = re.compile(r"<(?:!doctype|html|head|body|article|main|div|p|h[1-6]|table|br|meta|section)\b", re.IGNORECASE)
_FILES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"RIFF": "a picture or film",
    b"PK\x03\x04": "an office file or archive",
    b"\x1f\x8b": "an archive",
}
_WORDLESS = frozenset({"script", "style", "noscript", "template"})
_APART = frozenset(
    {"br", "p", "div", "li", "td", "th", "tr", "dt", "dd", "section", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_TEXT = frozenset({"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "table", "tr", "td", "th", "pre", "a"})
_DEEP = 100
_DEEPEST = 120
"""Elements in each other that a page keeps: of those that only wrap, and of those that say what their text is."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was parsed. ``charset`` is what it was decoded as, and ``guessed`` whether nobody had said so."""

    tree: HtmlElement
    charset: str
    guessed: bool

    def find(self, path: str, below: HtmlElement | None = None) -> Iterator[HtmlElement]:
        """Yield the elements of an XPath, in the order of the page."""
        found = (self.tree if below is None else below).xpath(path)
        return (element for element in found if isinstance(element, HtmlElement))


def read_page(document: Document) -> Page:
    """Parse a page, however broken. Raises: Unreadable, code ``too-large``, ``binary``, ``empty`` or ``not-html``."""
    _refuse(document)
    refuse_other_kinds(document)
    text, charset, guessed = _decode(document)
    if not text.strip():
        raise Unreadable("the page is empty", "Save the page again.", code="empty", file=document.name)
    if not _TAG.search(text):
        raise Unreadable("this is no HTML", "Name a plain text kim.txt.", code="not-html", file=document.name)
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = lxml_html.document_fromstring(_CONTROL.sub("", text).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        raise Unreadable("the page is empty", "Save the page again.", code="empty", file=document.name) from None
    _flatten(tree)
    return Page(tree=tree, charset=charset, guessed=guessed)


def words_of(element: HtmlElement) -> str:
    """Return an element's text on one line, without scripts and styles."""
    return on_one_line("".join(_texts(element)))


def classes(element: HtmlElement) -> str:
    """Return an element's class and id, as one text."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".strip()


def is_hidden(element: HtmlElement) -> bool:
    """Say whether a browser would show nothing of it."""
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style") or ""))
    )


def has_class(*names: str) -> str:
    """Return an XPath condition: one of these words stands among the classes."""
    tests = (f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')" for name in names)
    return f"(@class and ({' or '.join(tests)}))"


def _texts(element: HtmlElement) -> Iterator[str]:
    """Yield the texts in an element; those of blocks do not touch those around them."""
    if element.tag in _WORDLESS:
        return
    gap = " " if element.tag in _APART else ""
    yield gap + (element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            yield from _texts(child)
        yield child.tail or ""
    yield gap


def _flatten(tree: HtmlElement) -> None:
    """Unwrap what is nested deeper than anybody reads, wrappers first, so that a walk down a page has an end."""
    too_deep: list[HtmlElement] = []
    rest = [(tree, 0)]
    while rest:
        element, depth = rest.pop()
        for child in element:
            goes = depth >= (_DEEPEST if child.tag in _TEXT else _DEEP) and child.tag not in _WORDLESS
            too_deep += [child] if goes else []
            rest.append((child, depth + (not goes)))
    for element in too_deep:
        element.drop_tag()


def _refuse(document: Document) -> None:
    size = len(document.data)
    if size > MAX_PAGE_BYTES:
        sentence = f"the page has {size // 1024**2} MB; {MAX_PAGE_BYTES // 1024**2} MB is the limit"
        raise Unreadable(sentence, "Save the article only.", code="too-large", file=document.name)
    kind = next((name for magic, name in _FILES.items() if document.data.startswith(magic)), None)
    if kind is None and b"\x00" in document.data and not document.data.startswith(_BOMS[1][0]):
        kind = None if document.data.startswith(_BOMS[2][0]) else "no text"
    if kind:
        sentence = f"this is {kind}, not a page"
        raise Unreadable(sentence, "Import the article's own page.", code="binary", file=document.name)


def _decode(document: Document) -> tuple[str, str, bool]:
    """Return the text, its charset, and whether that was a guess: BOM, header, the page's own word, UTF-8, Windows."""
    for bom, charset in _BOMS:
        if document.data.startswith(bom):
            return document.data[len(bom) :].decode(charset, "replace"), charset, False
    for said in (document.charset, *_said(document.data[:_SEARCHED])):
        known = _known(said)
        if known and known.startswith(_WESTERN) and (text := _try(document.data, "utf-8")) is not None:
            return text, "utf-8", False  # saved anew by a program that left the old word in it
        text = _try(document.data, known) if known else None
        if text is not None and known:
            return text, known, False
    text = _try(document.data, "utf-8")
    if text is not None:
        return text, "utf-8", False
    return document.data.decode("cp1252", "replace"), "cp1252", True


def _said(beginning: bytes) -> Iterator[str]:
    for pattern in (_META_CHARSET, _DECLARED):
        if found := pattern.search(beginning):
            yield found[1].decode("ascii", "replace")


def _known(label: str | None) -> str | None:
    try:
        name = codecs.lookup(label or "").name
    except (LookupError, ValueError):
        return None
    if name.startswith(("utf-16", "utf-32")):
        return None  # a page that could be read thus far is neither
    return "cp1252" if name in _WINDOWS else name


def _try(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError):
        return None
