"""What the desk shows: the issues, the mail as somebody would see it, its size, and what was found."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlencode

from markupsafe import Markup, escape

from newsletter.build import Built
from newsletter.checks.size import CLIP
from newsletter.config import Config
from newsletter.errors import ConfigError, ContentError, NewsletterError, UsageError
from newsletter.issue.read import Glance, glance
from newsletter.model.finding import Finding, Level
from newsletter.model.issue import Block, Issue
from newsletter.words import load
from newsletter.workspace import Workspace

Width = Literal["375", "720"]
Scheme = Literal["light", "dark"]
Pictures = Literal["on", "off"]
Part = Literal["html", "text"]

_ENGLISH = load("en")
_LARGEST = 6
_FRAME = "frame"
_SCHEME = "(prefers-color-scheme:dark)"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the mail is looked at; it stands in the page's address, so that a view can be kept and sent."""

    width: Width = "720"
    scheme: Scheme = "light"
    pictures: Pictures = "on"
    part: Part = "html"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "View":
        """Read a view from an address; what is not known there is as if it were not there."""
        view = cls()
        if query.get("width") in get_args(Width):
            view = replace(view, width=query["width"])  # type: ignore[arg-type]  # it is one of them
        if query.get("scheme") in get_args(Scheme):
            view = replace(view, scheme=query["scheme"])  # type: ignore[arg-type]
        if query.get("pictures") in get_args(Pictures):
            view = replace(view, pictures=query["pictures"])  # type: ignore[arg-type]
        if query.get("part") in get_args(Part):
            view = replace(view, part=query["part"])  # type: ignore[arg-type]
        return view

    @property
    def choices(self) -> Mapping[str, str]:
        """The view as it stands in an address."""
        return {"width": self.width, "scheme": self.scheme, "pictures": self.pictures, "part": self.part}

    @property
    def query(self) -> str:
        """The view as the end of an address, empty when it is the usual one."""
        return "" if self == View() else "?" + urlencode(self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An issue in the list; ``broken`` when it is known that it cannot be built."""

    name: str
    day: str
    title: str
    state: str
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the size bar: its name, its bytes, where it begins and how long it is, in percent of what fits."""

    name: str
    bytes: int
    start: float
    length: float
    frame: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is nothing to show: what is wrong, where (file and line), why, what to do, the lines around the place.

    Of these only ``what`` is never empty. ``lines`` holds number, text, and whether it is the line meant.
    """

    what: str
    where: str = ""
    sentence: str = ""
    remedy: str = ""
    lines: tuple[tuple[int, str, bool], ...] = ()


def rows(workspace: Workspace, *, built: Built | None = None, broken: str | None = None) -> tuple[Row, ...]:
    """The issues, the newest first. More is said of the one that was built, or of the one that could not be."""
    return tuple(
        _row(glance(workspace.issue(name), workspace.config), workspace.config, built, broken)
        for name in workspace.issues()
    )


def headline(built: Built, config: Config) -> tuple[str, str]:
    """The issue's name and what stands behind it in the bar."""
    issue = built.issue
    name = f"Issue {issue.number}" if issue.number else f"Issue {issue.name}"
    day = _ENGLISH.weekday(issue.date.astimezone(config.newsletter.time_zone).date())
    counts = f"{_count(len(issue.placements), 'article')}, {_count(len(issue.sections), 'section')}"
    return name, f"{day} · {counts} · edition {built.edition.fingerprint[:8]}"


def segments(built: Built) -> tuple[Segment, ...]:
    """The bytes of the mail per section, in its order, the frame last."""
    parts = _parts(built.issue)
    sizes: Counter[str] = Counter()
    for part, size in built.edition.sizes:
        title, section = parts.get(part, (part, ""))
        sizes[section or title] += size
    sizes[_FRAME] = sizes.pop(_FRAME, 0)
    position = 0.0
    found: list[Segment] = []
    for name, size in sizes.items():
        length = 100 * size / CLIP
        found.append(Segment(name=name, bytes=size, start=position, length=length, frame=name == _FRAME))
        position += length
    return tuple(found)


def largest(built: Built) -> tuple[tuple[str, str, int], ...]:
    """The largest parts but the frame: title, section, bytes."""
    parts = _parts(built.issue)
    sizes = sorted(((n, s) for n, s in built.edition.sizes if n != _FRAME), key=lambda part: -part[1])
    return tuple((*parts.get(name, (name, "")), size) for name, size in sizes[:_LARGEST])


def place(finding: Finding, built: Built) -> str:
    """Where a finding is, as a person says it: the article's title and the file, as far as they are known."""
    title, _ = _parts(built.issue).get(finding.article or "", ("", ""))
    return " · ".join(part for part in (title, finding.place) if part)


def coded(text: str) -> Markup:
    """Set what a sentence has between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


def in_scheme(html: str, scheme: Scheme) -> str:
    """Make the mail show one scheme whatever the browser prefers, and open its links beside it.

    These and the address of the pictures are the only differences from what is sent.
    """
    html = html.replace(_SCHEME, "all" if scheme == "dark" else "not all")
    return html.replace("<head>", '<head><base target="_blank">', 1)


def trouble(error: NewsletterError, root: Path) -> Trouble:
    """Explain an error beside the lines it is about."""
    if isinstance(error, UsageError):
        return Trouble(what=error.sentence, remedy=error.hint)
    if isinstance(error, ConfigError):
        return Trouble(what="The configuration cannot be used", sentence=error.sentence, remedy=error.hint)
    what = "This issue cannot be built"
    if not isinstance(error, ContentError) or error.file is None:
        return Trouble(what=what, sentence=error.sentence, remedy=error.hint)
    return Trouble(
        what=what,
        where=error.file if error.line is None else f"{error.file}, line {error.line}",
        sentence=error.reason[:1].upper() + error.reason[1:],
        remedy=error.hint,
        lines=_around(root / error.file, error.line, root),
    )


def _around(file: Path, line: int | None, root: Path) -> tuple[tuple[int, str, bool], ...]:
    """The line and its neighbours, with their numbers; nothing of a file outside the workspace."""
    if line is None or not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
        return ()
    texts = re.split(r"\r?\n", file.read_text("utf-8", errors="replace"))
    first = max(1, line - 1)
    return tuple((number, texts[number - 1], number == line) for number in range(first, min(len(texts), line + 1) + 1))


def _parts(issue: Issue) -> dict[str, tuple[str, str]]:
    """The title of each part of the mail, and the section it stands in, by the name that ``Edition.sizes`` gives it."""
    blocks = (part for part in issue.flow if isinstance(part, Block))
    return {
        "introduction": ("Introduction", ""),
        **{block.id: (block.title or block.id, block.kind.capitalize()) for block in blocks},
        **{p.article.id: (p.article.title, section.name) for section in issue.sections for p in section.placements},
        **({issue.opening.article.id: (issue.opening.article.title, "Opening")} if issue.opening else {}),
    }


def _row(seen: Glance, config: Config, built: Built | None, broken: str | None) -> Row:
    day = _ENGLISH.day(seen.date.astimezone(config.newsletter.time_zone).date()) if seen.date else "no date"
    number = f"{seen.number} · " if seen.number else ""
    row = Row(
        name=seen.name,
        day=f"{number}{day}",
        title=seen.subject or seen.name,
        state=_count(seen.articles, "article"),
    )
    if seen.name == broken:
        return replace(row, state="Cannot be built", broken=True)
    if built and seen.name == built.issue.name:
        return replace(row, title=built.edition.subject, state=_state(built))
    return row


def _state(built: Built) -> str:
    """``17 articles · 2 warnings``: of what was found, only the worst level is counted, and no notes."""
    levels = Counter(finding.level for finding in built.findings)
    worst = [_count(levels[level], level) for level in get_args(Level)[:2] if levels[level]][:1]
    return " · ".join([_count(len(built.issue.placements), "article"), *worst])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
