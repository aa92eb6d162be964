"""Text pasted from an article page → a reading that answers for every line.

The words of the article are told from the page's furniture by rules that were measured on newspaper pages: the date is
the anchor, and whoever is unsure keeps a line in the body and says so. The body becomes Markdown and goes the same
way as an article written in Markdown, so that importing a text does not change how it is mailed. A text that opens with
front matter is no pasted page: it is read as Markdown whatever its file is called.
"""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from newsletter.markup.markdown import to_html
from newsletter.markup.passages import passages
from newsletter.markup.plain import count_words
from newsletter.markup.sanitise import sanitise
from newsletter.model.article import Article, Picture, Reading
from newsletter.model.finding import Finding
from newsletter.sources import markdown
from newsletter.sources._authors import looks_like_byline, read_authors
from newsletter.sources._base import Document, House
from newsletter.sources._dates import read_date
from newsletter.sources._decode import decode
from newsletter.sources._names import file_of, id_of
from newsletter.sources._pictures import SUFFIXES as PICTURES
from newsletter.sources._pictures import find_file
from newsletter.sources._plain import without_code
from newsletter.sources._text.account import Account
from newsletter.sources._text.body import read_body
from newsletter.sources._text.captions import Caption, take_captions, take_captions_in_body
from newsletter.sources._text.front_matter import opens_with_front_matter
from newsletter.sources._text.furniture import Aside, set_aside
from newsletter.sources._text.head import Head, read_head
from newsletter.sources._text.language import language_of
from newsletter.sources._text.lines import in_utf_8, read_lines
from newsletter.sources._text.place import Place, read_place
from newsletter.sources._text.refusals import refuse_other_pages, refuse_without_body, refuse_without_title
from newsletter.sources._text.wrapped import unwrap

SUFFIXES = (".txt", ".text")

_NAMES = {"nl": "Dutch", "en": "English"}

_OTHER_FORMAT = re.compile(r"\s*(?:---|\+\+\+|<[!a-z?]|#{1,6} |(?:title|date|author|slug|category)\s*:)", re.IGNORECASE)


def recognises(text: str) -> bool:
    """Say whether a text is plain: it has words, and opens neither as Markdown with a head nor as HTML."""
    return any(c.isalpha() for c in text) and not _OTHER_FORMAT.match(text)


def read(document: Document, house: House) -> Reading:
    """Read one pasted text, or one with front matter. Raises: Unreadable, with the line where one is to blame.

    Its codes: ``too-large``, ``binary``, ``empty``, ``not-an-article``, ``paywall``, ``no-title``, ``no-body``,
    ``front-matter``.
    """
    document, guessed = in_utf_8(document)
    notes = (_guessed(document),) if guessed else ()
    text = decode(document)
    if opens_with_front_matter(text, document.name):
        written = markdown.read(document, house)
        return replace(written, notes=(*notes, *written.notes))
    account = Account(unwrap(read_lines(text)), document.name)
    account.notes.extend(notes)
    return _read_pasted(account, document, house)


def _guessed(document: Document) -> Finding:
    sentence = "The file is not UTF-8; it was read as Windows text."
    remedy = "Look at the accents; save it as UTF-8."
    return Finding(code="encoding-guessed", level="warning", sentence=sentence, remedy=remedy, file=document.name)


def _read_pasted(account: Account, document: Document, house: House) -> Reading:
    aside = set_aside(account, house.sections)
    refuse_other_pages(account, aside)
    head = read_head(account, house)
    refuse_without_title(account, head, aside)
    captions = take_captions(account, head.lead, below=head.end) + take_captions_in_body(account)
    _take_signature(account, head)
    refuse_without_body(account, head, aside)
    _take_captions(account, captions)
    return _assemble(account, document, house, head, aside, captions)


def _assemble(
    account: Account, document: Document, house: House, head: Head, aside: Aside, captions: list[Caption]
) -> Reading:
    place = _take_place(account, head, house)
    text = " ".join(line.text for line in account.open)
    body = read_body(account)
    html = sanitise(to_html(body)).html
    article = Article(
        id=id_of(document, head.title),
        title=head.title,
        section=head.section,
        topic=head.topic,
        label=head.label,
        kind=head.kind,
        lead=head.lead,
        authors=tuple(head.authors),
        place=head.place or (place.name if place else None),
        published=head.published,
        modified=head.modified,
        language=_language(account, text, house),
        url=document.url or head.url,
        pictures=_pictures(document, house, captions),
        passages=passages(html),
        tags=aside.tags,
        words=count_words(html),
        file=file_of(document),
    )
    return Reading(
        article=without_code(article),
        body=body,
        evidence=tuple(account.evidence),
        notes=tuple(account.notes),
        lines=account.lines,
    )


def _take_captions(account: Account, captions: list[Caption]) -> None:
    """Say how surely captions were found: a credit tells, a repetition only suggests."""
    if any(caption.text for caption in captions):
        sure = all(caption.credit for caption in captions)
        why = "the line ends in a credit" if sure else "the line is printed twice"
        account.found("caption", "sure" if sure else "likely", why)
    if any(caption.credit for caption in captions):
        account.found("credit", "sure", "it begins with a word like beeld, foto or ©")


def _take_signature(account: Account, head: Head) -> None:
    """Take names on the last line for the author's when the head names none, and a sure byline there in any case."""
    last = account.open[-1:]
    surely = looks_like_byline(last[0].text) if last else None
    if surely and (surely == "sure" or not head.authors):
        known = {author.name for author in head.authors}
        head.authors += [author for author in read_authors(last[0].text) if author.name not in known]
        account.place(last[0], "field", "authors")
        account.found("authors", "likely", "the text is signed with them")


def _take_place(account: Account, head: Head, house: House) -> Place | None:
    """Read the place from the lead or the first paragraph, which keep their words."""
    first = [line.text for line in account.open[:2]]
    place = next((found for words in (head.lead or "", *first) if (found := read_place(words))), None)
    if place:
        account.found("place", "sure" if place.agency else "likely", "the text opens with it")
    if place and place.day and not head.published:
        head.published = read_date(place.day, house.zone)
        account.found("published", "likely", "the text opens with place and day")
    if place and place.agency and not head.authors:
        head.authors.extend(read_authors(place.agency))
        account.found("authors", "likely", "the agency stands behind the place")
    return place


def _language(account: Account, text: str, house: House) -> str:
    """Return the language of the body; the house's own when it does not tell."""
    language = language_of(text) or house.language
    if language != house.language:
        account.found("language", "check", f"the words are {_NAMES[language]}, the newsletter is {house.language}")
    return language


def _pictures(document: Document, house: House, captions: list[Caption]) -> tuple[Picture, ...]:
    """Return the pictures; the file that lies beside the text is the first one's."""
    stem = PurePosixPath(document.name).stem
    beside = next((f for suffix in PICTURES if (f := find_file(stem + suffix, document, house))), None)
    if beside and not captions:
        captions = [Caption()]
    return tuple(
        Picture(file=beside if at == 0 else None, caption=caption.text, credit=caption.credit)
        for at, caption in enumerate(captions)
    )
