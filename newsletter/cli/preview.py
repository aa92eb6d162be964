"""newsletter preview"""

import webbrowser
from typing import Annotated

import typer

from newsletter import app
from newsletter.cli import _out
from newsletter.cli._options import Issue
from newsletter.web import preview


def command(
    issue: Issue = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on this machine; 0 takes a free one.")] = 8321,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
) -> None:
    """Show the issues in the browser.

    As a phone and a desktop show them, by day and by night. Save a file and reload. Ctrl-C ends it.

    Example: newsletter preview 2026-10-03
    """

    def ready(address: str) -> None:
        _out.say(f"The preview is at {address}; Ctrl-C ends it.")
        if not no_open:
            webbrowser.open(address)

    preview.serve(app.here().root, issue=issue, port=port, ready=ready)
