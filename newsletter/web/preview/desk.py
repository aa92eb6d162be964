"""What the desk shows: the issues, the mail as somebody would see it, its size, and what was found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlencode

from newsletter.build import Built
from newsletter.checks.size import CLIP
from newsletter.config import Config
from newsletter.errors import ContentError, NewsletterError
from newsletter.issue.read import Glance, glance
from newsletter.model.finding import Finding
from newsletter.words import load
from newsletter.workspace import Workspace

Width = Literal["375", "720"]
Scheme = Literal["light", "dark"]
Part = Literal["html", "text"]

_ENGLISH = load("en")
_LARGEST = 6
_SCHEME = "(prefers-color-scheme:dark)"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the mail is looked at; it stands in the page's address, so that a view can be kept and sent."""

    width: Width = "720"
    scheme: Scheme = "light"
    part: Part = "html"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "View":
        """Read a view from an address; what is not known there is as if it were not there."""
        view = cls()
        if query.get("width") in get_args(Width):
            view = replace(view, width=query["width"])  # type: ignore[arg-type]  # it is one of them
        if query.get("scheme") in get_args(Scheme):
            view = replace(view, scheme=query["scheme"])  # type: ignore[arg-type]
        if query.get("part") in get_args(Part):
            view = replace(view, part=query["part"])  # type: ignore[arg-type]
        return view

    @property
    def choices(self) -> Mapping[str, str]:
        """The view as it stands in an address."""
        return {"width": self.width, "scheme": self.scheme, "part": self.part}

    @property
    def query(self) -> str:
        """The view as the end of an address, empty when it is the usual one."""
        return "" if self == View() else "?" + urlencode(self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An issue in the list."""

    name: str
    day: str
    title: str
    state: str


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
    """Why an issue cannot be built: title (file and line), sentence, remedy, and the lines around the place."""

    title: str
    sentence: str
    remedy: str
    lines: tuple[tuple[int, str, bool], ...]


def rows(workspace: Workspace) -> tuple[Row, ...]:
    """The issues, the newest first."""
    folders = [workspace.issue(name) for name in workspace.issues()]
    return tuple(_row(glance(folder, workspace.config), workspace.config) for folder in folders)


def headline(built: Built, config: Config) -> tuple[str, str]:
    """The issue's name and what stands behind it in the bar."""
    issue = built.issue
    name = f"Issue {issue.number}" if issue.number else f"Issue {issue.name}"
    day = _ENGLISH.weekday(issue.date.astimezone(config.newsletter.time_zone).date())
    counts = f"{_count(len(issue.placements), 'article')}, {_count(len(issue.sections), 'section')}"
    return name, f"{day} · {counts} · edition {built.edition.fingerprint[:8]}"


def segments(built: Built) -> tuple[Segment, ...]:
    """The bytes of the mail per section, in its order, the frame first."""
    sections = {p.article.id: section.name for section in built.issue.sections for p in section.placements}
    sizes: dict[str, int] = {"frame": 0}
    for part, size in built.edition.sizes:
        name = part if part == "frame" else sections.get(part, "opening and blocks")
        sizes[name] = sizes.get(name, 0) + size
    position = 0.0
    found: list[Segment] = []
    for name, size in sizes.items():
        length = 100 * size / CLIP
        found.append(Segment(name=name, bytes=size, start=position, length=length, frame=name == "frame"))
        position += length
    return tuple(found)


def largest(built: Built) -> tuple[tuple[str, int], ...]:
    """The largest parts but the frame: a title, or a block's name, and its bytes."""
    titles = {placement.article.id: placement.article.title for placement in built.issue.placements}
    parts = sorted(((n, s) for n, s in built.edition.sizes if n != "frame"), key=lambda part: -part[1])
    return tuple((titles.get(name, name), size) for name, size in parts[:_LARGEST])


def place(finding: Finding, built: Built) -> str:
    """Where a finding is, as a person says it: the article's title, else the file."""
    titles = {placement.article.id: placement.article.title for placement in built.issue.placements}
    return " · ".join(part for part in (titles.get(finding.article or ""), finding.place) if part)


def in_scheme(html: str, scheme: Scheme) -> str:
    """Make the mail show one scheme whatever the browser prefers, and open its links beside it.

    These and the address of the pictures are the only differences from what is sent.
    """
    html = html.replace(_SCHEME, "all" if scheme == "dark" else "not all")
    return html.replace("<head>", '<head><base target="_blank">', 1)


def trouble(error: NewsletterError, root: Path) -> Trouble:
    """Explain an error beside the lines it is about."""
    if not isinstance(error, ContentError) or error.file is None:
        return Trouble(title="This cannot be built", sentence=error.sentence, remedy=error.hint, lines=())
    title = error.file if error.line is None else f"{error.file}, line {error.line}"
    sentence = error.reason[:1].upper() + error.reason[1:]
    return Trouble(
        title=title, sentence=sentence, remedy=error.hint, lines=_around(root / error.file, error.line, root)
    )


def _around(file: Path, line: int | None, root: Path) -> tuple[tuple[int, str, bool], ...]:
    """The line and its neighbours, with their numbers; nothing of a file outside the workspace."""
    if line is None or not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
        return ()
    texts = re.split(r"\r?\n", file.read_text("utf-8", errors="replace"))
    first = max(1, line - 1)
    return tuple((number, texts[number - 1], number == line) for number in range(first, min(len(texts), line + 1) + 1))


def _row(seen: Glance, config: Config) -> Row:
    day = _ENGLISH.day(seen.date.astimezone(config.newsletter.time_zone).date()) if seen.date else "no date"
    number = f"{seen.number} · " if seen.number else ""
    return Row(
        name=seen.name,
        day=f"{number}{day}",
        title=seen.subject or seen.name,
        state=_count(seen.articles, "article"),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
