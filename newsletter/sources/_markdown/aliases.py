"""Which names the fields of an article go by: ours first, then those of the generators and of what others export.

Names are compared without regard to case, ``-``, ``_`` and blanks: ``featured_image`` is ``featuredImage``. The first
one present wins.
"""

import difflib
import re
from collections.abc import Iterable, Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "kop", "titel", "newstitle", "subject", "linktitle"),
    "section": ("section", "rubriek", "category", "categories"),
    "topic": ("topic", "kicker"),
    "label": ("label",),
    "kind": ("kind",),
    "lead": (
        "lead", "intro", "deck", "dek", "standfirst", "subhed", "subtitle", "customexcerpt", "summary", "description",
        "excerpt", "blurb", "synopsis", "abstract", "samenvatting", "metadescription",
    ),
    "teaser": ("teaser",),
    "authors": ("authors", "author", "primaryauthor", "byline", "auteur", "auteurs", "door", "writer", "createdby"),
    "place": ("place", "plaats"),
    "date": (
        "date", "publishdate", "pubdate", "published", "publishedat", "publisheddate", "publishedon",
        "publicationdate", "datepublished", "datum", "sentat", "created", "createdat", "createdtime", "datecreated",
    ),
    "modified": (
        "modified", "lastmod", "updated", "lastmodifiedat", "gewijzigd", "updatedat", "updateddate", "lastupdated",
        "lastmodified", "modifiedat", "datemodified", "dateupdated", "lasteditedtime", "lastupdate",
    ),
    "language": ("language", "lang", "taal", "locale"),
    "url": ("url", "canonical", "canonicalurl", "link", "externalurl"),
    "image": (
        "image", "featuredimage", "featureimage", "featureimg", "cover", "coverimage", "hero", "heroimage",
        "primaryimage", "banner", "thumbnail", "ogimage", "socialmediacard", "images", "header", "resources",
    ),
    "alt": ("alt", "imagealt", "featureimagealt", "heroimagealt", "featuredimagealt", "coverimagealt", "coveralt"),
    "caption": ("caption", "cutline", "imagefigcaption", "imagecaption", "featureimagecaption"),
    "credit": ("credit", "foto", "beeld", "imagecredit", "photocredit"),
    "decorative": ("decorative",),
    "pictures": ("pictures",),
    "tags": ("tags", "topics", "keywords"),
    "rights": ("rights",),
    "weight": ("weight",),
    "pinned": ("pinned",),
    "draft": ("draft", "concept"),
    "not_before": ("notbefore", "embargo"),
    "expires": ("expires", "expirydate"),
}  # fmt: skip
"""Our key → the names it is looked for under, in order."""

STATUS = frozenset({"published", "publish", "status"})
"""Jekyll's ``published: false`` and ``status: draft``: a draft by another name."""

_KNOWN = frozenset(name for names in ALIASES.values() for name in names) | STATUS


def normal(key: str) -> str:
    """Return a key as it is compared."""
    return re.sub(r"[\s_-]", "", key.casefold())


def find(field: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``keys`` that may mean a field, best first."""
    by_name = {normal(key): key for key in reversed(tuple(keys))}
    return tuple(by_name[name] for name in ALIASES[field] if name in by_name)


def is_known(key: str) -> bool:
    """Say whether a key means something to us."""
    return normal(key) in _KNOWN


def meant(key: str) -> str | None:
    """Return the key of ours that an unknown one is probably a misspelling of."""
    ours = {normal(name): name for name in ALIASES}
    near = difflib.get_close_matches(normal(key), ours, n=1, cutoff=0.8)
    return ours[near[0]] if near else None
