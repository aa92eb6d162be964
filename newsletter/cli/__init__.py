"""The command line: one file per command, found by its name and loaded when it is called.

The only place that prints, and the only one that turns errors into exit codes.
"""

import sys
from difflib import get_close_matches
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from newsletter import __version__, plugins
from newsletter.errors import NewsletterError, UsageError


class _Commands(TyperGroup):
    """The files of this folder as commands; a command's module is imported only when it is wanted."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer's own context class
        return list(plugins.names(__name__))

    def get_command(self, ctx: typer.Context, cmd_name: str) -> "typer.core.TyperCommand | None":  # type: ignore[override]
        if cmd_name not in plugins.names(__name__):
            return None
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(cmd_name)(plugins.load(__name__, cmd_name).command)
        return typer.main.get_command(single)  # type: ignore[return-value]

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        known = plugins.names(__name__)
        if args and not args[0].startswith("-") and args[0] not in known:
            near = get_close_matches(args[0], known, n=1)
            hint = f"Did you mean `newsletter {near[0]}`?" if near else f"There are: {', '.join(known)}."
            raise UsageError(f"There is no command “{args[0]}”.", hint)
        return super().resolve_command(ctx, args)


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
