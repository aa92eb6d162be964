"""Publication day, quiet days, and wall time in the newsletter's zone.

Wall time is what people write and what the calendar means: six o'clock on Saturday stays six o'clock when the
clock changes. Twice a year a wall time is not one moment. One that the night skips moves forward by what was
skipped (02:30 becomes 03:30); of one that the night has twice, the first is meant.

A quiet day lasts from midnight to midnight of these clocks, which on those two nights is an hour less, or more.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.config import WEEKDAYS, Publishing, QuietDay
from newsletter.errors import ConfigError

_A_YEAR = 366


def at_wall_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which a zone's clocks show this time on this day."""
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def is_quiet(day: date, quiet: Collection[QuietDay]) -> bool:
    """Say whether nothing is sent on this day: it, or its weekday, is among the quiet ones."""
    return day in quiet or WEEKDAYS[day.weekday()] in quiet


def next_allowed(moment: datetime, quiet: Collection[QuietDay], zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, or, when it lies on a quiet day, the midnight at which the quiet days are over.

    Raises: ConfigError when every day of the week is quiet.
    """
    if set(WEEKDAYS) <= set(quiet):
        raise ConfigError(
            "newsletter.toml: every day of the week is quiet, so nothing would ever be sent.",
            "Take a day out of `newsletter.quiet`.",
        )
    today = day = moment.astimezone(zone).date()
    while is_quiet(day, quiet):
        day += timedelta(days=1)
    return moment.astimezone(UTC) if day == today else at_wall_time(day, time(0), zone)


def next_quiet(moment: datetime, quiet: Collection[QuietDay], zone: ZoneInfo) -> datetime | None:
    """Return the midnight, in UTC, at which the next quiet day after this one begins; None within a year."""
    today = moment.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(1, _A_YEAR + 1))
    return next((at_wall_time(day, time(0), zone) for day in days if is_quiet(day, quiet)), None)


def after_allowed_time(moment: datetime, span: timedelta, quiet: Collection[QuietDay], zone: ZoneInfo) -> datetime:
    """Return when, in UTC, so much time has gone by since a moment in which sending was allowed.

    Raises: ConfigError when every day of the week is quiet.
    """
    at = next_allowed(moment, quiet, zone)
    while (closing := next_quiet(at, quiet, zone)) and closing - at < span:
        span -= closing - at
        at = next_allowed(closing, quiet, zone)
    return at + span


def next_publication(after: datetime, publishing: Publishing, quiet: Collection[QuietDay], zone: ZoneInfo) -> datetime:
    """Return the first publication, in UTC, that is later than ``after``; a quiet day's issue waits a week.

    Raises: ConfigError when every publication day is quiet.
    """
    if publishing.weekday in quiet:
        raise ConfigError(
            f"newsletter.toml: {publishing.weekday} is both the day of publication and a quiet day.",
            "Choose another day in `newsletter.publish`, or take this one out of `newsletter.quiet`.",
        )
    today = after.astimezone(zone).date()
    day = today + timedelta(days=(WEEKDAYS.index(publishing.weekday) - today.weekday()) % 7)
    while is_quiet(day, quiet) or at_wall_time(day, publishing.at, zone) <= after:
        day += timedelta(days=7)
    return at_wall_time(day, publishing.at, zone)
