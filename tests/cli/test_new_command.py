"""``newsletter new`` as one types it: what it prints where, what comes next, and how it ends."""

import json
from functools import partial
from pathlib import Path

import pytest
from commandline import Typed, refused

from newsletter import workspace

BLOCK = "---\nblock: sponsor\ntitle: De bakker\nuntil: {}\n---\n\nVers brood.\n"


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace of one's own, with one issue."""
    workspace.init(tmp_path, empty=True)
    blocks = tmp_path / "issues" / "2026-10-03" / "blocks"
    blocks.mkdir(parents=True)
    (blocks / "bakker.md").write_text(BLOCK.format("2027-01-31"), "utf-8")
    (blocks / "slager.md").write_text(BLOCK.format("2026-10-09"), "utf-8")
    return tmp_path


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("2026-10-10")``: what `newsletter new` ends with, and says on stdout and stderr."""
    return partial(typed_in, paper, "new")


def test_it_says_what_was_made_what_came_along_what_did_not_and_what_comes_next(paper: Path, typed: Typed) -> None:
    said = typed("2026-10-10")
    assert said.code == 0
    assert "2026-10-10 · number 2" in said.out
    assert "Saturday 10 October 2026, 06:00" in said.out
    assert "Taken along from 2026-10-03: blocks/bakker.md." in said.err
    assert "Not taken along: blocks/slager.md, since it ended on 2026-10-09." in said.err
    assert said.err.endswith("Next: newsletter import FILE… --issue 2026-10-10\n")
    assert (paper / "issues" / "2026-10-10" / "issue.toml").exists()


def test_as_json_it_says_the_same_and_nothing_else(typed: Typed) -> None:
    said = typed("2026-10-10", "--from", "2026-10-03", "--json")
    assert said.code == 0
    assert json.loads(said.out) == {
        "issue": "2026-10-10",
        "folder": "issues/2026-10-10",
        "number": 2,
        "send_at": "2026-10-10T06:00:00+02:00",
        "from": "2026-10-03",
        "taken": ["blocks/bakker.md"],
        "left": {"blocks/slager.md": "it ended on 2026-10-09"},
    }
    assert said.err == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2026-10-03",), "There is an issue “2026-10-03” already."),
        (("2026-12-25",), "2026-12-25 is a quiet day"),
        (("2026-10-10", "--from", "2026-10-04"), "There is no issue “2026-10-04”."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_makes_nothing_and_ends_with_2(
    arguments: tuple[str, ...], sentence: str, paper: Path, typed: Typed
) -> None:
    said = typed(*arguments)
    refused(said, 2, sentence)
    assert [folder.name for folder in (paper / "issues").iterdir()] == ["2026-10-03"]


def test_outside_a_workspace_it_says_how_to_make_one(tmp_path: Path, typed_in: Typed) -> None:
    said = typed_in(tmp_path, "new")
    assert said.code == 3
    assert "newsletter init" in said.err
