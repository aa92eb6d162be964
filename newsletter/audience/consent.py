"""Whether a reader is mailed: what he says of it himself, and what stands against it; each change is written down.

::

    sign_up ──▶ pending ──confirm──▶ confirmed ──leave──▶ left
                                         │  ▲
           complain · bounce · block     ▼  │  confirm (a new sign-up of his own) · lift (the operator)
                                     suppressed

What the reader said last and what stands against mailing him are kept apart, so that lifting a bounce gives back what
was there before. A reader's own leaving or complaint gives way to nothing but a new sign-up that he confirms; a
bounce does so once, `BOUNCE_RESTS` after it; a block only when the operator lifts it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsletter import addresses
from newsletter.audience import asking, recording
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.errors import ConsentError, UsageError
from newsletter.model.subscriber import ConsentRecord, Subscriber, What
from newsletter.store import consents, erased, notices, subscribers
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known

BOUNCE_RESTS = timedelta(days=30)
"""After a hard bounce an address rests so long before its reader's own sign-up may confirm it again."""

Draw = Callable[[], str]
"""Draws a new subscriber id: 32 random hexadecimal digits."""

OVERTAKES: frozenset[What] = frozenset(
    {"confirmed", "left", "complained", "bounced", "blocked", "moved", "moved back", "undone", "erased"}
)
"""After one of these an earlier sign-up confirms nothing any more, and an earlier asking to move moves nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Whoever is added or signs up: the address as written, and what he told of himself."""

    address: str
    name: str = ""
    language: str | None = None


def add(
    transaction: Transaction, newcomer: Newcomer, occasion: Occasion, *, key: EraseKey | None, draw: Draw
) -> Subscriber:
    """Add a reader who has consented elsewhere, as the occasion's text says, or confirm one who is pending.

    Who is known already gets the name and the language he is added with; a second time nothing changes. Raises:
    UsageError when it is no address; ConsentError when he left, is suppressed or was erased.
    """
    known = _find(transaction, newcomer.address, key)
    if known is None:
        _refuse_erased(transaction, newcomer.address, key)
        known = _begin(transaction, newcomer, occasion, "confirmed", draw)
        recording.write(transaction, known.subscriber.id, "added", occasion)
    elif known.subscriber.status == "pending":
        _refuse_erased(transaction, newcomer.address, key)  # he may have signed up since, and not confirmed yet
        recording.change(transaction, known.subscriber.id, "added", occasion, consent="confirmed", joined=occasion.day)
    _refuse_opted_out(known.subscriber)
    _describe(transaction, known, newcomer, occasion)
    return recording.again(transaction, known.subscriber.id)


def sign_up(
    transaction: Transaction, newcomer: Newcomer, occasion: Occasion, *, key: EraseKey | None, draw: Draw
) -> int | None:
    """A reader asks for the newsletter himself: a notice asks whether it was he, and its record's number is returned.

    Nothing else changes until he confirms; whoever left has still left. None when there is nothing to confirm: he is
    confirmed already, of which a notice tells him, the operator blocked him, or mail to him came back less than
    `BOUNCE_RESTS` ago, or again. Whatever is known of him, about the same is written; one notice a day is sent.
    Raises: UsageError when it is no address.
    """
    known = _find(transaction, newcomer.address, key) or _begin(transaction, newcomer, occasion, "pending", draw)
    against = _stands_against_asking(transaction, known, occasion.at)
    is_confirmed = known.subscriber.status == "confirmed"
    asks = not (is_confirmed or against)
    number = recording.write(transaction, known.subscriber.id, "signed up" if asks else "asked again", occasion)
    asking.ask(
        transaction,
        known.subscriber.id,
        "already" if is_confirmed else "confirm",
        number=number,
        key=known.key,
        at=occasion.at,
        against=against,
    )
    return number if asks else None


def ask(
    transaction: Transaction, newcomer: Newcomer, occasion: Occasion, *, key: EraseKey | None, draw: Draw
) -> Subscriber:
    """The operator adds a reader who is asked first: pending, with a notice that asks him.

    A second time he is asked again when the first is more than a day ago; who is confirmed already stays so. Who is
    known gets the name and the language he is added with.
    Raises: UsageError when it is no address; ConsentError when he left, is suppressed or was erased.
    """
    known = _find(transaction, newcomer.address, key)
    if known is None or known.subscriber.status == "pending":
        _refuse_erased(transaction, newcomer.address, key)
    if known is None or (known.subscriber.status == "pending" and asking.may_ask(transaction, known.key, occasion.at)):
        known = known or _begin(transaction, newcomer, occasion, "pending", draw)
        number = recording.write(transaction, known.subscriber.id, "added", occasion)
        asking.ask(transaction, known.subscriber.id, "confirm", number=number, key=known.key, at=occasion.at)
    _refuse_opted_out(known.subscriber)
    _describe(transaction, known, newcomer, occasion)
    return recording.again(transaction, known.subscriber.id)


