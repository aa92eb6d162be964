"""Who wrote a page, as far as it says so."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from string import ascii_lowercase, ascii_uppercase

from newsletter.model.article import Author
from newsletter.sources._authors import looks_like_byline, read_authors
from newsletter.sources._html.found import Candidate, Voices, bare
from newsletter.sources._html.furniture import NOT_BESIDE
from newsletter.sources._html.linked import text_of
from newsletter.sources._html.page import words_of
from newsletter.sources._html.title import site_names

_NOBODY = frozenset(
    {"admin", "administrator", "webmaster", "editor", "author", "wordpress", "beheerder", "user", "root"}
)
_META = (
    *("author", "article:author", "og:author", "og:article:author", "dc.creator", "dcterms.creator", "citation_author"),
    *("parsely-author", "sailthru.author", "byl"),
)
_NAMES = ("author", "byline", "auteur", "writer", "schrijver")
_BYLINES = " or ".join(
    f"contains(translate(concat(@class, ' ', @id), '{ascii_uppercase}', '{ascii_lowercase}'), '{name}')"
    for name in _NAMES
)
_LONGEST = 100
_MOST = 20


def authors(voices: Voices) -> Iterator[Candidate[tuple[Author, ...]]]:
    """Yield who may have written it, best first; what a class name suggests is to be checked."""
    linked = _linked(voices)
    if linked:
        yield Candidate(value=linked, sureness="sure", why="JSON-LD: author")
    for name in _META:
        said = _people([value for _, value in voices.meta.all(name)], voices)
        if said:
            yield Candidate(value=said, sureness="likely", why=f"meta {name}")
    yield from _marked(voices)
    yield from _guessed(voices)


def in_head(head: Sequence[str]) -> Iterator[Candidate[tuple[Author, ...]]]:
    """Yield whom the lines at the top of the body name."""
    for line in head:
        if looks_like_byline(line):
            yield Candidate(value=read_authors(line), sureness="check", why="a line at the top of the text")


def _linked(voices: Voices) -> tuple[Author, ...]:
    value = voices.data.article.get("author") or voices.data.article.get("creator")
    people = [voices.data.whole(one) for one in (value if isinstance(value, list) else [value])]
    found = _people([text_of(one) for one in people], voices)
    roles = {
        text_of(one): text_of(one.get("jobTitle")) for one in people if isinstance(one, Mapping) and one.get("jobTitle")
    }
    return tuple(
        Author(name=a.name, kind=a.kind, role=a.role or (roles.get(a.name) if a.kind == "person" else None))
        for a in found
    )


def _marked(voices: Voices) -> Iterator[Candidate[tuple[Author, ...]]]:
    """Yield those whom the page marks as authors."""
    path = f"//*[contains(concat(' ', @itemprop, ' '), ' author ') and not(self::meta) and {NOT_BESIDE}]"
    name = "descendant::*[contains(@itemprop, 'name')]"
    marked = [words_of(next(voices.page.find(name, element), element)) for element in voices.page.find(path)]
    marked = marked or [words_of(e) for e in voices.page.find(f"//a[contains(@rel, 'author') and {NOT_BESIDE}]")]
    if found := _people(marked, voices):
        yield Candidate(value=found, sureness="likely", why="the page marks them as author")


def _guessed(voices: Voices) -> Iterator[Candidate[tuple[Author, ...]]]:
    path = f"//*[(@class or @id) and ({_BYLINES}) and not(ancestor::figure) and {NOT_BESIDE}] | //author"
    for element in islice(voices.page.find(path), _MOST):
        inner = next(voices.page.find("descendant::a", element), None)
        for words in (words_of(element), words_of(inner) if inner is not None else ""):
            if looks_like_byline(words) and (found := _people([words], voices)):
                yield Candidate(value=found, sureness="check", why="it stands where a byline does")


def _people(names: list[str], voices: Voices) -> tuple[Author, ...]:
    """Read names, without those that are addresses, accounts or the newspaper itself."""
    site = site_names(voices)
    wanted = [
        name
        for name in list(dict.fromkeys(names))[:_MOST]
        if name and len(name) <= _LONGEST and bare(name) not in _NOBODY | site and not re.search(r"://|^@|^www\.", name)
    ]
    return tuple({author.name: author for name in wanted for author in read_authors(name)}.values())
