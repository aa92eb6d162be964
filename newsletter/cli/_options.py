"""Options that several commands share."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from newsletter.errors import UsageError

Issue = Annotated[str | None, typer.Argument(metavar="ISSUE", help="A folder under issues/; by default the newest.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
SkipBroken = Annotated[bool, typer.Option("--skip-broken", help="Leave out articles that cannot be read, and say so.")]
Now = Annotated[
    str | None,
    typer.Option("--now", metavar="TIME", help="Build as of 2026-11-28T06:00 instead of the issue's own date."),
]


def moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """Read a time from the command line (without offset: in the newsletter's zone). Raises: UsageError."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"“{text}” is no time.", "Write it like 2026-11-28T06:00.") from None
