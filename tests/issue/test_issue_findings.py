"""What reading an issue notes for the editor, once, and not what he allows."""

import pytest
from issue_in_the_making import Paper, codes, found, ids


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
