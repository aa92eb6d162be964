"""Markdown with front matter (YAML, TOML, Pelican's or none) → a reading."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import cast, get_args

from newsletter.errors import Unreadable
from newsletter.frontmatter import Head, read_head
from newsletter.markup.images import Image, lift_images
from newsletter.markup.markdown import to_html
from newsletter.markup.passages import passages
from newsletter.markup.plain import count_words
from newsletter.markup.sanitise import absolutise, relative_links, sanitise
from newsletter.model.article import Article, Kind, Passage, Reading, Rights
from newsletter.sources._base import Document, House
from newsletter.sources._dates import read_date
from newsletter.sources._decode import decode
from newsletter.sources._markdown.asides import quote_asides
from newsletter.sources._markdown.body import Body, opens_with_heading, read_body
from newsletter.sources._markdown.contents import without_contents
from newsletter.sources._markdown.fields import Fields
from newsletter.sources._markdown.kramdown import without_attribute_lists
from newsletter.sources._markdown.mailtags import without_mail_tags
from newsletter.sources._markdown.mdx import as_markdown, is_mdx
from newsletter.sources._markdown.shortcodes import bare, clean
from newsletter.sources._markdown.site import authors_of
from newsletter.sources._markdown.wiki import plain_links
from newsletter.sources._names import file_of, id_of, stem_of
from newsletter.sources._pictures import read_pictures

SUFFIXES = (".md", ".markdown", ".mdx")

_OPINION = frozenset({"opinie", "opinion"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_DAY = re.compile(r"(?<!\d)(\d{4})[-/](\d{2})[-/](\d{2})(?!\d)")


def recognises(text: str) -> bool:
    """Say whether a text opens as Markdown does: with front matter or a heading."""
    try:
        head = read_head(text, "-")
    except Unreadable:
        return True
    return head.dialect is not None or opens_with_heading(text)


def read(document: Document, house: House) -> Reading:
    """Read one article. Raises: Unreadable, with file and, where it is known, line."""
    head = read_head(decode(document), document.name)
    names = authors_of(document.folder.resolve(), house.root.resolve()) if document.folder else {}
    fields = Fields(head, document.name, names)
    markdown = _markdown(head, fields, document)
    title = fields.text("title")
    has_lead = next(fields.candidates("lead"), None) is not None
    body = read_body(markdown, title, has_lead=has_lead, separator=fields.separator())
    title = title or _title_of(fields, body) or _title_in_name(fields, document)
    if not title:
        hint = "Add front matter with `title:`, or begin with a line `# Title`."
        raise Unreadable("the article has no title", hint, code="no-title", file=document.name)
    return _assemble(document, house, head, fields, replace(body, title=title))


def _markdown(head: Head, fields: Fields, document: Document) -> str:
    """Return the body as plain Markdown: without what a generator, a notebook or another mailer would make of it."""
    text = head.body
    if is_mdx(document.name, text):
        text = as_markdown(text)
        if text != head.body:
            sentence = "imports, components and expressions of MDX were left out"
            fields.note("template-code", "note", sentence, "Write in Markdown what they would have shown.")
    text = plain_links(without_attribute_lists(without_contents(without_mail_tags(text))))
    cleaned = clean(text, file=document.name, line=head.body_line)
    fields.notes.extend(cleaned.notes)
    return quote_asides(cleaned.text)


def _assemble(document: Document, house: House, head: Head, fields: Fields, body: Body) -> Reading:
    url = _url(fields, document)
    html, images = _html(fields, head, body, url)
    section = _section(fields, house)
    article = Article(
        id=id_of(document, body.title or ""),
        title=body.title or "",
        section=section,
        topic=fields.text("topic"),
        label=fields.text("label"),
        kind=_kind(fields, section),
        lead=fields.text("lead") or body.lead,
        teaser=fields.text("teaser") or body.teaser,
        authors=fields.authors(),
        place=fields.text("place"),
        published=_published(fields, document, house),
        modified=fields.moment("modified", house.zone),
        language=_language(fields),
        url=url,
        pictures=read_pictures(fields, document, house, images),
        passages=tuple(_without_braces(passage) for passage in passages(html)),
        tags=fields.texts("tags"),
        rights=cast("Rights", fields.choice("rights", get_args(Rights)) or "own"),
        weight=fields.number("weight"),
        pinned=fields.flag("pinned"),
        draft=fields.is_draft(),
        not_before=fields.moment("not_before", house.zone),
        expires=fields.moment("expires", house.zone),
        words=count_words(html),
        file=file_of(document),
        extra=fields.rest(),
    )
    _prove_body(fields, body, article)
    return Reading(article=article, body=body.markdown, evidence=tuple(fields.evidence), notes=tuple(fields.notes))


def _title_of(fields: Fields, body: Body) -> str | None:
    if not body.title:
        return None
    if body.opens_with_title:
        fields.prove("title", "likely", "the heading the text opens with")
    else:
        fields.prove("title", "check", "the first heading of the text, though text stands above it")
    return body.title


def _title_in_name(fields: Fields, document: Document) -> str | None:
    """Make a title of Jekyll's file name, ``2026-11-20-de-pont.md``, as Jekyll does."""
    path = PurePosixPath(document.name)
    match = re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}[-_](.*[^\W\d_].*)", stem_of(path))
    if not match:
        return None
    title = re.sub(r"[\s_-]+", " ", match[1]).strip()
    fields.prove("title", "check", "the words in the file's name")
    return title[:1].upper() + title[1:]


