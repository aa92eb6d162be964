"""What a page says of itself in JSON-LD (schema.org): the object that is the article, and the page around it.

Found in the wild and tolerated: ``@graph``, lists of lists, references by ``@id``, comments and line ends inside
strings, trailing commas, a broken block beside a whole one.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from newsletter.markup.visible import on_one_line
from newsletter.sources._html.page import Page
from newsletter.sources._markdown.shortcodes import bare

Object = Mapping[str, object]

_ARTICLE = re.compile(r"(?:\w*Article|\w*BlogPosting|Report|Review|SocialMediaPosting)")
_PLAIN = frozenset({"Article", "TechArticle", "WebPage"})
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/)\s*;?\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>")
_DEEPEST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedData:
    """The article's object (empty when there is none), all objects in order, and how many blocks were no JSON."""

    article: Object
    objects: tuple[Object, ...] = ()
    broken: int = 0

    def of_type(self, *names: str) -> Iterator[Object]:
        """Yield the objects of one of these types."""
        return (found for found in self.objects if set(types(found)) & set(names))

    def whole(self, value: object) -> object:
        """Return what a reference means: ``{"@id": …}`` alone becomes the object of that id."""
        if isinstance(value, Mapping) and set(value) <= {"@id", "@type"} and "@id" in value:
            same = (found for found in self.objects if found.get("@id") == value["@id"] and len(found) > len(value))
            return next(same, value)
        return value


def read_linked_data(page: Page) -> LinkedData:
    """Read every JSON-LD block of a page."""
    objects: list[Object] = []
    broken = 0
    for script in page.find("//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]"):
        try:
            objects.extend(_objects(_loads(script.text or "")))
        except (ValueError, RecursionError):
            broken += 1
    articles = [found for found in objects if any(_ARTICLE.fullmatch(name) for name in types(found))]
    named = [found for found in articles if found.get("headline") or found.get("name")]
    best = max(named or articles, key=lambda found: (not set(types(found)) <= _PLAIN, len(found)), default={})
    return LinkedData(article=best, objects=tuple(objects), broken=broken)


def types(found: Object) -> tuple[str, ...]:
    """Return an object's types without the vocabulary's address."""
    names = found.get("@type")
    listed = names if isinstance(names, list) else [names]
    return tuple(str(name).rpartition("/")[2].rpartition(":")[2] for name in listed if name)


def text_of(value: object) -> str:
    """Return a value as plain text on one line: of a list its first text, of an object its name or value.

    Tags and what a template has left unfilled are no words.
    """
    if isinstance(value, list):
        return next((text for item in value if (text := text_of(item))), "")
    if isinstance(value, Mapping):
        return text_of(next((value[key] for key in ("name", "@value", "url", "@id") if value.get(key)), ""))
    if not isinstance(value, str):
        return ""
    return on_one_line(bare(_TAGS.sub(" ", unescape(unescape(value)))))


def texts_of(value: object) -> tuple[str, ...]:
    """Return every text of a value, each once."""
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text for item in listed if (text := text_of(item))))


def _loads(text: str) -> object:
    """Parse what is meant to be JSON. Raises: ValueError."""
    text = _WRAPPING.sub("", text.strip()).strip().rstrip(";")
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(_TRAILING_COMMA.sub("", text), strict=False)


def _objects(value: object, depth: int = 0) -> Iterator[Object]:
    """Yield the objects of a block: the outermost, those of a graph, and the article that a page is about."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement"):
            if isinstance(value.get(key), dict | list):
                yield from _objects(value[key], depth + 1)
