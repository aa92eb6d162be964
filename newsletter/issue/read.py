"""A folder under ``issues/`` → one issue: everything in it read, then composed.

What is missing is not an error: a bare folder of articles is an issue. What is there and broken is one, and nothing
half is composed, unless the editor asks to leave it out.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from newsletter.config import Config
from newsletter.errors import ContentError
from newsletter.issue.articles import Read, article_files, left_out, read_article, strangers
from newsletter.issue.blocks import DatedBlock, block_files, read_block
from newsletter.issue.compose import Rules, compose
from newsletter.issue.files import name_of, read_each, refuse_broken, skipped
from newsletter.issue.prose import INTRODUCTION, Prose, read_introduction
from newsletter.issue.settings import FILE, Settings, read_settings, without_allowed
from newsletter.model.article import Reading
from newsletter.model.finding import Finding
from newsletter.model.issue import Issue
from newsletter.schedule import at_wall_time
from newsletter.validation import nearest
from newsletter.words import load

_NO_INTRODUCTION = Prose(html="", text="", notes=())
_TOLD_BY_COMPOSING = "section-unknown"
"""Composing says it once for a section, and knows the sections of ``issue.toml`` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """What lies in an issue's folder, read but not composed."""

    settings: Settings
    readings: Sequence[Reading]
    blocks: Sequence[DatedBlock]
    introduction: Prose
    findings: tuple[Finding, ...]


