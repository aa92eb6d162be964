"""newsletter subscribers undo"""

from dataclasses import asdict
from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.subscribers import _show


def command(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The import's number; `imports` shows it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Take it back without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Take an import back, except what readers did themselves since.

    Whom it brought is removed, and what it changed is as before. Whoever left, confirmed, complained or bounced since
    stays as he is.

    Example: newsletter subscribers undo 3
    """
    config = app.here().config
    with app.store(config) as store:
        found = readership.undoable(store, number)
        if not yes and not _out.confirm(f"Take back {found.file}, {found.new:,} new and {found.changed:,} changed?"):
            _out.say("Nothing was taken back.")
            return
        with _out.progress("Taking back", found.new + found.changed) as progress:
            result = readership.take_back(store, config, number, at=app.now(), progress=progress)
    if as_json:
        _out.print_json({"import": number, **asdict(result)})
    else:
        _show.taken_back(number, result)
