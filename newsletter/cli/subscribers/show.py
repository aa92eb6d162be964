"""newsletter subscribers show"""

from newsletter import app
from newsletter.audience import consent, story
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.subscribers import _show
from newsletter.cli.subscribers._options import Address
from newsletter.store import consents


def command(address: Address, as_json: Json = False) -> None:
    """Tell the whole story of one reader: what is known of him, and what happened when, by what right.

    Example: newsletter subscribers show anna@example.nl
    """
    config = app.here().config
    with app.store(config) as store, store.reading() as transaction:
        known = consent.known_by(transaction, address, to_change=False)
        if as_json:
            _out.print_json(story.everything(transaction, known))
            return
        records = consents.of(transaction, known.subscriber.id)
    _show.shown(known.subscriber, records, app.now(), config.newsletter.time_zone)
