"""Articles, blocks and what the editor decided → a composed issue, by rules and without a clock.

Whatever order the articles come in, the same issue comes out, and every article stands in it once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.config import SectionRule
from newsletter.issue.duplicates import near_duplicates
from newsletter.issue.lines import preheader_of, subject_of
from newsletter.issue.opening import choose_opening, may_open
from newsletter.issue.sections import SectionNames, arrange, edit, open_with, rank, teaser_of
from newsletter.issue.settings import Settings
from newsletter.markup.visible import visible
from newsletter.model.article import Article
from newsletter.model.finding import Finding
from newsletter.model.issue import Block, BlockKind, Placement, Section
from newsletter.words import Words

_AFTER: dict[BlockKind, int] = {"word": 2, "announcement": 3, "sponsor": 3}
"""The section that each kind of block follows when it names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What composing knows of the newsletter: its name, its sections in order, its words."""

    name: str
    sections: tuple[SectionRule, ...]
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """An issue but for what its folder knows: see ``Issue`` for the fields."""

    subject: str
    preheader: str
    opening: Placement | None
    flow: tuple[Section | Block, ...]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]


def compose(
    articles: Iterable[Article], blocks: Iterable[Block], settings: Settings, rules: Rules, date: datetime
) -> Composition:
    """Compose an issue of this date. Articles have different ids; age is no reason to leave one out."""
    names = SectionNames(rules.sections, settings, rules.words("Other"))
    edited = sorted((edit(article, settings, names) for article in articles), key=rank)
    first, reasons, notes = _open(edited, settings, date)
    opening = open_with(first, settings) if first else None
    rest = [article for article in edited if article is not first]
    sections = arrange(rest, settings, rules.sections, names)
    flow, misplaced = _with_blocks(sections, blocks, names)
    placements = (*((opening,) if opening else ()), *(p for section in sections for p in section.placements))
    subject = visible(settings.subject or "") or subject_of(placements, rules.name)
    return Composition(
        subject=subject,
        preheader=visible(settings.preheader or "") or preheader_of(placements, subject, rules.words),
        opening=opening,
        flow=flow,
        reasons=reasons,
        findings=(*notes, *_unknown(sections, rules, names), *misplaced, *near_duplicates(edited)),
    )


def _open(
    articles: Sequence[Article], settings: Settings, date: datetime
) -> tuple[Article | None, tuple[str, ...], tuple[Finding, ...]]:
    """Return the article that opens the issue, why, and a warning when the one that was chosen is not there."""
    chosen = next((article for article in articles if article.id == settings.opening), None)
    if chosen:
        return chosen, (f"“{chosen.title}” opens the issue because issue.toml says so.",), ()
    able = [
        article
        for article in articles
        if teaser_of(article)
        and may_open(article, articles=len(articles))
        and settings.of(article.id).placement is None
    ]
    article, reasons = choose_opening(able, date)
    return article, reasons, (_opening_left_out(settings.opening),) if settings.opening else ()


def _opening_left_out(article: str) -> Finding:
    return Finding(
        code="opening-left-out",
        level="warning",
        sentence=f"issue.toml wants {article} to open the issue, but it is left out.",
        remedy="Choose another opening, or see why the article is left out.",
        article=article,
    )


def _unknown(sections: Sequence[Section], rules: Rules, names: SectionNames) -> list[Finding]:
    """Tell the sections that neither the configuration nor ``issue.toml`` knows, if there are any to know."""
    return [
        _unknown_section(section, names.meant(section.name))
        for section in sections
        if rules.sections and section.name not in names and section.name != names.other
    ]


def _unknown_section(section: Section, meant: str | None) -> Finding:
    """Note a section that nobody knows; one that looks mistyped is a warning."""
    mistyped = f"Did you mean {meant}? If not, add it to [[sections]] in newsletter.toml."
    return Finding(
        code="section-unknown",
        level="warning" if meant else "note",
        sentence=f"“{section.name}” is no section of the newsletter; it stands after those that are.",
        remedy=mistyped if meant else "Add it to [[sections]] in newsletter.toml, or give the article one from there.",
        file=section.placements[0].article.file,
        article=section.placements[0].article.id,
    )


def _with_blocks(
    sections: Sequence[Section], blocks: Iterable[Block], names: SectionNames
) -> tuple[tuple[Section | Block, ...], list[Finding]]:
    """Put each block after its section, never before the first; a word goes before others at the same place."""
    places = {section.name.casefold(): place for place, section in enumerate(sections, start=1)}
    following: dict[int, list[Block]] = {}
    findings = []
    for block in sorted(blocks, key=lambda block: (list(_AFTER).index(block.kind), block.id)):
        place = places.get(names.spell(block.after or "").casefold())
        if block.after and place is None:
            findings.append(_misplaced(block, block.after, names))
        following.setdefault(place or min(_AFTER[block.kind], len(sections)), []).append(block)
    flow: list[Section | Block] = list(following.get(0, ()))
    for place, section in enumerate(sections, start=1):
        flow += [section, *following.get(place, ())]
    return tuple(flow), findings


def _misplaced(block: Block, after: str, names: SectionNames) -> Finding:
    finding = Finding(
        code="block-misplaced",
        level="warning",
        sentence=f"“{after}”, which {block.id} should follow, is no section.",
        remedy="Write the name of a section in `after`, or leave it out.",
        file=block.file,
    )
    if after not in names:
        return finding
    sentence = f"“{after}”, which {block.id} should follow, has no articles below the opening; it stands elsewhere."
    return replace(finding, level="note", sentence=sentence, remedy="")
