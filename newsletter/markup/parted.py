"""Tags that a mail cannot carry, replaced by others that say the same.

Words struck out stay struck out, a table's caption stands above it, and what stood on lines of its own still does.
"""

import re
from collections.abc import Iterator

from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.markup.tree import parse, serialise

REPLACED = {"s": "del", "strike": "del", "caption": "p"}
PARTING = frozenset(
    {"address", "article", "aside", "center", "details", "dialog", "div", "fieldset", "footer", "form", "h1", "h5"}
    | {"h6", "header", "hgroup", "legend", "main", "menu", "nav", "search", "section", "summary"}
)
"""Elements on lines of their own whose tags go."""

_INLINE = frozenset({"a", "abbr", "b", "br", "cite", "code", "del", "em", "i", "img", "q", "strong", "sub", "sup"})
_PHRASES = _INLINE | {"p", "h2", "h3", "h4"}
"""Elements that hold no paragraphs."""
_CONCERNED = re.compile(f"<(?:{'|'.join(sorted(PARTING | set(REPLACED)))})>")
_OPENING = re.compile("<[a-z]")


def parted(html: str) -> str:
    """Replace the tags named above, which must be without attributes; other HTML comes back as it is.

    So does HTML nested deeper than the parser follows, which would lose its words.
    """
    if not _CONCERNED.search(html):
        return html
    body = parse(html)
    if sum(1 for _ in body.iterdescendants()) < len(_OPENING.findall(html)):
        return html
    for element in list(body.iter(*REPLACED)):
        _replace(element)
    for element in reversed(list(body.iter(*PARTING))):
        _part(element)
    return serialise(body)


def _replace(element: HtmlElement) -> None:
    if element.tag == "caption":
        table, element.tail = element.getparent(), None
        if not _says_something(element):
            element.drop_tree()
            return
        table.addprevious(element)
    whole = element.tag != "caption" or not any(_is_block(child) for child in element)
    element.tag = REPLACED[str(element.tag)] if whole else "div"


def _part(element: HtmlElement) -> None:
    """Take an element's tag; its words become paragraphs, or lines where none can stand, unless they stand alone."""
    parents = {str(parent.tag) for parent in element.iterancestors()}
    if "pre" in parents:
        element.tail = f"\n{(element.tail or '').removeprefix(chr(10))}"
    elif _follows_words(element) or _precedes_words(element):
        if parents & _PHRASES or not _says_something(element):
            _break(element)
        elif not any(_is_block(child) for child in element):
            element.tag = "p"
            return
        else:
            _wrap(element)
    element.drop_tag()


def _follows_words(element: HtmlElement) -> bool:
    before = element.getprevious()
    return bool((element.getparent().text or "").strip() if before is None else True)


def _precedes_words(element: HtmlElement) -> bool:
    return bool((element.tail or "").strip()) or element.getnext() is not None


def _break(element: HtmlElement) -> None:
    if _follows_words(element):
        element.addprevious(lxml_html.Element("br"))
    following = element.getnext() if not (element.tail or "").strip() else None
    if _precedes_words(element) and _says_something(element) and (following is None or following.tag != "br"):
        tail, element.tail = element.tail, None
        element.addnext(line := lxml_html.Element("br"))
        line.tail = tail


def _wrap(element: HtmlElement) -> None:
    """Make each run of words in an element a paragraph."""
    children = list(_runs(element))
    element.text = None
    element[:] = children


def _runs(element: HtmlElement) -> Iterator[HtmlElement]:
    run = lxml_html.Element("p")
    run.text = element.text
    for child in list(element):
        if not _is_block(child):
            run.append(child)
            continue
        if _says_something(run):
            yield run
        run = lxml_html.Element("p")
        run.text, child.tail = child.tail, None
        yield child
    if _says_something(run):
        yield run


def _is_block(element: HtmlElement) -> bool:
    return any(inner.tag not in _INLINE for inner in element.iter() if isinstance(inner.tag, str))


def _says_something(element: HtmlElement) -> bool:
    return bool(element.text_content().strip()) or element.find(".//img") is not None
