"""Erasing a reader: what is known of him goes, and a hash stays, so that no old list brings him back.

The hash is an HMAC under a key that stands outside the store (``NEWSLETTER_ERASE_KEY``): whoever has the database alone
cannot try addresses on it. The key is never changed, since hashes made with another one would find nobody.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter import addresses
from newsletter.audience.occasion import Occasion
from newsletter.errors import ConfigError, UsageError
from newsletter.store import consents, deliveries, erased, events, files, moves, notices, subscribers
from newsletter.store.database import Transaction
from newsletter.store.files import Kind
from newsletter.store.subscribers import Known

VARIABLE = "NEWSLETTER_ERASE_KEY"
LEAST = 16
"""Characters of a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseKey:
    """The key that hashes the addresses of erased readers."""

    secret: bytes

    def __repr__(self) -> str:
        return "EraseKey()"

    def hash(self, key: str) -> str:
        """Hash the key of an address (HMAC-SHA256, RFC 2104): 64 hexadecimal digits."""
        return hmac.digest(self.secret, key.encode(), "sha256").hex()

    @property
    def check(self) -> str:
        """What tells this key from another one: its hash of nothing."""
        return self.hash("")

    @staticmethod
    def refuse_wrong(key: "EraseKey | None", check: str | None) -> None:
        """Raises: ConfigError when readers were erased under a key that this one is not, or there is none."""
        if check is None:
            return
        if key is None:
            raise ConfigError(
                f"{VARIABLE} is not set, and readers of this list were erased under it.",
                "Set it in the environment or in .env: without it an erased reader cannot be told from a new one.",
            )
        if not hmac.compare_digest(key.check, check):
            raise ConfigError(
                f"{VARIABLE} is not the key that readers of this list were erased under.",
                "Take the one that was kept with the backups; it is never changed.",
            )


def erase(transaction: Transaction, address: str, occasion: Occasion, *, key: EraseKey | None) -> bool:
    """Remove a person from the store and keep the hash of his address; True when there was something to remove.

    An address that is not on the list is kept as a hash too. What happened stays, without what tells of a person: also
    in the ledger, where whoever waits is skipped.
    Raises: UsageError when it is no address; ConfigError without the right key.
    """
    subscribers.hold(transaction)  # else somebody may add him while he goes
    key = needed_key(transaction, address, key)
    known = subscribers.find(transaction, addresses.key(address))
    _keep_off(transaction, {addresses.key(address)} | _former(transaction, known), occasion, key)
    if known is None:
        return False
    _remove(transaction, known, occasion, key)
    return True


def erase_reader(transaction: Transaction, identity: str, occasion: Occasion, *, key: EraseKey | None) -> bool:
    """Remove a reader by his id, as `erase` does by an address; False when nobody has it, as after a first time.

    Raises: ConfigError without the right key.
    """
    subscribers.hold(transaction)
    known = subscribers.get(transaction, identity)
    if known is None:
        return False
    key = needed_key(transaction, known.subscriber.address, key)
    _keep_off(transaction, {known.key} | _former(transaction, known), occasion, key)
    _remove(transaction, known, occasion, key)
    return True


def _former(transaction: Transaction, known: Known | None) -> set[str]:
    """The keys of addresses a reader moved away from, under which old lists know him; not of those others have now."""
    its = moves.of(transaction, known.subscriber.id) if known else ()
    before = {addresses.key(move.before) for move in its if move.done_at and not move.undone_at}
    return before - subscribers.among(transaction, list(before)).keys()


def _keep_off(transaction: Transaction, gone: Iterable[str], occasion: Occasion, key: EraseKey) -> None:
    """Keep the hashes of addresses (given as their keys), and nothing else of them: others may have named them too."""
    if erased.check(transaction) is None:
        erased.set_check(transaction, key.check)
    for address in sorted(gone):
        erased.add(transaction, key.hash(address), occasion.at)
        moves.forget(transaction, address)
        notices.forget(transaction, address)
        deliveries.forget_address(transaction, address, key.hash)
        events.forget_address(transaction, address)


def _remove(transaction: Transaction, known: Known, occasion: Occasion, key: EraseKey) -> None:
    identity = known.subscriber.id
    deliveries.forget(transaction, identity, key.hash)
    events.forget(transaction, identity)
    consents.depersonalise(transaction, identity)
    consents.write(transaction, identity, "erased", at=occasion.at, source=occasion.source)
    subscribers.remove(transaction, [identity])


def needed_key(transaction: Transaction, address: str, key: EraseKey | None) -> EraseKey:
    """Return the key when an address can be erased under it. Raises: as `erase`."""
    if wrong := addresses.fault(address):
        raise UsageError(f"{address}: {wrong}", "Look at how the address is spelt.")
    if key is None:
        raise ConfigError(
            f"{VARIABLE} is not set; it is needed to know an erased address again.",
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'; keep it with the backups.",
        )
    EraseKey.refuse_wrong(key, erased.check(transaction))
    return key


def written(transaction: Transaction) -> tuple[tuple[str, Kind], ...]:
    """Return the files that were written from the store or read into it, and may still name an erased reader."""
    return files.every(transaction)
