"""Articles → the sections of an issue: their order, the order in each, and every article's placement."""

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from newsletter.config import SectionRule
from newsletter.issue.opening import has_picture
from newsletter.issue.settings import Settings
from newsletter.issue.teaser import cut_teaser, reading_minutes
from newsletter.markup.plain import plain
from newsletter.markup.sentences import one_line
from newsletter.model.article import Article, Part
from newsletter.model.issue import Placement, PlacementKind, Section

DEFAULT_MAX = 5
"""How many articles a section shows when the configuration does not know it."""
_ALIKE = 0.85
"""From here on two names are taken for one that was mistyped: *Binenland* is .95 of *Binnenland*, *Buitenland* .80."""
_TEASING = frozenset({"paragraph", "question", "quote"})


class SectionNames:
    """How the name of each section is spelt, found by its aliases too, in capitals or not.

    What the configuration says holds for all issues; names that only ``issue.toml`` knows are spelt as there.
    ``other`` is the section of the articles that have none.
    """

    def __init__(self, rules: Sequence[SectionRule], settings: Settings, other: str) -> None:
        names = [(rule.name, rule.name) for rule in rules]
        names += [(alias, rule.name) for rule in rules for alias in rule.aliases]
        names += [(name, name) for name in (*settings.sections, *settings.order)]
        self._spelt: dict[str, str] = {}
        for name, spelt in names:
            self._spelt.setdefault(name.casefold(), spelt)
        self.other = self.spell(other)

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._spelt

    def spell(self, name: str) -> str:
        """Return a name as readers see it; one that nobody knows is spelt as it comes."""
        return self._spelt.get(name.casefold(), name)

    def meant(self, name: str) -> str | None:
        """Return the name that somebody who mistyped it may have meant, as readers see it."""
        near = difflib.get_close_matches(name.casefold(), self._spelt, n=1, cutoff=_ALIKE)
        return self._spelt[near[0]] if near else None


def edit(article: Article, settings: Settings, names: SectionNames) -> Article:
    """Return an article as this issue shows it: what ``issue.toml`` says of it wins over its own file."""
    wanted = settings.of(article.id)
    moved = (section for section, ids in settings.order.items() if article.id in ids)
    section = next(moved, article.section)
    return replace(
        article,
        title=wanted.title or article.title,
        teaser=wanted.teaser or article.teaser,
        section=section and names.spell(section),
        pictures=tuple(replace(picture, alt=wanted.alt or picture.alt) for picture in article.pictures),
    )


def rank(article: Article) -> tuple[bool, int, bool, bool, float, str]:
    """Order articles that nobody put in order: pinned, weight, with lead, with picture, the newest, id."""
    age = -article.published.timestamp() if article.published else math.inf
    return (not article.pinned, -article.weight, not article.lead, not has_picture(article), age, article.id)


def arrange(
    articles: Iterable[Article], settings: Settings, rules: Sequence[SectionRule], names: SectionNames
) -> tuple[Section, ...]:
    """Put articles, already in order of rank, into their sections; each is placed once, and no section is empty.

    Sections stand as ``issue.toml`` orders them, then as the configuration does, then those nobody knows, as their
    first article comes; last the articles without a section.
    """
    groups: dict[str, list[Article]] = {}
    for article in articles:
        groups.setdefault((article.section or names.other).casefold(), []).append(article)
    known = [names.spell(name) for name in settings.sections] + [rule.name for rule in rules]
    unknown = [key for key in groups if key != names.other.casefold()]
    order = dict.fromkeys(name.casefold() for name in (*known, *unknown, names.other))
    maximum = {rule.name.casefold(): rule.max for rule in rules}
    return tuple(
        Section(
            name=groups[key][0].section or names.other,
            placements=_place(_in_order(groups[key], settings), settings, maximum.get(key, DEFAULT_MAX)),
        )
        for key in order
        if key in groups
    )


def open_with(article: Article, settings: Settings) -> Placement:
    """Place the article that opens the issue: its lead is shown whole, unless ``issue.toml`` has another teaser."""
    teaser = settings.of(article.id).teaser or article.lead or teaser_of(article)
    return _placement(article, settings, "opening", teaser, "the opening")


def teaser_of(article: Article) -> str | None:
    """Return what is shown below a title: the teaser somebody wrote, or one cut from the lead or first paragraph."""
    if article.teaser:
        return one_line(article.teaser)
    parts = (part for passage in article.passages for part in passage.parts if part.kind in _TEASING)
    first = article.lead or next((text for part in parts if (text := _words(part))), "")
    return cut_teaser(first) or None


def _words(part: Part) -> str:
    """Return the words of a part; what is quoted without the marks that say so at each line."""
    text = plain(part.html).strip()
    return re.sub(r"^> ?", "", text, flags=re.MULTILINE) if part.kind == "quote" else text


def _in_order(articles: list[Article], settings: Settings) -> list[Article]:
    """Put first what ``issue.toml`` puts in order."""
    wanted = {id_: place for ids in settings.order.values() for place, id_ in enumerate(ids)}
    return sorted(articles, key=lambda article: wanted.get(article.id, len(wanted)))


def _place(articles: list[Article], settings: Settings, maximum: int) -> tuple[Placement, ...]:
    """Place a section's articles in order, links after the others; only ``maximum`` of them are more than a link."""
    placed: list[Placement] = []
    shown = 0
    for article in articles:
        kind, why = _kind(article, settings, over=f"over the maximum of {maximum}" if shown >= maximum else "")
        shown += kind != "link"
        placed.append(_placement(article, settings, kind, _teaser(article, kind), why))
    return tuple(sorted(placed, key=lambda placement: placement.kind == "link"))


def _kind(article: Article, settings: Settings, *, over: str) -> tuple[PlacementKind, str]:
    """Choose an article's placement, and say why; ``over`` is why there is no room for more than a link."""
    wanted = settings.of(article.id)
    if wanted.placement:
        return wanted.placement, "chosen in issue.toml"
    if teaser_of(article) is None:
        return "link", "without teaser"
    if over:
        return "link", over
    if article.rights == "link":
        return ("brief", "another's: its teaser") if article.teaser else ("link", "another's, without teaser")
    if has_picture(article) and wanted.show_picture:
        return "story", "with picture"
    return "brief", "without picture"


def _teaser(article: Article, kind: PlacementKind) -> str | None:
    """Return the teaser of a kind: a link has none, and a full article not one that its body would repeat."""
    if kind == "link":
        return None
    if kind == "full":
        return article.teaser or article.lead
    return teaser_of(article)


def _placement(article: Article, settings: Settings, kind: PlacementKind, teaser: str | None, why: str) -> Placement:
    return Placement(
        article=article,
        kind=kind,
        teaser=teaser and one_line(teaser),
        minutes=reading_minutes(article.words),
        show_picture=settings.of(article.id).show_picture,
        why=why,
    )
