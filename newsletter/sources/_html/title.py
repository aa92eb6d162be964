"""The title of a page, without the name of the site, and its lead."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from newsletter.markup.visible import on_one_line
from newsletter.sources._html.found import Candidate, Voices, bare
from newsletter.sources._html.linked import text_of
from newsletter.sources._html.page import has_class, is_hidden, words_of
from newsletter.sources._markdown.shortcodes import bare as without_code

_SEPARATOR = re.compile(r"\s+(?:[|–—•·»:]|::|-)\s+|\s*\|\s*")
_CUT = re.compile(r"\s*\[?(?:…|\.\.\.)\]?$")
_LEADS = has_class(
    *("lead", "intro", "standfirst", "chapeau", "article-intro", "article__intro", "article-lead", "article__lead"),
    *("entry-summary", "subtitle", "deck", "dek", "summary", "post-excerpt", "gh-article-excerpt", "teaser"),
    "inleiding",
)
_MARKED = has_class("post-title", "entry-title", "article-title", "article__title", "headline", "artikel-titel")
_SHORTEST_LEAD = 40
_LONGEST_LEAD = 900
_LONGEST_TITLE = 300


def titles(voices: Voices) -> Iterator[Candidate[str]]:
    """Yield what may be the title, best first. A heading of the page completes a headline that was cut short."""
    heading = _heading(voices)
    said = _without_site(voices.meta.first("og:title", "twitter:title", "dc.title", "dcterms.title") or "", voices)
    linked = text_of(voices.data.article.get("headline")) or text_of(voices.data.article.get("name"))
    if linked and _is_cut(linked, heading):
        yield Candidate(value=heading, sureness="sure", why="the heading, which JSON-LD cuts short")
    if linked:
        yield Candidate(value=_without_site(linked, voices), sureness="sure", why="JSON-LD: headline")
    if said and bare(said) == bare(heading):
        yield Candidate(value=heading, sureness="sure", why="og:title and the heading agree")
    if said and _is_cut(said, heading):
        yield Candidate(value=heading, sureness="likely", why="the heading, which og:title cuts short")
    if said:
        yield Candidate(value=said, sureness="likely", why="og:title")
    if heading:
        yield Candidate(value=heading, sureness="likely", why="the page's heading")
    title = _without_site(_title(voices), voices)
    if title:
        yield Candidate(value=title, sureness="check", why="<title>, as the page has no heading")


def leads(voices: Voices, opening: str) -> Iterator[Candidate[str]]:
    """Yield what may be the lead, best first; ``opening`` is the body's first paragraph.

    A description that is cut short, or is how the body begins, was made by a machine and is no lead.
    """
    printed = _printed_lead(voices)
    linked = text_of(voices.data.article.get("description")) or text_of(voices.data.article.get("alternativeHeadline"))
    said = voices.meta.first("og:description", "twitter:description", "description", "dc.description")
    for value, why in ((linked, "JSON-LD: description"), (said, "og:description")):
        if not value or len(value) < _SHORTEST_LEAD or _is_site_s(value, voices):
            continue
        if printed and (bare(value) == bare(printed) or _is_cut(value, printed)):
            yield Candidate(value=printed, sureness="sure", why=f"the page prints it as its lead, as does {why}")
        elif bare(value) == bare(opening):
            yield Candidate(value=opening, sureness="likely", why=f"{why}; it is the first paragraph")
        elif not _CUT.search(value) and not bare(opening).startswith(bare(value)):
            yield Candidate(value=value[:_LONGEST_LEAD], sureness="sure" if value == linked else "likely", why=why)
    if printed:
        yield Candidate(value=printed, sureness="likely", why="the page prints it as its lead")


def excerpt(voices: Voices) -> str | None:
    """Return a description as it stands, cut short or not: a teaser of last resort."""
    linked = text_of(voices.data.article.get("description"))
    return linked or voices.meta.first("og:description", "twitter:description", "description")


def site_names(voices: Voices) -> frozenset[str]:
    """Return what the site calls itself, for comparing: only such a name is cut off a title."""
    names = [voices.meta.first("og:site_name"), voices.meta.first("application-name"), voices.meta.first("publisher")]
    names.append(text_of(voices.data.article.get("publisher")))
    names += [
        text_of(found.get("name")) for found in voices.data.of_type("WebSite", "Organization", "NewsMediaOrganization")
    ]
    host = (urlsplit(voices.address or "").hostname or "").removeprefix("www.")
    names += [host, host.rpartition(".")[0]]
    return frozenset(bare(name) for name in names if name and bare(name))


def _heading(voices: Voices) -> str:
    """Return the page's main heading: the only one, else the one in an article, else the first."""
    headings = [h for h in voices.page.find("//h1") if not is_hidden(h) and words_of(h)]
    named = [h for h in headings if "headline" in (h.get("itemprop") or "") or _stands_in_article(h)]
    best = headings[0] if len(headings) == 1 else next(iter(named or headings), None)
    found = words_of(best) if best is not None else ""
    if not found:
        marked = next(voices.page.find(f"//*[(@itemprop='headline' or {_MARKED}) and not(self::meta)]"), None)
        found = words_of(marked) if marked is not None else ""
    return "" if bare(found) in site_names(voices) else on_one_line(without_code(found))[:_LONGEST_TITLE]


def _stands_in_article(heading: HtmlElement) -> bool:
    return any(e.tag in {"article", "main"} for e in heading.iterancestors())


def _title(voices: Voices) -> str:
    element = next(voices.page.find("//title[not(ancestor::svg)]"), None)
    return on_one_line(without_code(element.text_content())) if element is not None else ""


def _without_site(title: str, voices: Voices) -> str:
    """Cut the name of the site off a title, and the section that may stand before the name."""
    names = site_names(voices)
    pieces = list(_SEPARATOR.finditer(title))
    for mark in pieces:
        head, tail = title[: mark.start()], title[mark.end() :]
        rest = _SEPARATOR.split(tail)
        if head and bare(rest[-1]) in names and len(rest) <= 2 and all(len(piece) < 40 for piece in rest):
            return head if len(rest) == 1 or bare(head) == bare(_heading(voices)) else title[: pieces[-1].start()]
    if pieces and bare(title[: pieces[0].start()]) in names:
        return title[pieces[0].end() :]
    return title


def _is_cut(text: str, whole: str) -> bool:
    """Say whether a text is the beginning of a longer one, cut off by a program."""
    start = _CUT.sub("", text)
    return len(start) > 20 and len(whole) > len(start) and bare(whole).startswith(bare(start))


def _is_site_s(text: str, voices: Voices) -> bool:
    """Say whether a description is that of the whole site."""
    of_sites = (text_of(f.get("description")) for f in voices.data.of_type("WebSite", "Organization"))
    return bare(text) in {bare(one) for one in of_sites if one}


def _printed_lead(voices: Voices) -> str:
    below = "(ancestor::article or ancestor::main or ancestor::*[@role='main'] or not(//article|//main))"
    for element in voices.page.find(f"//*[({_LEADS} or @itemprop='description') and not(self::meta) and {below}]"):
        words = words_of(element)
        if _SHORTEST_LEAD <= len(words) <= _LONGEST_LEAD and not is_hidden(element) and element.find(".//h1") is None:
            return words
    return ""
