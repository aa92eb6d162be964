"""What every command keeps to; a new one joins by existing."""

import ast
import inspect
from pathlib import Path
from types import ModuleType

import pytest

from newsletter import plugins

COMMANDS = plugins.names("newsletter.cli")


@pytest.fixture(params=COMMANDS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load("newsletter.cli", request.param)


def test_a_command_says_what_it_does_and_gives_an_example(module: ModuleType) -> None:
    help_text = inspect.getdoc(module.command) or ""
    assert help_text.split("\n")[0].endswith((".", "it."))
    assert "Example: newsletter " in help_text


def test_a_command_is_at_most_25_lines(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "command")
    body = function.body[1:]
    assert (body[-1].end_lineno or 0) - body[0].lineno < 25


def test_every_option_is_explained(module: ModuleType) -> None:
    for parameter in inspect.signature(module.command).parameters.values():
        option = parameter.annotation.__metadata__[0]
        assert option.help, parameter.name
