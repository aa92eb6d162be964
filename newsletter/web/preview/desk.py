"""What the desk says about an issue in words: the list of issues, the headline, the findings."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast, get_args

from markupsafe import Markup, escape

from newsletter import plugins
from newsletter.build import Built
from newsletter.checks._base import Check, Inspection
from newsletter.config import Config
from newsletter.issue.read import Glance
from newsletter.model.finding import Finding, Level
from newsletter.web.preview.forced import forced
from newsletter.web.preview.register import listed
from newsletter.web.preview.shelf import Shelf
from newsletter.web.preview.view import Issues, Scheme
from newsletter.web.preview.weight import parts_of
from newsletter.words import load
from newsletter.workspace import Workspace

_CHECKS = "newsletter.checks"
_ENGLISH = load("en")
_DARK = "(prefers-color-scheme:dark)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An issue in the list; ``broken`` when it is known that it cannot be built."""

    name: str
    day: str
    title: str
    state: str
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The issues listed, the newest first, and how many more there are."""

    shown: tuple[Row, ...] = ()
    more: int = 0


def rows(
    workspace: Workspace,
    shelf: Shelf,
    *,
    which: Issues = "newest",
    built: Built | None = None,
    broken: str | None = None,
) -> Rows:
    """The issues. More is said of the one that was built, or of the one that could not be; that one is never left out.

    An issue that is both is broken: it was built, and cannot be any more.
    """
    names = workspace.issues()
    shown = listed(names, broken or (built.issue.name if built else None), which)
    return Rows(
        shown=tuple(_row(seen, workspace.config, built, broken) for seen in shelf.glances(workspace, shown)),
        more=len(names) - len(shown),
    )


def headline(built: Built, config: Config) -> tuple[str, str]:
    """The issue's name and what stands behind it in the bar."""
    issue = built.issue
    name = f"Issue {issue.number}" if issue.number else f"Issue {issue.name}"
    day = _ENGLISH.weekday(issue.date.astimezone(config.newsletter.time_zone).date())
    counts = f"{counted(len(issue.placements), 'article')}, {counted(len(issue.sections), 'section')}"
    return name, f"{day} · {counts} · edition {built.edition.fingerprint[:8]}"


def place(finding: Finding, built: Built) -> str:
    """Where in the mail a finding is: ``Economie › Dorp koopt zijn eigen stroomkabel``; empty when it is everywhere."""
    title, section = parts_of(built.issue).get(finding.article or "", ("", ""))
    return " › ".join(part for part in (section, title) if part)


def file_of(finding: Finding) -> str:
    """The file and line of a finding as a person says them, empty when it is about none."""
    if finding.file is None or finding.line is None:
        return finding.file or ""
    return f"{finding.file}, line\N{NO-BREAK SPACE}{finding.line}"


def silent(built: Built, config: Config) -> Sequence[tuple[str, str]]:
    """The checks that found nothing, by name, each with what it looks at."""
    inspection = Inspection(issue=built.issue, edition=built.edition, message=built.message, config=config)
    modules = {name: plugins.load(_CHECKS, name) for name in plugins.names(_CHECKS)}
    return [
        (name, (module.__doc__ or "").strip().split("\n")[0])
        for name, module in modules.items()
        if next(iter(cast("Check", module).check(inspection)), None) is None
    ]


def coded(text: str) -> Markup:
    """Set what a sentence has between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


def in_scheme(html: str, scheme: Scheme) -> str:
    """Make the mail show one scheme whatever the browser prefers, and open its links beside it.

    These and the address of the pictures are the only differences from what is sent; forced dark is what a client
    makes of it.
    """
    html = html.replace(_DARK, "all" if scheme == "dark" else "not all")
    html = html.replace('content="light dark"', f'content="{"dark" if scheme == "dark" else "light"}"')
    html = html.replace("<head>", '<head><base target="_blank">', 1)
    return forced(html) if scheme == "forced" else html


def counted(number: int, what: str) -> str:
    """``1 article``, ``17 articles``, ``12,362 messages``"""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _row(seen: Glance, config: Config, built: Built | None, broken: str | None) -> Row:
    day = _ENGLISH.day(seen.date.astimezone(config.newsletter.time_zone).date()) if seen.date else "no date"
    number = f"{seen.number} · " if seen.number else ""
    row = Row(
        name=seen.name,
        day=f"{number}{day}",
        title=seen.subject or seen.name,
        state=counted(seen.articles, "article") if seen.articles else "No articles",
    )
    if built and seen.name == built.issue.name:
        row = replace(row, title=built.edition.subject, state=_state(built))
    return replace(row, state="Cannot be built", broken=True) if seen.name == broken else row


def _state(built: Built) -> str:
    """``17 articles · 2 warnings``: of what was found, only the worst level is counted, and no notes."""
    levels = Counter(finding.level for finding in built.findings)
    worst = [counted(levels[level], level) for level in get_args(Level)[:2] if levels[level]][:1]
    return " · ".join([counted(len(built.issue.placements), "article"), *worst])
