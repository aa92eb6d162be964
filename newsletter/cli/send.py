"""newsletter send"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from newsletter import app, build
from newsletter.cli import _out, _show
from newsletter.cli._options import Issue, Json, Now, SkipBroken, moment
from newsletter.errors import ContentError, UsageError


def command(
    issue: Issue = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Rehearse: make every message, send none.")] = False,
    list_: Annotated[Path | None, typer.Option("--list", metavar="FILE", help="A CSV file of readers.")] = None,
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Keep the file of every message.")] = False,
    now: Now = None,
    skip_broken: SkipBroken = False,
    as_json: Json = False,
) -> None:
    """Rehearse the whole send.

    Every reader's message is made and checked, and nothing leaves this machine.

    Example: newsletter send 2026-10-03 --dry-run --list subscribers.csv
    """
    if not dry_run:
        raise UsageError("Sending for real is not there yet.", "Rehearse it: newsletter send --dry-run")
    workspace = app.here()
    built = build.build(
        workspace, issue, now=moment(now, workspace.config.newsletter.time_zone), skip_broken=skip_broken
    )
    readers = app.readers(workspace, list_)
    with _out.progress("Making messages", len(readers.subscribers)) as progress:
        rehearsal, outbox = app.rehearse(workspace, built, readers, keep_all=keep_all, progress=progress)
    if as_json:
        _out.print_json(asdict(rehearsal) | {"outbox": str(outbox)})
    else:
        _show.findings(built)
        _show.rehearsed(rehearsal, built, outbox, workspace)
    wrong = len(rehearsal.faults) + sum(finding.level == "error" for finding in built.findings)
    if wrong:
        raise ContentError(f"{wrong} things are wrong, so this would not be sent.", "Mend them and rehearse again.")
