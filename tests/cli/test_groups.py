"""A folder of commands is a group: what it lists, what it loads, and what it says of a word that is no command."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.cli import _Commands
from newsletter.errors import UsageError

COMMAND = '"""A command."""\n\ndef command() -> None:\n    """{help}"""\n    print("{help}")\n'
FILES = {
    "__init__.py": '"""A house."""',
    "_shared.py": '"""No command."""',
    "build.py": COMMAND.format(help="Make the mail."),
    "shelf/__init__.py": '"""Books on a shelf.\n\nWhoever programs reads on. Others do not."""',
    "shelf/_shared.py": '"""No command, either."""',
    "shelf/list.py": COMMAND.format(help="Name every book."),
    "shelf/import_.py": COMMAND.format(help="Bring books in."),
    "shelf/export.py": COMMAND.format(help="Take books out."),
    "shelf/top/__init__.py": '"""The top of the shelf."""',
    "shelf/top/dust.py": COMMAND.format(help="Dust it."),
}
HOUSE = "house_of_commands"

Typed = Callable[..., str]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """``typed("shelf", "list")``: what the commands of an invented package print."""
    for name, text in FILES.items():
        file = tmp_path / HOUSE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def type_(*words: str) -> str:
        root = _Commands(package=HOUSE, name="newsletter", no_args_is_help=True, rich_markup_mode=None)
        with pytest.raises(SystemExit):
            root.main(list(words), prog_name="newsletter")
        said = capsys.readouterr()
        return said.out + said.err

    yield type_
    for name in loaded():
        del sys.modules[f"{HOUSE}{name}"]


def loaded() -> set[str]:
    """The modules of the invented package that were imported: ``""`` is the package, ``.shelf.list`` a command."""
    return {name.removeprefix(HOUSE) for name in sys.modules if name.startswith(HOUSE)}


def test_a_command_in_a_folder_is_called_by_both_words(typed: Typed) -> None:
    assert typed("shelf", "list") == "Name every book.\n"
    assert typed("build") == "Make the mail.\n"


def test_a_keyword_s_underscore_is_not_typed_in_a_folder_either(typed: Typed) -> None:
    assert typed("shelf", "import") == "Bring books in.\n"


def test_a_folder_in_a_folder_is_a_group_too(typed: Typed) -> None:
    assert typed("shelf", "top", "dust") == "Dust it.\n"


def test_a_group_alone_prints_its_commands(typed: Typed) -> None:
    said = typed("shelf")
    assert said == typed("shelf", "--help")
    assert "Usage: newsletter shelf [OPTIONS] COMMAND [ARGS]..." in said
    assert [line.split()[0] for line in said.partition("Commands:\n")[2].splitlines()] == [
        "export", "import", "list", "top",
    ]  # fmt: skip


def test_a_group_is_listed_with_the_first_sentence_of_its_docstring(typed: Typed) -> None:
    assert "  build  Make the mail.\n  shelf  Books on a shelf.\n" in typed("--help")
    assert "Whoever programs" not in typed("shelf", "--help")


def test_help_for_a_command_in_a_folder_shows_both_words(typed: Typed) -> None:
    assert "Usage: newsletter shelf export [OPTIONS]" in typed("shelf", "export", "--help")


@pytest.mark.parametrize(
    ("words", "modules"),
    [
        (("--help",), {""}),
        (("shelf", "--help"), {"", ".shelf"}),
        (("build",), {"", ".build"}),
        (("shelf", "list"), {"", ".shelf", ".shelf.list"}),
        (("shelf", "list", "--help"), {"", ".shelf", ".shelf.list"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_no_command_is_loaded_before_it_is_wanted(typed: Typed, words: tuple[str, ...], modules: set[str]) -> None:
    typed(*words)
    assert loaded() == modules


@pytest.mark.parametrize(
    ("words", "sentence", "hint"),
    [
        (("shelve",), "There is no command `newsletter shelve`.", "Did you mean `newsletter shelf`?"),
        (("shelf", "lits"), "There is no command `newsletter shelf lits`.", "Did you mean `newsletter shelf list`?"),
        (("shelf", "xyzzy"), "There is no command `newsletter shelf xyzzy`.", "There are: export, import, list, top."),
        (
            ("shelf", "top", "dusk"),
            "There is no command `newsletter shelf top dusk`.",
            "Did you mean `newsletter shelf top dust`?",
        ),
        (
            ("shelf", "_shared"),
            "There is no command `newsletter shelf _shared`.",
            "There are: export, import, list, top.",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_word_that_is_no_command_gets_a_suggestion(
    typed: Typed, words: tuple[str, ...], sentence: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        typed(*words)
    assert (caught.value.sentence, caught.value.hint) == (sentence, hint)
