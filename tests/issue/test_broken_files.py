"""Files of an issue that cannot be read: all named at once, or left out when that is asked."""

import pytest
from issue_in_the_making import Paper, codes, found, ids

from newsletter.errors import ContentError, Unreadable

BROKEN = "---\ntitle: De pont: vijf minuten\n---\n\nTekst.\n"


def test_one_broken_article_is_named_with_its_file_line_and_remedy(paper: Paper) -> None:
    paper.article("sloot")
    paper.put("articles/pont.md", BROKEN)
    with pytest.raises(Unreadable) as caught:
        paper.issue()
    assert caught.value.sentence == (
        'issues/2026-10-03/articles/pont.md:2: a value with a colon needs quotes: `title: "De pont: vijf minuten"`'
    )


def test_broken_files_are_all_named_at_once(paper: Paper) -> None:
    paper.put("articles/a.md", BROKEN)
    paper.put("articles/b.md", "Zonder titel.\n")
    paper.put("articles/c.md", b"\x00\x01\x02\xff")
    paper.put("blocks/d.md", "---\nblock: niets\n---\n\nx\n")
    with pytest.raises(ContentError) as caught:
        paper.issue()
    assert caught.value.sentence.startswith("4 files cannot be read:\n")
    assert all(f"/{name}.md" in caught.value.sentence for name in "abcd")
    assert "--skip-broken" in caught.value.hint


def test_skipping_what_is_broken_makes_a_warning_of_each(paper: Paper) -> None:
    paper.article("sloot")
    paper.put("articles/pont.md", BROKEN)
    paper.put("blocks/woord.md", "---\nblock: niets\n---\n\nx\n")
    issue = paper.issue(skip_broken=True)
    assert ids(issue) == ["sloot"]
    article, block = found(issue, "article-broken"), found(issue, "block-broken")
    assert {article.level, block.level} == {"warning"}
    assert (article.file, article.line) == ("issues/2026-10-03/articles/pont.md", 2)
    assert "a value with a colon needs quotes" in article.sentence
    assert article.remedy


def test_a_broken_article_that_issue_toml_names_can_be_skipped(paper: Paper) -> None:
    paper.article("sloot")
    paper.put("articles/pont.md", BROKEN)
    paper.put("issue.toml", 'opening = "pont"\n')
    issue = paper.issue(skip_broken=True)
    assert ids(issue) == ["sloot"]
    assert {"article-broken", "opening-left-out"} <= set(codes(issue))


def test_two_files_of_one_name_are_an_error(paper: Paper) -> None:
    paper.article("pont")
    paper.put("articles/pont.txt", "x")
    with pytest.raises(ContentError, match=r"pont\.md and pont\.txt .* are both the article pont"):
        paper.issue()


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
