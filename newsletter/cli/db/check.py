"""newsletter db check"""

from dataclasses import asdict

from newsletter import app
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.errors import StoreError
from newsletter.store import check


def command(as_json: Json = False) -> None:
    """Look whether the database is whole and lawful, and count what is in it.

    Example: newsletter db check
    """
    config = app.here().config
    with app.store(config) as store:
        health = check.check(store)
    if as_json:
        _out.print_json(asdict(health))
    else:
        _out.print_pairs([(name, f"{count:,}") for name, count in health.counts.items()])
        _out.print_findings(health.findings, notes=True)
    if health.findings:
        raise StoreError(f"{health.place} is not in order.", "See above what to do.")
    _out.say(f"{health.place} is whole and lawful.")
