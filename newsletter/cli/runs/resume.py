"""newsletter runs resume"""

from typing import Annotated

import typer

from newsletter import app, control
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.runs import _show
from newsletter.cli.runs._options import Run
from newsletter.store import deliveries

_WAITS = "goes on as soon as somebody sends"


def command(
    named: Run = None,
    yes: Annotated[bool, typer.Option("--yes", help="Go on without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Have a paused run go on from where it was: after a hold, after its first readers, or once a fault is mended.

    Readers whose message could not be made stay left out.

    Example: newsletter runs resume 2026-10-03
    """
    config = app.here().config
    with app.store(config) as store:
        with store.reading() as transaction:
            run = control.find(transaction, named)
            counts = deliveries.counts(transaction, run.id)
        control.refuse_resuming(run)
        if not yes and not _out.confirm(_show.question(run, counts)):
            _out.say("Nothing was changed.")
            return
        run = control.resume(store, str(run.id), config, at=app.now())
        if sends := app.sends(store):
            app.nudge(store)
    then = "" if sends else f"Have it sent by: newsletter send {run.issue}, or newsletter worker"
    _show.changed(run, config, as_json=as_json, then=then, stands=_WAITS if sends is False else "")
