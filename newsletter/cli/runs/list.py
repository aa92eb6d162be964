"""newsletter runs list"""

from itertools import islice
from typing import Annotated

import typer

from newsletter import app
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.runs import _show
from newsletter.store import deliveries, runs

SAMPLE = 20
"""So many are shown when nobody asks for all."""


def command(
    issue: Annotated[str | None, typer.Argument(metavar="ISSUE", help="Only the runs of this issue.")] = None,
    every: Annotated[bool, typer.Option("--all", help=f"Show all, not the newest {SAMPLE}.")] = False,
    as_json: Json = False,
) -> None:
    """List the runs, the newest first: which issue and edition, how it stands, and what became of its readers.

    Example: newsletter runs list
    """
    config = app.here().config
    with app.store(config) as store, store.reading() as transaction:
        found = runs.every(transaction, issue)
        shown = list(islice(found, None if every else SAMPLE))
        rows = [(run, deliveries.counts(transaction, run.id)) for run in shown]
    if as_json:
        _out.print_json([_show.listed_as_data(run, counts, config) for run, counts in rows])
    elif rows:
        _show.listed(rows, config.newsletter.time_zone, more=len(found) - len(rows))
    else:
        _out.say("No issue was sent to the list yet." if issue is None else f"{issue} was not sent to the list yet.")
