"""Publication days, quiet days and the two nights on which the clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import WEEKDAYS, Publishing
from newsletter.errors import ConfigError
from newsletter.schedule import (
    after_allowed_time,
    at_wall_time,
    is_quiet,
    next_allowed,
    next_publication,
    next_quiet,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SATURDAY_AT_SIX = Publishing(weekday="saturday", at=time(6))


def wall(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=AMSTERDAM)


def test_a_wall_time_becomes_a_moment_in_utc() -> None:
    moment = at_wall_time(date(2026, 11, 28), time(6), AMSTERDAM)
    assert moment == datetime(2026, 11, 28, 5, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_a_time_that_the_spring_night_skips_moves_forward() -> None:
    moment = at_wall_time(date(2026, 3, 29), time(2, 30), AMSTERDAM)
    assert moment.astimezone(AMSTERDAM).time() == time(3, 30)


def test_of_a_time_that_the_autumn_night_has_twice_the_first_is_meant() -> None:
    assert at_wall_time(date(2026, 10, 25), time(2, 30), AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at_wall_time(date(2026, 10, 25), time(2, 30, fold=1), AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "quiet"), [(date(2026, 11, 29), True), (date(2026, 12, 25), True), (date(2026, 12, 26), False)]
)
def test_a_day_is_quiet_by_its_weekday_or_its_date(day: date, quiet: bool) -> None:
    assert is_quiet(day, ("sunday", date(2026, 12, 25))) is quiet


def test_the_next_publication_is_later_today_when_its_hour_has_not_struck() -> None:
    assert next_publication(wall(2026, 11, 28, 5, 59), SATURDAY_AT_SIX, (), AMSTERDAM) == wall(2026, 11, 28, 6)


def test_at_the_very_hour_the_next_publication_is_next_week() -> None:
    assert next_publication(wall(2026, 11, 28, 6), SATURDAY_AT_SIX, (), AMSTERDAM) == wall(2026, 12, 5, 6)


def test_an_issue_of_a_quiet_day_waits_a_week() -> None:
    quiet = ("sunday", date(2026, 12, 26), date(2027, 1, 2))
    assert next_publication(wall(2026, 12, 21, 12), SATURDAY_AT_SIX, quiet, AMSTERDAM) == wall(2027, 1, 9, 6)


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_hour_of_publication_stays_the_same_on_the_clock_when_the_clock_changes(sunday: date) -> None:
    before = at_wall_time(sunday - timedelta(days=7), time(6), AMSTERDAM)
    published = next_publication(before, Publishing(weekday="sunday", at=time(6)), (), AMSTERDAM)
    assert published.astimezone(AMSTERDAM).replace(tzinfo=None) == datetime.combine(sunday, time(6))
    assert published - before != timedelta(days=7)


def test_in_the_spring_night_an_issue_is_not_lost_in_the_hour_that_is_skipped() -> None:
    published = next_publication(wall(2026, 3, 29, 1), Publishing(weekday="sunday", at=time(2, 30)), (), AMSTERDAM)
    assert published == wall(2026, 3, 29, 3, 30)


def test_in_the_autumn_night_an_issue_does_not_appear_twice() -> None:
    twice = Publishing(weekday="sunday", at=time(2, 30))
    first = next_publication(wall(2026, 10, 25, 1), twice, (), AMSTERDAM)
    assert next_publication(first, twice, (), AMSTERDAM) == wall(2026, 11, 1, 2, 30)


def test_a_quiet_day_of_publication_is_an_error_that_names_the_day() -> None:
    with pytest.raises(ConfigError, match="saturday is both"):
        next_publication(wall(2026, 11, 24, 12), SATURDAY_AT_SIX, ("saturday",), AMSTERDAM)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(WEEKDAYS),
    st.times(),
)
def test_the_next_publication_lies_ahead_by_a_week_and_an_hour_at_most(after: datetime, weekday: str, at: time) -> None:
    published = next_publication(after, Publishing(weekday=weekday, at=at), (), AMSTERDAM)
    assert timedelta(0) < published - after <= timedelta(days=7, hours=1)
    assert WEEKDAYS[published.astimezone(AMSTERDAM).weekday()] == weekday


QUIET = ("sunday", date(2026, 12, 25), date(2026, 12, 26))


def test_on_a_day_that_is_not_quiet_any_moment_is_allowed() -> None:
    moment = wall(2026, 11, 28, 23, 59)
    allowed = next_allowed(moment, QUIET, AMSTERDAM)
    assert allowed == moment
    assert allowed.tzinfo is UTC


def test_from_a_quiet_day_the_midnight_after_it_is_allowed() -> None:
    assert next_allowed(wall(2026, 11, 29, 0), QUIET, AMSTERDAM) == wall(2026, 11, 30, 0)
    assert next_allowed(wall(2026, 11, 29, 23, 59), QUIET, AMSTERDAM) == wall(2026, 11, 30, 0)


def test_quiet_days_that_follow_each_other_are_one() -> None:
    assert next_allowed(wall(2026, 12, 25, 6), QUIET, AMSTERDAM) == wall(2026, 12, 28, 0)


@pytest.mark.parametrize(("sunday", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_quiet_day_on_which_the_clock_changes_lasts_from_midnight_to_midnight(sunday: date, hours: int) -> None:
    begins = next_quiet(at_wall_time(sunday, time(0), AMSTERDAM) - timedelta(minutes=1), QUIET, AMSTERDAM)
    assert begins == at_wall_time(sunday, time(0), AMSTERDAM)
    for within in (timedelta(0), timedelta(hours=2, minutes=30), timedelta(hours=hours, seconds=-1)):
        assert next_allowed(begins + within, QUIET, AMSTERDAM) == begins + timedelta(hours=hours)


def test_the_next_quiet_day_is_not_the_one_that_is_under_way() -> None:
    assert next_quiet(wall(2026, 11, 29, 12), ("sunday",), AMSTERDAM) == wall(2026, 12, 6, 0)
    assert next_quiet(wall(2026, 11, 29, 12), (), AMSTERDAM) is None


def test_where_the_clock_changes_at_midnight_a_quiet_day_ends_when_the_next_one_begins() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # 2026-03-29 begins at one o'clock
    assert next_allowed(datetime(2026, 3, 28, 12, tzinfo=beirut), ("saturday",), beirut) == datetime(
        2026, 3, 29, 1, tzinfo=beirut
    )


def test_time_on_quiet_days_is_not_counted_as_time_in_which_something_could_be_sent() -> None:
    six_hours = timedelta(hours=6)
    assert after_allowed_time(wall(2026, 11, 28, 6), six_hours, QUIET, AMSTERDAM) == wall(2026, 11, 28, 12)
    assert after_allowed_time(wall(2026, 11, 28, 22), six_hours, QUIET, AMSTERDAM) == wall(2026, 11, 30, 4)
    assert after_allowed_time(wall(2026, 11, 29, 22), six_hours, QUIET, AMSTERDAM) == wall(2026, 11, 30, 6)
    assert after_allowed_time(wall(2026, 12, 24, 23), timedelta(days=2), QUIET, AMSTERDAM) == wall(2026, 12, 29, 23)


def test_when_every_day_is_quiet_it_is_said_that_nothing_would_ever_be_sent() -> None:
    with pytest.raises(ConfigError, match="every day of the week is quiet"):
        next_allowed(wall(2026, 11, 28, 12), WEEKDAYS, AMSTERDAM)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.sets(st.sampled_from(WEEKDAYS), max_size=6),
    st.sampled_from(["Europe/Amsterdam", "America/Havana", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe"]),
)
def test_the_next_allowed_moment_is_the_first_that_is_not_quiet(moment: datetime, quiet: set[str], zone: str) -> None:
    there = ZoneInfo(zone)
    allowed = next_allowed(moment, quiet, there)  # type: ignore[arg-type]  # weekdays
    assert allowed >= moment
    assert not is_quiet(allowed.astimezone(there).date(), quiet)  # type: ignore[arg-type]
    if allowed > moment:
        assert is_quiet((allowed - timedelta(microseconds=1)).astimezone(there).date(), quiet)  # type: ignore[arg-type]
        assert is_quiet(moment.astimezone(there).date(), quiet)  # type: ignore[arg-type]
