"""How fast a run may go: what the configuration allows, and when the last reader has his mail at that rate.

Pure policy; the rows that all processes share stand in ``store/gates.py`` and ``store/quotas.py``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import floor
from zoneinfo import ZoneInfo

from newsletter.config import QuietDay, Send
from newsletter.schedule import at_wall_time, is_quiet

_LONGEST = 366
"""Days that are looked ahead."""

_WITHIN = 0.1
"""Seconds whose readers may go together where each has a request of his own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is allowed at most: readers a second in all and by receiving domain, readers a day, and, for a new sender,
    readers a day from a day of sending on, which count from 1."""

    rate: float | None = None
    per_day: int | None = None
    per_domain: Mapping[str, float] = field(default_factory=dict)
    warm_up: Mapping[int, int] = field(default_factory=dict)

    @staticmethod
    def of(send: Send) -> "Limits":
        """Return what the table ``[send]`` says."""
        domains = {domain.lower(): rate for domain, rate in send.per_domain.items()}
        return Limits(rate=send.rate, per_day=send.per_day, per_domain=domains, warm_up=send.warm_up)

    @property
    def by_day(self) -> bool:
        """Whether readers are counted by the day."""
        return self.per_day is not None or bool(self.warm_up)

    def on_day(self, number: int) -> int | None:
        """Return how many readers on the n-th day of sending, from 1; None for any number.

        A warm-up is over on the day after its last step.
        """
        steps = [day for day in self.warm_up if day <= number]
        step = self.warm_up[max(steps)] if steps and number <= max(self.warm_up) else None
        allowed = [limit for limit in (step, self.per_day) if limit is not None]
        return min(allowed, default=None)

    def at_once(self, batch: int) -> int | None:
        """Return how many readers may be taken together, of which a request holds ``batch``; None for any number.

        Not more than a second's worth, so that a large batch is no burst.
        """
        if self.rate is None:
            return None
        return max(1, floor(self.rate * _WITHIN), min(batch, floor(self.rate)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When the first and the last reader's mail leaves; ``last`` is None where nothing limits it but the provider."""

    first: datetime
    last: datetime | None


def forecast(
    limits: Limits,
    domains: Mapping[str, int],
    *,
    start: datetime,
    zone: ZoneInfo,
    quiet: Collection[QuietDay],
    used: Mapping[date, int],
) -> Forecast:
    """Say when a run's mails leave that may start at a moment (aware UTC), for so many readers of each domain.

    ``used`` are the readers who were mailed on earlier days and today. Nothing leaves on quiet days.
    """
    slowest = max((number / rate for rate, number in _rates(limits, domains)), default=0.0)
    if not slowest and not limits.by_day:
        return Forecast(first=start, last=None)
    left, at = sum(domains.values()), start
    pace = left / slowest if slowest else None
    for _ in range(_LONGEST):
        day = at.astimezone(zone).date()
        tomorrow = at_wall_time(day + timedelta(days=1), time(), zone)
        taken = 0 if is_quiet(day, quiet) else min(left, _taken(limits, day, tomorrow - at, pace, used, left))
        left -= taken
        if not left:
            return Forecast(first=start, last=at + timedelta(seconds=taken / pace if pace else 0))
        at = tomorrow
    return Forecast(first=start, last=None)


def _rates(limits: Limits, domains: Mapping[str, int]) -> list[tuple[float, int]]:
    """Each rate that holds, and for how many readers."""
    whole = [(limits.rate, sum(domains.values()))] if limits.rate else []
    return whole + [(rate, domains.get(domain, 0)) for domain, rate in limits.per_domain.items()]


def _taken(
    limits: Limits, day: date, time_left: timedelta, pace: float | None, used: Mapping[date, int], left: int
) -> int:
    """How many readers at most have their turn in what is left of a day."""
    allowed = limits.on_day((day - min((*used, day))).days + 1)
    by_day = left if allowed is None else max(allowed - used.get(day, 0), 0)
    by_pace = left if pace is None else floor(pace * time_left.total_seconds())
    return min(by_day, by_pace)
