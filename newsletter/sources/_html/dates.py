"""When a page appeared and was changed."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from newsletter.sources._base import House
from newsletter.sources._dates import Dates, read_date, read_dates
from newsletter.sources._html.found import Candidate, Voices
from newsletter.sources._html.furniture import NOT_BESIDE
from newsletter.sources._html.linked import text_of
from newsletter.sources._html.page import has_class, words_of

_PUBLISHED = (
    *("article:published_time", "og:published_time", "og:article:published_time", "datepublished"),
    *("dc.date.issued", "dcterms.issued", "dcterms.created", "dcterms.date", "dc.date.created", "dc.date"),
    *("parsely-pub-date", "sailthru.date", "publish-date", "publish_date", "publication_date", "pubdate", "date"),
)
_MODIFIED = (
    *("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified"),
    *("last-modified", "revised"),
)
_DATES = has_class(
    *("date", "published", "pubdate", "dateline", "datum", "publish-date", "post-date", "entry-date", "timestamp"),
    *("article-date", "article__date", "article-meta", "post-meta", "entry-meta", "byline", "posted-on", "meta"),
)
_MOST = 100
_CHANGED = ("updated", "modified", "gewijzigd", "bijgewerkt")


def published(voices: Voices, house: House) -> Iterator[Candidate[datetime]]:
    """Yield the moments at which it may have appeared, best first; those that cannot be read are passed over."""
    yield from _linked(voices, "datePublished", house)
    yield from _said(voices, _PUBLISHED, house)
    yield from _printed(voices, house, changed=False)
    yield from _written(voices, house, changed=False)


def in_head(head: Sequence[str], house: House, *, changed: bool) -> Iterator[Candidate[datetime]]:
    """Yield the moments in the lines at the top of the body."""
    for line in head:
        dates = read_dates(line, house.zone) or Dates()
        if moment := dates.modified if changed else dates.published:
            yield Candidate(value=moment, sureness="likely", why="a line at the top of the text")


def in_address(address: str | None, house: House) -> Iterator[Candidate[datetime]]:
    """Yield the day in an address like ``/2026/11/20/``."""
    found = re.search(r"/(\d{4})[/-](\d{2})[/-](\d{2})(?!\d)", address or "")
    if found and (day := read_date("-".join(found.groups()), house.zone)):
        yield Candidate(value=day, sureness="likely", why="the address")


def modified(voices: Voices, house: House) -> Iterator[Candidate[datetime]]:
    """Yield the moments of its last change, best first."""
    yield from _linked(voices, "dateModified", house)
    yield from _said(voices, _MODIFIED, house)
    yield from _printed(voices, house, changed=True)
    yield from _written(voices, house, changed=True)


def _linked(voices: Voices, key: str, house: House) -> Iterator[Candidate[datetime]]:
    if moment := read_date(text_of(voices.data.article.get(key)), house.zone):
        yield Candidate(value=moment, sureness="sure", why=f"JSON-LD: {key}")


def _said(voices: Voices, names: tuple[str, ...], house: House) -> Iterator[Candidate[datetime]]:
    for name, value in voices.meta.all(*names):
        if moment := read_date(value, house.zone):
            yield Candidate(value=moment, sureness="sure", why=f"meta {name}")


def _printed(voices: Voices, house: House, *, changed: bool) -> Iterator[Candidate[datetime]]:
    """Yield those of ``time`` elements, as far as they do not stand beside the article."""
    path = f"//time[@datetime and {NOT_BESIDE}] | //*[@itemprop and @datetime]"
    for element in islice(voices.page.find(path), _MOST):
        place = " ".join(
            f"{e.get('class') or ''} {e.get('itemprop') or ''}" for e in (element, element.getparent()) if e is not None
        ).lower()
        told = place + " " + (element.getprevious().text_content() if element.getprevious() is not None else "").lower()
        if any(word in told for word in _CHANGED) is not changed:
            continue
        if moment := read_date(element.get("datetime", ""), house.zone):
            sure = "date" in (element.get("itemprop") or "").lower()
            yield Candidate(value=moment, sureness="sure" if sure else "likely", why="<time> on the page")


def _written(voices: Voices, house: House, *, changed: bool) -> Iterator[Candidate[datetime]]:
    """Yield those of date lines that a reader sees."""
    for element in islice(voices.page.find(f"//*[({_DATES} or self::time) and {NOT_BESIDE}]"), _MOST):
        for words in (words_of(element), *(words_of(child) for child in element)):
            dates = read_dates(words, house.zone) or Dates()
            moment = dates.modified if changed else dates.published
            if moment:
                yield Candidate(value=moment, sureness="likely", why="a date on the page")
