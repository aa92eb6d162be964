"""newsletter subscribers export"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from newsletter import app
from newsletter.audience import export, selection
from newsletter.audience.export import Spell, csv_lines, json_lines, spreadsheet_lines
from newsletter.cli import _out
from newsletter.cli.subscribers._options import Where
from newsletter.errors import UsageError

Format = Literal["csv", "jsonl"]


def command(
    where: Where = None,
    format_: Annotated[Format, typer.Option("--format", help="CSV, or JSON with a reader a line.")] = "csv",
    for_spreadsheet: Annotated[
        bool, typer.Option("--for-spreadsheet", help="CSV that Excel reads, and takes nothing in it for a formula.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="A new file; without it all is printed.")
    ] = None,
) -> None:
    """Write subscribers as CSV or JSON lines, which an import reads again.

    Example: newsletter subscribers export --where "tag('zuid')" --output zuid.csv
    """
    config = app.here().config
    chosen = selection.condition(where, config)
    spell, fields = _spelling(format_, for_spreadsheet=for_spreadsheet), tuple(config.readers.fields)
    with app.store(config) as store:
        if output:
            count = export.write_file(store, output, spell, fields, chosen, at=app.now())
            _out.say(f"{count:,} subscribers are in {output}, which only you may read.")
        else:
            with store.reading() as transaction:
                _out.print_file(spell(export.chosen(transaction, chosen), fields))


def _spelling(format_: Format, *, for_spreadsheet: bool) -> Spell:
    if for_spreadsheet and format_ != "csv":
        raise UsageError("A spreadsheet reads CSV.", "Leave out --format or --for-spreadsheet.")
    return spreadsheet_lines if for_spreadsheet else csv_lines if format_ == "csv" else json_lines
