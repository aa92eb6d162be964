"""An old list knows a reader under the address that he moved away from: it does not bring him in a second time."""

from pathlib import Path

import pytest
from deeds import NUMBERS, Deeds
from moving import CONSENTED, Moving

from newsletter.audience import address, retention
from newsletter.audience.transfer import Manner


@pytest.fixture
def moving(deeds: Deeds, tmp_path: Path) -> Moving:
    return Moving(tmp_path, deeds.store, numbers=NUMBERS, now=deeds.now)


def move(deeds: Deeds, to: str, address: str | None = None) -> int:
    """A reader has his mail come elsewhere: ``to`` stands in the place of *anna*. The value is the move."""
    move = deeds.ask_to_move(deeds.anna.replace("anna", to), address)
    assert move is not None
    deeds.move(move)
    return move


@pytest.mark.parametrize("manner", [CONSENTED, Manner(double_opt_in=True)])
def test_the_address_a_reader_moved_away_from_stays_out_and_the_reason_is_counted(
    deeds: Deeds, moving: Moving, manner: Manner
) -> None:
    deeds.joins()
    move(deeds, "nieuw")
    text = f"email,name\n{deeds.anna.upper()},Anna Wit\nbert{deeds.anna},Bert\n"
    surveyed = moving.survey(text, manner)
    assert (surveyed.new.total(), dict(surveyed.stayed)) == (1, {"moved": 1})
    done = moving.bring(text, manner)
    assert (done.new, done.changed, done.stayed) == (1, 0, 1)
    assert deeds.known() is None


def test_nobody_who_left_after_he_moved_comes_back_by_a_list_with_his_old_address(deeds: Deeds, moving: Moving) -> None:
    deeds.joins()
    move(deeds, "nieuw")
    deeds.leave(deeds.anna.replace("anna", "nieuw"))
    assert moving.bring(f"email\n{deeds.anna}\n").stayed == 1
    assert deeds.known() is None


def test_of_several_moves_every_address_but_the_last_stays_out(deeds: Deeds, moving: Moving) -> None:
    deeds.joins()
    move(deeds, "nieuw")
    move(deeds, "nieuwer", deeds.anna.replace("anna", "nieuw"))
    addresses = [deeds.anna, *(deeds.anna.replace("anna", there) for there in ("nieuw", "nieuwer"))]
    done = moving.bring("\n".join(["email", *addresses]))
    assert (done.new, done.unchanged, done.stayed) == (0, 1, 2)


def test_a_list_does_not_confirm_who_only_signed_up_at_an_address_that_was_left_behind(
    deeds: Deeds, moving: Moving
) -> None:
    deeds.joins()
    move(deeds, "nieuw")
    deeds.sign_up()
    assert moving.bring(f"email\n{deeds.anna}\n").stayed == 1
    assert deeds.standing() == "pending"


def test_whoever_has_the_old_address_by_his_own_confirmation_is_a_reader_as_any(deeds: Deeds, moving: Moving) -> None:
    deeds.joins()
    move(deeds, "nieuw")
    deeds.joins()
    assert moving.bring(f"email,name\n{deeds.anna},Anna Wit\n").changed == 1


@pytest.mark.parametrize("asked_only", [True, False])
def test_an_address_that_he_only_asked_to_leave_or_came_back_to_is_his_own(
    deeds: Deeds, moving: Moving, asked_only: bool
) -> None:
    deeds.joins()
    if asked_only:
        deeds.ask_to_move(deeds.anna.replace("anna", "nieuw"))
    else:
        deeds.undo_move(move(deeds, "nieuw"))
    assert moving.bring(f"email,name\n{deeds.anna},Anna Wit\n").changed == 1


@pytest.mark.parametrize("status", ["left", "complained", "bounced", "blocked"])
def test_that_an_old_address_opted_out_counts_for_it_all_the_same(deeds: Deeds, moving: Moving, status: str) -> None:
    deeds.joins()
    move(deeds, "nieuw")
    assert moving.bring(f"email,status\n{deeds.anna},{status}\n").new == 1
    assert deeds.standing() == status


def test_who_moves_between_the_survey_and_the_import_is_not_brought_in_either(deeds: Deeds, moving: Moving) -> None:
    deeds.joins()
    with moving.surveying(f"email\n{deeds.anna}\n") as surveyed:
        move(deeds, "nieuw")
        done = moving.apply(surveyed)
    assert (done.new, done.stayed) == (0, 1)


def test_a_move_can_be_undone_though_a_list_named_the_old_address(deeds: Deeds, moving: Moving) -> None:
    """Else whoever took a subscription over would keep it as soon as an old list is imported."""
    deeds.joins()
    done = move(deeds, "nieuw")
    moving.bring(f"email\n{deeds.anna}\n")
    assert deeds.undo_move(done).address == deeds.anna


def test_when_the_move_is_forgotten_nothing_tells_the_old_address_from_a_new_one(deeds: Deeds, moving: Moving) -> None:
    deeds.joins()
    move(deeds, "nieuw")
    later = deeds.now + address.UNDO_WITHIN * 2
    deeds.mail_leaves()
    retention.prune(deeds.store, now=later, keep_origin=999, keep_pending=999, keep_undo=999)
    assert moving.bring(f"email\n{deeds.anna}\n").new == 1
