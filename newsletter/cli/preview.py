"""newsletter preview"""

import os
import webbrowser
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import typer

from newsletter import app
from newsletter.cli import _out
from newsletter.cli._options import Issue
from newsletter.web import preview
from newsletter.web.preview.phone import Access, access, addresses, qr


def command(
    issue: Issue = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on this machine; 0 takes a free one.")] = 8321,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
    phone: Annotated[bool, typer.Option("--phone", help="Let a phone on the same network look, too.")] = False,
) -> None:
    """Show the issues in the browser.

    As a phone and a desktop show them, by day and by night. Save a file and it shows. Ctrl-C ends it.

    Example: newsletter preview 2026-10-03
    """
    way_in = access(addresses()) if phone else None

    def ready(address: str) -> None:
        _out.say(f"The preview is at {address}; Ctrl-C ends it.")
        if way_in:
            _say_way_in(way_in, urlsplit(address))
        if not no_open:
            webbrowser.open(address)

    preview.serve(app.here().root, issue=issue, port=port, ready=ready, access=way_in)


def _say_way_in(way_in: Access, here: SplitResult) -> None:
    """Whoever sees the code or its address can look until the preview ends."""
    address = way_in.address(here.port or 80, here.path)
    typer.echo(qr(address, colour="NO_COLOR" not in os.environ), err=True)
    _out.say(f"For a phone on the same network, to read only: {address}")
    if way_in.others:
        _out.say(f"Not at this machine's other addresses: {', '.join(way_in.others)}.")
