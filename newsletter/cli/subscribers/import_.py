"""newsletter subscribers import"""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.audience.transfer import Manner, Survey
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.subscribers import _show
from newsletter.config import Config
from newsletter.errors import UsageError
from newsletter.store.imports import Import


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, JSON lines, .xlsx, or Mailchimp's zip.")],
    consent: Annotated[
        str | None,
        typer.Option("--consent", metavar="TEXT", help="What new readers consented to, when and where."),
    ] = None,
    double_opt_in: Annotated[
        bool, typer.Option("--double-opt-in", help="Ask each new reader first; nobody is confirmed by the import.")
    ] = False,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=NAME", help="What a column holds: email, name, tags, a field of yours."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Import without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Move a list of readers in.

    First it says what would happen: who is new, what changes of whom, who left and stays so, which lines are refused
    (these go to FILE.rejected.csv). Then it asks. Nobody who left comes back by a list.

    Example: newsletter subscribers import leden.csv --consent "Wekelijkse mail, ledenformulier, maart 2024"
    """
    config, at = app.here().config, app.now()
    manner = readership.manner(consent, double_opt_in=double_opt_in, columns=_columns(map_ or []))
    with app.store_if_any(config) as store, ExitStack() as open_:
        with _out.progress("Reading", None) as progress:
            surveyed = open_.enter_context(readership.survey(store, config, file, manner, at=at, progress=progress))
        goes_on = surveyed.changes_anything and not dry_run
        _say(surveyed, as_json=as_json and not goes_on)
        if not dry_run:
            readership.refuse_unfit(surveyed, manner)
        if goes_on and (yes or _out.confirm(f"Import {_lines(surveyed.spool.lines)} now?")):
            _done(_import(config, surveyed, manner, at), as_json=as_json)
        elif goes_on:
            _out.say("Nothing was imported.")


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


def _done(done: Import, *, as_json: bool) -> None:
    if as_json:
        _out.print_json(_show.import_as_data(done))
    else:
        _show.imported(done)


def _say(surveyed: Survey, *, as_json: bool) -> None:
    if as_json:
        _out.print_json(_show.surveyed_as_data(surveyed))
    else:
        _show.surveyed(surveyed)


def _import(config: Config, surveyed: Survey, manner: Manner, at: datetime) -> Import:
    with app.store(config, create=True) as store, _out.progress("Importing", surveyed.spool.lines) as progress:
        return readership.import_list(store, config, surveyed, manner, at=at, progress=progress)


def _columns(pairs: list[str]) -> dict[str, str]:
    """Take ``COLUMN=NAME`` apart; a column's own name may hold the sign. Raises: UsageError."""
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f"--map “{pair}” names no column.", 'Write it as --map "Their column=name".')
    return {column: name for column, _, name in (pair.rpartition("=") for pair in pairs)}
