"""newsletter runs cancel"""

from newsletter import app, control
from newsletter.cli._options import Json
from newsletter.cli.runs import _show
from newsletter.cli.runs._options import Run


def command(named: Run = None, as_json: Json = False) -> None:
    """End a run for good: whoever waits gets nothing from it, and is offered the issue when it is sent again.

    Example: newsletter runs cancel 2026-10-03
    """
    config = app.here().config
    with app.store(config) as store:
        run = control.cancel(store, named, at=app.now())
    _show.changed(run, config, as_json=as_json, then=f"Once it is mended, to the others: newsletter send {run.issue}")
