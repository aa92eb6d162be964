"""A new issue: on which day and under which number, what comes along from the last one, and what never may."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import importing, new, workspace
from newsletter.build import build
from newsletter.config import load
from newsletter.errors import ConfigError, ContentError, UsageError
from newsletter.issue.read import load_issue, number_of
from newsletter.issue.settings import Settings, read_settings
from newsletter.new import NewIssue
from newsletter.workspace import Workspace

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
INTRODUCTION = "Geachte lezer,\n\nDe dijk hield het. --- Of toch niet?\n\n*De redactie*\n"
ACTIVE = "---\nblock: sponsor\ntitle: De bakker\nuntil: 2026-11-28\n---\n\nVers brood.\n"


@pytest.fixture
def paper(tmp_path: Path) -> Workspace:
    """A workspace without issues; it publishes on Saturdays at six, its first number is 1."""
    workspace.init(tmp_path, empty=True)
    return workspace.find(tmp_path, {})


def configured(paper: Workspace, old: str, fresh: str) -> Workspace:
    """The workspace with one line of its configuration changed."""
    file = paper.root / "newsletter.toml"
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, fresh), "utf-8")
    return workspace.find(paper.root, {})


def put(paper: Workspace, name: str, toml: str = "", **files: str) -> Path:
    """An issue; of each file the name without ``.md``, ``blocks_`` before those of blocks."""
    folder = paper.root / "issues" / name
    (folder / "blocks").mkdir(parents=True)
    (folder / "issue.toml").write_text(toml, "utf-8")
    for file, text in files.items():
        (folder / f"{file.replace('blocks_', 'blocks/')}.md").write_text(text, "utf-8")
    return folder


def made(paper: Workspace, name: str | None = None, source: str | None = None, now: datetime = NOW) -> NewIssue:
    return new.make(paper, name, source=source, now=now)


# Its day


def test_it_is_the_next_day_of_publication_at_the_publishing_time(paper: Workspace) -> None:
    issue = made(paper)
    assert issue.folder == paper.root / "issues" / "2026-11-28"
    assert issue.date == datetime(2026, 11, 28, 5, tzinfo=UTC)
    assert tomllib.loads((issue.folder / "issue.toml").read_text("utf-8"))["send_at"] == datetime(2026, 11, 28, 6)


def test_it_comes_after_the_newest_issue_however_far_ahead_that_is(paper: Workspace) -> None:
    put(paper, "2026-12-12")
    assert made(paper).folder.name == "2026-12-19"


def test_it_comes_after_now_when_the_newest_issue_lies_long_back(paper: Workspace) -> None:
    put(paper, "2025-01-04")
    assert made(paper).folder.name == "2026-11-28"


def test_quiet_days_are_passed_over(paper: Workspace) -> None:
    paper = configured(paper, '"2026-12-25"', '"2026-11-28", 2026-12-05')
    assert made(paper).folder.name == "2026-12-12"


@pytest.mark.parametrize(
    ("name", "toml"),
    [("2026-11-28", "send_at = 2026-11-26T06:00:00\n"), ("extra", "send_at = 2026-11-28T05:00:00\n")],
    ids=["by its name", "by its date"],
)
def test_a_day_that_an_issue_has_is_passed_over(paper: Workspace, name: str, toml: str) -> None:
    put(paper, name, toml)
    assert made(paper).folder.name == "2026-12-05"


def test_when_every_day_of_publication_is_quiet_it_says_so(paper: Workspace) -> None:
    paper = configured(paper, '"sunday"', '"saturday"')
    with pytest.raises(ConfigError, match="saturday is both"):
        made(paper)


@pytest.mark.parametrize("issues", [[], ["2026-11-21"], ["2026-12-05"]], ids=str)
def test_what_was_made_is_what_importing_finds_first(paper: Workspace, issues: list[str]) -> None:
    for name in issues:
        put(paper, name)
    before = importing.target(paper, None, now=NOW)
    issue = made(paper)
    assert importing.target(paper, None, now=NOW) == (before if before.name in issues else issue.folder) == before


def test_importing_never_takes_an_issue_that_has_appeared_for_the_next(paper: Workspace) -> None:
    put(paper, "2026-11-28", "send_at = 2026-11-24T06:00:00\n")
    assert importing.target(paper, None, now=NOW).name == "2026-12-05"


# A name of one's own


def test_a_day_can_be_named(paper: Workspace) -> None:
    issue = made(paper, "2026-12-24")
    assert (issue.folder.name, issue.date) == ("2026-12-24", datetime(2026, 12, 24, 5, tzinfo=UTC))


def test_a_name_that_is_no_day_is_dated_by_send_at(paper: Workspace) -> None:
    put(paper, "2026-11-28")
    issue = made(paper, "kerst")
    assert issue.date == datetime(2026, 12, 5, 5, tzinfo=UTC)
    assert paper.issues()[0] == "kerst"


def test_a_quiet_day_is_refused_and_the_next_that_is_free_is_named(paper: Workspace) -> None:
    put(paper, "2026-12-26")
    with pytest.raises(UsageError, match="2026-12-25 is a quiet day") as caught:
        made(paper, "2026-12-25")
    assert "`newsletter new 2027-01-02`" in caught.value.hint
    assert paper.issues() == ("2026-12-26",)


def test_an_issue_that_is_there_is_left_alone(paper: Workspace) -> None:
    folder = put(paper, "2026-11-28", "number = 9\n")
    with pytest.raises(UsageError, match="an issue “2026-11-28” already"):
        made(paper, "2026-11-28")
    assert (folder / "issue.toml").read_text("utf-8") == "number = 9\n"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("28-11-2026", "2026-11-28"),
        ("28.11.2026", "2026-11-28"),
        ("28_11_26", "2026-11-28"),
        ("2026-11-8", "2026-11-08"),
        ("2026.11.28", "2026-11-28"),
        ("28-november-2026", "2026-11-28"),
        ("november-28-2026", "2026-11-28"),
        ("zaterdag-28-november-2026", "2026-11-28"),
        ("28-11-2026-extra", "2026-11-28"),
        ("vandaag", "2026-11-24"),
        ("morgen", "2026-11-25"),
        ("Tomorrow", "2026-11-25"),
        ("overmorgen", "2026-11-26"),
        ("saturday", "2026-11-28"),
        ("maandag", "2026-11-30"),
    ],
)
def test_a_day_that_is_not_written_like_one_is_refused_and_the_day_that_may_be_meant_is_named(
    paper: Workspace, name: str, day: str
) -> None:
    for refusing in (lambda: made(paper, name), lambda: importing.target(paper, name, now=NOW)):
        with pytest.raises(UsageError, match=f"“{name}” cannot be an issue's name") as caught:
            refusing()
        assert caught.value.hint == f"Did you mean `{day}`?"
    assert paper.issues() == ()


@pytest.mark.parametrize("name", ["2026-11-31", "31-11-2026", "28-11", "2026_13_01"])
def test_figures_that_are_no_day_are_refused(paper: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an issue's name") as caught:
        made(paper, name)
    assert caught.value.hint == "Name it by its day, like 2026-11-28."


@pytest.mark.parametrize("name", ["kerst", "mei-2026", "612", "612-613", "2026-48", "2026-11-28-extra", "kerst-25-12"])
def test_a_name_that_means_no_day_is_taken_as_it_is(paper: Workspace, name: str) -> None:
    assert made(paper, name).folder.name == name


def test_articles_can_go_into_an_issue_that_is_there_whatever_it_is_called(paper: Workspace) -> None:
    folder = put(paper, "28-11-2026")
    assert importing.target(paper, "28-11-2026", now=NOW) == folder


@pytest.mark.parametrize("name", ["../x", "_x", ""])
def test_a_name_that_leads_elsewhere_is_refused(paper: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an issue's name"):
        made(paper, name)


def test_a_source_that_is_not_there_gets_a_suggestion_and_nothing_is_made(paper: Workspace) -> None:
    put(paper, "2026-11-21")
    with pytest.raises(UsageError) as caught:
        made(paper, source="2026-11-12")
    assert caught.value.hint == "Did you mean `2026-11-21`?"
    assert paper.issues() == ("2026-11-21",)


# Its number


@pytest.mark.parametrize(
    ("issues", "number"),
    [
        ({}, 1),
        ({"2026-11-21": "number = 612\n"}, 613),
        ({"2026-11-14": "number = 612\n", "2026-11-21": ""}, 614),
        ({"2026-11-14": "number = 700\n", "2026-11-21": "number = 3\n"}, 701),
        ({"2026-11-14": "", "2026-11-21": ""}, 3),
    ],
    ids=str,
)
def test_it_is_one_more_than_the_highest_known(paper: Workspace, issues: dict[str, str], number: int) -> None:
    for name, toml in issues.items():
        put(paper, name, toml)
    issue = made(paper)
    assert issue.number == number
    assert read_settings(issue.folder, "issue.toml").number == number


def test_without_anything_to_count_from_there_is_none(paper: Workspace) -> None:
    paper = configured(paper, "next_number = 1", "")
    issue = made(paper)
    assert issue.number is None
    assert "\nnumber" not in f"\n{(issue.folder / 'issue.toml').read_text('utf-8')}"


def test_an_issue_toml_that_cannot_be_read_is_named_before_anything_is_made(paper: Workspace) -> None:
    put(paper, "2026-11-21", "number = 'twaalf'\n")
    with pytest.raises(ContentError, match=r"issues/2026-11-21/issue\.toml"):
        made(paper)
    assert paper.issues() == ("2026-11-21",)


# What comes along


def test_the_order_of_the_sections_comes_along_and_nothing_about_single_articles(paper: Workspace) -> None:
    lines = 'sections = ["Opinie", "Kerk & religie"]\nsubject = "Oud"\n[order]\nOpinie = ["dijk"]\n'
    put(paper, "2026-11-21", lines)
    settings = read_settings(made(paper).folder, "issue.toml")
    assert settings.sections == ("Opinie", "Kerk & religie")
    assert (settings.subject, settings.order) == (None, {})


def test_the_comments_of_the_first_issue_name_the_newsletter_s_own_sections(paper: Workspace) -> None:
    text = (made(paper).folder / "issue.toml").read_text("utf-8")
    assert '# sections = ["Binnenland", "Buitenland", "Kerk & religie"' in text
    assert "# wall time in Europe/Amsterdam" in text


def test_every_line_that_is_a_comment_means_something_once_the_sign_is_off(paper: Workspace) -> None:
    text = (made(paper).folder / "issue.toml").read_text("utf-8")
    head, _, other = text.partition("# What else")
    freed = re.sub(r"^# ?", "", head + other.partition("\n")[2], flags=re.MULTILINE)
    assert set(tomllib.loads(freed)) == set(Settings.model_fields)
    Settings.model_validate(tomllib.loads(freed))


def test_blocks_that_still_run_come_along_and_of_the_others_it_says_why_not(paper: Workspace) -> None:
    put(
        paper,
        "2026-11-21",
        blocks_bakker=ACTIVE,
        blocks_slager=ACTIVE.replace("28", "27"),
        blocks_advent=ACTIVE.replace("until: 2026-11-28", "from: 2026-12-05"),
        blocks_woord=ACTIVE.replace("until: 2026-11-28\n", ""),
        blocks_kapot="---\nblock: spandoek\n---\n",
    )
    issue = made(paper)
    assert issue.taken == ("blocks/advent.md", "blocks/bakker.md")
    assert sorted(file.name for file in (issue.folder / "blocks").iterdir()) == ["advent.md", "bakker.md"]
    assert (issue.folder / "blocks" / "bakker.md").read_text("utf-8") == ACTIVE
    assert list(issue.left) == ["blocks/kapot.md", "blocks/slager.md", "blocks/woord.md"]
    assert issue.left["blocks/slager.md"] == "it ended on 2026-11-27"


def test_standing_blocks_of_the_workspace_are_not_copied(paper: Workspace) -> None:
    (paper.root / "blocks").mkdir()
    (paper.root / "blocks" / "colofon.md").write_text(ACTIVE, "utf-8")
    put(paper, "2026-11-21")
    assert made(paper).taken == ()


def test_another_issue_can_be_followed(paper: Workspace) -> None:
    put(paper, "2026-11-14", 'sections = ["Opinie"]\n')
    put(paper, "2026-11-21", 'sections = ["Economie"]\n')
    issue = made(paper, source="2026-11-14")
    assert issue.source == "2026-11-14"
    assert read_settings(issue.folder, "issue.toml").sections == ("Opinie",)


def test_articles_have_an_empty_place_that_git_keeps(paper: Workspace) -> None:
    folder = made(paper).folder
    assert [file.name for file in (folder / "articles").iterdir()] == [".gitkeep"]


# The introduction


def test_the_last_introduction_is_shown_to_the_editor_and_never_to_readers(paper: Workspace) -> None:
    put(paper, "2026-11-21", intro=INTRODUCTION)
    file = made(paper).folder / "intro.md"
    assert "# De dijk hield het. --- Of toch niet?" in file.read_text("utf-8")
    assert build(paper).issue.introduction_text == ""
    file.write_text(file.read_text("utf-8") + "Goedemorgen.\n", "utf-8")
    assert build(paper).issue.introduction_text == "Goedemorgen."


def test_an_introduction_that_nobody_wrote_anew_goes_on_to_the_next_issue(paper: Workspace) -> None:
    put(paper, "2026-11-21", intro=INTRODUCTION)
    first, second = made(paper).folder, made(paper).folder
    assert (second / "intro.md").read_text("utf-8") == (first / "intro.md").read_text("utf-8")


def test_an_introduction_that_cannot_be_read_is_left_and_said(paper: Workspace) -> None:
    folder = put(paper, "2026-11-21")
    (folder / "intro.md").write_bytes(b"Na\xefef")
    issue = made(paper)
    assert issue.left == {"intro.md": "this is no UTF-8 text"}
    assert not (issue.folder / "intro.md").exists()


@given(text=st.text())
def test_whatever_the_introduction_holds_nothing_of_it_is_mailed_again(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    root = tmp_path_factory.mktemp("law")
    workspace.init(root, empty=True)
    paper = Workspace(root=root, config=load(root, {}))
    put(paper, "2026-11-21")
    (root / "issues" / "2026-11-21" / "intro.md").write_bytes(text.encode("utf-8", "replace"))
    assert load_issue(made(paper).folder, paper.config).introduction_html == ""


@given(
    numbers=st.lists(st.none() | st.integers(1, 30), max_size=6),
    undated=st.none() | st.integers(1, 40),
    first=st.none() | st.integers(1, 40),
)
def test_the_next_number_is_one_more_than_that_of_any_issue(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int | None], undated: int | None, first: int | None
) -> None:
    root = tmp_path_factory.mktemp("numbers")
    workspace.init(root, empty=True)
    line = "" if first is None else f"next_number = {first}"
    paper = configured(workspace.find(root, {}), "next_number = 1", line)
    written = {f"2026-10-{day:02}": number for day, number in enumerate(numbers, start=1)} | {"extra": undated}
    for name, number in written.items():
        put(paper, name, "" if number is None else f"number = {number}\n")
    known = [number_of(root / "issues" / name, paper.config) for name in written]
    highest = max((number for number in known if number is not None), default=None)
    assert made(paper).number == (first if highest is None else highest + 1)
