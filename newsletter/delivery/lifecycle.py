"""What comes next for a run: pure, told the time and the calendar, and touching nothing.

::

    scheduled ──due──▶ checking ──every message made──▶ paused (hold) ──▶ sending ──▶ finished
        │ its time ran out           (where there are testers)      a quiet day: paused (quiet), and on after it
        ▼
     expired

A run carries behind it what it has done (``frozen_at``, ``checked_at``, ``held_at``, ``started_at``), so after a pause
it goes on where it was; a hold goes on until the testers have had all of their time. What its operator, the provider or
a fault has paused waits for a person. A run that has begun never expires; until then only time counts in which it could
have begun: neither quiet days nor its hold.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter import schedule
from newsletter.config import Config, QuietDay
from newsletter.model.ledger import Run, RunState

_OF_ITSELF = frozenset(("hold", "quiet"))
"""Pauses that end without anybody's doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What a run's steps depend on besides itself. ``testers`` says whether there are any."""

    zone: ZoneInfo
    quiet: Collection[QuietDay] = ()
    expire: timedelta = timedelta(hours=6)
    testers: bool = False

    @classmethod
    def of(cls, config: Config) -> "Calendar":
        """The calendar of a newsletter."""
        return cls(
            zone=config.newsletter.time_zone,
            quiet=config.newsletter.quiet,
            expire=config.send.expire,
            testers=bool(config.send.testers),
        )

    def allowed(self, at: datetime, *, quiet: str = "") -> datetime:
        """Return the first moment from ``at`` on at which a run may be sent; ``quiet`` is its reason to send anyway."""
        return at if quiet else schedule.next_allowed(at, self.quiet, self.zone)

    def deadline(self, run: Run) -> datetime:
        """Return the moment from which a run does not begin any more by itself."""
        quiet = () if run.quiet else self.quiet
        span = self.expire + timedelta(seconds=run.hold if run.held_at else 0)
        return schedule.after_allowed_time(run.allowed_at, span, quiet, self.zone)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing before this moment."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Quiet:
    """Pause until the quiet days are over."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Expire:
    """It did not begin in time; those who wait get nothing from it."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Write down who gets it."""


@dataclass(frozen=True, slots=True)
class Check:
    """Make every message once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Mail the testers, unless they have it already, and pause until this moment."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Begin:
    """Send, or go on sending."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is over, or it is sent right now, or a person must decide."""


Step = Wait | Quiet | Expire | Freeze | Check | Hold | Begin | Nothing


def next_step(run: Run, now: datetime, calendar: Calendar) -> Step:
    """Return what to do with a run at a moment (aware UTC)."""
    if rests(run):
        return Nothing()
    if now < run.due_at:
        return Wait(run.due_at)
    if run.why == "hold" and run.until and now < run.until:
        return Wait(run.until)
    if (allowed := calendar.allowed(now, quiet=run.quiet)) > now:
        return Wait(allowed) if run.why == "quiet" and run.until == allowed else Quiet(allowed)
    if run.started_at:
        return Nothing() if run.state == "sending" else Begin()
    return Expire() if now >= calendar.deadline(run) else _towards_sending(run, now, calendar)


def rests(run: Run) -> bool:
    """Whether nothing comes of itself any more: it is over, or a person must decide."""
    return run.is_over or (run.state == "paused" and run.why not in _OF_ITSELF)


def resumed(run: Run) -> RunState:
    """Return the state in which a paused run goes on from where it was."""
    if run.started_at:
        return "sending"
    return "checking" if run.frozen_at else "scheduled"


def _towards_sending(run: Run, now: datetime, calendar: Calendar) -> Step:
    """The next of what stands before the first reader is mailed."""
    if run.frozen_at is None:
        return Freeze()
    if run.checked_at is None:
        return Check()
    if run.held_at is None and run.hold > 0 and calendar.testers:
        return Hold(now + timedelta(seconds=run.hold))
    if run.held_at and now < (until := run.held_at + timedelta(seconds=run.hold)):
        return Hold(until)  # somebody paused it meanwhile
    return Begin()
