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
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="One reader; with --everything only.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="All that is known of one reader, with what happened, as JSON.")
    ] = False,
    where: Where = None,
    format_: Annotated[Format, typer.Option("--format", help="CSV, or JSON with a reader a line.")] = "csv",
    for_spreadsheet: Annotated[
        bool, typer.Option("--for-spreadsheet", help="CSV that Excel reads, and takes nothing in it for a formula.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="A new file; without it all is printed.")
    ] = None,
) -> None:
    """Write subscribers as CSV or JSON lines, which an import reads again; or all that is known of one reader.

    Example: newsletter subscribers export --where "tag('zuid')" --output zuid.csv
    """
    _refuse_half_of_two(address, everything=everything, where=where)
    config = app.here().config
    if address:
        lines = export.of_one(address)
    else:
        spell = _spelling(format_, for_spreadsheet=for_spreadsheet)
        lines = export.of_many(spell, tuple(config.readers.fields), selection.condition(where, config))
    with app.store(config) as store:
        if output:
            export.write_file(store, output, lines, at=app.now())
            _out.say(f"{output} is written; only you may read it.")
        else:
            with store.reading() as transaction:
                _out.print_file(lines(transaction))


def _refuse_half_of_two(address: str | None, *, everything: bool, where: str | None) -> None:
    """Raises: UsageError when one reader is named and not all of him asked for, or the other way round."""
    if (address is None) == everything:
        raise UsageError(
            "--everything and ADDRESS belong together.", "newsletter subscribers export ADDRESS --everything"
        )
    if address and where:
        raise UsageError("--where chooses among all, and one reader is named.", "Leave out --where.")


def _spelling(format_: Format, *, for_spreadsheet: bool) -> Spell:
    if for_spreadsheet and format_ != "csv":
        raise UsageError("A spreadsheet reads CSV.", "Leave out --format or --for-spreadsheet.")
    return spreadsheet_lines if for_spreadsheet else csv_lines if format_ == "csv" else json_lines
