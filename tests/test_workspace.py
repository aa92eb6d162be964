"""A workspace: made whole or not at all, found from anywhere in it, its issues newest first."""

import shutil
from pathlib import Path

import pytest

from newsletter import workspace
from newsletter.config import FILE, load
from newsletter.errors import ConfigError, ContentError, UsageError
from newsletter.shipped import SAMPLES, SHIPPED
from newsletter.workspace import Workspace

SAMPLE = "2026-10-03"


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    """A workspace without issues."""
    workspace.init(tmp_path, empty=True)
    return workspace.find(tmp_path, {})


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def put_issue(paper: Workspace, name: str, toml: str = "") -> None:
    folder = paper.root / "issues" / name
    folder.mkdir()
    if toml:
        (folder / "issue.toml").write_text(toml, "utf-8")


# Making one


def test_init_writes_everything_a_build_needs_and_says_what(tmp_path: Path) -> None:
    written = workspace.init(tmp_path / "my" / "paper")
    made = contents(tmp_path / "my" / "paper")
    assert sorted(made) == sorted(file.relative_to(tmp_path / "my" / "paper").as_posix() for file in written)
    assert {FILE, "sample-readers.csv", ".gitignore"} <= set(made)
    assert made[FILE] == (SHIPPED / FILE).read_bytes()
    sample = {f"issues/{SAMPLE}/{name}": data for name, data in contents(SHIPPED / "issues" / SAMPLE).items()}
    assert len(sample) > 20
    assert sample.items() <= made.items()
    assert workspace.find(tmp_path / "my" / "paper", {}).issues() == (SAMPLE,)


def test_what_must_not_be_committed_is_ignored_by_git(empty: Workspace) -> None:
    ignored = (empty.root / ".gitignore").read_text("utf-8").split("\n")
    assert {"*.db", ".env", "build/", "/*.csv", "!/sample-readers.csv", "*.rejected.csv", "*.backup"} <= set(ignored)


@pytest.mark.parametrize("language", SAMPLES)
def test_without_a_sample_the_configuration_is_the_same_but_speaks_of_no_sample(tmp_path: Path, language: str) -> None:
    workspace.init(tmp_path / "with", language=language)
    workspace.init(tmp_path / "without", language=language, empty=True)
    first, *lines = (tmp_path / "without" / FILE).read_text("utf-8").splitlines()
    assert first.startswith("# Your newsletter.")
    sampled = (tmp_path / "with" / FILE).read_text("utf-8").splitlines()
    assert "sample" in sampled[0]
    assert lines == sampled[1:]


def test_an_empty_one_has_a_configuration_and_a_place_for_issues_and_no_sample(tmp_path: Path) -> None:
    workspace.init(tmp_path, empty=True)
    assert sorted(contents(tmp_path)) == [".gitignore", FILE]
    assert (tmp_path / "issues").is_dir()
    assert workspace.find(tmp_path, {}).issues() == ()


@pytest.mark.parametrize("taken", [FILE, "sample-readers.csv", f"issues/{SAMPLE}/intro.md"])
def test_init_overwrites_nothing_and_then_writes_nothing(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / taken).write_text("van mij", "utf-8")
    with pytest.raises(ContentError) as caught:
        workspace.init(tmp_path)
    assert taken in caught.value.sentence
    assert caught.value.hint
    assert contents(tmp_path) == {taken: b"van mij"}


def test_init_leaves_the_gitignore_of_a_repository_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("van mij", "utf-8")
    workspace.init(tmp_path)
    assert (tmp_path / ".gitignore").read_text("utf-8") == "van mij"


def test_init_leaves_what_is_none_of_its_files_alone(tmp_path: Path) -> None:
    (tmp_path / "aantekeningen.txt").write_text("van mij", "utf-8")
    workspace.init(tmp_path)
    assert (tmp_path / "aantekeningen.txt").read_text("utf-8") == "van mij"


def test_a_workspace_in_another_language_has_the_sample_of_that_language(tmp_path: Path) -> None:
    written = workspace.init(tmp_path, language="en")
    made = contents(tmp_path)
    assert len(written) == len(made)
    assert made[FILE] == (SAMPLES["en"] / FILE).read_bytes() != (SHIPPED / FILE).read_bytes()
    assert contents(SAMPLES["en"]).items() <= made.items()
    paper = workspace.find(tmp_path, {})
    assert paper.config.newsletter.language == "en"
    assert len(paper.issues()) == 1


def test_an_empty_one_can_be_in_another_language(tmp_path: Path) -> None:
    workspace.init(tmp_path, language="en", empty=True)
    assert sorted(contents(tmp_path)) == [".gitignore", FILE]
    assert workspace.find(tmp_path, {}).config.newsletter.language == "en"


@pytest.mark.parametrize("language", ["fr", "EN", "", "../nl", "samples"])
def test_a_language_without_sample_is_refused_and_those_there_are_are_named(tmp_path: Path, language: str) -> None:
    with pytest.raises(UsageError, match="no sample") as caught:
        workspace.init(tmp_path / "paper", language=language)
    assert "nl, en" in caught.value.hint
    assert not (tmp_path / "paper").exists()


