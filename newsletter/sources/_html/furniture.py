"""What stands in and around an article and is no part of it: menus, share bars, related stories, forms, adverts.

Told by the tag, by the words of class and id (whole words only: *header* holds an *ad*), by being mostly links, and by
the sentences that pasted texts know too.
"""

import re
from itertools import pairwise

from lxml.html import HtmlElement

from newsletter.sources._html.page import classes, is_hidden, words_of

NOT_BESIDE = (
    "not(ancestor-or-self::nav or ancestor::aside[not(ancestor::article)] or ancestor::footer[not(ancestor::article)]"
    " or ancestor-or-self::*[not(self::html or self::body or self::main) and ("
    "contains(@class, 'related') or contains(@class, 'comment') or contains(@class, 'sidebar')"
    " or contains(@class, 'recommend') or contains(@class, 'gerelateerd') or contains(@class, 'reacties'))])"
)
"""An XPath condition: the element does not stand beside the article."""

_TAGS = frozenset(
    {"script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "form", "button", "input"}
    | {"select", "textarea", "nav", "footer", "aside", "figure", "figcaption", "picture", "img", "video", "audio"}
    | {"canvas", "dialog", "h1", "time", "label", "menu", "amp-img", "amp-ad", "amp-embed", "amp-social-share"}
    | {"amp-sidebar", "amp-video"}
)
_ROLES = frozenset({"navigation", "complementary", "banner", "contentinfo", "search", "dialog", "menu", "toolbar"})
_WORDS = frozenset(
    {"share", "sharing", "deel", "delen", "social", "socials", "related", "gerelateerd", "recommended", "aanbevolen"}
    | {"recommendations", "relatedposts", "newsletter", "nieuwsbrief", "signup", "subscribe", "abonneer", "advert"}
    | {"advertisement", "advertentie", "ad", "ads", "adsense", "banner", "promo", "sponsor", "sponsored", "outbrain"}
    | {"taboola", "comment", "comments", "reacties", "respond", "breadcrumb", "breadcrumbs", "kruimelpad", "menu"}
    | {"navbar", "nav", "navigation", "sidebar", "widget", "widgets", "tags", "taglist", "byline", "author", "bio"}
    | {"authorbox", "caption", "credit", "credits", "pagination", "pager", "cookie", "cookies", "consent", "popup"}
    | {"modal", "print", "toolbar", "paywall", "skip", "noprint", "hidden", "donate", "donation", "sharedaddy"}
    | {"addtoany", "mc4wp", "kicker", "metadata", "pubdate", "dateline", "footer", "toc", "readmore", "leesook"}
)
_PAIRS = frozenset(
    {("lees", "ook"), ("read", "more"), ("read", "also"), ("read", "next"), ("meer", "nieuws"), ("sign", "up")}
    | {("most", "read"), ("meest", "gelezen"), ("more", "news"), ("more", "on"), ("table", "contents")}
)
_META_WORDS = re.compile(
    r"(?:article|post|entry)[-_]+(?:meta|header|footer|info|date|author|tags|share|utility)", re.IGNORECASE
)
_SPLIT = re.compile(r"[\s_]+|-+|(?<=[a-z])(?=[A-Z])")
MOSTLY_LINKS = 0.6
_LONG = 80


def is_furniture(element: HtmlElement, body: int) -> bool:
    """Say whether an element below the article's is none of it; ``body`` is the length of the article's text.

    What holds more than half of the text is never dropped for its name.
    """
    if element.tag in _TAGS or is_hidden(element) or element.get("role") in _ROLES:
        return True
    named = _is_named_so(element) or element.tag == "header"
    if named and prose_in(element) * 2 <= body:
        return True
    return _is_teaser(element) or _is_list_of_links(element)


def prose_in(element: HtmlElement) -> int:
    """Return the length of the paragraphs in an element, without their links."""
    found = [p for p in element.iter("p") if len(words_of(p)) >= _LONG]
    return sum(max(0, len(words_of(p)) - len_of_links(p)) for p in found)


def len_of_links(element: HtmlElement) -> int:
    """Return the length of the text that links hold."""
    return sum(len(words_of(link)) for link in element.iter("a"))


def link_share(element: HtmlElement) -> float:
    """Return which share of an element's text stands in links."""
    length = len(words_of(element))
    return len_of_links(element) / length if length else 0.0


def _is_named_so(element: HtmlElement) -> bool:
    names = classes(element)
    if not names:
        return False
    words = [word.casefold() for word in _SPLIT.split(names) if word]
    pairs = set(pairwise(words))
    return bool(_WORDS & set(words) or _PAIRS & pairs or _META_WORDS.search(names))


def _is_teaser(element: HtmlElement) -> bool:
    """Say whether it is another article's teaser: a short ``article`` whose heading is a link."""
    if element.tag != "article":
        return False
    heading = next(element.iter("h2", "h3", "h4"), None)
    return heading is not None and (heading.find(".//a") is not None) and len(words_of(element)) < 400


def _is_list_of_links(element: HtmlElement) -> bool:
    items = element.findall("li") if element.tag in {"ul", "ol"} else []
    return (
        len(items) > 1 and link_share(element) > MOSTLY_LINKS and all(item.find(".//a") is not None for item in items)
    )
