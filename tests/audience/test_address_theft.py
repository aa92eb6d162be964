"""A stolen address comes back, whatever the thief or anybody else did meanwhile on the forms."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from deeds import Deeds
from test_consent_races import at_once

from newsletter.audience import replay
from newsletter.audience.asking import ONCE_IN
from newsletter.audience.consent import BOUNCE_RESTS
from newsletter.errors import ConsentError
from newsletter.store import consents
from newsletter.store.check import check
from newsletter.store.subscribers import Known


@pytest.fixture
def thief(deeds: Deeds) -> str:
    """Where the mail of Anna, who has joined, is taken."""
    deeds.joins()
    deeds.mail_leaves()
    return f"dief.{deeds.anna}"


def stolen(deeds: Deeds, thief: str) -> int:
    """Anna's subscription is moved to the thief; the number of the move."""
    move = deeds.ask_to_move(thief)
    deeds.move(move)
    deeds.mail_leaves()
    assert move is not None
    return move


def is_in_order(deeds: Deeds, known: Known | None) -> bool:
    """Whether nothing breaks a law, and a subscriber stands as his records say."""
    assert known is not None
    with deeds.store.reading() as transaction:
        told = replay.replay(consents.of(transaction, known.subscriber.id))
    stands = replay.Standing(
        consent=known.consent,
        complained_at=known.complained_at,
        bounced_at=known.bounced_at,
        blocked_at=known.blocked_at,
    )
    return told == stands and check(deeds.store).findings == ()


# Who never confirmed gives way


@pytest.mark.parametrize("asks", [Deeds.sign_up, Deeds.ask])
def test_a_sign_up_of_the_old_address_does_not_keep_it_from_being_given_back(
    deeds: Deeds, thief: str, asks: Callable[[Deeds], object]
) -> None:
    move = stolen(deeds, thief)
    asks(deeds)
    deeds.mail_leaves()
    stranger = deeds.known()
    assert stranger is not None
    back = deeds.undo_move(move)
    assert (back.address, back.status) == (deeds.anna, "confirmed")
    assert back.id != stranger.subscriber.id
    assert deeds.standing(thief) == "nobody"
    with deeds.store.reading() as transaction:
        assert len(consents.of(transaction, stranger.subscriber.id)) == 1
    assert is_in_order(deeds, deeds.known())


def test_the_link_of_who_gave_way_confirms_nothing(deeds: Deeds, thief: str) -> None:
    move = stolen(deeds, thief)
    request = deeds.sign_up()
    deeds.undo_move(move)
    with pytest.raises(ConsentError, match="no such sign-up"):
        deeds.confirm(request)


def test_whoever_confirmed_at_the_old_address_keeps_it(deeds: Deeds, thief: str) -> None:
    move = stolen(deeds, thief)
    deeds.later(days=1)
    other = deeds.joins()
    with pytest.raises(ConsentError):
        deeds.undo_move(move)
    known = deeds.known()
    assert known is not None
    assert known.subscriber == other


def test_confirming_a_sign_up_while_the_move_is_undone_is_one_of_the_two(deeds: Deeds, thief: str) -> None:
    move = stolen(deeds, thief)
    request = deeds.sign_up()
    answers = at_once(lambda: deeds.confirm(request), lambda: deeds.undo_move(move))
    assert sum(isinstance(answer, ConsentError) for answer in answers) == 1
    assert deeds.standing() == "confirmed"
    assert is_in_order(deeds, deeds.known())


def test_who_signed_his_new_address_up_first_still_moves_there(deeds: Deeds, thief: str) -> None:
    new = f"nieuw.{deeds.anna}"
    deeds.sign_up(new)
    deeds.mail_leaves()
    assert deeds.ask_to_move(new) is None  # the one mail of that day
    deeds.now += ONCE_IN
    move = deeds.ask_to_move(new)
    assert deeds.standing(new) == "pending"
    anna = deeds.move(move)
    assert (anna.address, deeds.standing(new), deeds.standing()) == (new, "confirmed", "nobody")
    assert is_in_order(deeds, deeds.known(new))


# What the thief asked meanwhile


def test_a_sign_up_from_the_other_address_confirms_nobody_after_the_move_was_undone(deeds: Deeds, thief: str) -> None:
    move = stolen(deeds, thief)
    deeds.leave(thief)
    deeds.later(days=1)
    request = deeds.sign_up(thief)
    deeds.mail_leaves()
    assert deeds.undo_move(move).status == "left"
    with pytest.raises(ConsentError, match="something else has happened"):
        deeds.confirm(request)
    assert deeds.standing() == "left"
    deeds.later(days=1)
    assert deeds.joins().address == deeds.anna


def test_a_sign_up_of_before_a_move_confirms_nothing_after_it(deeds: Deeds, thief: str) -> None:
    other = f"bram.{deeds.anna}"
    request = deeds.sign_up(other)
    deeds.add(other)
    move = deeds.ask_to_move(f"2.{other}", other)
    deeds.move(move)
    deeds.leave(f"2.{other}")
    with pytest.raises(ConsentError):
        deeds.confirm(request)


# What came back from the other address


def test_mail_that_came_back_from_the_other_address_stands_not_against_the_old_one(deeds: Deeds, thief: str) -> None:
    move = stolen(deeds, thief)
    deeds.bounce(thief)
    assert deeds.undo_move(move).status == "confirmed"
    assert deeds.story()[-3:] == ["bounced", "moved back", "lifted"]
    assert is_in_order(deeds, deeds.known())


def test_nor_does_it_count_as_the_first_of_two_bounces(deeds: Deeds, thief: str) -> None:
    move = stolen(deeds, thief)
    deeds.bounce(thief)
    deeds.undo_move(move)
    deeds.leave()
    deeds.later(days=1)
    deeds.joins()
    deeds.bounce()
    deeds.now += BOUNCE_RESTS + timedelta(seconds=1)
    assert deeds.joins().status == "confirmed"


def test_a_block_stays_whoever_undoes_the_move(deeds: Deeds, thief: str) -> None:
    move = stolen(deeds, thief)
    deeds.bounce(thief)
    deeds.block(thief)
    assert deeds.undo_move(move).status == "suppressed"
    assert is_in_order(deeds, deeds.known())
    assert deeds.lift().status == "confirmed"


def test_who_is_bounced_does_not_move_so_that_each_bounce_came_after_the_move(deeds: Deeds, thief: str) -> None:
    asked = deeds.ask_to_move(thief)
    deeds.bounce()
    with pytest.raises(ConsentError):
        deeds.move(asked)
    assert (deeds.story()[-1], deeds.standing(thief)) == ("bounced", "nobody")