def test_a_template_is_copied_whole_and_never_twice(empty: Workspace) -> None:
    written = workspace.init_template(empty.root, "digest")
    copied = contents(empty.root / "templates" / "digest")
    assert copied.pop(".origin")
    assert copied == contents(SHIPPED / "templates" / "digest")
    assert len(written) == len(contents(empty.root / "templates"))
    (empty.root / "templates" / "digest" / "style.css").write_text("/* van mij */", "utf-8")
    with pytest.raises(ContentError, match="is there already"):
        workspace.init_template(empty.root, "digest")
    assert (empty.root / "templates" / "digest" / "style.css").read_text("utf-8") == "/* van mij */"


def test_a_template_that_is_not_there_gets_a_suggestion(empty: Workspace) -> None:
    with pytest.raises(UsageError, match="no template “diggest”") as caught:
        workspace.init_template(empty.root, "diggest")
    assert caught.value.hint == "Did you mean `digest`?"
    assert not (empty.root / "templates").exists()


@pytest.mark.parametrize("name", ["../issues", ".", "", "_notices"])
def test_only_a_template_s_own_name_is_one(empty: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="There is no template"):
        workspace.init_template(empty.root, name)


# Finding it


def test_it_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    below = tmp_path / "issues" / SAMPLE / "articles"
    assert workspace.find(below, {}).root == tmp_path


def test_the_nearest_one_is_meant(tmp_path: Path) -> None:
    workspace.init(tmp_path, empty=True)
    workspace.init(tmp_path / "zomer", empty=True)
    (tmp_path / "zomer" / "issues" / "x").mkdir()
    assert workspace.find(tmp_path / "zomer" / "issues" / "x", {}).root == tmp_path / "zomer"


def test_where_there_is_none_the_error_names_the_folder_one_is_in(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.find(tmp_path, {})
    assert str(tmp_path) in caught.value.sentence
    assert "newsletter init" in caught.value.hint


# Its issues


def test_the_newest_issue_is_first_and_those_without_a_date_are_last(empty: Workspace) -> None:
    for name in ("2026-09-26", "2026-10-10", "zomer", "advent", "2026-10-03-extra"):
        put_issue(empty, name)
    put_issue(empty, "bijlage", "send_at = 2026-10-04T06:00:00\n")
    (empty.root / "issues" / "_oud").mkdir()
    (empty.root / "issues" / "leesmij.txt").write_text("x")
    assert empty.issues() == ("2026-10-10", "bijlage", "2026-10-03-extra", "2026-09-26", "advent", "zomer")
    assert empty.issue(None) == empty.root / "issues" / "2026-10-10"


def test_a_broken_issue_toml_does_not_stop_the_listing(empty: Workspace) -> None:
    put_issue(empty, "2026-09-26", "dit is geen toml")
    put_issue(empty, "2026-10-03", "onbekend = 1")
    put_issue(empty, "zomer", "send_at = 'gisteren'")
    assert empty.issues() == ("2026-10-03", "2026-09-26", "zomer")


def test_an_unknown_issue_gets_a_suggestion_or_the_list(empty: Workspace) -> None:
    put_issue(empty, "2026-10-03")
    put_issue(empty, "kerstnummer")
    with pytest.raises(UsageError, match="no issue “2026-10-30”") as caught:
        empty.issue("2026-10-30")
    assert caught.value.hint == "Did you mean `2026-10-03`?"
    with pytest.raises(UsageError) as caught:
        empty.issue("xyz")
    assert caught.value.hint == "There are: 2026-10-03, kerstnummer."


@pytest.mark.parametrize("name", ["..", ".", "", "2026-10-03/articles", "../issues/2026-10-03", "_oud"])
def test_a_path_is_no_issue_s_name(empty: Workspace, name: str) -> None:
    put_issue(empty, "2026-10-03")
    (empty.root / "issues" / "_oud").mkdir()
    with pytest.raises(UsageError):
        empty.issue(name)


def test_without_issues_it_says_how_to_begin(empty: Workspace) -> None:
    with pytest.raises(UsageError, match="no issues yet") as caught:
        empty.issue(None)
    assert caught.value.hint
    shutil.rmtree(empty.root / "issues")
    assert empty.issues() == ()


def test_without_issues_what_it_says_makes_one(empty: Workspace) -> None:
    with pytest.raises(UsageError) as caught:
        empty.issue(None)
    assert caught.value.hint == "Make one: newsletter new"


def test_a_workspace_made_by_hand_needs_no_more_than_its_configuration(tmp_path: Path) -> None:
    shutil.copy(SHIPPED / FILE, tmp_path)
    (tmp_path / "issues" / "2026-10-10").mkdir(parents=True)
    assert Workspace(root=tmp_path, config=load(tmp_path, {})).issues() == ("2026-10-10",)
