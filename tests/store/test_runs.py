"""Runs: what was pressed comes back, and only who finds a run as he expects it changes it."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from datetime import timedelta

import ledgered
import pytest
from ledgered import AT

from newsletter.errors import StoreError
from newsletter.model.ledger import Draft
from newsletter.store import freezing, runs
from newsletter.store.database import Store

LATER = AT + timedelta(hours=8)


@pytest.fixture
def number(store: Store) -> int:
    """A run that is scheduled."""
    with store.writing() as transaction:
        return ledgered.press(transaction).id


def test_what_was_pressed_comes_back(store: Store) -> None:
    drawn = ledgered.draft(
        segment="tag('zuid')", hold=600.0, first=500, quiet="De koning is dood", due_at=LATER, token="feedfacefeedface"
    )
    with store.writing() as transaction:
        ledgered.press(transaction)
        number = runs.press(transaction, drawn, allowed_at=LATER)
    with store.reading() as transaction:
        run = runs.get(transaction, number)
        assert run is not None
        assert {field.name: getattr(run, field.name) for field in fields(Draft)} == {
            field.name: getattr(drawn, field.name) for field in fields(Draft)
        }
        assert (run.state, run.allowed_at, run.total, run.is_over) == ("scheduled", LATER, None, False)
        assert runs.of_token(transaction, "feedfacefeedface") == run
        assert runs.of_token(transaction, "0" * 16) is None
        assert runs.get(transaction, number + 1) is None


def test_all_are_listed_newest_first_and_those_that_go_on_oldest_first(store: Store) -> None:
    with store.writing() as transaction:
        first, second, third = (ledgered.press(transaction, issue=day).id for day in ("28", "29", "28"))
        runs.change(transaction, second, {"scheduled"}, state="cancelled", ended_at=AT)
        assert [run.id for run in runs.every(transaction)] == [third, second, first]
        assert [run.id for run in runs.every(transaction, "28")] == [third, first]
        assert [run.id for run in runs.going(transaction)] == [first, third]


def test_a_run_that_is_in_another_state_is_not_changed(store: Store, number: int) -> None:
    with store.writing() as transaction:
        before = runs.get(transaction, number)
        assert not runs.change(transaction, number, {"sending", "paused"}, state="finished", ended_at=AT)
        assert runs.get(transaction, number) == before
        assert runs.change(transaction, number, {"sending", "scheduled"}, state="cancelled", ended_at=AT)


def test_what_belongs_to_a_pause_goes_with_it(store: Store, number: int) -> None:
    paused = {"state": "paused", "why": "quiet", "sentence": "Op zondag werkt de krant niet.", "until": LATER}
    with store.writing() as transaction:
        assert runs.change(transaction, number, {"scheduled"}, **paused)
        assert runs.change(transaction, number, {"paused"}, held_at=AT)
        run = runs.hold(transaction, number)
        assert {name: getattr(run, name) for name in paused} == paused
        assert runs.change(transaction, number, {"paused"}, state="sending")
        run = runs.hold(transaction, number)
        assert (run.state, run.why, run.sentence, run.until, run.held_at) == ("sending", None, "", None, AT)


def test_a_run_that_ends_may_say_why(store: Store, number: int) -> None:
    with store.writing() as transaction:
        runs.change(transaction, number, {"scheduled"}, state="expired", sentence="De machine stond uit.", ended_at=AT)
        assert runs.hold(transaction, number).sentence == "De machine stond uit."


def test_the_operator_is_told_the_same_once(store: Store, number: int) -> None:
    with store.writing() as transaction:
        told = [runs.tell(transaction, number, what) for what in ("paused", "paused", "finished", "paused")]
    assert told == [True, False, True, True]


def test_there_is_nothing_to_hold_where_no_run_is(store: Store) -> None:
    with store.writing() as transaction, pytest.raises(LookupError):
        runs.hold(transaction, 1)


def test_while_a_run_is_held_others_write_what_refers_to_it_and_do_not_change_it(
    postgresql_addresses: Callable[[], str],
) -> None:
    address = postgresql_addresses()
    with closing(Store(address, busy=1)) as one, closing(Store(address, busy=1)) as other:
        with one.writing() as transaction:
            run = ledgered.press(transaction)
        with one.writing() as transaction:
            runs.hold(transaction, run.id)
            with other.writing() as beside:
                freezing.freeze(beside, run, None, ledgered.DAY, AT)
            with pytest.raises(StoreError), other.writing() as beside:
                runs.change(beside, run.id, {"scheduled"}, state="cancelled", ended_at=AT)
