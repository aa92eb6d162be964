"""newsletter runs show"""

from newsletter import app, control
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.runs import _show
from newsletter.cli.runs._options import Run
from newsletter.delivery import report


def command(named: Run = None, as_json: Json = False) -> None:
    """Tell how a run stands: the sum of its readers, how fast it goes, what it waits for, and what was said.

    Example: newsletter runs show 2026-10-03
    """
    config, at = app.here().config, app.now()
    with app.store(config) as store:
        sends = app.sends(store)
        with store.reading() as transaction:
            run = control.find(transaction, named)
            found = report.look(transaction, run, config, at=at, sends=sends)
    if as_json:
        _out.print_json(_show.shown_as_data(found, config))
    else:
        _show.shown(found, config.newsletter.time_zone, at)
