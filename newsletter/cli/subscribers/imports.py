"""newsletter subscribers imports"""

from newsletter import app
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.subscribers import _show
from newsletter.store import imports


def command(as_json: Json = False) -> None:
    """Show what was imported, when, by what right, and what became of it.

    Example: newsletter subscribers imports
    """
    config = app.here().config
    with app.store(config) as store, store.reading() as transaction:
        found = imports.every(transaction)
    if as_json:
        _out.print_json([_show.import_as_data(one) for one in found])
    elif found:
        _show.imports(found, config.newsletter.time_zone)
    else:
        _out.say("Nothing was imported yet. Import a list with: newsletter subscribers import FILE")
