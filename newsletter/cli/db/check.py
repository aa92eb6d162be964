"""newsletter db check"""

from newsletter import app, as_json
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.errors import StoreError
from newsletter.store import check
from newsletter.store.check import Health


def command(json: Json = False) -> None:
    """Look whether the database is whole and lawful, and count what is in it.

    It ends with 5 when something is wrong.

    Example: newsletter db check
    """
    config = app.here().config
    with app.store(config) as store:
        health = check.check(store)
    if json:
        findings = [as_json.finding(found) for found in health.findings]
        _out.print_json({"place": health.place, "counts": health.counts, "findings": findings})
    else:
        _show(health)
    if health.findings:
        raise StoreError(f"{health.place} is not in order; errors: {len(health.findings)}.", "See above what to do.")
    _out.say(f"{health.place} is whole and lawful.")


def _show(health: Health) -> None:
    width = max((len(f"{count:,}") for count in health.counts.values()), default=0)
    _out.print_pairs([(name, f"{count:>{width},}") for name, count in health.counts.items()])
    _out.print_findings(health.findings, notes=True)
