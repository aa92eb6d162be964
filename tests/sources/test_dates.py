"""Dates of articles: one strict grammar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources._dates import doubt_about, read_date, read_dates

HERE = ZoneInfo("Europe/Amsterdam")


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=HERE).astimezone(UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    "text",
    [
        "14 oktober 2025 17:05",
        "14 October 2025 17:05",
        "14 okt. 2025, 17.05 uur",
        "14 okt ’25 17:05",
        "dinsdag 14 oktober 2025 om 17.05 uur",
        "Dinsdag, 14 oktober 2025 om 17:05",
        "op dinsdag 14 oktober 2025 om 17:05",
        "di 14 okt 2025 - 17:05",
        "Tuesday, October 14, 2025 at 5:05 pm",
        "Oct. 14th, 2025, 5:05 p.m.",
        "14-10-2025 17:05",
        "14-10-2025, 17:05",
        "14.10.2025 17:05",
        "14/10/2025 17:05",
        "10/14/2025 17:05",
        "2025-10-14 17:05",
        "2025-10-14T17:05",
        "2025-10-14T17:05:00.000",
        "2025-10-14T17:05:00+02:00",
        "2025-10-14T15:05:00Z",
        "2025-10-14 10:05:00 -0500",
        "2025/10/14 17:05",
        "Tue, 14 Oct 2025 15:05:00 GMT",
        "Tue, 14 Oct 2025 17:05:00 +0200",
        "Tue, 14 Oct 2025 10:05:00 CDT",
        "  14\u00a0oktober\u00a02025   17:05 ",
    ],
)
def test_a_date_with_time_is_read(text: str) -> None:
    assert read_date(text, HERE) == here(2025, 10, 14, 17, 5)
    assert doubt_about(text, HERE) is None


@pytest.mark.parametrize("text", ["2 mei 2024", "2 May 2024", "2e mei 2024", "02-05-2024", "2024-05-02", "May 2, 2024"])
def test_a_day_without_time_is_its_midnight(text: str) -> None:
    assert read_date(text, HERE) == here(2024, 5, 2)


def test_seconds_are_kept() -> None:
    assert read_date("2024-05-02 10:11:12", HERE) == here(2024, 5, 2, 10, 11, 12)


def test_twelve_at_night_and_noon_are_told_apart() -> None:
    assert read_date("May 2, 2024 12:30 am", HERE) == here(2024, 5, 2, 0, 30)
    assert read_date("May 2, 2024 12:30 pm", HERE) == here(2024, 5, 2, 12, 30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mei",
        "2024",
        "2 mei",
        "zaterdag 1 oktober",
        "12:30",
        "31 april 2024",
        "30 februari 2024",
        "29-02-2023",
        "2024-13-01",
        "14 oktober 2025 25:00",
        "14 oktober 2025 17:60",
        "May 2, 2024 13:30 pm",
        "Op 14 oktober 2025 ging de brug open",
        "14 oktober 2025 ging de brug open",
        "gisteren 14 oktober 2025",
        "14 oktober 20251",
        "03/04/2024",
        "0000-01-01",
        "2024-05-02 10:11 QQQ",
        "artikel 2-5-20",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    assert read_date(text, HERE) is None


def test_a_slashed_date_that_could_be_two_days_says_so() -> None:
    assert doubt_about("03/04/2024", HERE) == "03/04/2024 does not tell which figure is the month"
    assert read_date("04/04/2024", HERE) == here(2024, 4, 4)


def test_an_hour_that_comes_twice_is_the_first_and_says_so() -> None:
    text = "29 oktober 2023 02:30"
    assert read_date(text, HERE) == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
    assert "twice or never" in (doubt_about(text, HERE) or "")


def test_an_hour_that_never_comes_says_so() -> None:
    assert "twice or never" in (doubt_about("26 maart 2023 02:30", HERE) or "")


@pytest.mark.parametrize(
    "line",
    [
        "14 October 2025 17:05Gewijzigd op 15 October 2025 09:30",
        "14 oktober 2025 17:05 gewijzigd op 15 oktober 2025 9:30",
        "dinsdag 14 oktober 2025 om 17:05, laatst bijgewerkt op 15-10-2025 om 9.30 uur",
        "14-10-2025, 17:05 (Update 15-10-2025, 9:30)",
        "Gepubliceerd op 14 oktober 2025 om 17:05 | Laatste update: 15 oktober 2025 om 09:30",
        "Published October 14, 2025 at 5:05 pm · Last updated October 15, 2025 at 9:30 am",
        "14 oktober 2025 17:05 Aangepast: 15 oktober 2025 09:30 · 4 min lezen",
    ],
)
def test_both_dates_of_a_line_are_read(line: str) -> None:
    dates = read_dates(line, HERE)
    assert dates is not None
    assert (dates.published, dates.modified) == (here(2025, 10, 14, 17, 5), here(2025, 10, 15, 9, 30))


def test_a_change_without_day_is_on_the_day_of_publication() -> None:
    dates = read_dates("dinsdag, 14 oktober 2025 om 17:05 bijgewerkt om 18:10", HERE)
    assert dates is not None
    assert dates.modified == here(2025, 10, 14, 18, 10)


def test_a_line_may_hold_one_date() -> None:
    dates = read_dates("vrijdag, 05 september 2025 om 13:12", HERE)
    assert dates is not None
    assert (dates.published, dates.modified) == (here(2025, 9, 5, 13, 12), None)


def test_a_line_may_hold_only_the_change() -> None:
    dates = read_dates("Bijgewerkt op 5 september 2025 om 13:12", HERE)
    assert dates is not None
    assert (dates.published, dates.modified) == (None, here(2025, 9, 5, 13, 12))


def test_a_doubtful_date_line_is_still_a_date_line() -> None:
    dates = read_dates("03/04/2024 12:00", HERE)
    assert dates is not None
    assert dates.published is None
    assert dates.doubt is not None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Gewijzigd",
        "Bijgewerkt plan voor de brug",
        "14 oktober 2025 en later",
        "De wet is gewijzigd op 14 oktober 2025",
        "14 oktober 2025 gewijzigd plan",
        "bijgewerkt om 13:12",
    ],
)
def test_a_line_with_other_words_is_no_date_line(line: str) -> None:
    assert read_dates(line, HERE) is None


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    for found in (read_date(text, HERE), getattr(read_dates(text, HERE), "published", None)):
        assert found is None or found.utcoffset() is not None


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
def test_the_forms_of_one_moment_agree(wall: datetime) -> None:
    minute = wall.replace(second=0, microsecond=0, fold=0)
    iso = read_date(minute.isoformat(), HERE)
    assert iso is not None
    assert (
        iso
        == read_date(minute.strftime("%d-%m-%Y %H:%M"), HERE)
        == read_date(minute.strftime("%B %-d, %Y %H:%M"), HERE)
    )


def test_a_line_too_long_for_a_date_is_none() -> None:
    assert read_dates(f"8 september 2023 {'-' * 150}", HERE) is None


@pytest.mark.parametrize(
    "text",
    ["2026-11-20 19:29:00 UTC+01:00", "Fri Nov 20 2026 19:29:00 GMT+0100 (Central European Standard Time)"],
)
def test_an_offset_may_stand_behind_the_name_of_the_zone_it_counts_from(text: str) -> None:
    assert read_date(text, ZoneInfo("America/New_York")) == datetime(2026, 11, 20, 18, 29, tzinfo=UTC)
