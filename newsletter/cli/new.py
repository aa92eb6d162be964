"""newsletter new"""

from typing import Annotated

import typer

from newsletter import app, as_json, new
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.issue.prose import INTRODUCTION
from newsletter.new import NewIssue
from newsletter.rendering.typography import NBSP
from newsletter.words import load
from newsletter.workspace import Workspace


def command(
    issue: Annotated[
        str | None, typer.Argument(metavar="ISSUE", help="Its name; by default the next day of publication.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="ISSUE", help="The issue it follows; by default the newest.")
    ] = None,
    json: Json = False,
) -> None:
    """Make the folder of the next issue.

    With its day and number, the order of sections and the blocks that still run. Nothing is overwritten.

    Example: newsletter new --from 2026-10-03
    """
    workspace = app.here()
    made = new.make(workspace, issue, source=source, now=app.now())
    if json:
        _out.print_json(_data(made, workspace))
    else:
        _show(made, workspace)


def _data(made: NewIssue, workspace: Workspace) -> dict[str, object]:
    return {
        "issue": made.folder.name,
        "folder": made.folder.relative_to(workspace.root).as_posix(),
        "number": made.number,
        "send_at": as_json.moment(made.date, workspace.config.newsletter.time_zone),
        "from": made.source,
        "taken": list(made.taken),
        "left": dict(made.left),
    }


def _show(made: NewIssue, workspace: Workspace) -> None:
    name = made.folder.name
    when = made.date.astimezone(workspace.config.newsletter.time_zone)
    _out.print_pairs(
        [
            ("issue", f"{name} · number {made.number}" if made.number is not None else name),
            ("appears", f"{load('en').weekday(when.date()).replace(NBSP, ' ')}, {when:%H:%M}"),
            ("written", made.folder.relative_to(workspace.root).as_posix()),
        ]
    )
    if made.taken:
        _out.say(f"Taken along from {made.source}: {', '.join(made.taken)}.")
    if INTRODUCTION in made.taken:
        _out.say("The introduction came as a comment that is not mailed; write the new one below it.")
    for file, why in made.left.items():
        _out.say(f"Not taken along: {file}, since {why}.")
    _out.say(f"Next: newsletter import FILE… --issue {name}")
