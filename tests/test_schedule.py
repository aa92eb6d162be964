"""Publication days, quiet days and the two nights on which the clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import WEEKDAYS, Publishing
from newsletter.errors import ConfigError
from newsletter.schedule import at_wall_time, is_quiet, next_publication

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
