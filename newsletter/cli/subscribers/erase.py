"""newsletter subscribers erase"""

from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.audience import erasure
from newsletter.cli import _out
from newsletter.cli.subscribers._options import Address


def command(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
) -> None:
    """Remove a person from the database, and see to it that no list brings him back.

    Of his address a hash stays, under NEWSLETTER_ERASE_KEY. Files that may still name him are listed: they are yours to
    look through.

    Example: newsletter subscribers erase anna@example.nl
    """
    workspace = app.here()
    config = workspace.config
    key = readership.erase_key(config)
    with app.store(config) as store:
        if not yes and not _out.confirm(f"Erase {address}? This cannot be taken back."):
            _out.say("Nothing was erased.")
            return
        with store.writing() as transaction:
            found = erasure.erase(transaction, address, readership.by_operator(config, app.now()), key=key)
            files = readership.may_still_name_him(workspace, erasure.written(transaction))
    _out.print_line(f"{address} {'is erased' if found else 'was not on the list'}; no list brings it back.")
    if files:
        _out.say("These files may still name him:")
    for file, kind in files:
        _out.print_line(f"  {file} ({kind})")
