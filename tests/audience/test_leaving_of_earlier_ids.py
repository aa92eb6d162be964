"""Whom links to leave are about by now, when many of them come together."""

from datetime import timedelta

import ledgered
import pytest
from listed import one, put
from tended import KEY, NOW, ZONE, occasion

from newsletter.audience import consent, erasure
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.leaving import Nobody, as_they_are_now, leave_together, who_are_now
from newsletter.audience.occasion import Occasion
from newsletter.store import subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.subscribers import Known

STAYED, OTHER, AGAIN, BACK, AS_WELL, GONE, NEVER = (
    one(f"{name}@example.org") for name in ("stayed", "other", "again", "back", "aswell", "gone", "never")
)
MAILED = (STAYED, OTHER, AGAIN, BACK, AS_WELL, GONE)
CLICK = Occasion(at=NOW + timedelta(days=1), zone=ZONE, source="one-click")


def new_id(address: str) -> str:
    """An id of its own for an address."""
    return address.encode().hex().ljust(32, "0")[:32]


def comes_back(transaction: Transaction, address: str) -> None:
    """Sign up and confirm."""
    form, newcomer = occasion("form", NOW), Newcomer(address=address)
    number = consent.sign_up(transaction, newcomer, form, key=KEY, draw=lambda: new_id(address))
    assert number is not None
    consent.confirm(transaction, number, form, key=KEY)


@pytest.fixture
def list_of_now(store: Store) -> Store:
    """All were mailed; then one was brought again, three were erased, and two of them came back."""
    put(store, *MAILED)
    ledgered.mail(store)
    with store.writing() as transaction:
        subscribers.remove(transaction, [AGAIN.id])
        consent.add(
            transaction,
            Newcomer(address=AGAIN.address),
            occasion("operator", NOW),
            key=None,
            draw=lambda: new_id(AGAIN.address),
        )
        for reader in (BACK, AS_WELL, GONE):
            erasure.erase(transaction, reader.address, occasion("form", NOW), key=KEY)
        for reader in (BACK, AS_WELL):
            comes_back(transaction, reader.address)
    return store


def now(store: Store, key: EraseKey | None) -> dict[str, str | bool]:
    """Who each is, as his address; else whether it is known that he gets no mail."""
    with store.reading() as transaction:
        found = who_are_now(transaction, [reader.id for reader in (*MAILED, NEVER)], key)
    said = {
        who: who_is.gets_no_mail if isinstance(who_is, Nobody) else who_is.subscriber.address
        for who, who_is in found.items()
    }
    return {reader.address.partition("@")[0]: said[reader.id] for reader in (*MAILED, NEVER)}


def test_each_is_whoever_has_the_address_that_he_was_mailed_at(list_of_now: Store) -> None:
    themselves = {name: f"{name}@example.org" for name in ("stayed", "other", "again", "back", "aswell")}
    assert now(list_of_now, KEY) == {**themselves, "gone": True, "never": False}


@pytest.mark.parametrize("key", [None, EraseKey(secret=b"een sleutel die niet de goede is")])
def test_without_the_key_nothing_is_known_of_who_was_erased(list_of_now: Store, key: EraseKey | None) -> None:
    themselves = {name: f"{name}@example.org" for name in ("stayed", "other", "again")}
    assert now(list_of_now, key) == {**themselves, "back": False, "aswell": False, "gone": False, "never": False}


def test_all_of_them_leave_and_nobody_else(list_of_now: Store) -> None:
    leaving = {reader.id: CLICK for reader in (AGAIN, BACK, AS_WELL, GONE, NEVER)}
    with list_of_now.writing() as transaction:
        assert set(leave_together(transaction, leaving)) == set(leaving)
        assert leave_together(transaction, as_they_are_now(transaction, leaving, KEY)) == []
        stands = {known.key: known.subscriber.status for known in subscribers.every(transaction)}
    left = {reader.address: "left" for reader in (AGAIN, BACK, AS_WELL)}
    assert stands == {STAYED.address: "confirmed", OTHER.address: "confirmed", **left}


def test_who_has_the_id_is_meant_though_another_has_the_address_by_now(store: Store) -> None:
    """He moved, and somebody else came where he was."""
    put(store, STAYED)
    ledgered.mail(store)
    with store.writing() as transaction:
        subscribers.change(transaction, STAYED.id, {"address": "elders@example.org", "key": "elders@example.org"})
        newcomer = consent.add(
            transaction,
            Newcomer(address=STAYED.address),
            occasion("operator", NOW),
            key=None,
            draw=lambda: new_id(STAYED.address),
        )
        found = who_are_now(transaction, [STAYED.id], KEY)[STAYED.id]
    assert isinstance(found, Known)
    assert found.subscriber.id == STAYED.id != newcomer.id
