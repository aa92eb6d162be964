"""Publication day, quiet days, and wall time in the newsletter's zone.

Wall time is what people write and what the calendar means: six o'clock on Saturday stays six o'clock when the
clock changes. Twice a year a wall time is not one moment. One that the night skips moves forward by what was
skipped (02:30 becomes 03:30); of one that the night has twice, the first is meant.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.config import WEEKDAYS, Publishing, QuietDay
from newsletter.errors import ConfigError


def at_wall_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which a zone's clocks show this time on this day."""
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def is_quiet(day: date, quiet: Collection[QuietDay]) -> bool:
    """Say whether nothing is sent on this day: it, or its weekday, is among the quiet ones."""
    return day in quiet or WEEKDAYS[day.weekday()] in quiet


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
