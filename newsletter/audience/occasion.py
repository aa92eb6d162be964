"""When and through what a change to a subscriber comes about: what its consent record tells."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.model.subscriber import ConsentText, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The circumstances of one change.

    ``at`` is aware UTC, ``zone`` the newsletter's. ``text`` is what the reader was shown, ``origin`` the network
    address it came from, ``note`` a reason in the operator's words.
    """

    at: datetime
    zone: ZoneInfo
    source: Source
    text: ConsentText | None = None
    origin: str | None = None
    note: str | None = None

    @property
    def day(self) -> date:
        """The day it is in the newsletter's zone."""
        return self.at.astimezone(self.zone).date()
