"""newsletter db upgrade"""

from newsletter import app
from newsletter.cli import _out
from newsletter.store import migrate
from newsletter.store.schema import HEAD


def command() -> None:
    """Bring the database to the schema of this version; a file is copied first.

    Example: newsletter db upgrade
    """
    config = app.here().config
    with app.store(config) as store:
        found, copy = migrate.upgrade(store, now=app.now())
        renewed = migrate.renew_hints(store)
    if renewed:
        _out.print_line("The tables for the hints of workers were made anew; nothing is kept in them.")
    if found == HEAD:
        _out.print_line(f"{store.place} is up to date ({HEAD}).")
        return
    _out.print_line(f"{store.place} went from schema {found} to {HEAD}.")
    if copy:
        _out.say(f"As it was before, it is kept in {copy}.")
