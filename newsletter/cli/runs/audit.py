"""newsletter runs audit"""

from typing import Annotated

import typer

from newsletter import app, control
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.runs import _audited
from newsletter.delivery import audit
from newsletter.errors import NewsletterError


def command(
    named: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A run's number, or an issue's newest; by default all runs.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold the ledger to its laws: find out again from its rows all that it says, and print the sum of every run.

    It ends with 1 when a law does not hold. As JSON it names no address, and is fit to be kept beside the issue.

    Example: newsletter runs audit --json
    """
    config = app.here().config
    with app.store(config) as store, store.reading() as transaction:
        only = control.find(transaction, named) if named else None
        found = audit.audit(transaction, only, at=app.now())
    if as_json:
        _out.print_json(_audited.as_data(found, config.newsletter.time_zone))
    else:
        _audited.shown(found, config.newsletter.time_zone)
    if found.breaches:
        raise NewsletterError(
            f"The ledger is not in order; laws that do not hold: {found.breaches:,}.",
            "Send nothing from it before you know why: keep a copy, and report this.",
        )
    _out.say("Every law holds.")
