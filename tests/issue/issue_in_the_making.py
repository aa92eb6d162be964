"""A newsletter's folder with one issue that tests put files in."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsletter.config import Config
from newsletter.issue.read import load_issue
from newsletter.model.finding import Finding
from newsletter.model.issue import Issue


@dataclass(frozen=True)
class Paper:
    """A newsletter's folder with one issue in the making."""

    config: Config

    @property
    def folder(self) -> Path:
        return self.config.root / "issues" / "2026-10-03"

    def put(self, path: str, text: str | bytes) -> Path:
        """Write a file of the issue."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def article(self, name: str, *head: str, body: str = "Het water zakt weer.") -> Path:
        """Write an article with a title and whatever more its front matter says."""
        front = "\n".join((f"title: Het verhaal van {name}", *head))
        return self.put(f"articles/{name}.md", f"---\n{front}\n---\n\n{body}\n")

    def issue(self, *, now: datetime | None = None, skip_broken: bool = False) -> Issue:
        return load_issue(self.folder, self.config, now=now, skip_broken=skip_broken)


def ids(issue: Issue) -> list[str]:
    """The articles, in the order in which they stand."""
    return [placement.article.id for placement in issue.placements]


def found(issue: Issue, code: str) -> Finding:
    """The finding with this code."""
    return next(finding for finding in issue.findings if finding.code == code)


def codes(issue: Issue) -> list[str]:
    """The codes of all findings."""
    return [finding.code for finding in issue.findings]
