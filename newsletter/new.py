"""The next issue's folder, with what stands from one issue to the next; `importing` takes its days from here too.

Nothing of the last issue can be mailed again by accident: of its blocks only those whose own dates still run come
along, and its introduction comes as a comment above the place for the new one.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import tomlkit

from newsletter.config import WEEKDAYS, Config
from newsletter.errors import Unreadable, UsageError
from newsletter.frontmatter import read_head
from newsletter.issue import articles, blocks
from newsletter.issue.files import name_of, read_text
from newsletter.issue.prose import INTRODUCTION
from newsletter.issue.read import issue_date
from newsletter.issue.settings import FILE, read_settings
from newsletter.schedule import is_quiet, next_publication
from newsletter.sources._dates import read_date
from newsletter.workspace import ISSUES, Workspace

_NAME = re.compile(r"[^\W_][\w.-]*")

_PARTS = re.compile(r"[-._]")

_LIKE_A_DAY = re.compile(r"\d{4}[-._]\d{1,2}[-._]\d{1,2}|\d{1,2}[-._]\d{1,2}(?:[-._](?:\d{2}|\d{4}))?")

_DAYS_FROM_NOW = {"today": 0, "vandaag": 0, "tomorrow": 1, "morgen": 1, "overmorgen": 2}

_WEEKDAYS_IN_DUTCH = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")

_OTHER_LINES = """
# What else can stand here. Without these lines the program chooses; take off the # to choose yourself.
# subject = "…"
# preheader = "…"
# opening = "a-file-name"
#
# [order]
# Binnenland = ["a-file-name", "another-one"]
#
# [articles.a-file-name]
# placement = "brief"
# teaser = "…"
#
# [allow]
# "picture-no-alt:a-file-name" = "the reason why it may stay"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIssue:
    """An issue that was made: its folder, its date (aware UTC), its number, None when there is none to count from.

    ``source`` names the issue it follows, None for the first. ``taken`` says what came along from it: ``sections`` and
    names of files; ``left`` what did not, each with the reason.
    """

    folder: Path
    date: datetime
    number: int | None
    source: str | None = None
    taken: tuple[str, ...] = ()
    left: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What an issue hands on: the order of its sections, files of blocks, its introduction as comment; what not."""

    sections: tuple[str, ...] = ()
    blocks: tuple[Path, ...] = ()
    introduction: str = ""
    left: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        there = (("sections", self.sections), (INTRODUCTION, self.introduction))
        files = tuple(f"{blocks.FOLDER}/{file.name}" for file in self.blocks)
        return (*(name for name, what in there if what), *files)


def folder_of(workspace: Workspace, name: str, *, now: datetime) -> Path:
    """Return the folder of an issue, which may not exist yet.

    Raises: UsageError for a name that is no folder's, and for a new one that means a day and is not written like one:
    the issue would be of another day.
    """
    folder = workspace.root / ISSUES / name
    meant = None
    if _NAME.fullmatch(name):
        today = _day(now, workspace.config)
        meant = _day_meant(name, today, workspace.config)
        if folder.exists() or _is_day(name[:10]) or not (meant or _LIKE_A_DAY.fullmatch(name)):
            return folder
    hint = f"Did you mean `{meant}`?" if meant else "Name it by its day, like 2026-11-28."
    raise UsageError(f"“{name}” cannot be an issue's name.", hint)


def _is_day(name: str) -> bool:
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True


def _day_meant(name: str, today: date, config: Config) -> date | None:
    """Understand the day that a name begins with, or one told from today: ``28-11-2026``, ``morgen``, ``saturday``."""
    word = name.casefold()
    if word in _DAYS_FROM_NOW:
        return today + timedelta(days=_DAYS_FROM_NOW[word])
    for weekdays in (WEEKDAYS, _WEEKDAYS_IN_DUTCH):
        if word in weekdays:
            return today + timedelta(days=(weekdays.index(word) - today.weekday()) % 7)
    zone = config.newsletter.time_zone
    read = (read_date(text, zone) for text in _spelt_as_a_date(name))
    return next((_day(when, config) for when in read if when), None)


def _spelt_as_a_date(name: str) -> Iterator[str]:
    """Yield the beginning of a name as dates are written: ``28_11_26`` → ``28-11-2026``, ``28 11 2026``."""
    parts = _PARTS.split(name)
    if len(parts) >= 3 and re.fullmatch(r"\d{2}", parts[2]) and len(parts[0]) <= 2:
        parts[2] = f"20{parts[2]}"
    for count in (3, 4):
        yield "-".join(parts[:count])
        yield " ".join(parts[:count])


def next_folder(workspace: Workspace, *, now: datetime) -> Path:
    """Return the folder of the next issue, which does not exist yet, named by its day.

    That is the first day of publication after ``now`` and after the newest issue. Raises: ConfigError when every day of
    publication is quiet.
    """
    return workspace.root / ISSUES / _day_name(_next_date(workspace, now), workspace.config)


def make(workspace: Workspace, name: str | None, *, source: str | None, now: datetime) -> NewIssue:
    """Make an issue's folder: the next one's for None, on the next day of publication for a name that is no day.

    ``source`` is the issue it follows (default: the newest). Raises: UsageError for an issue that is there already, a
    day that is not written like one, a quiet day, or a source that is not there; ContentError for an ``issue.toml``
    that cannot be read.
    """
    config = workspace.config
    folder = next_folder(workspace, now=now) if name is None else folder_of(workspace, name, now=now)
    if folder.exists():
        hint = f"See it with `newsletter preview {folder.name}`, or leave out the name to make the next one."
        raise UsageError(f"There is an issue “{folder.name}” already.", hint)
    when = issue_date(folder, config) or _next_date(workspace, now)
    _refuse_quiet(workspace, when)
    last = workspace.issue(source) if source or workspace.issues() else None
    standing = _standing(last, _day(when, config), config) if last else _Standing(left={})
    number = _next_number(workspace)
    _write(folder, _settings(when, number, standing.sections, config), standing)
    return NewIssue(
        folder=folder,
        date=when,
        number=number,
        source=last.name if last else None,
        taken=standing.names,
        left=standing.left,
    )


def _day(when: datetime, config: Config) -> date:
    return when.astimezone(config.newsletter.time_zone).date()


def _day_name(when: datetime, config: Config) -> str:
    return _day(when, config).isoformat()


def _folders(workspace: Workspace) -> list[Path]:
    return [workspace.root / ISSUES / name for name in workspace.issues()]


def _dates(workspace: Workspace) -> list[datetime]:
    dates = (issue_date(folder, workspace.config) for folder in _folders(workspace))
    return [when for when in dates if when]


def _next_date(workspace: Workspace, now: datetime) -> datetime:
    return _free_after(workspace, max([now, *_dates(workspace)]))


def _free_after(workspace: Workspace, when: datetime) -> datetime:
    """Return the first publication after a moment whose day no issue has, by its date or by its folder's name."""
    newsletter = workspace.config.newsletter
    taken = {_day_name(date, workspace.config) for date in _dates(workspace)} | set(workspace.issues())
    while True:
        when = next_publication(when, newsletter.publish, newsletter.quiet, newsletter.time_zone)
        if _day_name(when, workspace.config) not in taken:
            return when


