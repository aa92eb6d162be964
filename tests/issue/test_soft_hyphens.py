"""A soft hyphen says where a long word in a title may break; no inbox, and no plain text, is to see it."""

import pytest
from issue_in_the_making import Paper, codes

from newsletter.model.issue import Issue
from newsletter.sources._names import article_id

SHY = "\N{SOFT HYPHEN}"
LONG = f"Watermanagements{SHY}verantwoordelijkheid drukt"
PLAIN = LONG.replace(SHY, "")


def title_of(issue: Issue) -> str:
    return issue.placements[0].article.title


@pytest.mark.parametrize("spelt", [SHY, "&shy;"])
@pytest.mark.parametrize("written", ["---\ntitle: {title}\n---\n\nHet water.\n", "# {title}\n\nHet water.\n"])
def test_a_title_keeps_it_however_it_is_spelt(paper: Paper, written: str, spelt: str) -> None:
    paper.put("articles/dijk.md", written.format(title=LONG.replace(SHY, spelt)))
    assert title_of(paper.issue()) == LONG


@pytest.mark.parametrize("heading", [PLAIN, LONG])
def test_a_heading_that_repeats_a_title_is_taken_out_with_and_without_it(paper: Paper, heading: str) -> None:
    paper.put("articles/dijk.md", f"---\ntitle: {LONG}\n---\n\n# {heading}\n\nHet water.\n")
    issue = paper.issue()
    assert PLAIN not in repr(issue.placements[0].article.passages).replace(SHY, "")
    assert title_of(issue) == LONG


def test_an_article_is_called_the_same_with_and_without_it() -> None:
    assert article_id(LONG) == article_id(PLAIN)


def test_other_fields_lose_it(paper: Paper) -> None:
    paper.article("dijk", f"authors: Jan van Kroms{SHY}waarde", f"topic: Water{SHY}staat")
    article = paper.issue().placements[0].article
    assert (article.authors[0].name, article.topic) == ("Jan van Kromswaarde", "Waterstaat")


def test_a_title_of_nothing_else_is_none(paper: Paper) -> None:
    paper.put("articles/dijk.md", f"---\ntitle: {SHY}\n---\n\n# {LONG}\n\nHet water.\n")
    assert title_of(paper.issue()) == LONG


def test_neither_subject_nor_preheader_has_it_where_titles_do(paper: Paper) -> None:
    for name in ("a", "b"):
        paper.put(f"articles/{name}.md", f"---\ntitle: {LONG} {name}\nlead: Het water stijgt.\n---\n\nHet water.\n")
    issue = paper.issue()
    assert (issue.subject, issue.preheader) == (f"{PLAIN} a", f"Verder: {PLAIN} b.")


def test_neither_subject_nor_preheader_has_it_where_the_editor_writes_it(paper: Paper) -> None:
    paper.article("dijk")
    lines = (f"subject = '{LONG}'", f"preheader = '{LONG} nog'", "[articles.dijk]", f"title = '{LONG}'")
    paper.put("issue.toml", "\n".join(lines))
    issue = paper.issue()
    assert (issue.subject, issue.preheader, title_of(issue)) == (PLAIN, f"{PLAIN} nog", LONG)


def test_two_stories_about_the_same_are_still_found(paper: Paper) -> None:
    for name, title in (("a", LONG), ("b", PLAIN)):
        paper.put(f"articles/{name}.md", f"---\ntitle: {title} zwaar\n---\n\nHet water.\n")
    assert "near-duplicate" in codes(paper.issue())
