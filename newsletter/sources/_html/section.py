"""Where an article belongs: section, topic, label, kind and tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from newsletter.model.article import Kind
from newsletter.sources._base import House
from newsletter.sources._html.found import Candidate, Found, Voices, bare
from newsletter.sources._html.furniture import NOT_BESIDE
from newsletter.sources._html.linked import text_of, texts_of, types
from newsletter.sources._html.page import has_class, words_of
from newsletter.sources._text.kicker import kind_of_section, read_kicker, read_label

_KICKERS = has_class(
    *("kicker", "section", "rubriek", "category", "article-section", "article__section", "article__kicker"),
    *("post-category", "entry-category", "cat-links", "gh-article-tag", "article-tag", "eyebrow", "chapeau", "label"),
)
_CRUMBS = "//*[contains(@class, 'breadcrumb') or contains(@class, 'kruimel')]//a"
_KINDS: dict[str, Kind] = {
    "OpinionNewsArticle": "opinion", "LiveBlogPosting": "live", "ReviewNewsArticle": "review", "Review": "review",
    "CriticReview": "review", "AskPublicNewsArticle": "interview",
}  # fmt: skip
_HOME = frozenset({"home", "voorpagina", "start", "nieuws", "news", "artikelen", "articles", "blog", "posts"})
_LONGEST = 50
_MOST_TAGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an article belongs."""

    section: str | None = None
    topic: str | None = None
    label: str | None = None
    kind: Kind = "news"
    tags: tuple[str, ...] = ()


def read_section(voices: Voices, house: House, found: Found) -> Place:
    """Return section, topic, label, kind and tags, with their evidence; an unknown section stays as it is written."""
    kickers = _kickers(voices)
    section = _section(voices, house, found, kickers)
    named = (*kickers, *(c.value for c in _named(voices, [])))
    split = next((k for text in named if (k := read_kicker(text, house.sections)) and k.topic), None)
    if split:
        found.prove("topic", "likely", "it stands with the section")
    label = next((read for text in kickers if (read := read_label(text))), None)
    if label:
        found.prove("label", "likely", "the line above the title")
    kind = _kind(voices, section, label[1] if label else "news")
    if kind != "news":
        found.prove("kind", "likely", "the page's type" if kind in _KINDS.values() else "its section or label")
    tags = _tags(voices)
    if tags:
        found.prove("tags", "likely", "keywords of the page")
    return Place(
        section=section, topic=split.topic if split else None, label=label[0] if label else None, kind=kind, tags=tags
    )


def _section(voices: Voices, house: House, found: Found, kickers: list[str]) -> str | None:
    """Return the first section the house knows, else the first that is named at all."""
    named = [c for c in _named(voices, kickers) if bare(c.value) not in _HOME and len(c.value) <= _LONGEST]
    known = [Candidate(value=name, sureness=c.sureness, why=c.why) for c in named if (name := _known(c.value, house))]
    by_path = [Candidate(value=name, sureness="likely", why="the address") for name in _in_address(voices, house)]
    section = found.take("section", [*known, *by_path, *(c for c in named if c.why != "breadcrumbs")])
    if section and not known and not by_path:
        names = ", ".join(name for name, _ in house.sections)
        remedy = f"Write one of: {names}; or add it to newsletter.toml." if names else "Add it to newsletter.toml."
        found.note("section-unknown", f"“{section}” is no section of the newsletter", remedy)
    return section


def _named(voices: Voices, kickers: list[str]) -> Iterator[Candidate[str]]:
    for value in texts_of(voices.data.article.get("articleSection")):
        yield Candidate(value=value, sureness="sure", why="JSON-LD: articleSection")
    for name, value in voices.meta.all("article:section", "og:article:section", "parsely-section", "section"):
        yield Candidate(value=value, sureness="sure", why=f"meta {name}")
    for text in kickers:
        if not read_label(text):
            kicker = re.split(r"\s*[|/·•»:]\s*|\s+[–—-]\s+", text)[0]
            yield Candidate(value=kicker, sureness="likely", why="the line above the title")
    for crumbs in voices.data.of_type("BreadcrumbList"):
        items = crumbs.get("itemListElement")
        for item in items if isinstance(items, list) else []:
            name = text_of(item.get("name") or item.get("item")) if isinstance(item, dict) else ""
            yield Candidate(value=name, sureness="likely", why="breadcrumbs")
    for link in voices.page.find(_CRUMBS):
        yield Candidate(value=words_of(link), sureness="likely", why="breadcrumbs")


def _kickers(voices: Voices) -> list[str]:
    named = f"({_KICKERS} or @itemprop='articleSection') and not(self::meta or self::section or self::body)"
    texts = (words_of(element) for element in voices.page.find(f"//*[{named} and {NOT_BESIDE}]"))
    return [text for text in dict.fromkeys(texts) if 0 < len(text) <= _LONGEST]


def _known(name: str, house: House) -> str | None:
    """Return the house's section of a name, an alias, or a name with its topic run together."""
    names = {bare(other): section for section, aliases in house.sections for other in (section, *aliases)}
    if bare(name) in names:
        return names[bare(name)]
    kicker = read_kicker(name, house.sections)
    return kicker.section if kicker and kicker.known and kicker.split else None


def _in_address(voices: Voices, house: House) -> Iterator[str]:
    names = {
        bare(other).replace(" ", "-"): section for section, aliases in house.sections for other in (section, *aliases)
    }
    for part in unquote(urlsplit(voices.address or "").path).casefold().split("/")[:-1]:
        if part in names:
            yield names[part]


def _kind(voices: Voices, section: str | None, labelled: Kind) -> Kind:
    of_type = next((_KINDS[name] for name in types(voices.data.article) if name in _KINDS), None)
    if of_type:
        return of_type
    if labelled != "news":
        return labelled
    return "video" if (voices.meta.first("og:type") or "").startswith("video") else kind_of_section(section)


def _tags(voices: Voices) -> tuple[str, ...]:
    words = [value for _, value in voices.meta.all("article:tag", "news_keywords")]
    linked = texts_of(voices.data.article.get("keywords"))
    split = (part.strip() for text in (*linked, *words) for part in text.split(","))
    tags = {bare(tag): tag for tag in split if tag and len(tag) <= _LONGEST and ":" not in tag}
    return tuple(tags.values())[:_MOST_TAGS]
