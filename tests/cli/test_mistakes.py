"""A mistake gets a sentence, a hint and its exit code, and never a traceback."""

import re
from pathlib import Path

import pytest
from commandline import Typed, refused, run
from short_issue import SAMPLE

from newsletter import plugins, workspace

COMMANDS = plugins.names("newsletter.cli")


# Usage


def test_without_a_command_the_commands_are_listed(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert all(re.search(rf"^  {command}\b", done.out + done.err, re.MULTILINE) for command in COMMANDS)


def test_an_unknown_command_or_option_is_a_mistake_in_usage(tmp_path: Path) -> None:
    assert run(tmp_path, "biuld").code == 2
    assert run(tmp_path, "build", "--standalon").code == 2
    assert run(tmp_path, "import").code == 2


# Files, options and the workspace


@pytest.mark.parametrize(
    "arguments",
    [("build",), ("import", "x.md"), ("send", "--dry-run"), ("preview", "--no-open"), ("init", "--template", "digest")],
    ids=" ".join,
)
def test_without_a_workspace_every_command_says_how_to_make_one(
    arguments: tuple[str, ...], tmp_path: Path, typed_in: Typed
) -> None:
    done = typed_in(tmp_path, *arguments)
    refused(done, 3, "There is no newsletter.toml in ")
    assert "newsletter init" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("build", "2026-10-04"), 2, "There is no issue “2026-10-04”"),
        (("build", "../x"), 2, "There is no issue “../x”"),
        (("build", "--now", "morgen"), 2, "“morgen” is no time."),
        (("send", "--dry-run", "--now", "25:00"), 2, "“25:00” is no time."),
        (("send", "--dry-run", "--list", "weg.csv"), 2, "There is no list of readers weg.csv"),
        (("send", "--dry-run", "--list", "issues"), 4, "issues is a folder"),
        (("send", "--dry-run", "--list", "beeld.csv"), 4, "beeld.csv is no text"),
        (("send", "--dry-run", "--list", "kapot.csv"), 4, "kapot.csv has no reader who can be mailed"),
        (("import", "weg.md"), 4, "weg.md cannot be read"),
        (("build", "2026-10-03", "--all"), 2, "--all builds every issue"),
        (("import", "weg.md", "--url", "example.nl"), 2, "“example.nl” is no web address"),
        (("import", "x.md", "--issue", "../x"), 2, "“../x” cannot be an issue's name"),
        (("import", "a", "b", "--url", "https://example.nl/x"), 2, "--url is the address of one article"),
        (("preview", "2026-10-04", "--no-open", "--port", "0"), 2, "There is no issue “2026-10-04”"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_gets_a_sentence_a_hint_and_its_exit_code(
    paper: Path, typed_in: Typed, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    (paper / "beeld.csv").write_bytes(b"\x89PNG\x00\x00")
    (paper / "kapot.csv").write_text('email,name\n"a@example.nl" x,"Jan\n')
    refused(typed_in(paper, *arguments), code, sentence)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[newsletter]\nname = x\n", "newsletter.toml is not valid TOML"),
        ("[newsletter]\nnaem = 'x'\n", "newsletter.toml: `"),
    ],
)
def test_a_broken_configuration_ends_with_3(paper: Path, typed_in: Typed, toml: str, sentence: str) -> None:
    (paper / "newsletter.toml").write_text(toml, "utf-8")
    refused(typed_in(paper, "build"), 3, sentence)


def test_a_broken_issue_toml_ends_with_4(paper: Path, typed_in: Typed) -> None:
    (paper / "issues" / SAMPLE / "issue.toml").write_text('subjet = "x"\n', "utf-8")
    refused(typed_in(paper, "build"), 4, f"issues/{SAMPLE}/issue.toml: `subjet` is not a known key.")


def test_a_template_that_names_what_is_not_there_ends_with_4(paper: Path, typed_in: Typed) -> None:
    workspace.init_template(paper, "digest")
    template = paper / "templates" / "digest" / "edition.html"
    template.write_text(template.read_text("utf-8").replace("<body", "{{ issue.naam }}<body", 1), "utf-8")
    refused(typed_in(paper, "build"), 4, "edition.html:")


def test_a_folder_that_cannot_be_written_is_a_sentence(paper: Path, typed_in: Typed) -> None:
    (paper / "build").write_text("van mij", "utf-8")
    refused(typed_in(paper, "build"), 1, "build")
    assert (paper / "build").read_text("utf-8") == "van mij"
