"""What comes next for a run, by the clock and the calendar alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import ledgered
import pytest
from dispatched import at
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.lifecycle import (
    Begin,
    Calendar,
    Check,
    Expire,
    Freeze,
    Hold,
    Nothing,
    Quiet,
    Step,
    Wait,
    next_step,
    resumed,
)
from newsletter.model.ledger import Pause, Run, RunState

ZONE = ZoneInfo("Europe/Amsterdam")
CALENDAR = Calendar(zone=ZONE, quiet=("sunday",), testers=True)
SATURDAY = at("2026-11-28 05:00")
"""Six o'clock in Amsterdam."""
MONDAY = at("2026-11-29 23:00")
"""The midnight with which it begins."""
TEN_MINUTES = timedelta(minutes=10)


def a_run(due: datetime = SATURDAY, **changes: object) -> Run:
    draft = ledgered.draft(due_at=due, hold=TEN_MINUTES.total_seconds())
    values = {name: getattr(draft, name) for name in draft.__slots__}
    allowed = CALENDAR.allowed(due, quiet=str(changes.get("quiet", "")))
    return Run(**{**values, "id": 1, "state": "scheduled", "allowed_at": allowed, **changes})


def frozen(state: RunState = "checking", moment: datetime = SATURDAY, **changes: object) -> Run:
    return a_run(**{"state": state, "frozen_at": moment, "total": 3, **changes})


def begun(state: RunState = "sending", moment: datetime = SATURDAY, **changes: object) -> Run:
    behind = dict.fromkeys(("checked_at", "held_at", "started_at"), moment)
    return frozen(state, moment, **{**behind, **changes})


def test_before_its_moment_a_run_waits_for_it() -> None:
    assert next_step(a_run(), SATURDAY - timedelta(seconds=1), CALENDAR) == Wait(SATURDAY)


def test_from_its_moment_on_it_takes_one_step_after_the_other() -> None:
    run = a_run()
    assert next_step(run, SATURDAY, CALENDAR) == Freeze()
    run = replace(run, state="checking", frozen_at=SATURDAY)
    assert next_step(run, SATURDAY, CALENDAR) == Check()
    run = replace(run, checked_at=SATURDAY)
    assert next_step(run, SATURDAY, CALENDAR) == Hold(SATURDAY + TEN_MINUTES)
    run = replace(run, state="paused", why="hold", held_at=SATURDAY, until=SATURDAY + TEN_MINUTES)
    assert next_step(run, SATURDAY, CALENDAR) == Wait(SATURDAY + TEN_MINUTES)
    assert next_step(run, SATURDAY + TEN_MINUTES, CALENDAR) == Begin()
    run = replace(run, state="sending", why=None, until=None, started_at=SATURDAY + TEN_MINUTES)
    assert next_step(run, SATURDAY + TEN_MINUTES, CALENDAR) == Nothing()


@pytest.mark.parametrize("change", [{"hold": 0.0}, {}])
def test_without_testers_or_without_a_hold_it_begins_once_every_message_was_made(change: dict[str, float]) -> None:
    calendar = replace(CALENDAR, testers=bool(change))
    assert next_step(frozen(checked_at=SATURDAY, **change), SATURDAY, calendar) == Begin()


def test_a_hold_whose_testers_were_not_mailed_is_begun_again() -> None:
    run = frozen("paused", why="hold", until=SATURDAY + TEN_MINUTES, checked_at=SATURDAY)
    now = SATURDAY + TEN_MINUTES
    assert next_step(run, now, CALENDAR) == Hold(now + TEN_MINUTES)


def test_a_hold_out_of_which_somebody_paused_it_goes_on_as_long_as_it_was_to_last() -> None:
    run = frozen(checked_at=SATURDAY, held_at=SATURDAY)
    assert next_step(run, SATURDAY + TEN_MINUTES / 2, CALENDAR) == Hold(SATURDAY + TEN_MINUTES)
    assert next_step(run, SATURDAY + TEN_MINUTES, CALENDAR) == Begin()


