"""newsletter subscribers tag"""

from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.audience import consent, preferences
from newsletter.cli import _out
from newsletter.cli.subscribers._options import Address
from newsletter.errors import UsageError


def command(
    address: Address,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="TAG", help="Mark him with it.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", metavar="TAG", help="Take it from him.")] = None,
) -> None:
    """Mark a reader with tags, or take some from him; segments choose by them.

    Example: newsletter subscribers tag anna@example.nl --add zuid --remove noord
    """
    added, removed = readership.tags(add or ()), readership.tags(remove or ())
    if not added | removed or added & removed:
        raise UsageError("A tag is either added or removed.", "Name one with --add, or with --remove.")
    config = app.here().config
    with app.store(config) as store, store.writing() as transaction:
        known = consent.known_by(transaction, address)
        occasion = readership.by_operator(config, app.now())
        preferences.tag(transaction, known.subscriber.id, added=added, removed=removed, occasion=occasion)
        one = consent.known_by(transaction, address).subscriber
    _out.print_line(f"{one.address} has the tags: {', '.join(one.tags) or 'none'}.")