def _refuse_quiet(workspace: Workspace, when: datetime) -> None:
    day = _day(when, workspace.config)
    if is_quiet(day, workspace.config.newsletter.quiet):
        allowed = _day_name(_free_after(workspace, when), workspace.config)
        raise UsageError(
            f"{day} is a quiet day: nothing is sent then.",
            f"The next day of publication is {allowed}: `newsletter new {allowed}`.",
        )


def _next_number(workspace: Workspace) -> int | None:
    """One more than the highest number there is; the first issue has ``next_number``."""
    known = [number for number in _numbers(workspace) if number is not None]
    return max(known) + 1 if known else workspace.config.newsletter.next_number


def _numbers(workspace: Workspace) -> Iterator[int | None]:
    """Each issue's number, as `number_of` tells it, in one pass: asking that of every issue reads all for each."""
    config = workspace.config
    following = config.newsletter.next_number
    for folder in reversed(_folders(workspace)):
        own = read_settings(folder, name_of(folder / FILE, config.root)).number
        if issue_date(folder, config) is None:
            yield own
            continue
        number = following if own is None else own
        yield number
        following = None if number is None else number + 1


def _standing(last: Path, day: date, config: Config) -> _Standing:
    kept: list[Path] = []
    left: dict[str, str] = {}
    for file, ended in _blocks(last, day, config.root):
        if ended:
            left[f"{blocks.FOLDER}/{file.name}"] = ended
        else:
            kept.append(file)
    try:
        introduction = _introduction(last, config.root)
    except Unreadable as error:
        introduction, left[INTRODUCTION] = "", error.reason
    sections = read_settings(last, name_of(last / FILE, config.root)).sections
    return _Standing(sections=sections, blocks=tuple(kept), introduction=introduction, left=left)


