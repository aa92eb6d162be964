"""How fast a run may go, and when the last reader has his mail."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import Send
from newsletter.delivery.throttle import Forecast, Limits, forecast

ZONE = ZoneInfo("Europe/Amsterdam")
SATURDAY = datetime(2026, 11, 28, 5, tzinfo=UTC)
"""Six in the morning."""


def ends(
    limits: Limits,
    readers: Mapping[str, int],
    *,
    start: datetime = SATURDAY,
    quiet: tuple[object, ...] = (),
    used: Mapping[date, int] | None = None,
) -> Forecast:
    return forecast(limits, readers, start=start, zone=ZONE, quiet=quiet, used=used or {})  # type: ignore[arg-type]


def test_the_configuration_is_read_in_readers_a_second() -> None:
    limits = Limits.of(Send.model_validate({"rate": "600/min", "per_domain": {"Example.NL": "3600/h"}}))
    assert (limits.rate, limits.per_domain) == (10.0, {"example.nl": 1.0})


def test_without_limits_nobody_knows_when_it_ends() -> None:
    assert ends(Limits(), {"example.nl": 1_000}) == Forecast(first=SATURDAY, last=None)


def test_a_rate_says_how_long_it_takes() -> None:
    assert ends(Limits(rate=10), {"example.nl": 300, "example.org": 300}).last == SATURDAY + timedelta(minutes=1)


def test_the_slowest_mail_service_says_when_it_ends() -> None:
    limits = Limits(rate=100, per_domain={"example.nl": 1})
    assert ends(limits, {"example.nl": 120, "example.org": 300}).last == SATURDAY + timedelta(minutes=2)


def test_what_a_day_does_not_hold_goes_on_the_next_from_midnight() -> None:
    last = ends(Limits(per_day=100), {"example.nl": 250}).last
    assert last == datetime(2026, 11, 29, 23, tzinfo=UTC)  # midnight before Monday


def test_a_quiet_day_is_left_out() -> None:
    last = ends(Limits(per_day=100), {"example.nl": 250}, quiet=("sunday",)).last
    assert last == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_a_rate_that_reaches_into_a_quiet_day_goes_on_after_it() -> None:
    start = datetime(2026, 11, 28, 22, 59, tzinfo=UTC)  # a minute before Sunday
    last = ends(Limits(rate=1), {"example.nl": 90}, start=start, quiet=("sunday",)).last
    assert last == datetime(2026, 11, 29, 23, 0, 30, tzinfo=UTC)


def test_who_was_mailed_today_counts() -> None:
    used = {date(2026, 11, 28): 60}
    assert ends(Limits(per_day=100), {"example.nl": 41}, used=used).last == datetime(2026, 11, 28, 23, tzinfo=UTC)


@pytest.mark.parametrize(("day", "allowed"), [(1, 500), (2, 1_000), (7, 1_000), (8, 5_000), (9, 20_000), (400, 20_000)])
def test_a_warm_up_goes_by_days_of_sending_and_ends_with_its_last_step(day: int, allowed: int) -> None:
    assert Limits(per_day=20_000, warm_up={1: 500, 2: 1_000, 8: 5_000}).on_day(day) == allowed


def test_a_warm_up_begins_with_the_first_day_on_which_anybody_was_mailed() -> None:
    limits = Limits(warm_up={1: 100, 2: 200})
    used = {date(2026, 11, 27): 100}
    assert ends(limits, {"example.nl": 200}, used=used).last == SATURDAY


@pytest.mark.parametrize(
    ("rate", "batch", "at_once"), [(14, 1, 1), (14, 100, 14), (200, 1, 20), (500, 100, 100), (0.5, 100, 1)]
)
def test_not_more_go_together_than_a_second_holds(rate: float, batch: int, at_once: int) -> None:
    assert Limits(rate=rate).at_once(batch) == at_once


@given(
    number=st.integers(1, 5_000),
    rate=st.none() | st.floats(0.1, 50),
    per_day=st.none() | st.integers(50, 5_000),
    quiet=st.sampled_from([(), ("sunday",), ("saturday", "sunday")]),
)
def test_nobodys_mail_leaves_on_a_quiet_day_or_too_early(
    number: int, rate: float | None, per_day: int | None, quiet: tuple[str, ...]
) -> None:
    found = ends(Limits(rate=rate, per_day=per_day), {"example.nl": number}, quiet=quiet)
    if found.last is None:
        assert (rate, per_day) == (None, None)
        return
    shortest = timedelta(seconds=(number - 1) / rate) if rate else timedelta()
    assert found.last - SATURDAY >= shortest - timedelta(seconds=1)
    weekday = (found.last - timedelta(microseconds=1)).astimezone(ZONE).strftime("%A").lower()
    assert weekday not in quiet or found.last.astimezone(ZONE).time().isoformat() == "00:00:00"
