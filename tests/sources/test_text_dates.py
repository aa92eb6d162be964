"""Forms of dates that are found on pages, and which front matter hardly has."""

from zoneinfo import ZoneInfo

import pytest
from pasted import HOUSE, at

from newsletter.sources._dates import read_date, read_dates

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    "text",
    ["14:05 BST, 3 May 2024", "14:05 BST 3 May 2024", "14.05 BST on Friday 3 May 2024", "2:05 pm BST, May 3, 2024"],
)
def test_a_time_may_stand_before_its_day(text: str) -> None:
    assert read_date(text, HOUSE.zone) == at(2024, 5, 3, 15, 5)


def test_a_time_before_its_day_without_zone_is_the_newsrooms() -> None:
    assert read_date("14.05, 3 mei 2024", HOUSE.zone) == at(2024, 5, 3, 14, 5)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("March 3, 2024 6:15 PM ET", 18), ("July 3, 2024, 6:15 a.m. ET", 6), ("July 3, 2024 6:15 AM ET", 6)],
)
def test_eastern_time_knows_summer(text: str, hour: int) -> None:
    found = read_date(text, HOUSE.zone)
    assert found
    assert found.astimezone(ZoneInfo(NEW_YORK)).hour == hour


def test_figures_with_a_short_year_are_a_date_only_with_a_time() -> None:
    assert read_date("12-05-22, 17:03", HOUSE.zone) == at(2022, 5, 12, 17, 3)
    assert read_date("12-05-22 17:03", HOUSE.zone) == at(2022, 5, 12, 17, 3)
    assert read_date("12-05-22", HOUSE.zone) is None
    assert read_date("32-05-22, 17:03", HOUSE.zone) is None


def test_both_dates_may_have_their_time_before_them() -> None:
    dates = read_dates("Published 14:05 BST, 3 May 2024 | Updated 16:20 BST, 3 May 2024", HOUSE.zone)
    assert dates
    assert (dates.published, dates.modified) == (at(2024, 5, 3, 15, 5), at(2024, 5, 3, 17, 20))


@pytest.mark.parametrize(
    "text", ["14:05", "14:05 BST", "7-6, 3 mei", "6:15 PM ET", "14:05 in 2024", "25:05, 3 mei 2024"]
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert read_date(text, HOUSE.zone) is None
