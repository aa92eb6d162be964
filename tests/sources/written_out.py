"""An article that was read, spelt as the ``.toml`` beside a page or a text spells what it should give."""

from collections.abc import Sequence

from lxml import html

from newsletter.model.article import Article, Author, Part
from newsletter.sources._base import House


def written_out(article: Article, house: House, pictured: Sequence[str]) -> dict[str, object]:
    """Return what an article has, of a picture what is ``pictured``; what is absent, or as always, is left out.

    A time is wall time. ``body`` gives each crosshead, and kind and first five words of each part.
    """
    found: dict[str, object] = {
        "section": article.section,
        "topic": article.topic,
        "label": article.label,
        "kind": article.kind if article.kind != "news" else None,
        "title": article.title,
        "lead": article.lead,
        "authors": [_author(author) for author in article.authors],
        "place": article.place,
        "published": article.published and article.published.astimezone(house.zone).replace(tzinfo=None),
        "modified": article.modified and article.modified.astimezone(house.zone).replace(tzinfo=None),
        "language": article.language if article.language != house.language else None,
        "url": article.url,
        "tags": list(article.tags),
        "pictures": [{key: words for key in pictured if (words := getattr(p, key))} for p in article.pictures],
        "body": _body(article),
    }
    return {key: value for key, value in found.items() if value}


def _author(author: Author) -> str:
    """Whoever is no person, or has a role, carries that in brackets."""
    more = author.role or (author.kind if author.kind != "person" else None)
    return f"{author.name} ({more})" if more else author.name


def _body(article: Article) -> list[str]:
    lines = []
    for passage in article.passages:
        lines += [f"## {passage.crosshead}"] if passage.crosshead else []
        lines += [f"{part.kind}: {_opening(part)}" for part in passage.parts]
    return lines


def _opening(part: Part) -> str:
    return " ".join(" ".join(html.fromstring(part.html).itertext()).split()[:5])
