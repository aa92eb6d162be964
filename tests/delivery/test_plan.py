"""Pressing, freezing and checking: what a run has behind it before its first mail."""

import threading
from dataclasses import replace
from pathlib import Path

import ledgered
import listed
import pytest
from dispatched import EDITION, SECRET, Clock, Dispatch, at

from newsletter.delivery import plan
from newsletter.errors import ConfigError, ContentError, UsageError
from newsletter.links import Key, verifying_keys
from newsletter.model.ledger import Delivery, Run
from newsletter.store import deliveries, editions
from newsletter.store.database import Store
from newsletter.store.schema import editions as kept

SATURDAY = at("2026-11-28 05:00")
KEYS = [Key(secret=SECRET.encode())]


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Dispatch:
    return Dispatch(store, tmp_path, Clock(SATURDAY))


def frozen(office: Dispatch, **changes: object) -> Run:
    run = plan.freeze(office.store, office.press(SATURDAY, **changes), office.config, at=SATURDAY)
    assert run is not None
    return run


def rows(office: Dispatch) -> list[Delivery]:
    with office.store.reading() as transaction:
        return deliveries.page(transaction, 1)


def check(office: Dispatch, run: Run, **given: object) -> tuple[plan.Fault, ...]:
    return plan.check(office.store, run, KEYS, clock=office.clock, **given)  # type: ignore[arg-type]


def bad(number: int) -> str:
    """An address whose reader no message can be made for: his name would begin a header."""
    return f"slecht{number}@example.org"


def with_bad(office: Dispatch, good: int, number: int) -> None:
    people = [listed.one(f"goed{n}@example.nl") for n in range(good)]
    listed.put(office.store, *people, *(listed.one(bad(n), name="Jan\r\nBcc: x@example.org") for n in range(number)))


def test_pressing_keeps_the_edition_and_schedules_the_run(office: Dispatch) -> None:
    run = office.press(SATURDAY)
    assert (run.state, run.allowed_at, run.total) == ("scheduled", SATURDAY, None)
    with office.store.reading() as transaction:
        assert editions.load(transaction, run.edition) == EDITION
    assert run.terms.key == verifying_keys(office.config)[0].id.hex()


def test_a_run_pressed_for_sunday_is_allowed_from_monday_on_unless_there_is_a_reason(office: Dispatch) -> None:
    sunday = at("2026-11-29 05:00")
    assert office.press(sunday).allowed_at == at("2026-11-29 23:00")
    assert office.press(sunday, quiet="de dijk is door").allowed_at == sunday


def test_freezing_writes_down_readers_and_state_together(office: Dispatch) -> None:
    office.readers("anna@example.nl", "bert@example.nl")
    run = frozen(office)
    assert (run.state, run.total, run.frozen_at, run.checked_at) == ("checking", 2, SATURDAY, None)
    assert [row.state for row in rows(office)] == ["waiting", "waiting"]


def test_whoever_is_second_freezes_nothing(office: Dispatch) -> None:
    office.readers("anna@example.nl")
    run = office.press(SATURDAY)
    assert plan.freeze(office.store, run, office.config, at=SATURDAY)
    assert plan.freeze(office.store, run, office.config, at=SATURDAY) is None
    assert len(rows(office)) == 1


def test_a_run_that_was_paused_in_between_is_not_frozen(office: Dispatch) -> None:
    office.readers("anna@example.nl")
    run = office.press(SATURDAY)
    office.change(state="paused", why="operator")
    assert plan.freeze(office.store, run, office.config, at=SATURDAY) is None
    assert (office.stands(), rows(office)) == ("paused (operator)", [])


def test_a_segment_that_is_not_there_any_more_freezes_nobody(office: Dispatch) -> None:
    run = office.press(SATURDAY, segment="zuid")
    with pytest.raises(UsageError, match="no segment “zuid”"):
        plan.freeze(office.store, run, office.config, at=SATURDAY)
    assert office.stands() == "scheduled"


def test_every_message_is_made_once_and_counted_page_by_page(office: Dispatch) -> None:
    office.readers(*(f"lezer{n}@example.nl" for n in range(1_050)))
    made: list[int] = []
    assert check(office, frozen(office), progress=made.append) == ()
    assert made == [1_000, 50]
    assert (office.run().checked_at, office.stands()) == (SATURDAY, "checking")


def test_a_fault_in_the_last_reader_pauses_the_run_before_anybody_is_mailed(office: Dispatch) -> None:
    with_bad(office, good=3, number=1)
    run = frozen(office)
    (fault,) = check(office, run)
    assert (fault.address, fault.delivery) == (bad(0), run.delivery_id(fault.seq))
    assert office.stands() == "paused (faults)"
    assert "control character" in office.run().sentence
    assert "@" not in office.run().sentence
    (skipped,) = [row for row in rows(office) if row.state != "waiting"]
    assert (skipped.seq, skipped.state) == (fault.seq, "skipped")
    assert skipped.reason.startswith("invalid: The name of delivery")
    assert office.run().checked_at == SATURDAY


def test_a_template_at_fault_is_not_tried_for_every_reader(office: Dispatch) -> None:
    with_bad(office, good=0, number=plan.MOST_FAULTS + 5)
    assert len(check(office, frozen(office))) == plan.MOST_FAULTS
    assert (office.run().checked_at, office.stands()) == (None, "paused (faults)")
    assert "no more were tried" in office.run().sentence
    assert office.counts() == {"waiting": 5, "skipped": plan.MOST_FAULTS}


def test_a_check_that_is_broken_off_leaves_nothing_behind_and_is_made_again(office: Dispatch) -> None:
    with_bad(office, good=1, number=1)
    run, stop = frozen(office), threading.Event()
    assert check(office, run, stop=stop, progress=lambda _: stop.set())
    assert (office.run(), office.counts()) == (run, {"waiting": 2})
    assert len(check(office, run)) == 1


def test_a_run_that_is_cancelled_while_it_is_checked_stays_cancelled(office: Dispatch) -> None:
    with_bad(office, good=1, number=1)
    run = frozen(office)

    def cancel(_: int) -> None:
        assert plan.end(office.store, run, "cancelled", at=SATURDAY)

    check(office, run, progress=cancel)
    assert office.stands() == "cancelled"
    assert [row.reason for row in rows(office)] == ["cancelled", "cancelled"]


def test_a_run_whose_key_is_gone_is_not_checked(office: Dispatch) -> None:
    office.readers("anna@example.nl")
    run = frozen(office)
    with pytest.raises(ConfigError, match="NEWSLETTER_SECRET"):
        plan.check(office.store, run, [Key(secret=b"een ander geheim, en lang")], clock=office.clock)


def test_an_edition_that_was_changed_in_the_database_is_not_sent(office: Dispatch) -> None:
    office.readers("anna@example.nl")
    run = frozen(office)
    with office.store.writing() as transaction:
        transaction.execute(kept.update().values(subject="Iets anders"))
    with pytest.raises(ContentError, match="not the one that was pressed"):
        check(office, run)


def test_the_terms_of_a_run_are_those_of_the_configuration(office: Dispatch) -> None:
    terms = plan.terms(EDITION, office.config, at=SATURDAY)
    assert terms == replace(
        ledgered.TERMS,
        reply_to="redactie@example.nl",
        feedback_id="2026-11-28:digest:newsletter:deheuvelbode",
        list_id="De Heuvelbode <weekbrief.example.nl>",
        key=KEYS[0].id.hex(),
    )