def confirm(
    transaction: Transaction, request: int, occasion: Occasion, *, key: EraseKey | None, welcome: bool = False
) -> Subscriber:
    """A reader confirms his sign-up, by the number of its record; or what a notice of the operator asked him.

    It works once, and not when he left since: then only a sign-up of his own does. With ``welcome`` a notice welcomes
    him. Raises: ConsentError when it is too old, overtaken or unknown; ConfigError when an erase key is needed and is
    not the right one.
    """
    EraseKey.refuse_wrong(key, erased.check(transaction))
    record = consents.get(transaction, request)
    known = None if record is None else subscribers.get(transaction, record.subscriber, to_change=True)
    if record is None or known is None or not _asks(record, known):
        raise ConsentError("There is no such sign-up.", "Sign up again.")
    _refuse_stale(transaction, known, record, occasion.at)
    number = recording.change(
        transaction,
        known.subscriber.id,
        "confirmed",
        occasion,
        consent="confirmed",
        complained_at=None,
        bounced_at=None,
        joined=known.subscriber.joined if known.subscriber.status == "pending" else occasion.day,
    )
    if key:
        erased.remove(transaction, key.hash(known.key))
    if welcome:
        notices.queue(transaction, known.subscriber.id, "welcome", number=number, key=known.key, at=occasion.at)
    return recording.again(transaction, known.subscriber.id)


def leave(transaction: Transaction, identity: str, occasion: Occasion) -> bool:
    """A reader leaves; True when he was not gone already. Unknown ids are left alone: he may have been erased."""
    known = subscribers.get(transaction, identity, to_change=True)
    if known is None or (known.consent == "left" and _is_own(transaction, known, "left")):
        return False
    recording.change(transaction, known.subscriber.id, "left", occasion, consent="left", paused_until=None)
    return True


def complain(transaction: Transaction, identity: str, occasion: Occasion) -> bool:
    """A reader called it spam; True when that is new."""
    known = subscribers.get(transaction, identity, to_change=True)
    if known is None or (known.complained_at and _is_own(transaction, known, "complained")):
        return False
    recording.change(transaction, known.subscriber.id, "complained", occasion, complained_at=occasion.at)
    return True


def bounce(transaction: Transaction, identity: str, occasion: Occasion) -> bool:
    """The address does not exist any more; True when that is new."""
    known = subscribers.get(transaction, identity, to_change=True)
    if known is None or (known.bounced_at and _is_own(transaction, known, "bounced")):
        return False
    recording.change(transaction, known.subscriber.id, "bounced", occasion, bounced_at=occasion.at)
    return True


def block(
    transaction: Transaction, address: str, occasion: Occasion, *, key: EraseKey | None, draw: Draw
) -> Subscriber:
    """The operator has an address never mailed, for the reason in the occasion's note; it need not be known.

    A second time nothing changes, unless it was a list that said so. Raises: UsageError when it is no address, or
    without a reason; ConsentError when it was erased: that is never mailed anyway.
    """
    _refuse_no_reason(occasion)
    known = _find(transaction, address, key)
    if known is None:
        _refuse_erased(transaction, address, key)
        known = _begin(transaction, Newcomer(address=address), occasion, "pending", draw)
    if not (known.blocked_at and _is_own(transaction, known, "blocked")):
        recording.change(transaction, known.subscriber.id, "blocked", occasion, blocked_at=occasion.at)
    return recording.again(transaction, known.subscriber.id)


def lift(transaction: Transaction, address: str, occasion: Occasion) -> Subscriber:
    """The operator takes back a block, or lifts a bounce, for a reason that is kept.

    A complaint stays, and so does leaving. Raises: UsageError when the address is unknown, nothing can be lifted, or
    without a reason.
    """
    _refuse_no_reason(occasion)
    known = known_by(transaction, address)
    if not known.bounced_at and not known.blocked_at:
        raise UsageError(
            f"{known.subscriber.address} is neither blocked nor bounced, so there is nothing to lift.",
            "See what happened with: newsletter subscribers show ADDRESS",
        )
    recording.change(transaction, known.subscriber.id, "lifted", occasion, bounced_at=None, blocked_at=None)
    return recording.again(transaction, known.subscriber.id)


def known_by(transaction: Transaction, address: str, *, to_change: bool = True) -> Known:
    """Find a subscriber by his address. Raises: UsageError when nobody has it."""
    known = subscribers.find(transaction, addresses.key(address), to_change=to_change)
    if known is None:
        raise UsageError(
            f"Nobody on the list has the address {address}.", "Look for him with: newsletter subscribers list"
        )
    return known


def stands_against(subscriber: Subscriber) -> str:
    """Say why a subscriber gets no mail, as the end of a sentence: ``left``, ``complained``, ``was blocked`` …"""
    if subscriber.status == "suppressed":
        return {"complained": "complained", "bounced": "bounced", "blocked": "was blocked"}[
            subscriber.reason or "blocked"
        ]
    return {"left": "left", "pending": "has not confirmed", "confirmed": "is confirmed"}[subscriber.status]


