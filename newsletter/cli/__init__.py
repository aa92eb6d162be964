"""The command line: one file per command, found by its name and loaded when it is called.

A folder is a group by the same rule: ``subscribers/import_.py`` is ``newsletter subscribers import``. The only place
that prints, and the only one that turns errors into exit codes.
"""

import sys
from difflib import get_close_matches
from inspect import getdoc
from io import TextIOWrapper
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from newsletter import __version__, plugins
from newsletter.errors import NewsletterError, UsageError


class _Commands(TyperGroup):
    """The files of a folder as commands, its folders as groups of commands; each is imported only when it is wanted."""

    def __init__(self, *, package: str = __name__, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._package = package

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer's own context class
        return list(plugins.names(self._package))

    def get_command(self, ctx: typer.Context, cmd_name: str) -> "TyperCommand | TyperGroup | None":  # type: ignore[override]
        if cmd_name not in plugins.names(self._package):
            return None
        module = plugins.load(self._package, cmd_name)
        return _group(cmd_name, module) if plugins.is_folder(module) else _command(cmd_name, module)

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """List them by what their files say, since to import them all takes a second."""
        names = self.list_commands(ctx)
        limit = formatter.width - 6 - max(map(len, names))
        said = ((name, plugins.docstring(self._package, name, of="command")) for name in names)
        listed = [(name, TyperCommand(name, help=text).get_short_help_str(limit)) for name, text in said]
        with formatter.section("Commands"):
            formatter.write_dl(listed)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        known = plugins.names(self._package)
        if args and not args[0].startswith("-") and args[0] not in known:
            near = get_close_matches(args[0], known, n=1)
            hint = f"Did you mean `{ctx.command_path} {near[0]}`?" if near else f"There are: {', '.join(known)}."
            raise UsageError(f"There is no command `{ctx.command_path} {args[0]}`.", hint)
        return super().resolve_command(ctx, args)


def _group(name: str, module: ModuleType) -> _Commands:
    """A folder's commands; the first sentence of its docstring is their help."""
    sentence = (getdoc(module) or "").partition("\n\n")[0]
    return _Commands(package=module.__name__, name=name, help=sentence, no_args_is_help=True, rich_markup_mode=None)


def _command(name: str, module: ModuleType) -> TyperCommand:
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(module.command)
    return typer.main.get_command(single)  # type: ignore[return-value]


_app = typer.Typer(
    cls=_Commands,
    help="Make a newspaper's weekly digest from files, and send it knowing what happened to every reader.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsletter {__version__}")
        raise typer.Exit


@_app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    """Options that stand before a command."""


def main() -> None:
    """Run the command line; a situation the user can act on becomes sentences on stderr and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter still gets the others
    try:
        _app()
    except NewsletterError as error:
        print(error.sentence, error.hint, sep="\n" if error.hint else "", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.filename is None:
            raise
        print(
            f"{error.filename}: {error.strerror}.",
            "Check the name and who may read and write there.",
            sep="\n",
            file=sys.stderr,
        )
        sys.exit(1)
