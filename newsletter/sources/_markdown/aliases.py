"""Which names the fields of an article go by: ours first, then those of Hugo, Jekyll, Zola, Pelican and Eleventy.

Names are compared without regard to case, and with ``-`` as ``_``; the first one present wins.
"""

import difflib
from collections.abc import Iterable, Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "kop", "titel", "newstitle"),
    "section": ("section", "rubriek", "category", "categories"),
    "topic": ("topic", "kicker"),
    "label": ("label",),
    "kind": ("kind",),
    "lead": ("lead", "intro", "deck", "dek", "standfirst", "subhed", "subtitle", "summary", "description", "excerpt"),
    "teaser": ("teaser",),
    "authors": ("authors", "author", "byline", "auteur", "auteurs", "door"),
    "place": ("place", "plaats"),
    "date": ("date", "publishdate", "pubdate", "published", "published_at", "publish_date", "datum"),
    "modified": ("modified", "lastmod", "updated", "last_modified_at", "gewijzigd"),
    "language": ("language", "lang", "taal", "locale"),
    "url": ("url", "canonical", "canonical_url", "link"),
    "image": (
        "image", "featured_image", "feature_image", "cover", "hero", "primary_image", "thumbnail", "og_image", "images",
    ),
    "alt": ("alt", "image_alt"),
    "caption": ("caption", "cutline", "image_figcaption", "image_caption"),
    "credit": ("credit", "foto", "beeld", "image_credit", "photo_credit"),
    "decorative": ("decorative",),
    "pictures": ("pictures",),
    "tags": ("tags", "topics", "keywords"),
    "rights": ("rights",),
    "weight": ("weight",),
    "pinned": ("pinned",),
    "draft": ("draft", "concept"),
    "not_before": ("not_before", "embargo"),
    "expires": ("expires", "expirydate"),
}  # fmt: skip
"""Our key → the names it is looked for under, in order."""

STATUS = frozenset({"published", "status"})
"""Jekyll's ``published: false`` and ``status: draft``: a draft by another name."""

_KNOWN = frozenset(name for names in ALIASES.values() for name in names) | STATUS


def normal(key: str) -> str:
    """Return a key as it is compared."""
    return key.strip().casefold().replace("-", "_")


def find(field: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``keys`` that may mean a field, best first."""
    by_name = {normal(key): key for key in reversed(tuple(keys))}
    return tuple(by_name[name] for name in ALIASES[field] if name in by_name)


def is_known(key: str) -> bool:
    """Say whether a key means something to us."""
    return normal(key) in _KNOWN


def meant(key: str) -> str | None:
    """Return the key of ours that an unknown one is probably a misspelling of."""
    near = difflib.get_close_matches(normal(key), ALIASES, n=1, cutoff=0.8)
    return near[0] if near else None
