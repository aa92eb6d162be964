"""Moments and lengths of time, as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def both(moment: datetime, zone: ZoneInfo) -> str:
    """``2026-11-28 06:00 CET (05:00 UTC)``; the day stands there too where it is another."""
    local, utc = moment.astimezone(zone), moment.astimezone(UTC)
    if local.utcoffset() == timedelta(0):
        return f"{utc:%Y-%m-%d %H:%M} UTC"
    day = "" if local.date() == utc.date() else f"{utc:%Y-%m-%d} "
    return f"{local:%Y-%m-%d %H:%M %Z} ({day}{utc:%H:%M} UTC)"


def length(span: timedelta) -> str:
    """``40 s``, ``12 min``, ``2 h 5 min``, ``3 days 4 h``; parts of a second are left out."""
    seconds = int(span.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        parts = [f"{days} day{'s' if days > 1 else ''}", f"{hours % 24} h"]
    elif hours:
        parts = [f"{hours} h", f"{minutes % 60} min"]
    else:
        parts = [f"{minutes} min"] if minutes else [f"{seconds} s"]
    return " ".join(part for part in parts if not part.startswith("0 ") or len(parts) == 1)


def last_mail(first: datetime, last: datetime | None, zone: ZoneInfo) -> str:
    """Say when the last mail leaves, and how long that is after the first; None is when the provider has all."""
    if last is None:
        return "as soon as the provider has taken all; no limit is configured"
    took = length(last - first) if last - first >= timedelta(seconds=1) else ""
    return f"{both(last, zone)}{took and f', {took} after the first at the limits of now'}"
