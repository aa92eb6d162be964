"""newsletter subscribers erase"""

from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.audience import erasure
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.subscribers import _show
from newsletter.cli.subscribers._options import Address


def command(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a person from the database, and see to it that no list brings him back.

    Of his address a hash stays, under NEWSLETTER_ERASE_KEY. Files that may still name him are listed: they are yours to
    look through.

    Example: newsletter subscribers erase anna@example.nl
    """
    workspace = app.here()
    key = readership.erase_key(workspace.config)
    with app.store(workspace.config) as store:
        known = readership.erasable(store, address, key)
        if not yes and not _out.confirm(_question(address, known=known)):
            _out.say("Nothing was erased.")
            return
        with store.writing() as transaction:
            found = erasure.erase(transaction, address, readership.by_operator(workspace.config, app.now()), key=key)
        store.settle()
        files = readership.may_still_name_him(store, workspace)
    if as_json:
        _out.print_json(_show.erased_as_data(address, files, found=found))
    else:
        _show.erased(address, files, found=found)


def _question(address: str, *, known: bool) -> str:
    if known:
        return f"Erase {address}? This cannot be taken back."
    return f"Nobody on the list has the address {address}. Keep it off the list for good?"
