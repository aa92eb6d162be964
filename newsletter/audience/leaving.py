"""Leaving by a link: who it is about by now, and many at once for the price of a few.

A link holds a subscriber id, and works from every mail ever sent. Whose import was taken back, or who was erased, may
be on the list again, under another id: the newest mail to the old one tells which address that is about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from newsletter.audience import consent
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.store import deliveries, erased, leavings, subscribers
from newsletter.store.database import Transaction
from newsletter.store.deliveries import Mailed
from newsletter.store.subscribers import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody:
    """Nobody is behind an id any more. ``gets_no_mail``: it is known that the address it was mailed at gets none."""

    gets_no_mail: bool


def who_is_now(transaction: Transaction, identity: str, key: EraseKey | None) -> Known | Nobody:
    """Find who an id is about by now: whoever has it, else whoever has the address that its newest mail went to.

    Who had himself erased is known again by the key he was erased under: that takes seconds in a list of a million.
    """
    return who_are_now(transaction, [identity], key)[identity]


def who_are_now(
    transaction: Transaction, identities: Collection[str], key: EraseKey | None
) -> dict[str, Known | Nobody]:
    """Find the same of several; all addresses are read once at most."""
    found: dict[str, Known | Nobody] = dict(subscribers.those(transaction, identities))
    mailed = {one: deliveries.last_mailed(transaction, one) for one in identities if one not in found}
    hashes = {to.key for to in mailed.values() if to and to.hashed}
    keys = _keys_of(transaction, hashes, key) if hashes else {}
    return found | {one: _holder(transaction, to, keys) for one, to in mailed.items()}


def leave_together(transaction: Transaction, leaving: Mapping[str, Occasion]) -> Sequence[str]:
    """Have readers leave, by subscriber id, each on an occasion of his own: all with one click, without text or note.

    A second time nothing changes. Ids that nobody has are left alone and returned; `as_they_are_now` may know them.
    """
    gone = leavings.among(transaction, list(leaving))
    for identity in filter(gone.__getitem__, gone):  # whether that was his own doing is looked at; it hardly happens
        consent.leave(transaction, identity, leaving[identity])
    staying = [identity for identity, has_left in gone.items() if not has_left]
    leavings.keep(transaction, [(one, leaving[one].at, leaving[one].origin) for one in staying])
    return [identity for identity in leaving if identity not in gone]


def as_they_are_now(
    transaction: Transaction, leaving: Mapping[str, Occasion], key: EraseKey | None
) -> dict[str, Occasion]:
    """Return leavings under the ids that their readers have now; of nobody there is none."""
    now = who_are_now(transaction, leaving, key)
    return {one.subscriber.id: leaving[then] for then, one in now.items() if isinstance(one, Known)}


def _holder(transaction: Transaction, mailed: Mailed | None, keys: Mapping[str, str] | None) -> Known | Nobody:
    """Who has an address now; ``keys`` are those behind hashes, None when they cannot be told."""
    if mailed is None or (mailed.hashed and keys is None):
        return Nobody(gets_no_mail=False)
    at = keys.get(mailed.key) if mailed.hashed and keys else mailed.key
    return (subscribers.find(transaction, at) if at else None) or Nobody(gets_no_mail=True)


def _keys_of(transaction: Transaction, hashes: Collection[str], key: EraseKey | None) -> dict[str, str] | None:
    """Return the keys of addresses on the list by some hashes; None without the key that made these.

    Whoever is back has confirmed that himself, and counts as erased no more; only then are all addresses tried.
    """
    if key is None or key.check != erased.check(transaction):
        return None
    wanted = set(hashes) - erased.among(transaction, list(hashes))
    if not wanted:
        return {}
    hashed = ((key.hash(one), one) for one in subscribers.every_key(transaction))
    return {hash_: one for hash_, one in hashed if hash_ in wanted}
