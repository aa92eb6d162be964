"""``newsletter new`` as one types it: what it prints where, what comes next, and how it ends."""

import json
from pathlib import Path

import pytest

from newsletter import workspace
from newsletter.cli import main

BLOCK = "---\nblock: sponsor\ntitle: De bakker\nuntil: {}\n---\n\nVers brood.\n"


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one's own, with one issue, in which one types."""
    workspace.init(tmp_path, empty=True)
    blocks = tmp_path / "issues" / "2026-10-03" / "blocks"
    blocks.mkdir(parents=True)
    (blocks / "bakker.md").write_text(BLOCK.format("2027-01-31"), "utf-8")
    (blocks / "slager.md").write_text(BLOCK.format("2026-10-09"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command in this process and return its exit code."""
    monkeypatch.setattr("sys.argv", ["newsletter", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_it_says_what_was_made_what_came_along_what_did_not_and_what_comes_next(
    paper: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(monkeypatch, "new", "2026-10-10") == 0
    said = capsys.readouterr()
    assert "2026-10-10 · number 2" in said.out
    assert "Saturday 10 October 2026, 06:00" in said.out
    assert "Taken along from 2026-10-03: blocks/bakker.md." in said.err
    assert "Not taken along: blocks/slager.md, since it ended on 2026-10-09." in said.err
    assert said.err.endswith("Next: newsletter import FILE… --issue 2026-10-10\n")
    assert (paper / "issues" / "2026-10-10" / "issue.toml").exists()


def test_as_json_it_says_the_same_and_nothing_else(
    paper: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(monkeypatch, "new", "2026-10-10", "--from", "2026-10-03", "--json") == 0
    said = capsys.readouterr()
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
    arguments: tuple[str, ...],
    sentence: str,
    paper: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert typed(monkeypatch, "new", *arguments) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().split("\n")) == 2
    assert [folder.name for folder in (paper / "issues").iterdir()] == ["2026-10-03"]


def test_outside_a_workspace_it_says_how_to_make_one(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert typed(monkeypatch, "new") == 3
    assert "newsletter init" in capsys.readouterr().err
