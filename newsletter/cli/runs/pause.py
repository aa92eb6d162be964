"""newsletter runs pause"""

from newsletter import app, control, readership
from newsletter.cli._options import Json
from newsletter.cli.runs import _show
from newsletter.cli.runs._options import Reason, Run


def command(named: Run = None, reason: Reason = "", as_json: Json = False) -> None:
    """Have a run go no further until you resume it; requests that are under way are still answered.

    Example: newsletter runs pause --reason "a typo in the opening"
    """
    config = app.here().config
    kept = readership.one_line(reason, "reason")
    with app.store(config) as store:
        run = control.pause(store, named, who=app.who(), reason=kept)
    _show.changed(run, config, as_json=as_json, then=f"Go on with: newsletter runs resume {run.id}")
