"""newsletter subscribers list"""

from itertools import islice
from typing import Annotated

import typer

from newsletter import app
from newsletter.audience import export, selection
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.subscribers import _listed
from newsletter.cli.subscribers._options import Where
from newsletter.errors import UsageError
from newsletter.store import subscribers

SAMPLE = 20
"""So many are shown when nobody asks for all."""


def command(
    where: Where = None,
    count: Annotated[bool, typer.Option("--count", help="Say only how many there are of each status.")] = False,
    every: Annotated[bool, typer.Option("--all", help=f"Show all, not the first {SAMPLE}.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print all as CSV, with everything but consent.")] = False,
    as_json: Json = False,
) -> None:
    """List subscribers by their addresses, or count them.

    Example: newsletter subscribers list --where "tag('zuid') and joined > 2026-01-01" --count
    """
    if as_csv and (count or as_json):
        raise UsageError("--csv prints the list itself.", "Leave out --csv, or the other option.")
    config = app.here().config
    chosen = selection.condition(where, config)
    with app.store(config) as store, store.reading() as transaction:
        if as_csv:
            _out.print_file(export.csv_lines(export.chosen(transaction, chosen), tuple(config.readers.fields)))
            return
        counts = subscribers.counts(transaction, chosen)
        shown = list(islice(export.chosen(transaction, chosen), 0 if count else None if every else SAMPLE))
    if as_json:
        _out.print_json(_listed.as_data(None if count else shown, counts))
    elif count:
        _listed.counted(counts)
    elif shown:
        _listed.listed(shown, counts)
    else:
        _listed.nobody(chosen=where is not None)