def _find(transaction: Transaction, address: str, key: EraseKey | None) -> Known | None:
    """Find a subscriber to change him; nobody else does meanwhile, nor makes one of whom is not there."""
    if wrong := addresses.fault(address):
        raise UsageError(f"{address}: {wrong}", "Look at how the address is spelt.")
    subscribers.hold(transaction)
    EraseKey.refuse_wrong(key, erased.check(transaction))
    return subscribers.find(transaction, addresses.key(address))


def _refuse_erased(transaction: Transaction, address: str, key: EraseKey | None) -> None:
    if key and erased.among(transaction, [key.hash(addresses.key(address))]):
        raise ConsentError(
            f"The reader of {address} had himself erased, and nothing but his own new sign-up brings him back.",
            "Let him sign up on the newsletter's page.",
        )


def _begin(
    transaction: Transaction, newcomer: Newcomer, occasion: Occasion, consent: subscribers.Consent, draw: Draw
) -> Known:
    one = Subscriber(
        id=draw(),
        address=newcomer.address.strip(),
        name=newcomer.name,
        language=newcomer.language,
        joined=occasion.day,
        status=consent,
        source=occasion.source,
    )
    known = Known(subscriber=one, key=addresses.key(newcomer.address), consent=consent)
    subscribers.insert_one(transaction, known)
    return known


def _describe(transaction: Transaction, known: Known, newcomer: Newcomer, occasion: Occasion) -> None:
    """Have a subscriber be called as the operator says, where he says anything."""
    told = {"name": newcomer.name, "language": newcomer.language}
    new = {column: value for column, value in told.items() if value and value != getattr(known.subscriber, column)}
    if new:
        note = ", ".join(new)
        recording.change(transaction, known.subscriber.id, "changed", replace(occasion, text=None, note=note), **new)


def _refuse_no_reason(occasion: Occasion) -> None:
    if not occasion.note:
        raise UsageError("A reason is missing; it is kept with the address.", 'Give one: --reason "…"')


def _refuse_opted_out(subscriber: Subscriber) -> None:
    """Raises: ConsentError when a reader left or is suppressed."""
    if subscriber.status in {"pending", "confirmed"}:
        return
    lifted = subscriber.reason in {"bounced", "blocked"}
    raise ConsentError(
        f"{subscriber.address} {stands_against(subscriber)}, and adding him does not change that.",
        "Lift it with: newsletter subscribers block ADDRESS --lift --reason “…”"
        if lifted
        else "Let him sign up again on the newsletter's page.",
    )


def _refuse_stale(transaction: Transaction, known: Known, request: ConsentRecord, at: datetime) -> None:
    """Raises: ConsentError when a sign-up cannot be confirmed any more."""
    story = consents.of(transaction, known.subscriber.id)
    if at - request.at > asking.CONFIRM_WITHIN:
        raise ConsentError("This sign-up is too old to be confirmed.", "Sign up again.")
    if any(record.id > request.id and record.what in OVERTAKES for record in story):
        raise ConsentError("This sign-up has been used, or something else has happened since.", "Sign up again.")


def _asks(record: ConsentRecord, known: Known) -> bool:
    """Whether a record asks for consent: a sign-up always, an import or the operator only of one who is pending."""
    return record.what == "signed up" or (record.what in {"imported", "added"} and known.subscriber.status == "pending")


def _stands_against_asking(transaction: Transaction, known: Known, at: datetime) -> str:
    """Why an address is not even asked; empty when it may be."""
    if known.blocked_at:
        return "blocked"
    return "bounced" if _rests(transaction, known, at) else ""


def _rests(transaction: Transaction, known: Known, at: datetime) -> bool:
    """Whether an address bounced so lately, or once more after its reader's own sign-up had lifted that."""
    if known.bounced_at is None:
        return False
    return at - known.bounced_at < BOUNCE_RESTS or _came_back(consents.of(transaction, known.subscriber.id))


def _came_back(story: Iterable[ConsentRecord]) -> bool:
    """Whether a reader has confirmed a sign-up while his address was bounced."""
    bounced = False
    for record in story:
        if record.what == "confirmed" and bounced:
            return True
        if record.what == "bounced" or record.note == "as bounced":
            bounced = True
        elif record.what == "lifted":
            bounced = False
    return False


def _is_own(transaction: Transaction, known: Known, what: What) -> bool:
    """Whether the last time this happened it came from the reader or his server, not from an import.

    After a new sign-up it does not count as having happened: told again, it overtakes that sign-up.
    """
    story = reversed(consents.of(transaction, known.subscriber.id))
    last = next((record for record in story if record.what in {what, "signed up"}), None)
    return last is not None and last.what == what and last.source != "import"
