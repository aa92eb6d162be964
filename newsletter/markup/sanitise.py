"""The gate between anybody's HTML and a mail: an allow-list, and addresses that work outside the page.

No class, style or id passes: looks come from the template. What is not listed loses its tag and keeps its words,
except for the tags whose content is not words; `parted` keeps what the tag itself said.
"""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import nh3
from lxml import html as lxml_html

from newsletter.markup.parted import PARTING, REPLACED, parted
from newsletter.markup.tree import defuse, parse, serialise

TAGS = frozenset(
    {"p", "br", "a", "em", "strong", "b", "i", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "hr", "code"}
    | {"pre", "img", "figure", "figcaption", "sub", "sup", "del", "table", "thead", "tbody", "tfoot", "tr", "th"}
    | {"td", "abbr", "cite", "q", "dl", "dt", "dd"}
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "ol": {"start"},
    "abbr": {"title"},
}
SCHEMES = frozenset({"http", "https", "mailto", "tel", "cid"})
WORDLESS = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "select", "title"})

_SPANS = frozenset({"colspan", "rowspan"})
_SPAN = re.compile(r"[1-9]\d?", re.ASCII)  # a mail has no table of a hundred columns, but a hostile page may say so
_UNSEEN = re.compile(r"^[\x00-\x20]+|[\t\r\n]")  # what a browser reads over
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanitised:
    """HTML of the allow-list only, and the names of what was taken out: ``div``, ``onclick``, ``javascript:``."""

    html: str
    removed: tuple[str, ...] = ()


def sanitise(html: str) -> Sanitised:
    """Let through what a mail may carry. Comments go without being named."""
    clean = parted(first := _clean(html, TAGS | PARTING | set(REPLACED)))
    if clean != first:
        clean = _clean(clean, TAGS)
    return Sanitised(html=defuse(clean), removed=_removed(html))


def _clean(html: str, tags: frozenset[str]) -> str:
    return nh3.clean(
        html,
        tags=set(tags),
        attributes={"*": set(), **ATTRIBUTES},  # without the star, title and lang pass on every tag
        attribute_filter=lambda _, name, value: value if _fits(name, value) else None,
        clean_content_tags=set(WORDLESS),
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


def _fits(name: str, value: str) -> bool:
    return name not in _SPANS or _SPAN.fullmatch(value) is not None


def _removed(html: str) -> tuple[str, ...]:
    """Name what the gate takes out, as a lenient parser sees the input."""
    names: set[str] = set()
    for element in parse(html).iterdescendants():
        if not isinstance(element.tag, str):
            continue
        if element.tag not in TAGS and element.tag not in REPLACED:
            names.add(element.tag)
            continue
        allowed = ATTRIBUTES.get(element.tag, set())
        names.update(name for name, value in element.attrib.items() if name not in allowed or not _fits(name, value))
        names.update(_foreign_scheme(element.get(name, "")) for name in ("href", "src"))
    return tuple(sorted(names - {""}))


def _foreign_scheme(address: str) -> str:
    match = _SCHEME.match(_UNSEEN.sub("", address))
    return f"{match[1].lower()}:" if match and match[1].lower() not in SCHEMES else ""


def relative_links(html: str) -> tuple[str, ...]:
    """Return the link addresses that mean nothing outside the page they stand on, in order."""
    addresses = (a.get("href") for a in parse(html).iter("a"))
    return tuple(address for address in addresses if address is not None and _is_relative(address))


def absolutise(html: str, base: str | None) -> str:
    """Complete relative addresses with ``base``; without one a relative link keeps its words only, a picture goes."""
    body = parse(html)
    for element in list(body.iter("a", "img")):
        name = "href" if element.tag == "a" else "src"
        address = element.get(name)
        if not _is_relative(address):
            continue
        whole = _join(base, address) if base and address else None
        if whole:
            element.set(name, whole)
        else:
            _unwrap(element)
    return serialise(body)


def _is_relative(address: str | None) -> bool:
    return address is None or not _SCHEME.match(address.strip())


def _join(base: str, address: str) -> str | None:
    try:
        whole = urljoin(base, address.strip())
        return whole if urlsplit(whole).netloc else None
    except ValueError:
        return None


def _unwrap(element: lxml_html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tag()
