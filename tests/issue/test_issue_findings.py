"""What reading an issue notes for the editor, once, and not what he allows."""

import pytest
from issue_in_the_making import Paper, codes, found, ids

from newsletter.issue.read import load_issue


def test_foreign_files_are_noted_and_hidden_ones_are_not(paper: Paper) -> None:
    paper.article("pont")
    for name in ("begroting.docx", ".DS_Store", "_kladblok.md"):
        paper.put(f"articles/{name}", "x")
    issue = paper.issue()
    assert codes(issue) == ["file-unknown"]
    assert "begroting.docx" in found(issue, "file-unknown").sentence
    assert ids(issue) == ["pont"]


def test_the_notes_of_reading_an_article_reach_the_editor(paper: Paper) -> None:
    paper.article("pont", "image: bestaat-niet.jpg")
    assert found(paper.issue(), "picture-missing").file == "issues/2026-10-03/articles/pont.md"


def test_a_section_that_nobody_knows_is_noted_once_however_many_articles_name_it(paper: Paper) -> None:
    for name in ("pont", "brug", "sluis", "veer"):
        paper.article(name, "section: Sport")
    assert [f.code for f in paper.issue().findings].count("section-unknown") == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Binenland", "Binnenland"), ("BINNENLNAD", "Binnenland"), ("Buitenlnd", "Buitenland"), ("ergio", "")],
)
def test_a_section_that_looks_mistyped_is_a_warning_that_asks_for_the_right_one(
    paper: Paper, typed: str, meant: str
) -> None:
    paper.article("pont", f"section: {typed}")
    finding = found(paper.issue(), "section-unknown")
    assert finding.level == ("warning" if meant else "note")
    assert finding.remedy.startswith(f"Did you mean {meant}? " if meant else "Add it to [[sections]]")


def test_a_section_that_is_only_somewhat_like_one_is_a_note(paper: Paper) -> None:
    for section in ("Bovenland", "Buitenlucht", "Kerst"):
        paper.article(section.lower(), f"section: {section}")
    assert {(f.code, f.level) for f in paper.issue().findings} == {("section-unknown", "note")}


def test_two_issues_of_one_moment_are_a_warning_in_each_that_names_the_other(paper: Paper) -> None:
    paper.article("pont")
    paper.put("../2026-10-03-b/articles/brug.md", "---\ntitle: De brug\n---\n")
    finding = found(paper.issue(), "issue-twice")
    assert (finding.level, finding.place) == ("warning", "issues/2026-10-03")
    assert finding.sentence == "2026-10-03 and 2026-10-03-b are both dated 2026-10-03 06:00."
    assert "issue-twice" in codes(load_issue(paper.folder.parent / "2026-10-03-b", paper.config))


def test_a_copied_issue_that_kept_its_date_is_told_whatever_its_folder_is_called(paper: Paper) -> None:
    paper.article("pont")
    paper.put("../2026-10-10/issue.toml", "send_at = 2026-10-02T18:00:00-10:00\n")
    assert "2026-10-10" in found(paper.issue(), "issue-twice").sentence


def test_two_editions_of_one_day_are_no_accident(paper: Paper) -> None:
    paper.article("pont")
    paper.put("../2026-10-03-avond/issue.toml", "send_at = 2026-10-03T18:00:00\n")
    paper.put("../_2026-10-03/issue.toml", "")
    paper.put("../zomer/issue.toml", "")
    assert codes(paper.issue()) == []


def test_a_section_that_issue_toml_knows_is_not_noted(paper: Paper) -> None:
    paper.article("pont", "section: Sport")
    paper.put("issue.toml", "sections = ['Sport']")
    assert paper.issue().findings == ()


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        ("", ["article-draft", "article-draft"]),
        ('article-draft = "nog niet af"', []),
        ('"article-draft:a" = "nog niet af"', ["article-draft"]),
        ('"article-draft:c" = "een ander"', ["article-draft", "article-draft"]),
    ],
)
def test_a_finding_that_is_allowed_is_not_told_again(paper: Paper, allow: str, left: list[str]) -> None:
    paper.article("a", "draft: true")
    paper.article("b", "draft: true")
    paper.put("issue.toml", f"[allow]\n{allow}\n")
    assert codes(paper.issue()) == left


def test_findings_are_told_once_and_in_a_steady_order(paper: Paper) -> None:
    paper.article("a", "draft: true", "section: Nergens")
    paper.article("b", "section: Nergens")
    issue = paper.issue()
    assert len(issue.findings) == len(set(issue.findings))
    assert issue.findings == paper.issue().findings
