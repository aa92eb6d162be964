"""Moments and lengths of time, as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.cli._times import both, last_mail, length

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("moment", "zone", "said"),
    [
        (datetime(2026, 11, 28, 5, tzinfo=UTC), AMSTERDAM, "2026-11-28 06:00 CET (05:00 UTC)"),
        (datetime(2026, 7, 3, 22, 30, tzinfo=UTC), AMSTERDAM, "2026-07-04 00:30 CEST (2026-07-03 22:30 UTC)"),
        (datetime(2026, 11, 28, 5, tzinfo=UTC), ZoneInfo("UTC"), "2026-11-28 05:00 UTC"),
    ],
)
def test_a_moment_is_told_in_local_time_and_in_utc(moment: datetime, zone: ZoneInfo, said: str) -> None:
    assert both(moment, zone) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=0.5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=12, seconds=30), "12 min"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, minutes=5), "1 day"),
        (timedelta(days=2, hours=17), "2 days 17 h"),
    ],
)
def test_a_length_of_time_has_two_parts_at_most(span: timedelta, said: str) -> None:
    assert length(span) == said


@pytest.mark.parametrize(
    ("after", "said"),
    [(timedelta(0), "(05:00 UTC)"), (timedelta(minutes=3), "(05:03 UTC), 3 min after the first at the limits of now")],
)
def test_how_long_it_takes_is_said_where_it_takes_any_time(after: timedelta, said: str) -> None:
    first = datetime(2026, 11, 28, 5, tzinfo=UTC)
    assert last_mail(first, first + after, AMSTERDAM).endswith(said)
