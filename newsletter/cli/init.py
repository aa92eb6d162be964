"""newsletter init"""

from pathlib import Path
from typing import Annotated

import typer

from newsletter import app, workspace
from newsletter.cli import _out
from newsletter.config import FILE


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the workspace comes; by default here.")] = Path(),
    language: Annotated[
        str, typer.Option(metavar="CODE", help="The language of the sample and the mail: nl or en.")
    ] = "nl",
    empty: Annotated[bool, typer.Option("--empty", help="Without the sample issue and readers.")] = False,
    template: Annotated[
        str | None, typer.Option(metavar="NAME", help="Copy a template into this workspace instead.")
    ] = None,
) -> None:
    """Write a workspace: configuration and a sample.

    Nothing is overwritten.

    Example: newsletter init my-paper
    """
    if template is not None:
        for file in workspace.init_template(app.here().root, template):
            _out.say(f"Written: {file}")
        return
    written = workspace.init(folder, language=language, empty=empty)
    _out.say(f"Wrote {len(written)} files into {folder.resolve()}.")
    if empty:
        _out.say(f"Say in {folder / FILE} who you are.")
    _out.say(
        "Next: "
        + ("" if folder == Path() else f"cd {folder} && ")
        + ("newsletter new" if empty else "newsletter build")
    )