def _html(fields: Fields, head: Head, body: Body, url: str | None) -> tuple[str, tuple[Image, ...]]:
    """Return the body as a mail may carry it, its pictures lifted out, and say what was lost."""
    raw = to_html(body.markdown)
    safe = sanitise(raw)
    if safe.removed:
        line = _line_of(safe.removed, head)
        fields.note("html-removed", "note", f"left out of the HTML: {', '.join(safe.removed)}", line=line)
    html, images = lift_images(safe.html)
    for image in images:
        fields.note("picture-in-body", "note", f"the picture {image.src} in the text is not printed there")
    dead = () if url else relative_links(html)
    if dead:
        shown = ", ".join(dead[:3]) + (" …" if len(dead) > 3 else "")
        sentence = f"links that lead nowhere without the article's address became words: {shown}"
        fields.note("link-relative", "note", sentence, "Add `url:` to the front matter.")
    return absolutise(html, url), images


def _line_of(removed: Sequence[str], head: Head) -> int | None:
    """Return the first line of the body on which something that was removed stands."""
    names = "|".join(re.escape(name) for name in removed)
    match = re.search(rf"<(?:{names})\b|\b(?:{names})", head.body, re.IGNORECASE)
    return head.body_line + head.body.count("\n", 0, match.start()) if match else None


def _without_braces(passage: Passage) -> Passage:
    return replace(passage, crosshead=bare(passage.crosshead)) if passage.crosshead else passage


def _url(fields: Fields, document: Document) -> str | None:
    if document.url:
        fields.prove("url", "sure", "given with the document")
        return document.url
    for value in fields.candidates("url"):
        address = value.value.strip() if isinstance(value.value, str) else ""
        if re.match(r"https?://[^\s/]", address, re.IGNORECASE) and not re.search(r"[\s<>\"]", address):
            fields.accept("url", value)
            return address
        if value.key.lower() == "url" and address.startswith("/"):
            fields.note(
                "url-relative", "note", f"`{address}` is a path, no address", "Write https:// and the whole address."
            )
            continue
        fields.refuse(value, "web address", "Write it in full, with https://.")
    return None


def _section(fields: Fields, house: House) -> str | None:
    """Return the first section named that the house knows; else the first named, as written."""
    known = {other.casefold(): name for name, aliases in house.sections for other in (name, *aliases)}
    written = fields.texts("section", commas=False)
    # Jekyll's categories are words between blanks; a section's whole name goes before a word of it.
    words_of = [word for name in written for word in name.split()]
    found = next((known[name.casefold()] for name in (*written, *words_of) if name.casefold() in known), None)
    if found or not written:
        return found
    names = ", ".join(name for name, _ in house.sections)
    remedy = f"Write one of: {names}; or add it to newsletter.toml." if names else "Add it to newsletter.toml."
    fields.note("section-unknown", "note", f"“{written[0]}” is no section of the newsletter", remedy)
    return written[0]


def _kind(fields: Fields, section: str | None) -> Kind:
    said = fields.choice("kind", get_args(Kind))
    if said:
        return cast("Kind", said)
    if section and section.casefold() in _OPINION:
        fields.prove("kind", "likely", f"it stands in {section}")
        return "opinion"
    return "news"


def _published(fields: Fields, document: Document, house: House) -> datetime | None:
    """Return the date of the front matter, else that of the file's name or, below a folder a day, of its path."""
    written = fields.moment("date", house.zone)
    if written:
        return written
    path = PurePosixPath(document.name)
    match = _DAY.match(stem_of(path)) or re.search(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})/", document.name)
    day = read_date("-".join(match.groups()), house.zone) if match else None
    if day:
        fields.prove("date", "likely", "the date in the file's name or path")
    return day


def _language(fields: Fields) -> str | None:
    for value in fields.candidates("language"):
        if isinstance(value.value, str) and _LANGUAGE.fullmatch(value.value):
            fields.accept("language", value)
            return value.value.replace("_", "-")
        fields.refuse(value, "language", f"Write a code like {value.key}: nl.")
    return None


def _prove_body(fields: Fields, body: Body, article: Article) -> None:
    known = {evidence.field for evidence in fields.evidence}
    if article.lead and "lead" not in known:
        fields.prove("lead", "likely", "the paragraph above <!--more-->")
    if article.teaser and "teaser" not in known:
        fields.prove("teaser", "likely", "the first paragraph above <!--more-->")
    if body.markdown:
        fields.prove("passages", "sure", "the text below the front matter")
