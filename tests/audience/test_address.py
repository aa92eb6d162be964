"""Changing the address: asked by the reader, confirmed at the new one, undone from the old one, told to nobody else."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from deeds import KEY, SHOWN, Deeds, draw
from test_consent_races import at_once, meanwhile

from newsletter.audience import consent
from newsletter.audience.address import CONFIRM_WITHIN, MOST_ASKED, UNDO_WITHIN
from newsletter.audience.erasure import EraseKey
from newsletter.errors import ConfigError, ConsentError, UsageError
from newsletter.store.check import check

SOON = timedelta(seconds=1)
Deed = Callable[[Deeds, str], object]


@pytest.fixture
def new(deeds: Deeds) -> str:
    """Where Anna, who has joined, wants her mail."""
    deeds.joins()
    deeds.mail_leaves()
    return f"New.{deeds.anna}"


def moved(deeds: Deeds, new: str) -> int:
    """Anna moves; the number of the move."""
    asked = deeds.ask_to_move(new)
    deeds.move(asked)
    assert asked is not None
    return asked


# Asking


def test_asking_changes_nothing_but_sends_a_notice_to_the_new_address(deeds: Deeds, new: str) -> None:
    before = deeds.known()
    asked = deeds.ask_to_move(new)
    assert deeds.known() == before
    notice, (move,) = deeds.notices()[-1], deeds.moves()
    assert (notice.kind, notice.number, notice.address, notice.state) == ("move", asked, new, "waiting")
    assert (move.id, move.before, move.after, move.done_at) == (asked, deeds.anna, new, None)
    record = deeds.records()[-1]
    assert (record.what, record.origin, record.note) == ("asked to move", "192.0.2.1", None)


@pytest.mark.parametrize("wrong", ["anna", "anna@example", "anna@example.nl\nBcc: bram@example.nl", ""])
def test_what_is_no_address_is_refused_and_nothing_is_kept(deeds: Deeds, new: str, wrong: str) -> None:
    with pytest.raises(UsageError):
        deeds.ask_to_move(wrong)
    assert (deeds.moves(), deeds.story()) == ((), ["signed up", "confirmed"])


def test_another_spelling_of_his_own_address_is_no_move(deeds: Deeds, new: str) -> None:
    assert deeds.ask_to_move(deeds.anna.upper()) is None
    assert deeds.moves() == ()


def test_of_an_unknown_id_nothing_is_made(deeds: Deeds) -> None:
    assert deeds.ask_to_move("anna.nieuw@example.org") is None
    assert deeds.moves() == ()


OWN_RIGHT: dict[str, Deed] = {
    "confirmed": lambda deeds, new: deeds.joins(new),
    "left": lambda deeds, new: (deeds.joins(new), deeds.leave(new)),
    "complained": lambda deeds, new: (deeds.joins(new), deeds.complain(new)),
    "bounced": lambda deeds, new: (deeds.joins(new), deeds.bounce(new)),
    "blocked": lambda deeds, new: deeds.block(new),
    "erased": lambda deeds, new: deeds.erase(new),
}


@pytest.mark.parametrize("standing", OWN_RIGHT)
def test_an_address_that_stands_in_its_own_right_is_refused_without_a_word(
    deeds: Deeds, new: str, standing: str
) -> None:
    OWN_RIGHT[standing](deeds, new)
    before = deeds.known(new)
    assert deeds.ask_to_move(new) is None
    assert deeds.known(new) == before
    refused = deeds.notices()[-1]
    assert (refused.kind, refused.state, refused.address) == ("move", "skipped", new)
    with pytest.raises(ConsentError):
        deeds.move(refused.number)


@pytest.mark.parametrize("standing", OWN_RIGHT)
def test_an_address_that_somebody_takes_meanwhile_is_refused_and_nothing_is_told(
    deeds: Deeds, new: str, standing: str
) -> None:
    asked = deeds.ask_to_move(new)
    OWN_RIGHT[standing](deeds, new)
    before, told = deeds.known(), {"no such change"} if standing == "erased" else {"cannot be made any more"}
    with pytest.raises(ConsentError, match="|".join(told)) as refused:
        deeds.move(asked)
    assert new.lower() not in f"{refused.value.sentence} {refused.value.hint}".lower()
    assert deeds.known() == before


def test_whoever_has_the_newsletter_there_is_told_once_and_nothing_of_who_asked(deeds: Deeds, new: str) -> None:
    deeds.joins(new)
    deeds.mail_leaves()
    records = deeds.records(new)
    for _ in range(2):
        deeds.ask_to_move(new)
    told = deeds.notices(new)[1:]
    assert [(notice.kind, notice.state) for notice in told] == [("already", "waiting"), ("already", "skipped")]
    assert deeds.records(new) == records


@pytest.mark.parametrize("lost", ["leave", "complain", "bounce", "block"])
def test_who_gets_no_newsletter_does_not_move(deeds: Deeds, new: str, lost: str) -> None:
    getattr(deeds, lost)()
    assert deeds.ask_to_move(new) is None


def test_a_reader_names_so_many_addresses_a_day(deeds: Deeds, new: str) -> None:
    asked = [deeds.ask_to_move(f"{number}.{new}") for number in range(MOST_ASKED + 1)]
    assert [number is None for number in asked] == [False] * MOST_ASKED + [True]
    deeds.later(days=1)
    assert deeds.ask_to_move(new) is not None


def test_an_address_is_asked_once_a_day_whoever_asks_and_for_what(deeds: Deeds, new: str) -> None:
    deeds.joins(f"bram.{deeds.anna}")
    assert deeds.ask_to_move(new) is not None
    assert deeds.ask_to_move(new.upper()) is None
    assert deeds.ask_to_move(new, f"bram.{deeds.anna}") is None
    deeds.sign_up(new)
    assert [notice.state for notice in deeds.notices(new)] == ["skipped"]
    deeds.mail_leaves()
    deeds.erase(new)
    deeds.later(days=1)
    deeds.sign_up(f"cees.{new}")
    assert deeds.ask_to_move(f"cees.{new}") is None


@pytest.mark.parametrize("key", [None, EraseKey(secret=b"een heel andere sleutel, van nicht Fien")])
def test_without_the_right_key_nobody_moves(deeds: Deeds, new: str, key: EraseKey | None) -> None:
    deeds.erase(f"bram.{deeds.anna}")
    asked = deeds.ask_to_move(new)
    deeds.key = key
    with pytest.raises(ConfigError):
        deeds.ask_to_move(f"2.{new}")
    with pytest.raises(ConfigError):
        deeds.move(asked)
    assert deeds.standing() == "confirmed"
    deeds.key = KEY


# Confirming


def test_who_moved_is_the_same_reader_at_another_address(deeds: Deeds, new: str) -> None:
    deeds.prefer("Anna Wit", "nl", {"zuid": True})
    deeds.pause(date(2026, 4, 1))
    before = deeds.known()
    asked = deeds.ask_to_move(new)
    deeds.later(hours=1)
    after = deeds.move(asked)
    assert before is not None
    assert (after.id, after.address, after.status) == (before.subscriber.id, new, "confirmed")
    assert (after.name, after.language, after.tags) == ("Anna Wit", "nl", ("zuid",))
    assert after.paused_until == date(2026, 4, 1)
    assert deeds.standing() == "nobody"
    assert deeds.records(new)[-1].what == "moved"
    assert check(deeds.store).findings == ()


def test_the_old_address_is_told(deeds: Deeds, new: str) -> None:
    asked = moved(deeds, new)
    told = deeds.notices(new)[-1]
    assert (told.kind, told.number, told.address, told.state) == ("moved", asked, deeds.anna, "waiting")


def test_a_move_is_confirmed_once(deeds: Deeds, new: str) -> None:
    asked = moved(deeds, new)
    before = deeds.story(new)
    with pytest.raises(ConsentError, match="made already"):
        deeds.move(asked)
    assert deeds.story(new) == before


def test_a_move_can_be_confirmed_for_two_days_and_not_a_second_longer(deeds: Deeds, new: str) -> None:
    asked = deeds.ask_to_move(new)
    deeds.now += CONFIRM_WITHIN + SOON
    with pytest.raises(ConsentError, match="too old"):
        deeds.move(asked)
    deeds.now -= SOON
    assert deeds.move(asked).address == new


@pytest.mark.parametrize("lost", ["leave", "complain", "bounce"])
def test_who_left_or_was_lost_does_not_move_even_when_he_came_back(deeds: Deeds, new: str, lost: str) -> None:
    asked = deeds.ask_to_move(new)
    getattr(deeds, lost)()
    with pytest.raises(ConsentError):
        deeds.move(asked)
    if lost == "bounce":
        deeds.lift()
    else:
        deeds.joins()
    assert deeds.standing() == "confirmed"
    with pytest.raises(ConsentError):
        deeds.move(asked)


def test_of_two_askings_the_first_that_is_confirmed_counts(deeds: Deeds, new: str) -> None:
    first, second = deeds.ask_to_move(f"1.{new}"), deeds.ask_to_move(f"2.{new}")
    assert deeds.move(second).address == f"2.{new}"
    with pytest.raises(ConsentError):
        deeds.move(first)


def test_there_is_nothing_to_confirm_or_undo_where_nobody_asked(deeds: Deeds, new: str) -> None:
    for deed in (deeds.move, deeds.undo_move):
        with pytest.raises(ConsentError, match="no such change"):
            deed(999_999)


def test_the_old_address_is_free_again(deeds: Deeds, new: str) -> None:
    moved(deeds, new)
    deeds.later(days=1)
    assert deeds.joins().id != deeds.moves(new)[0].subscriber


# Undoing


def test_undoing_brings_back_the_old_address_and_ends_the_link_that_moved(deeds: Deeds, new: str) -> None:
    asked = moved(deeds, new)
    assert deeds.undo_move(asked).address == deeds.anna
    assert deeds.standing(new) == "nobody"
    for deed in (deeds.move, deeds.undo_move):
        with pytest.raises(ConsentError):
            deed(asked)
    assert deeds.story() == ["signed up", "confirmed", "asked to move", "moved", "moved back"]
    assert check(deeds.store).findings == ()


def test_what_was_not_done_is_not_undone(deeds: Deeds, new: str) -> None:
    asked = deeds.ask_to_move(new)
    with pytest.raises(ConsentError):
        deeds.undo_move(asked)


def test_a_move_can_be_undone_for_fourteen_days_and_not_a_second_longer(deeds: Deeds, new: str) -> None:
    asked = moved(deeds, new)
    deeds.now += UNDO_WITHIN + SOON
    with pytest.raises(ConsentError, match="too long ago"):
        deeds.undo_move(asked)
    deeds.now -= SOON
    assert deeds.undo_move(asked).address == deeds.anna


def test_two_moves_are_undone_one_after_the_other(deeds: Deeds, new: str) -> None:
    first = moved(deeds, new)
    second = deeds.ask_to_move(f"2.{new}", new)
    deeds.move(second)
    assert deeds.undo_move(second).address == new
    assert deeds.undo_move(first).address == deeds.anna


def test_whoever_moves_a_subscription_twice_does_not_keep_it_by_that(deeds: Deeds, new: str) -> None:
    first = moved(deeds, new)
    second = deeds.ask_to_move(f"2.{new}", new)
    deeds.move(second)
    assert deeds.undo_move(first).address == deeds.anna
    for deed in (deeds.undo_move, deeds.move):
        with pytest.raises(ConsentError):
            deed(second)
    assert deeds.standing() == "confirmed"


def test_whoever_has_moved_back_by_himself_has_nothing_to_undo(deeds: Deeds, new: str) -> None:
    first = moved(deeds, new)
    deeds.later(days=1)
    deeds.move(deeds.ask_to_move(deeds.anna, new))
    with pytest.raises(ConsentError, match="something else"):
        deeds.undo_move(first)


def test_undoing_ends_what_was_asked_besides(deeds: Deeds, new: str) -> None:
    other = deeds.ask_to_move(f"2.{new}")
    deeds.undo_move(moved(deeds, new))
    with pytest.raises(ConsentError):
        deeds.move(other)
    assert deeds.standing() == "confirmed"


def test_whoever_was_moved_and_made_to_leave_gets_his_address_back_and_has_left(deeds: Deeds, new: str) -> None:
    asked = moved(deeds, new)
    deeds.leave(new)
    assert deeds.undo_move(asked).status == "left"
    assert deeds.standing() == "left"


@pytest.mark.parametrize("standing", OWN_RIGHT)
def test_an_old_address_that_is_somebody_s_by_now_stays_his(deeds: Deeds, new: str, standing: str) -> None:
    asked = moved(deeds, new)
    deeds.later(days=1)
    OWN_RIGHT[standing](deeds, deeds.anna)
    before = deeds.known(), deeds.known(new)
    with pytest.raises(ConsentError):
        deeds.undo_move(asked)
    assert (deeds.known(), deeds.known(new)) == before


# Two at once


def test_confirming_a_move_twice_at_once_moves_once(deeds: Deeds, new: str) -> None:
    asked = deeds.ask_to_move(new)
    answers = at_once(*[lambda: deeds.move(asked)] * 4)
    assert sum(isinstance(answer, ConsentError) for answer in answers) == 3
    assert [record for record in deeds.story(new) if record == "moved"] == ["moved"]
    assert [notice.kind for notice in deeds.notices(new)] == ["confirm", "move", "moved"]


def test_two_readers_who_move_to_one_address_at_once_are_one_who_has_it(deeds: Deeds, new: str) -> None:
    bram = f"bram.{deeds.anna}"
    deeds.joins(bram)
    first = deeds.ask_to_move(new)
    deeds.mail_leaves()
    deeds.later(days=1)
    second = deeds.ask_to_move(new, bram)
    answers = at_once(lambda: deeds.move(first), lambda: deeds.move(second))
    assert sum(isinstance(answer, ConsentError) for answer in answers) == 1
    assert sorted([deeds.standing(), deeds.standing(bram)]) == ["confirmed", "nobody"]


def test_a_sign_up_with_the_address_while_he_moves_there_is_one_of_the_two(deeds: Deeds, new: str) -> None:
    asked = deeds.ask_to_move(new)
    at_once(lambda: deeds.sign_up(new), lambda: deeds.move(asked))
    assert (deeds.standing(new), deeds.standing()) == ("confirmed", "nobody")
    assert check(deeds.store).findings == ()


def test_whoever_leaves_while_he_moves_has_left(deeds: Deeds, new: str) -> None:
    asked = deeds.ask_to_move(new)
    known = deeds.known()
    assert known is not None

    def leave() -> None:
        with deeds.store.writing() as transaction:
            consent.leave(transaction, known.subscriber.id, deeds.occasion("one-click"))

    at_once(leave, lambda: deeds.move(asked))
    assert "left" in {deeds.standing(), deeds.standing(new)}
    with pytest.raises(ConsentError):
        deeds.move(asked)


def test_a_move_waits_for_who_takes_the_address(deeds: Deeds, new: str) -> None:
    asked = deeds.ask_to_move(new)
    with deeds.store.writing() as transaction:
        newcomer, desk = consent.Newcomer(address=new), deeds.occasion("operator", text=SHOWN)
        consent.add(transaction, newcomer, desk, key=KEY, draw=draw)
        with meanwhile(lambda: at_once(lambda: deeds.move(asked))) as moving:
            transaction.commit()
            (answer,) = moving.result()  # type: ignore[misc]
    assert isinstance(answer, ConsentError)
    assert (deeds.standing(new), deeds.standing()) == ("confirmed", "confirmed")