def _blocks(last: Path, day: date, root: Path) -> Iterator[tuple[Path, str]]:
    """Each file of an issue's own blocks, with the reason why it does not come along to a day; empty when it does."""
    for file in blocks.block_files(root, last):
        if file.is_relative_to(last):
            yield file, _why_left(file, day, root)


def _why_left(file: Path, day: date, root: Path) -> str:
    """One that is still to begin comes along, or it would be forgotten; until its day it is not shown."""
    try:
        block = blocks.read_block(file, root)
    except Unreadable as error:
        return error.reason
    if block.since is None and block.until is None:
        return "it has neither `from` nor `until`, so it was that issue's own"
    return f"it ended on {block.until}" if block.until and block.until < day else ""


def _introduction(last: Path, root: Path) -> str:
    """Return an ``intro.md`` that shows the last introduction and mails nothing of it; empty when there was none."""
    file = last / INTRODUCTION
    if not file.is_file():
        return ""
    name = name_of(file, root)
    text = read_text(file, name)
    body = read_head(text, name).body.strip()
    if not body:
        return text  # nobody wrote one since: it shows an older introduction
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in body.splitlines())
    shown = "\n".join(f"# {line}".rstrip() for line in lines)
    head = f"# In {last.name} it read as follows. This is not mailed; write the new introduction below the second ---"
    return f"---\n{head}\n#\n{shown}\n---\n\n"


def _settings(when: datetime, number: int | None, sections: tuple[str, ...], config: Config) -> str:
    """Return the text of an ``issue.toml``: what is known, and as comments what else can stand in it."""
    zone = config.newsletter.time_zone
    moment = tomlkit.item(when.astimezone(zone).replace(tzinfo=None))
    moment.comment(f"wall time in {zone.key}")
    document = tomlkit.document()
    if number is not None:
        document.add("number", number)
    document.add("send_at", moment)
    if sections:
        document.add("sections", tomlkit.item(list(sections)))
    elif config.sections:
        names = tomlkit.item([section.name for section in config.sections])
        document.add(tomlkit.comment(f"sections = {names.as_string()}"))
    return tomlkit.dumps(document) + _OTHER_LINES


def _write(folder: Path, settings: str, standing: _Standing) -> None:
    (folder / articles.FOLDER).mkdir(parents=True)
    (folder / articles.FOLDER / ".gitkeep").touch()
    (folder / FILE).write_text(settings, "utf-8")
    if standing.introduction:
        (folder / INTRODUCTION).write_text(standing.introduction, "utf-8")
    for file in standing.blocks:
        (folder / blocks.FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(file, folder / blocks.FOLDER / file.name)
