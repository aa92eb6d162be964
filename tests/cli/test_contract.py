"""What every command keeps to, also one in a group; a new one joins by existing."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from newsletter import plugins
from newsletter.cli import main


def modules(package: str = "newsletter.cli", before: str = "") -> Iterator[tuple[str, ModuleType]]:
    """The modules of all groups and commands, each with the words that one types for it."""
    for name in plugins.names(package):
        module = plugins.load(package, name)
        yield f"{before}{name}", module
        if plugins.is_folder(module):
            yield from modules(module.__name__, f"{before}{name} ")


ALL = dict(modules())
GROUPS = {words: module for words, module in ALL.items() if plugins.is_folder(module)}
COMMANDS = {words: module for words, module in ALL.items() if words not in GROUPS}

every_command = pytest.mark.parametrize(("words", "module"), COMMANDS.items(), ids=list(COMMANDS))
every_group = pytest.mark.parametrize(("words", "module"), GROUPS.items(), ids=list(GROUPS))


@every_command
def test_a_command_says_what_it_does_and_gives_an_example(words: str, module: ModuleType) -> None:
    help_text = inspect.getdoc(module.command) or ""
    assert help_text.split("\n")[0].endswith((".", "it."))
    assert re.search(rf"Example: newsletter {words}( |$)", help_text)


@every_command
def test_help_shows_how_it_is_typed_and_the_example(
    words: str, module: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["newsletter", *words.split(), "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    assert f"{words} [OPTIONS]" in said.out.partition("\n")[0]
    assert f"Example: newsletter {words}" in said.out


@every_command
def test_a_command_s_module_names_it_as_it_is_typed(words: str, module: ModuleType) -> None:
    assert module.__doc__ == f"newsletter {words}"


@every_command
def test_a_command_is_at_most_25_lines(words: str, module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "command")
    body = function.body[1:]
    assert (body[-1].end_lineno or 0) - body[0].lineno < 25


@every_command
def test_every_option_is_explained(words: str, module: ModuleType) -> None:
    for parameter in inspect.signature(module.command).parameters.values():
        option = parameter.annotation.__metadata__[0]
        assert option.help, parameter.name


@every_group
def test_a_group_says_in_one_sentence_what_its_commands_are_for(words: str, module: ModuleType) -> None:
    first = (inspect.getdoc(module) or "").partition("\n\n")[0]
    assert re.fullmatch(r"[^.]+\.", first)


@every_group
def test_a_group_has_commands_and_imports_nothing(words: str, module: ModuleType) -> None:
    assert plugins.names(module.__name__)
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    assert [type(node) for node in tree.body] == [ast.Expr]
