"""What every check keeps to; a new one joins by standing in the folder."""

import re
from collections.abc import Callable
from pathlib import Path

import examples
import pytest

from newsletter import plugins
from newsletter.checks._base import Check, Inspection
from newsletter.model.finding import Finding
from newsletter.model.mail import Edition

CHECKS = plugins.names("newsletter.checks")
CODE = re.compile(r"[a-z]+(-[a-z]+)+")
EDGES = (*examples.ISSUES, "faulty")


@pytest.fixture(params=CHECKS)
def check(request: pytest.FixtureRequest) -> Check:
    return plugins.load("newsletter.checks", request.param)  # type: ignore[return-value]


@pytest.fixture(scope="module")
def inspection_of(root: Path, edition_of: Callable[[str], Edition]) -> Callable[[str], Inspection]:
    """``inspection_of("reference")``; “faulty” is an issue with something wrong for every check."""

    def inspection_of(name: str) -> Inspection:
        settings = examples.config(root, **(FAULTS if name == "faulty" else {}))
        issue = faulty(root) if name == "faulty" else examples.ISSUES[name](root)
        edition = examples.render(issue, settings) if name == "faulty" else edition_of(name)
        message = examples.message_for(edition, settings)
        return Inspection(issue=issue, edition=edition, message=message, config=settings)

    return inspection_of


FAULTS: dict[str, dict[str, object]] = {"publisher": {"address": ""}, "brand": {"colour": "#F2B705"}}


def faulty(root: Path) -> examples.Issue:
    """Long titles, bad links, a picture without words, a field that nothing fills in, too many bytes."""
    body = examples.sixty(root).placements[1].article.passages
    fat = [examples.placed("full", f"dik-{n}", passages=body * 10, title=f"{examples.COMPOUND} {n}") for n in range(8)]
    story = examples.placed("story", "kaal", url="http://localhost/x", pictures=examples.picture(root, alt=None))
    nowhere = examples.placed("brief", "nergens", url=None)
    section = examples.Section(name="Binnenland", placements=(story, nowhere, *fat))
    return examples.issue(section, subject="x" * 99, preheader="{naam} " + "x" * 99)


@pytest.mark.parametrize("name", EDGES)
def test_it_says_what_was_found_and_raises_nothing(
    check: Check, inspection_of: Callable[[str], Inspection], name: str
) -> None:
    for finding in check.check(inspection_of(name)):
        assert isinstance(finding, Finding)
        assert CODE.fullmatch(finding.code)
        assert finding.level in {"error", "warning", "note"}
        assert re.match(r"[A-Z“#]|https?:", finding.sentence)
        assert finding.sentence.endswith(".")
        assert "\n" not in finding.sentence
        assert finding.remedy.endswith(".")


def test_it_finds_something_in_a_faulty_issue(check: Check, inspection_of: Callable[[str], Inspection]) -> None:
    assert list(check.check(inspection_of("faulty")))


def test_it_finds_the_same_twice(check: Check, inspection_of: Callable[[str], Inspection]) -> None:
    inspection = inspection_of("faulty")
    assert list(check.check(inspection)) == list(check.check(inspection))


def test_a_finding_about_an_article_names_one_of_the_issue(
    check: Check, inspection_of: Callable[[str], Inspection]
) -> None:
    inspection = inspection_of("faulty")
    known = {p.article.id for p in inspection.issue.placements} | {name for name, _ in inspection.edition.sizes}
    assert {f.article for f in check.check(inspection) if f.article} <= known


def test_the_reference_digest_has_no_error(check: Check, inspection_of: Callable[[str], Inspection]) -> None:
    assert [f for f in check.check(inspection_of("reference")) if f.level == "error"] == []
