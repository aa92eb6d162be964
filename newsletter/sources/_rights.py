"""What may be mailed of an article from the web: all of one's own, and of another's a title, a teaser and the link.

Newspapers forbid to pass their texts on; to name an article and lead to it is what a link is for.
"""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from newsletter.markup.plain import plain
from newsletter.markup.sentences import shorten, whole_sentences
from newsletter.model.article import Article, Evidence, Reading, Rights
from newsletter.model.finding import Finding
from newsletter.sources._base import House

LONGEST_TEASER = 220
"""Characters that are quoted of another's article."""

_OF_THE_TEXT = frozenset({"page-left-out", "no-body", "picture-remote", "picture-in-body", "html-removed"})
_KEPT = frozenset({"title", "section", "authors", "published", "url", "language", "kind"})


def within_rights(
    reading: Reading, addresses: Iterable[str | None], house: House, *, excerpt: str | None = None
) -> Reading:
    """Return what may be kept of an article that lies at these addresses, and say why; one foreign address suffices.

    An article without any address is the newsroom's own. ``excerpt`` gives the teaser when there is no lead; else it is
    the first paragraph.
    """
    hosts = [host for address in addresses if (host := _host(address))]
    foreign = next((host for host in hosts if not _is_own(host, house)), None)
    if foreign is None:
        why = f"{hosts[0]} is yours" if hosts else "the page names no address, so it is taken for yours"
        return _prove(reading, "own" if hosts else None, why, reading.article, reading.notes)
    if house.own:
        notes, why = reading.notes, f"{foreign} is not among [links] own"
    else:
        why = "newsletter.toml names no domain of yours"
        notes = (*reading.notes, _name_your_domains(foreign, reading.article.file))
    notes = tuple(note for note in notes if note.code not in _OF_THE_TEXT)
    article = _as_link(reading.article, excerpt)
    kept = tuple(e for e in reading.evidence if e.field in _KEPT)
    teaser = (Evidence(field="teaser", sureness="sure", why="whole sentences of the lead"),) if article.teaser else ()
    return _prove(replace(reading, body="", evidence=(*kept, *teaser)), "link", why, article, notes)


def is_own(address: str, house: House) -> bool:
    """Say whether an address lies on one of the newspaper's domains, or below one."""
    return _is_own(_host(address), house)


def quote(text: str) -> str:
    """Return the whole sentences at the beginning of a text that fit into a teaser; of a longer one its words."""
    return whole_sentences(text, LONGEST_TEASER) or shorten(text, LONGEST_TEASER)


def _prove(reading: Reading, rights: Rights | None, why: str, article: Article, notes: tuple[Finding, ...]) -> Reading:
    evidence = Evidence(field="rights", sureness="sure" if rights else "likely", why=why)
    return replace(
        reading,
        article=replace(article, rights=rights or "own"),
        evidence=(*reading.evidence, evidence),
        notes=notes,
    )


def _as_link(article: Article, excerpt: str | None) -> Article:
    """Return title, teaser, section, date, authors and address of an article, and nothing else."""
    source = article.teaser or article.lead or excerpt or _first_paragraph(article)
    return Article(
        id=article.id,
        title=article.title,
        section=article.section,
        kind=article.kind,
        teaser=quote(source) if source else None,
        authors=article.authors,
        published=article.published,
        language=article.language,
        url=article.url,
        file=article.file,
    )


def _first_paragraph(article: Article) -> str:
    parts = (part for passage in article.passages for part in passage.parts if part.kind == "paragraph")
    return next((plain(part.html) for part in parts), "")


def _is_own(host: str, house: House) -> bool:
    names = (domain.casefold().strip(".").removeprefix("www.") for domain in house.own)
    return any(host == name or host.endswith(f".{name}") for name in names)


def _name_your_domains(host: str, file: str | None) -> Finding:
    return Finding(
        code="rights-unknown",
        level="note",
        sentence=f"Only title, teaser and link are kept, as nothing says that {host} is yours.",
        remedy=f'If it is, write [links] own = ["{host.removeprefix("www.")}"] in newsletter.toml and import again.',
        file=file,
    )


def _host(address: str | None) -> str:
    try:
        return (urlsplit(address or "").hostname or "").casefold().rstrip(".")
    except ValueError:
        return ""
