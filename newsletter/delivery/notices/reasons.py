"""Whether a notice still has its reason when its turn comes, and what it is then made of.

A link that would not work any more is not sent, and nobody is told what he has taken back meanwhile. What is said
here follows what `audience/` does with the links: whoever confirms or moves by one that was sent is not turned away.
"""

from datetime import datetime, timedelta

from newsletter.audience import address, asking, consent
from newsletter.links import Ticket
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.notice import About
from newsletter.store import consents, editions, moves, subscribers
from newsletter.store.database import Transaction
from newsletter.store.moves import Move
from newsletter.store.notices import Notice

STALE = timedelta(days=7)
"""What only tells something is no news any more after that."""

_SAID = {"confirmed": "confirmed already", "undone": "taken back since"}
"""What overtakes an asking and is not just told as the record has it: “left since”."""


class Gone(Exception):
    """A notice has no reason any more; the sentence says why, as the end of “skipped: …”."""


def about(transaction: Transaction, notice: Notice, attempt: str, *, at: datetime) -> About:
    """Return what a notice is made of at a moment, under the id of an attempt. Raises: Gone."""
    known = subscribers.get(transaction, notice.subscriber)
    if known is None:
        raise Gone("erased since")
    reader = known.subscriber
    return About(
        kind=notice.kind,
        subscriber=reader,
        address=notice.address or reader.address,
        ticket=_ticket_of(transaction, notice, reader, at),
        delivery=attempt,
        web_version=editions.newest(transaction) if notice.kind == "welcome" else None,
    )


def _ticket_of(transaction: Transaction, notice: Notice, reader: Subscriber, at: datetime) -> Ticket | None:
    """The link that a notice is about; None when it has none of its own. Raises: Gone."""
    match notice.kind:
        case "confirm":
            return _sign_up(transaction, notice, reader, at)
        case "move" | "moved":
            return _change(transaction, notice, reader, at)
    _refuse_without_consent(reader)
    if at - notice.queued_at > STALE:
        raise Gone("too old")
    return None


def _sign_up(transaction: Transaction, notice: Notice, reader: Subscriber, at: datetime) -> Ticket:
    """The link that confirms. Somebody suppressed or gone may well be asked, if it was he who signed up after that."""
    record = consents.get(transaction, notice.number)
    if record is None or record.subscriber != reader.id:
        raise Gone("about no sign-up")
    if at - record.at > asking.CONFIRM_WITHIN:
        raise Gone("too old")
    _refuse_overtaken(transaction, reader, record.id)
    if reader.status == "confirmed":
        raise Gone("confirmed already")
    return _ticket(reader, record.id, record.at)


def _refuse_overtaken(transaction: Transaction, reader: Subscriber, record: int) -> None:
    """Raises: Gone when something has happened after a record that overtakes what it asked."""
    for later in consents.of(transaction, reader.id):
        if later.id > record and later.what in consent.OVERTAKES:
            raise Gone(_SAID.get(later.what, f"{later.what} since"))


def _change(transaction: Transaction, notice: Notice, reader: Subscriber, at: datetime) -> Ticket:
    """The link that moves a reader to another address, or back to the old one."""
    move = moves.get(transaction, notice.number)
    if move is None or move.subscriber != reader.id:
        raise Gone("about no change of address")
    if notice.kind == "moved":
        return _back(move, reader, at)
    _refuse_without_consent(reader)
    if move.done_at:
        raise Gone("moved already")
    if at - move.asked_at > address.CONFIRM_WITHIN:
        raise Gone("too old")
    _refuse_overtaken(transaction, reader, move.record)
    return _ticket(reader, move.id, move.asked_at)


def _back(move: Move, reader: Subscriber, at: datetime) -> Ticket:
    """The old address is told though the reader left at the new one: whoever stole the subscription might do so."""
    if reader.reason == "blocked":
        raise Gone("blocked since")
    if move.done_at is None or not address.is_done(move, reader):
        raise Gone("moved back already")
    if address.is_settled(move, at):
        raise Gone("too old")
    return _ticket(reader, move.id, move.done_at)


def _refuse_without_consent(reader: Subscriber) -> None:
    if reader.status != "confirmed":
        raise Gone(f"{consent.stands_against(reader)} since")


def _ticket(reader: Subscriber, number: int, at: datetime) -> Ticket:
    return Ticket(subscriber=reader.id, number=number, at=at.replace(microsecond=0))
