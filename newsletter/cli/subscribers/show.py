"""newsletter subscribers show"""

from newsletter import app
from newsletter.audience import consent
from newsletter.audience.everything import everything
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.subscribers import _show
from newsletter.cli.subscribers._options import Address
from newsletter.store import consents, moves, notices


def command(address: Address, as_json: Json = False) -> None:
    """Tell the whole story of one reader: what is known of him, and what happened when, by what right.

    Example: newsletter subscribers show anna@example.nl
    """
    config = app.here().config
    with app.store(config) as store, store.reading() as transaction:
        known = consent.known_by(transaction, address, to_change=False)
        if as_json:
            _out.print_json(everything(transaction, known))
            return
        identity = known.subscriber.id
        records = consents.of(transaction, identity)
        mails, changes = notices.of(transaction, identity), moves.of(transaction, identity)
    _show.shown(known.subscriber, records, mails, changes, app.now(), config.newsletter.time_zone)
