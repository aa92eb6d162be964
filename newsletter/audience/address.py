"""A reader changes his address: he asks, whoever reads mail at the new one confirms, and the old one can undo it.

He stays who he is: id, consent, tags. Whether somebody else has the new address is told to nobody.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from newsletter import addresses
from newsletter.audience import asking, recording
from newsletter.audience.consent import OVERTAKES
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.errors import ConsentError, UsageError
from newsletter.model.subscriber import Subscriber, What
from newsletter.store import consents, erased, moves, notices, subscribers
from newsletter.store.database import Transaction
from newsletter.store.moves import Move
from newsletter.store.subscribers import Known

CONFIRM_WITHIN = timedelta(days=2)
"""So long a move can be confirmed."""

UNDO_WITHIN = timedelta(days=14)
"""So long after it was confirmed a move can be undone."""

MOST_ASKED = 3
"""So many addresses a reader may name in `asking.ONCE_IN`: each gets a mail by his doing."""

_TAKEN = "taken"


def ask(transaction: Transaction, identity: str, new: str, occasion: Occasion, *, key: EraseKey | None) -> int | None:
    """A reader asks for his mail at another address: a notice goes there, and the move's number is returned.

    Nothing changes until it is confirmed. None, without a word to him, when he does not get the newsletter or names too
    many addresses, and when this one is his already, or is on the list, opted out or was erased in its own right, or
    was asked something lately; who gets the newsletter there is told so. Unknown ids are left alone.
    Raises: UsageError when it is no address; ConfigError when an erase key is needed and is not the right one.
    """
    new, there = new.strip(), addresses.key(new)
    if wrong := addresses.fault(new):
        raise UsageError(f"{new}: {wrong}", "Look at how the address is spelt.")
    subscribers.hold(transaction)
    EraseKey.refuse_wrong(key, erased.check(transaction))
    known = subscribers.get(transaction, identity)
    if known is None or known.key == there:
        return None
    against = _too_many(transaction, identity, occasion) or _against(transaction, known, there, key)
    record = recording.write(transaction, identity, "asked to move", occasion)
    before = known.subscriber.address
    number = moves.ask(transaction, identity, record=record, before=before, after=new, at=occasion.at)
    asks = asking.ask(
        transaction, identity, "move", number=number, key=there, at=occasion.at, address=new, against=against
    )
    if against == _TAKEN:
        _tell(transaction, there, occasion)
    return number if asks else None


def confirm(transaction: Transaction, move: int, occasion: Occasion, *, key: EraseKey | None) -> Subscriber:
    """Whoever reads mail at the new address confirms a move: it is done, and a notice tells the old address.

    It works once, and not when he left or moved since, nor when the address is somebody's by now; who only signed up
    there, and never confirmed, gives way. Raises: ConsentError that does not tell these apart; ConfigError when an
    erase key is needed and is not the right one.
    """
    subscribers.hold(transaction)
    EraseKey.refuse_wrong(key, erased.check(transaction))
    asked, known = _found(transaction, move)
    if asked.done_at or occasion.at - asked.asked_at > CONFIRM_WITHIN:
        raise ConsentError("This change of address was made already, or is too old.", _ASK_AGAIN)
    if _is_overtaken(transaction, asked) or _against(transaction, known, addresses.key(asked.after), key):
        raise ConsentError("This change of address cannot be made any more.", _ASK_AGAIN)
    before = known.subscriber
    _move(transaction, before.id, asked.after, "moved", occasion)
    moves.done(transaction, move, at=occasion.at)
    notices.queue(transaction, before.id, "moved", number=move, key=known.key, address=before.address, at=occasion.at)
    return recording.again(transaction, before.id)


def undo(transaction: Transaction, move: int, occasion: Occasion) -> Subscriber:
    """Whoever reads mail at the old address takes a move back, and with it the moves that came after.

    What was asked meanwhile can be confirmed no more, neither a sign-up nor a move; a bounce is lifted, since it came
    from the other address. Whether he left, complained or was blocked stays as it is (a bounce, then, until the block
    is lifted). It works once, also when he moved on: whoever took a subscription over could else keep it by moving
    twice. Who never confirmed at the old address gives way. Raises: ConsentError when it was undone, is too long ago,
    or the old address is somebody's by now.
    """
    subscribers.hold(transaction)
    done, known = _found(transaction, move)
    if not is_done(done, known.subscriber):
        raise ConsentError("This change of address was undone already, or something else has happened since.", _WRITE)
    if is_settled(done, occasion.at):
        raise ConsentError("This change of address is too long ago to be undone.", _WRITE)
    if _holder(transaction, addresses.key(done.before)):
        raise ConsentError("This change of address cannot be undone any more.", _WRITE)
    _move(transaction, known.subscriber.id, done.before, "moved back", occasion)
    if known.bounced_at and not known.blocked_at:  # lifting the block lifts both
        # It came after the move: who is bounced does not move.
        elsewhere = replace(occasion, text=None, note=_ELSEWHERE)
        recording.change(transaction, known.subscriber.id, "lifted", elsewhere, bounced_at=None)
    moves.undone(transaction, done, at=occasion.at)
    return recording.again(transaction, known.subscriber.id)


def is_done(move: Move, reader: Subscriber) -> bool:
    """Whether a move was made, and its reader has not come back since."""
    is_back = addresses.key(reader.address) == addresses.key(move.before)
    return move.done_at is not None and move.undone_at is None and not is_back


def is_settled(move: Move, at: datetime) -> bool:
    """Whether a move was made so long ago that it cannot be undone any more."""
    return move.done_at is not None and at - move.done_at > UNDO_WITHIN


_ELSEWHERE = "mail came back from the address he was moved to"
_ASK_AGAIN = "Ask for it again on the page of your preferences."
_WRITE = "Change your address on the page of your preferences, or write to the newspaper."


def _found(transaction: Transaction, number: int) -> tuple[Move, Known]:
    """Return a move and whose it is. Raises: ConsentError when there is none."""
    move = moves.get(transaction, number)
    known = None if move is None else subscribers.get(transaction, move.subscriber)
    if move is None or known is None:
        raise ConsentError("There is no such change of address.", _ASK_AGAIN)
    return move, known


def _too_many(transaction: Transaction, identity: str, occasion: Occasion) -> str:
    lately = [move for move in moves.of(transaction, identity) if occasion.at - move.asked_at < asking.ONCE_IN]
    return "too many" if len(lately) >= MOST_ASKED else ""


def _against(transaction: Transaction, known: Known, there: str, key: EraseKey | None) -> str:
    """Why a reader cannot move to an address; empty when he can."""
    if known.subscriber.status != "confirmed":
        return known.subscriber.reason or known.subscriber.status
    if key and erased.among(transaction, [key.hash(there)]):
        return "erased"
    other = _holder(transaction, there)
    if other is None:
        return ""
    return _TAKEN if other.subscriber.status == "confirmed" else "opted out"


def _holder(transaction: Transaction, there: str) -> Known | None:
    """Who keeps an address; not who is pending, since anybody can make anybody's address that."""
    other = subscribers.find(transaction, there)
    return None if other is None or other.subscriber.status == "pending" else other


def _is_overtaken(transaction: Transaction, move: Move) -> bool:
    story = consents.of(transaction, move.subscriber)
    return any(record.id > move.record and record.what in OVERTAKES for record in story)


def _tell(transaction: Transaction, there: str, occasion: Occasion) -> None:
    """Tell who gets the newsletter at an address that he does."""
    other = _holder(transaction, there)
    if other is None:
        return
    last = consents.of(transaction, other.subscriber.id)[-1].id
    asking.ask(transaction, other.subscriber.id, "already", number=last, key=there, at=occasion.at)


def _move(transaction: Transaction, identity: str, address: str, what: What, occasion: Occasion) -> None:
    """Give a reader an address that nobody keeps; whoever is pending there is removed, and his records stay."""
    key = addresses.key(address)
    if pending := subscribers.find(transaction, key):
        subscribers.remove(transaction, [pending.subscriber.id])
    recording.change(transaction, identity, what, occasion, address=address, key=key, domain=key.rpartition("@")[2])
