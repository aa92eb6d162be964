"""A mail that was written to a reader before he was taken off the list is still his when he is on it again."""

import ledgered
import pytest
from inbox_mails import ANNA, BRAM, NOW, ZONE, Post, mail

from newsletter.audience import consent, erasure
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.model.subscriber import Subscriber
from newsletter.store import subscribers

KEY = EraseKey(secret=b"sleutel voor wie vergeten wil worden")
LONG_AGO = Occasion(at=NOW.replace(year=2025), zone=ZONE, source="form")


def taken_back(post: Post) -> Subscriber:
    """Anna was mailed, taken back with her import, and brought again."""
    ledgered.mail(post.store)
    with post.store.writing() as transaction:
        subscribers.remove(transaction, [ANNA.id])
        return consent.add(transaction, Newcomer(address=ANNA.address), LONG_AGO, key=None, draw=lambda: "d" * 32)


def erased(post: Post) -> Subscriber:
    """Anna was mailed, had herself erased, signed up again and confirmed."""
    ledgered.mail(post.store)
    post.erase_key = KEY
    with post.store.writing() as transaction:
        erasure.erase(transaction, ANNA.address, LONG_AGO, key=KEY)
        newcomer = Newcomer(address=ANNA.address)
        number = consent.sign_up(transaction, newcomer, LONG_AGO, key=KEY, draw=lambda: "d" * 32)
        assert number is not None
        return consent.confirm(transaction, number, LONG_AGO, key=KEY)


@pytest.mark.parametrize("name", ["gmail-button", "by-quote", "complaint", "postfix", "empty"])
@pytest.mark.parametrize("back", [taken_back, erased])
def test_it_does_what_it_did_before(post: Post, back: object, name: str) -> None:
    now = back(post)  # type: ignore[operator]
    assert now.id != ANNA.id
    answer = post.comes(mail(name))
    assert answer.subscriber == now.id
    assert answer.deed in {"left", "complained", "bounced"}
    assert post.standing(now) == answer.deed
    assert post.standing(BRAM) == "confirmed"


def test_without_the_key_nobody_is_taken_for_who_was_erased(post: Post) -> None:
    now = erased(post)
    post.erase_key = None
    answer = post.comes(mail("gmail-button"))
    assert (answer.deed, answer.why) == ("unchanged", "its reader is on the list no more")
    assert post.standing(now) == "confirmed"
