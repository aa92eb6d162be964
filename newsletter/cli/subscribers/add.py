"""newsletter subscribers add"""

from typing import Annotated

import typer

from newsletter import addresses, app, readership
from newsletter.audience import consent
from newsletter.cli.subscribers import _show
from newsletter.cli.subscribers._options import Address
from newsletter.errors import UsageError
from newsletter.model.subscriber import Subscriber
from newsletter.store import notices, subscribers
from newsletter.store.database import Store


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

    Who is on the list already gets the name and the language that are given. Who left or complained comes back by his
    own sign-up only.

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
    with app.store(config, create=True) as store:
        before, asked_before = _found(store, address)
        with store.writing() as transaction:
            do = consent.ask if double_opt_in else consent.add
            one = do(transaction, newcomer, occasion, key=key, draw=readership.draw)
        asked = _found(store, address)[1] - asked_before
    _show.added(before, one, asked=bool(asked))


def _found(store: Store, address: str) -> tuple[Subscriber | None, int]:
    """Who has an address, and how many mails were written down for him."""
    with store.reading() as transaction:
        known = subscribers.find(transaction, addresses.key(address))
        return (known.subscriber, len(notices.of(transaction, known.subscriber.id))) if known else (None, 0)
