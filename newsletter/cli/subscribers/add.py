"""newsletter subscribers add"""

from typing import Annotated

import typer

from newsletter import app, readership
from newsletter.audience import consent
from newsletter.cli import _out
from newsletter.cli.subscribers._options import Address
from newsletter.errors import UsageError


def command(
    address: Address,
    name: Annotated[str, typer.Option("--name", help="The reader's name.")] = "",
    language: Annotated[str | None, typer.Option("--language", help="Of his pages and notices: nl, en.")] = None,
    consent_: Annotated[
        str | None,
        typer.Option(
            "--consent", metavar="TEXT", help="What he consented to, when and where; it stays when he is erased."
        ),
    ] = None,
    double_opt_in: Annotated[bool, typer.Option("--double-opt-in", help="Ask him first whether he wants it.")] = False,
) -> None:
    """Add one reader, by the right of what he consented to, or of his answer to a mail that asks him.

    Who left or complained comes back by his own sign-up only.

    Example: newsletter subscribers add anna@example.nl --consent "Weekbrief, aan de telefoon, 3 oktober 2026"
    """
    config = app.here().config
    manner = readership.manner(consent_, double_opt_in=double_opt_in, columns={})
    if manner.text is None and not double_opt_in:
        raise UsageError(
            "Nothing says that he consented.", 'Say it with --consent "text, date, place", or ask him: --double-opt-in.'
        )
    newcomer = readership.newcomer(address, name, language)
    occasion = readership.by_operator(config, app.now(), text=consent_)
    key = readership.erase_key(config)
    with app.store(config, create=True) as store, store.writing() as transaction:
        do = consent.ask if double_opt_in else consent.add
        one = do(transaction, newcomer, occasion, key=key, draw=readership.draw)
    asked = "; a mail that asks for consent waits to be sent" if one.status == "pending" else ""
    _out.print_line(f"{one.address} is {one.status}{asked}.")
