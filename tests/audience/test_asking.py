"""Anybody can have an address asked: it gets one such mail a day at most, and who answers is not left waiting."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from deeds import Deeds
from sqlalchemy import event

from newsletter.audience.asking import CONFIRM_WITHIN, LATELY, ONCE_IN
from newsletter.store.notices import State

SOON = timedelta(seconds=1)


def states(deeds: Deeds) -> list[tuple[str, str]]:
    return [(notice.kind, notice.state) for notice in deeds.notices()]


def test_a_second_sign_up_in_a_day_is_written_down_and_gets_no_second_mail(deeds: Deeds) -> None:
    first = deeds.sign_up()
    deeds.mail_leaves()
    deeds.now += ONCE_IN - SOON
    second = deeds.sign_up()
    assert second != first
    assert (deeds.story(), states(deeds)) == (
        ["signed up", "signed up"],
        [("confirm", "accepted"), ("confirm", "skipped")],
    )
    assert deeds.notices()[-1].reason == LATELY
    deeds.now += SOON
    deeds.sign_up()
    assert states(deeds)[-1] == ("confirm", "waiting")


def test_the_first_mail_still_confirms(deeds: Deeds) -> None:
    first = deeds.sign_up()
    deeds.sign_up()
    assert deeds.confirm(first).status == "confirmed"


def test_the_day_begins_when_the_mail_leaves(deeds: Deeds) -> None:
    deeds.sign_up()
    deeds.later(hours=20)
    deeds.mail_leaves()
    deeds.later(hours=5)
    deeds.sign_up()
    assert states(deeds) == [("confirm", "accepted"), ("confirm", "skipped")]


def test_while_one_waits_to_be_sent_no_other_is_queued_behind_it(deeds: Deeds) -> None:
    deeds.sign_up()
    deeds.later(days=3)
    deeds.sign_up()
    assert states(deeds) == [("confirm", "waiting"), ("confirm", "skipped")]


def test_one_that_has_waited_until_it_is_worth_nothing_keeps_no_other_back(deeds: Deeds) -> None:
    deeds.sign_up()
    deeds.now += CONFIRM_WITHIN
    deeds.sign_up()
    assert states(deeds) == [("confirm", "waiting"), ("confirm", "waiting")]


def test_that_he_has_it_already_is_told_once_a_day(deeds: Deeds) -> None:
    deeds.joins()
    deeds.mail_leaves()
    for _ in range(3):
        deeds.sign_up()
    assert states(deeds)[1:] == [("already", "waiting"), ("already", "skipped"), ("already", "skipped")]


def test_who_leaves_by_mistake_on_the_day_he_joined_is_asked_again_and_then_once(deeds: Deeds) -> None:
    deeds.joins()
    deeds.mail_leaves()
    deeds.leave()
    again = deeds.sign_up()
    assert states(deeds)[-1] == ("confirm", "waiting")
    deeds.mail_leaves()
    deeds.leave()
    deeds.sign_up()
    assert states(deeds)[-1] == ("confirm", "skipped")
    assert again is not None


def test_that_a_list_or_the_operator_confirms_him_is_no_answer_of_his(deeds: Deeds) -> None:
    deeds.sign_up()
    deeds.mail_leaves()
    deeds.add()
    deeds.sign_up()
    assert states(deeds)[-1] == ("already", "skipped")


@pytest.mark.parametrize("state", ["refused", "in doubt"])
def test_a_mail_that_was_refused_or_may_have_left_counts_too(deeds: Deeds, state: State) -> None:
    deeds.sign_up()
    deeds.mail_leaves(state)
    deeds.sign_up()
    assert states(deeds) == [("confirm", state), ("confirm", "skipped")]


def test_the_operator_asks_again_a_day_later(deeds: Deeds) -> None:
    deeds.ask()
    deeds.mail_leaves()
    deeds.ask()
    assert deeds.story() == ["added"]
    deeds.now += ONCE_IN
    deeds.ask()
    assert (deeds.story(), states(deeds)) == (["added", "added"], [("confirm", "accepted"), ("confirm", "waiting")])


def test_who_is_added_where_another_reader_has_just_asked_to_move_has_a_record_and_waits(deeds: Deeds) -> None:
    bram = f"bram.{deeds.anna}"
    deeds.joins(bram)
    deeds.ask_to_move(deeds.anna, bram)
    assert deeds.ask().status == "pending"
    assert (deeds.story(), states(deeds)) == (["added"], [("confirm", "skipped")])


STANDING: dict[str, Callable[[Deeds], object]] = {
    "nobody": lambda deeds: None,
    "pending": Deeds.sign_up,
    "confirmed": Deeds.joins,
    "left": lambda deeds: (deeds.joins(), deeds.leave()),
    "complained": lambda deeds: (deeds.joins(), deeds.complain()),
    "bounced": lambda deeds: (deeds.joins(), deeds.bounce()),
    "blocked": Deeds.block,
    "erased": Deeds.erase,
}


@pytest.mark.parametrize("standing", STANDING)
def test_a_sign_up_is_about_the_same_work_whoever_it_is(deeds: Deeds, standing: str) -> None:
    deeds.sign_up("eerste@example.nl")  # what the form shows is kept once, with whoever is the first
    STANDING[standing](deeds)
    deeds.later(days=1)
    with statements(deeds) as done:
        deeds.sign_up()
    written = [statement.split()[2] for statement in done if statement.startswith("INSERT")]
    assert [table for table in written if table != "subscribers"] == ["consents", "notices"]
    assert not [statement for statement in done if statement.startswith(("UPDATE", "DELETE"))]
    assert 7 <= len(done) <= 12


@contextmanager
def statements(deeds: Deeds) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    done: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        done.append(statement.strip())

    event.listen(deeds.store.engine, "before_cursor_execute", listen)
    yield done
    event.remove(deeds.store.engine, "before_cursor_execute", listen)