def load_issue(
    folder: Path,
    config: Config,
    *,
    now: datetime | None = None,
    skip_broken: bool = False,
    read: Read = read_article,
) -> Issue:
    """Read and compose an issue as of ``now`` (default: the issue's own date); ``read`` reads each of its articles.

    Raises: ContentError for what cannot be read, all broken files at once; with ``skip_broken`` each of them becomes a
    warning instead.
    """
    found = _read(folder, config, read, skip_broken=skip_broken)
    moment = issue_date(folder, config) or _latest(found.readings, config)
    if moment is None:
        raise ContentError(
            f"The issue {folder.name} has no date.",
            f"Name its folder by its day, like 2026-11-28, or set `send_at` in its {FILE}.",
        )
    articles = [reading.article for reading in found.readings]
    absent = left_out(articles, now or moment, config.newsletter.time_zone)
    hidden = {finding.article for finding in absent}
    day = moment.astimezone(config.newsletter.time_zone).date()
    composition = compose(
        [article for article in articles if article.id not in hidden],
        [block.block for block in found.blocks if block.stands_on(day)],
        found.settings,
        Rules(name=config.newsletter.name, sections=config.sections, words=load(config.newsletter.language)),
        moment,
    )
    findings = dict.fromkeys((*found.findings, *absent, *composition.findings, *_of_one_moment(folder, moment, config)))
    return Issue(
        name=folder.name,
        number=number_of(folder, config),
        date=moment,
        subject=composition.subject,
        preheader=composition.preheader,
        introduction_html=found.introduction.html,
        introduction_text=found.introduction.text,
        opening=composition.opening,
        flow=composition.flow,
        reasons=composition.reasons,
        findings=without_allowed(findings, found.settings.allow),
        allow=found.settings.allow,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a list of issues shows. ``subject`` is the editor's, None when the articles would have to be read for it."""

    name: str
    number: int | None
    date: datetime | None
    subject: str | None
    articles: int


def glance(folder: Path, config: Config) -> Glance:
    """Look at an issue without reading its articles; quick, and never in the way: what is broken is left empty."""
    subject, number, articles = None, None, 0
    with suppress(ContentError):
        subject = _settings(folder, config).subject
    with suppress(ContentError):
        number = number_of(folder, config)
    with suppress(ContentError):
        articles = len(article_files(folder))
    return Glance(
        name=folder.name,
        number=number,
        date=issue_date(folder, config),
        subject=subject,
        articles=articles,
    )


def issue_date(folder: Path, config: Config) -> datetime | None:
    """Return when an issue is dated (UTC): ``send_at``, else its folder's name at the publishing time, else None.

    A broken ``issue.toml`` does not stand in the way of listing issues; it is named when the issue is loaded.
    """
    newsletter = config.newsletter
    try:
        sent_at = _settings(folder, config).sent_at(newsletter.time_zone)
    except ContentError:
        sent_at = None
    if sent_at:
        return sent_at
    try:
        return at_wall_time(date.fromisoformat(folder.name[:10]), newsletter.publish.at, newsletter.time_zone)
    except ValueError:
        return None


def number_of(folder: Path, config: Config) -> int | None:
    """Return an issue's number: its own, else one more than the issue before it; the first has ``next_number``.

    None when no number is known from which to count.
    """
    own = _settings(folder, config).number
    moment = issue_date(folder, config)
    if own is not None or moment is None:
        return own
    siblings = ((issue_date(f, config), f) for f in folder.parent.glob("[!._]*") if f.is_dir())
    earlier = sorted((when, f) for when, f in siblings if when and (when, f) < (moment, folder))
    for since, (_, sibling) in enumerate(reversed(earlier), start=1):
        number = _settings(sibling, config).number
        if number is not None:
            return number + since
    first = config.newsletter.next_number
    return None if first is None else first + len(earlier)


def _of_one_moment(folder: Path, moment: datetime, config: Config) -> Iterator[Finding]:
    """Warn of the other issues of the same moment: readers may get both. Editions of one day differ in it."""
    day = moment.astimezone(config.newsletter.time_zone).date()
    for other in sorted(folder.parent.glob("[!._]*")):
        if other.name != folder.name and _tells_of(day, other) and issue_date(other, config) == moment:
            yield Finding(
                code="issue-twice",
                level="warning",
                sentence=f"{folder.name} and {other.name} are both dated {_wall_time(moment, config)}.",
                remedy=f"Remove one, or give one another `send_at` in its {FILE}.",
                file=name_of(folder, config.root),
            )


def _tells_of(day: date, folder: Path) -> bool:
    """Whether a folder's name or settings hold a day, or one beside it, as in another zone; there may be hundreds."""
    written = b""
    with suppress(OSError):
        written = (folder / FILE).read_bytes()
    days = ((day + timedelta(days=days)).isoformat() for days in (-1, 0, 1))
    return folder.is_dir() and any(one in folder.name or one.encode() in written for one in days)


def _wall_time(moment: datetime, config: Config) -> str:
    return f"{moment.astimezone(config.newsletter.time_zone):%Y-%m-%d %H:%M}"


def _read(folder: Path, config: Config, read: Read, *, skip_broken: bool) -> _Folder:
    settings = _settings(folder, config)
    files = article_files(folder)
    _refuse_unknown(settings, {file.stem for file in files}, folder, config)
    readings, broken = read_each(lambda file: read(file, config), files)
    blocks, broken_blocks = read_each(partial(read_block, root=config.root), block_files(config.root, folder))
    intro = [file for file in (folder / INTRODUCTION,) if file.is_file()]
    introductions, broken_intro = read_each(partial(read_introduction, root=config.root), intro)
    introduction = introductions[0] if introductions else _NO_INTRODUCTION
    if not skip_broken:
        refuse_broken([*broken, *broken_blocks, *broken_intro])
    return _Folder(
        settings=settings,
        readings=readings,
        blocks=blocks,
        introduction=introduction,
        findings=(
            *(skipped(error, "article-broken") for error in broken),
            *(skipped(error, "block-broken") for error in broken_blocks),
            *(skipped(error, "introduction-broken") for error in broken_intro),
            *introduction.notes,
            *(note for reading in readings for note in reading.notes if note.code != _TOLD_BY_COMPOSING),
            *(note for block in blocks for note in block.notes),
            *strangers(folder, config.root),
        ),
    )


def _settings(folder: Path, config: Config) -> Settings:
    return read_settings(folder, name_of(folder / FILE, config.root))


def _refuse_unknown(settings: Settings, known: set[str], folder: Path, config: Config) -> None:
    """Raise when ``issue.toml`` names an article that is not there."""
    for key, article in settings.named():
        if article not in known:
            raise ContentError(
                f"`{key}` names {article}, and there is no such article.",
                nearest(article, sorted(known)) or "Write a file's name without its ending.",
                file=name_of(folder / FILE, config.root),
            )


def _latest(readings: Sequence[Reading], config: Config) -> datetime | None:
    """Return the publishing time of the day on which the newest article appeared; None when none is dated."""
    dates = [reading.article.published for reading in readings if reading.article.published]
    if not dates:
        return None
    newsletter = config.newsletter
    return at_wall_time(max(dates).astimezone(newsletter.time_zone).date(), newsletter.publish.at, newsletter.time_zone)