def test_a_run_due_on_sunday_pauses_until_monday_and_begins_then() -> None:
    run = a_run(at("2026-11-29 05:00"))
    assert next_step(run, at("2026-11-29 05:00"), CALENDAR) == Quiet(MONDAY)
    run = replace(run, state="paused", why="quiet", until=MONDAY)
    assert next_step(run, at("2026-11-29 12:00"), CALENDAR) == Wait(MONDAY)
    assert next_step(run, MONDAY, CALENDAR) == Freeze()


def test_a_run_under_way_on_saturday_at_midnight_pauses_and_goes_on_on_monday() -> None:
    run = begun()
    assert next_step(run, at("2026-11-28 22:59"), CALENDAR) == Nothing()
    assert next_step(run, at("2026-11-28 23:00"), CALENDAR) == Quiet(MONDAY)
    run = replace(run, state="paused", why="quiet", until=MONDAY)
    assert next_step(run, MONDAY - timedelta(seconds=1), CALENDAR) == Wait(MONDAY)
    assert next_step(run, MONDAY, CALENDAR) == Begin()


def test_a_hold_that_reaches_into_sunday_ends_on_monday() -> None:
    due = at("2026-11-28 22:55")
    held = {"state": "paused", "why": "hold", "held_at": due, "checked_at": due, "until": due + TEN_MINUTES}
    run = frozen(moment=due, due=due, **held)
    assert next_step(run, due + TEN_MINUTES, CALENDAR) == Quiet(MONDAY)
    assert next_step(replace(run, why="quiet", until=MONDAY), MONDAY, CALENDAR) == Begin()


def test_with_a_reason_a_run_is_sent_on_a_quiet_day_too() -> None:
    due = at("2026-11-29 05:00")
    assert next_step(a_run(due, quiet="de dijk is door"), due, CALENDAR) == Freeze()
    assert next_step(begun(quiet="de dijk is door"), due, CALENDAR) == Nothing()


@pytest.mark.parametrize(
    ("saturday", "sunday"), [("2026-03-28 22:59", "2026-03-28 23:00"), ("2026-10-24 21:59", "2026-10-24 22:00")]
)
def test_in_the_nights_of_the_other_clock_sunday_begins_and_ends_at_midnight(saturday: str, sunday: str) -> None:
    run = begun(due=at(saturday) - timedelta(hours=1))
    monday = {"03": at("2026-03-29 22:00"), "10": at("2026-10-25 23:00")}[sunday[5:7]]
    assert next_step(run, at(saturday), CALENDAR) == Nothing()
    assert next_step(run, at(sunday), CALENDAR) == Quiet(monday)
    assert next_step(replace(run, state="paused", why="quiet", until=monday), monday, CALENDAR) == Begin()


@pytest.mark.parametrize(("due", "moment"), [("2026-03-29 02:30", "2026-03-29 01:30"), ("2026-10-25 02:30", None)])
def test_a_moment_that_the_night_skips_or_has_twice_comes_once(due: str, moment: str | None) -> None:
    asked = datetime.fromisoformat(due).replace(tzinfo=ZONE)
    run = a_run(asked.astimezone(at(due).tzinfo))
    first = at(moment) if moment else at("2026-10-25 00:30")
    calendar = replace(CALENDAR, quiet=())
    assert next_step(run, first - timedelta(seconds=1), calendar) == Wait(run.due_at)
    assert next_step(run, first, calendar) == Freeze()


def test_what_did_not_begin_within_six_hours_expires_whatever_it_had_behind_it() -> None:
    late = SATURDAY + timedelta(hours=6)
    for run in (a_run(), frozen(), frozen(checked_at=SATURDAY)):
        assert next_step(run, late - timedelta(seconds=1), CALENDAR) != Expire()
        assert next_step(run, late, CALENDAR) == Expire()


def test_what_has_begun_never_expires() -> None:
    week = SATURDAY + timedelta(days=9)
    assert next_step(begun(), week, CALENDAR) == Nothing()
    assert next_step(begun("paused", why="quiet", until=MONDAY), week, CALENDAR) == Begin()


