"""newsletter subscribers block"""

from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.audience import consent, story
from newsletter.cli import _out
from newsletter.cli.subscribers._options import Address


def command(
    address: Address,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Take back a block, or lift a bounce.")] = False,
) -> None:
    """Never mail an address, whether it is on the list or not; or lift that, or a bounce.

    A complaint, and leaving, are the reader's own and not lifted here.

    Example: newsletter subscribers block anna@example.nl --reason "asked by telephone"
    """
    config = app.here().config
    occasion = readership.by_operator(config, app.now(), note=readership.one_line(reason, "reason"))
    key = readership.erase_key(config)
    with app.store(config, create=not lift) as store, store.writing() as transaction:
        if lift:
            one = consent.lift(transaction, address, occasion)
        else:
            one = consent.block(transaction, address, occasion, key=key, draw=readership.draw)
    _out.print_line(f"{one.address}: {story.standing(one, occasion.day)}")
