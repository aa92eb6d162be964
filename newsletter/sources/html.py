"""An article page as HTML → a reading: JSON-LD first, then OpenGraph and its kin, then what the page shows.

The body is read by rules of our own and becomes Markdown, which goes the same way as an article written in Markdown.
Of a page that lies on somebody else's site only what a link needs is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from urllib.parse import urlsplit

from newsletter.errors import Unreadable
from newsletter.markup.markdown import to_html
from newsletter.markup.passages import passages
from newsletter.markup.plain import count_words
from newsletter.markup.sanitise import sanitise
from newsletter.model.article import Article, Reading
from newsletter.sources._base import Document, House
from newsletter.sources._html import dates, people, title
from newsletter.sources._html.body import Body, read_body, without
from newsletter.sources._html.found import Candidate, Found, Voices
from newsletter.sources._html.linked import read_linked_data, text_of
from newsletter.sources._html.meta import Meta, absolute, links
from newsletter.sources._html.page import Page, read_page
from newsletter.sources._html.picture import read_picture
from newsletter.sources._html.refusals import refuse_other_pages, refuse_without_body, remark
from newsletter.sources._html.section import read_section
from newsletter.sources._names import file_of, id_of
from newsletter.sources._plain import without_code
from newsletter.sources._rights import within_rights
from newsletter.sources._text.language import language_of
from newsletter.sources._text.place import read_place

SUFFIXES = (".html", ".htm", ".xhtml")

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|article)\b", re.I | re.S
)


def recognises(text: str) -> bool:
    """Say whether a text opens as a page does."""
    return _HTML.match(text) is not None


def read(document: Document, house: House) -> Reading:
    """Read one page. Raises: Unreadable.

    Its codes: ``too-large``, ``binary``, ``empty``, ``not-html``, ``not-an-article``, ``no-title``, ``no-body``.
    """
    page = read_page(document)
    voices = _voices(page, document)
    found = Found(document.name)
    refuse_other_pages(voices, document)
    headline = found.take("title", title.titles(voices))
    if not headline:
        hint = "Import the article's own page, or write the article as Markdown."
        raise Unreadable("the page has no title", hint, code="no-title", file=document.name)
    body = read_body(page, voices.base, headline, house)
    refuse_without_body(voices, body, document)
    reading = _assemble(document, house, voices, found, headline, body)
    addresses = (document.url, document.address, *(a for a, _ in _canonical(voices)))
    return within_rights(reading, addresses, house, excerpt=title.excerpt(voices) or body.opening)


def _assemble(document: Document, house: House, voices: Voices, found: Found, headline: str, body: Body) -> Reading:
    place = read_section(voices, house, found)
    lead = found.take("lead", title.leads(voices, body.opening))
    published = _published(voices, house, found, body)
    dateline = read_place(lead or "") or read_place(body.opening)
    if dateline:
        found.prove("place", "likely", "the text opens with it")
    picture = read_picture(voices, document, house, found)
    markdown = without(body, lead, (picture.caption, picture.credit) if picture else ())
    html = sanitise(to_html(markdown)).html
    if markdown:
        found.prove("passages", body.sureness, body.why)
    remark(voices, body, found)
    article = Article(
        id=id_of(document, headline),
        title=headline,
        section=place.section,
        topic=place.topic,
        label=place.label,
        kind=place.kind,
        lead=lead,
        authors=found.take("authors", chain(people.authors(voices), people.in_head(body.head))) or (),
        place=dateline.name if dateline else None,
        published=published,
        modified=_modified(voices, house, found, body, published),
        language=_language(voices, house, found, f"{lead or ''} {html}"),
        url=_url(document, voices, found),
        pictures=(picture,) if picture else (),
        passages=passages(html),
        tags=place.tags,
        words=count_words(html),
        file=file_of(document),
    )
    return Reading(
        article=without_code(article), body=markdown, evidence=tuple(found.evidence), notes=tuple(found.notes)
    )


def _voices(page: Page, document: Document) -> Voices:
    meta, data = Meta(page), read_linked_data(page)
    known = absolute(document.address or document.url, None)
    written = next((element.get("href") for element in page.find("//base[@href]")), None)
    voices = Voices(data=data, meta=meta, page=page, address=known, base=absolute(written, known) or known)
    address = known or next((address for address, _ in _canonical(voices)), None)
    return replace(voices, address=address, base=absolute(written, address) or address)


def _canonical(voices: Voices) -> Iterator[tuple[str, str]]:
    """Yield the addresses that the page gives itself, and where; a front page's is a mistake of its templates."""
    article = voices.data.article
    for address, why in (
        *((address, "link canonical") for address in links(voices.page, "canonical")),
        (voices.meta.first("og:url") or "", "og:url"),
        (text_of(article.get("url")) or text_of(voices.data.whole(article.get("mainEntityOfPage"))), "JSON-LD: url"),
    ):
        whole = absolute(address, voices.base)
        if whole and (urlsplit(whole).path.strip("/") or urlsplit(whole).query):
            yield whole, why


def _url(document: Document, voices: Voices, found: Found) -> str | None:
    given = [Candidate(value=document.url, sureness="sure", why="given with the page")] if document.url else []
    own = (Candidate(value=address, sureness="sure", why=why) for address, why in _canonical(voices))
    fetched = [Candidate(value=document.address, sureness="sure", why="fetched from it")] if document.address else []
    return found.take("url", [*given, *own, *fetched])


def _published(voices: Voices, house: House, found: Found, body: Body) -> datetime | None:
    lines = dates.in_head(body.head, house, changed=False)
    return found.take(
        "published", chain(dates.published(voices, house), lines, dates.in_address(voices.address, house))
    )


def _modified(voices: Voices, house: House, found: Found, body: Body, published: datetime | None) -> datetime | None:
    """Return the moment of the last change; that of publication is none."""
    named = chain(dates.modified(voices, house), dates.in_head(body.head, house, changed=True))
    later = (c for c in named if published is None or c.value > published)
    return found.take("modified", later)


def _language(voices: Voices, house: House, found: Found, text: str) -> str:
    """Return the language as two letters: that of the words, which a page's template may not know."""
    said = text_of(voices.data.article.get("inLanguage")) or (voices.page.tree.get("lang") or "")
    said = said or (voices.meta.first("og:locale", "content-language", "dc.language") or "")
    code = re.split(r"[-_]", said.strip().lower())[0]
    spoken = language_of(text)
    language = spoken or (code if re.fullmatch(r"[a-z]{2,3}", code) else house.language)
    if language != house.language:
        found.prove("language", "likely", "its words" if spoken else "the page says so")
    return language