def test_the_time_to_expire_counts_from_the_first_allowed_moment_and_not_on_quiet_days() -> None:
    sunday = a_run(at("2026-11-29 05:00"))
    assert next_step(sunday, MONDAY + timedelta(hours=5), CALENDAR) == Freeze()
    assert next_step(sunday, MONDAY + timedelta(hours=6), CALENDAR) == Expire()
    evening = a_run(at("2026-11-28 22:00"))
    assert next_step(evening, MONDAY + timedelta(hours=4), CALENDAR) == Freeze()
    assert next_step(evening, MONDAY + timedelta(hours=5), CALENDAR) == Expire()


def test_a_hold_longer_than_the_time_to_expire_does_not_make_a_run_expire() -> None:
    hours = timedelta(hours=8)
    run = frozen("paused", why="hold", hold=hours.total_seconds(), held_at=SATURDAY, checked_at=SATURDAY)
    assert next_step(replace(run, until=SATURDAY + hours), SATURDAY + hours, CALENDAR) == Begin()


@pytest.mark.parametrize("why", ["first", "operator", "provider", "faults", "refused", "complained"])
def test_what_a_person_must_decide_waits_for_him_and_does_not_expire(why: Pause) -> None:
    for moment in (SATURDAY, at("2026-11-29 12:00"), SATURDAY + timedelta(days=9)):
        assert next_step(frozen("paused", why=why), moment, CALENDAR) == Nothing()


@pytest.mark.parametrize("state", ["finished", "finished with doubts", "cancelled", "expired"])
def test_of_a_run_that_is_over_nothing_comes_any_more(state: RunState) -> None:
    assert next_step(frozen(state), at("2026-11-29 12:00"), CALENDAR) == Nothing()


def test_a_run_that_is_resumed_goes_on_where_it_was() -> None:
    assert resumed(a_run(state="paused", why="operator")) == "scheduled"
    assert resumed(frozen("paused", why="faults")) == "checking"
    assert resumed(begun("paused", why="provider")) == "sending"


def lived(run: Run, looks: list[datetime]) -> list[tuple[datetime, Step]]:
    """The steps of a run whose worker looks at these moments, and takes each that is due."""
    taken: list[tuple[datetime, Step]] = []
    for now in looks:
        while not isinstance(step := next_step(run, now, CALENDAR), Wait | Nothing):
            taken.append((now, step))
            run = after(run, step, now)
    return taken


def after(run: Run, step: Step, now: datetime) -> Run:
    match step:
        case Freeze():
            return replace(run, state="checking", why=None, until=None, frozen_at=now, total=3)
        case Check():
            return replace(run, checked_at=now)
        case Hold(until):
            return replace(run, state="paused", why="hold", until=until, held_at=now)
        case Quiet(until):
            return replace(run, state="paused", why="quiet", until=until)
        case Begin():
            return replace(run, state="sending", why=None, until=None, started_at=run.started_at or now)
    return replace(run, state="expired", why=None, until=None)


WEEK = st.datetimes(datetime(2026, 10, 22), datetime(2026, 10, 29), timezones=st.just(UTC))
"""In it a Sunday of 25 hours."""


@given(due=WEEK, gaps=st.lists(st.floats(0.01, 2), max_size=30), hold=st.floats(0, 40_000))
def test_a_run_whose_worker_looks_often_enough_begins_once_and_nothing_happens_on_sunday(
    due: datetime, gaps: list[float], hold: float
) -> None:
    hours = accumulate([0.0, *gaps, *[2.0] * 48])
    looks = [due + timedelta(hours=hour) for hour in hours]
    steps = lived(a_run(due, hold=hold), looks)
    for now, step in steps:
        assert now >= due
        assert isinstance(step, Quiet) or now.astimezone(ZONE).weekday() != 6
    kinds = [type(step) for _, step in steps if not isinstance(step, Quiet)]
    assert kinds[:2] == [Freeze, Check]
    assert kinds.count(Freeze) == kinds.count(Check) == 1
    assert kinds.count(Hold) == (hold > 0)
    assert Expire not in kinds
    assert Begin in kinds
