"""The blocks of an issue: its own and the standing ones, their days, and mistakes in them."""

import pytest
from issue_in_the_making import Paper

from newsletter.errors import Unreadable
from newsletter.model.issue import Block, Issue

WORD = "---\nblock: word\nsource: Jacob Rietveld\n{}---\n\nWie *waakt*, ziet de nacht korten.\n"


def blocks(issue: Issue) -> list[str]:
    return [part.id for part in issue.flow if isinstance(part, Block)]


def test_a_block_is_read_whole(paper: Paper) -> None:
    paper.put("blocks/woord.md", WORD.format("title: Waak\nurl: https://example.nl/woord\nlink: Lees meer\n"))
    block = next(part for part in paper.issue().flow if isinstance(part, Block))
    assert (block.id, block.kind, block.title, block.source) == ("woord", "word", "Waak", "Jacob Rietveld")
    assert (block.url, block.link, block.file) == (
        "https://example.nl/woord",
        "Lees meer",
        "issues/2026-10-03/blocks/woord.md",
    )
    assert block.html.strip() == "<p>Wie <em>waakt</em>, ziet de nacht korten.</p>"
    assert block.text == "Wie waakt, ziet de nacht korten."


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ("", True),
        ("from: 2026-10-03\n", True),
        ("from: 2026-10-04\n", False),
        ("until: 2026-10-03\n", True),
        ("until: 2026-10-02\n", False),
        ("from: 2026-09-01\nuntil: 2026-12-31\n", True),
        ("from:\nuntil:\n", True),
    ],
)
def test_a_block_stands_from_its_first_day_until_its_last_both_included(paper: Paper, lines: str, shown: bool) -> None:
    paper.put("blocks/woord.md", WORD.format(lines))
    assert (blocks(paper.issue()) == ["woord"]) == shown


def test_standing_blocks_are_in_every_issue_unless_it_has_its_own_of_that_name(paper: Paper) -> None:
    standing = paper.config.root / "blocks"
    standing.mkdir()
    (standing / "agenda.md").write_text("---\nblock: announcement\ntitle: Vast\n---\n\nx\n")
    (standing / "woord.md").write_text(WORD.format(""))
    assert blocks(paper.issue()) == ["woord", "agenda"]
    paper.put("blocks/agenda.md", "---\nblock: announcement\ntitle: Eigen\n---\n\nx\n")
    titles = [part.title for part in paper.issue().flow if isinstance(part, Block)]
    assert titles == [None, "Eigen"]


@pytest.mark.parametrize(
    ("head", "says", "line"),
    [
        ("block: wrod", "`block`", 2),
        ("block: word\nutnil: 2026-10-03", "`utnil` is not a known key", 3),
        ("block: word\nuntil: morgen", "`until`", 3),
        ("block: word\nurl: www.example.nl", "it begins with https://", 3),
        ("title: Zonder soort", "`block` is missing", None),
    ],
)
def test_a_mistake_in_a_block_is_named_with_its_line(paper: Paper, head: str, says: str, line: int | None) -> None:
    paper.put("blocks/woord.md", f"---\n{head}\n---\n\nx\n")
    with pytest.raises(Unreadable) as caught:
        paper.issue()
    assert says in caught.value.sentence
    assert (caught.value.file, caught.value.line) == ("issues/2026-10-03/blocks/woord.md", line)
