"""What the files of an issue say of each other: names that are not there, unknown sections, a broken introduction."""

import pytest
from issue_in_the_making import Paper

from newsletter.errors import ContentError


def test_an_introduction_that_is_no_text_is_named_beside_the_other_broken_files(paper: Paper) -> None:
    paper.put("intro.md", b"\xff\xfe")
    paper.put("articles/leeg.md", "")
    with pytest.raises(ContentError) as caught:
        paper.issue()
    assert [line.partition(":")[0] for line in caught.value.sentence.splitlines()[1:]] == [
        "issues/2026-10-03/articles/leeg.md",
        "issues/2026-10-03/intro.md",
    ]


def test_a_broken_introduction_can_be_skipped(paper: Paper) -> None:
    paper.put("intro.md", b"\xff\xfe")
    issue = paper.issue(skip_broken=True)
    assert issue.introduction_html == ""
    assert [(f.code, f.level, f.place) for f in issue.findings] == [
        ("introduction-broken", "warning", "issues/2026-10-03/intro.md")
    ]


@pytest.mark.parametrize(
    ("toml", "key"),
    [("opening = 'ponr'", "opening"), ("[order]\nKerk = ['ponr']", "order.Kerk"), ("[articles.ponr]", "articles.ponr")],
)
def test_an_article_that_is_not_there_is_named_with_its_key_and_the_nearest(paper: Paper, toml: str, key: str) -> None:
    paper.article("pont")
    paper.put("issue.toml", toml)
    with pytest.raises(ContentError, match=f"`{key}` names ponr") as caught:
        paper.issue()
    assert caught.value.hint == "Did you mean `pont`?"


def test_a_section_that_nobody_knows_is_noted_once_however_many_articles_name_it(paper: Paper) -> None:
    for name in ("pont", "brug", "sluis", "veer"):
        paper.article(name, "section: Sport")
    assert [f.code for f in paper.issue().findings].count("section-unknown") == 1


def test_a_section_that_issue_toml_knows_is_not_noted(paper: Paper) -> None:
    paper.article("pont", "section: Sport")
    paper.put("issue.toml", "sections = ['Sport']")
    assert paper.issue().findings == ()
