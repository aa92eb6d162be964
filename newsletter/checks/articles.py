"""Articles: whether there are any, and whether readers can go on reading them."""

from collections.abc import Iterator

from newsletter.checks._base import Inspection
from newsletter.model.finding import Finding, Level
from newsletter.model.issue import Placement


def check(inspection: Inspection) -> Iterator[Finding]:
    """Look at the issue as a whole, then at each article in the order of the mail."""
    issue = inspection.issue
    if not issue.placements:
        yield Finding(
            code="issue-empty",
            level="error",
            sentence=f"The issue {issue.name} has no articles.",
            remedy=f"Put one into issues/{issue.name}/articles/, or remove the folder.",
        )
    for placement in issue.placements:
        yield from _address(placement)
        yield from _rights(placement)
        if placement.article.published and placement.article.published > issue.date:
            yield _finding(
                placement,
                "article-from-the-future",
                f"“{placement.article.title}” is dated after the issue.",
                "Correct `date`, or the issue's day.",
            )


def _address(placement: Placement) -> Iterator[Finding]:
    if placement.article.url is None and placement.kind != "full":
        yield _finding(
            placement,
            "article-no-address",
            f"“{placement.article.title}” has no address, so its title is no link.",
            "Add `url`, or give it the placement full.",
        )


def _rights(placement: Placement) -> Iterator[Finding]:
    if placement.article.rights == "link" and placement.kind in {"opening", "full"}:
        yield _finding(
            placement,
            "article-of-another",
            f"“{placement.article.title}” is another newspaper's, and more of it is printed than a teaser.",
            "Give it the placement brief or link, or take out `rights: link` if it is yours.",
            level="warning",
        )


def _finding(placement: Placement, code: str, sentence: str, remedy: str, *, level: Level = "note") -> Finding:
    article = placement.article
    return Finding(code=code, level=level, sentence=sentence, remedy=remedy, file=article.file, article=article.id)
