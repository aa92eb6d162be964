"""What is to be told of a run while it goes on and after: how many, how fast, what it waits for, what was said.

It is read in one state of the database, and written nowhere. Readers are counted once, by domain and state: every other
count follows from that, or is of few.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.delivery.allowance import Allowance, Shut
from newsletter.delivery.lifecycle import rests
from newsletter.delivery.throttle import Limits, forecast
from newsletter.model.ledger import DeliveryState, EventKind, Run
from newsletter.store import claims, deliveries, editions, figures, quotas, runs
from newsletter.store.database import Transaction
from newsletter.store.figures import Said

STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)

_LATELY = timedelta(minutes=1)
"""The rate of a run that goes on is that of so long."""
_FEW, _SHORT = 10, timedelta(seconds=10)
"""Fewer readers in a shorter time tell no rate: one who was put off and is tried again would make it any."""
_MOST_SAID = 5
_MOST_REASONS = 10

Counts = Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """A run of the same issue, and how many of its readers are in each state."""

    run: Run
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run as it stands at a moment.

    ``domains`` count by receiving domain, the largest first. ``rate`` is in readers a second: lately, or of all of it
    once it is over; None before there is any. ``last_at`` is when the last mail leaves, None where nobody knows.
    ``waits_for`` is a sentence, empty when it waits for nothing. ``said`` are the last things that went wrong, the
    newest first; ``refused`` and ``skipped`` the commonest reasons. ``later`` counts the readers of whom the provider
    told something afterwards, ``gone`` those who left, complained or bounced since it began and get no mail any more.
    ``siblings`` are all runs of its issue, itself too, the newest first.
    """

    run: Run
    subject: str
    counts: Counts
    domains: Mapping[str, Counts]
    rate: float | None = None
    last_at: datetime | None = None
    waits_for: str = ""
    said: tuple[Said, ...] = ()
    refused: tuple[tuple[str, int], ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()
    later: Mapping[EventKind, int] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)
    siblings: tuple[Sibling, ...] = ()

    @property
    def missing(self) -> int:
        """By how many readers the sum is short of the total: 0 when it holds, below when there are too many."""
        return (self.run.total or 0) - sum(self.counts.values())


def look(transaction: Transaction, run: Run, config: Config, *, at: datetime, sends: bool | None) -> Report:
    """Say how a run stands at a moment (aware UTC); ``sends`` is whether somebody sends just now, None if unknown.

    Raises: LookupError when its edition is not kept.
    """
    domains = deliveries.domains(transaction, run.id)
    counts = {state: sum(each.get(state, 0) for each in domains.values()) for state in STATES}
    rate = _rate(transaction, run)
    due_at = claims.next_due(transaction, run.id) if counts["waiting"] else None
    shut = Allowance(config).shut(transaction, run, at)
    starts = (at, run.until, due_at, shut and shut.until)
    return Report(
        run=run,
        subject=editions.load(transaction, run.edition).subject,
        counts=counts,
        domains=domains,
        rate=rate,
        last_at=_last_at(
            transaction, run, domains, config, rate=rate, start=max(moment for moment in starts if moment)
        ),
        waits_for=waits_for(
            run,
            counts,
            due_at=due_at,
            shut=shut,
            at=at,
            sends=sends,
            zone=config.newsletter.time_zone,
        ),
        said=tuple(figures.said_last(transaction, run.id, limit=_MOST_SAID)),
        refused=_reasons(transaction, run, "refused", counts),
        skipped=_reasons(transaction, run, "skipped", counts),
        later=figures.told_later(transaction, run.id),
        gone=figures.gone_since(transaction, run.id, since=run.started_at) if run.started_at else {},
        siblings=_siblings(transaction, run, counts),
    )


def waits_for(
    run: Run,
    counts: Counts,
    *,
    due_at: datetime | None,
    shut: Shut | None,
    at: datetime,
    sends: bool | None,
    zone: ZoneInfo,
) -> str:
    """Say in a sentence what a run waits for, and who ends that; empty when it waits for nothing.

    ``due_at`` is when the first of those who wait may be mailed, None when nobody waits; ``shut`` what keeps all of
    them waiting.
    """
    if run.is_over:
        return _of_doubts(run, counts)
    if run.state == "paused":
        return f"{_PAUSES[run.why or 'operator']}{_until(run, at, zone)}"
    if sends is False:
        return f"Somebody who sends: newsletter send {run.issue}, or newsletter worker."
    if run.state in _STAGES:
        return f"{_STAGES[run.state]}{_wall(run.allowed_at, at, zone) if run.state == 'scheduled' else ''}."
    if shut and counts["waiting"]:
        return f"{shut.why} until {_moment(shut.until, at, zone)}."
    return _of_turns(run, due_at, at, zone) if due_at and not counts["sending"] else ""


_STAGES = {"scheduled": "Its moment: ", "checking": "Every message is made once before the first one leaves"}
_PAUSES: Mapping[str, str] = {
    "hold": "The testers have it first; it goes on by itself",
    "quiet": "Nothing is sent today; it goes on by itself",
    "first": "Your word: as many as you asked for have it. Go on with: newsletter runs resume",
    "operator": "Your word: somebody paused it. Go on with: newsletter runs resume",
    "provider": "Your word: the provider takes nothing. Mend that, then: newsletter runs resume",
    "faults": "Your word: what is wrong must be mended, or its readers left out. Then: newsletter runs resume",
    "refused": "Your word: too many were refused. Look why, then: newsletter runs resume",
    "complained": "Your word: too many complained. Look why, then: newsletter runs resume",
}


def _until(run: Run, at: datetime, zone: ZoneInfo) -> str:
    if run.why in {"hold", "quiet"}:
        return f" at {_wall(run.until, at, zone)}." if run.until else "."
    return f" {run.id}"


def _of_turns(run: Run, due_at: datetime, at: datetime, zone: ZoneInfo) -> str:
    if due_at <= at:
        return ""
    return f"Nobody's turn is before {_wall(due_at, at, zone)}. Why: newsletter runs readers {run.id} --state waiting"


def _of_doubts(run: Run, counts: Counts) -> str:
    doubted = counts["in doubt"]
    if not doubted:
        return ""
    return f"What became of {doubted:,} is not known yet. See: newsletter runs settle {run.id}"


def _moment(moment: datetime, at: datetime, zone: ZoneInfo) -> str:
    """A moment that may be seconds away."""
    is_soon = moment - at < timedelta(hours=1)
    return f"{moment.astimezone(zone):%H:%M:%S %Z}" if is_soon else _wall(moment, at, zone)


def _wall(moment: datetime, at: datetime, zone: ZoneInfo) -> str:
    """``06:10 CET``, with its day where that is another: it must have room beside a bar."""
    wall = moment.astimezone(zone)
    day = "" if wall.date() == at.astimezone(zone).date() else f"{wall:%Y-%m-%d} "
    return f"{day}{wall:%H:%M %Z}"


def _rate(transaction: Transaction, run: Run) -> float | None:
    """How many readers a second it makes, in the last minute in which it made any; None where that tells nothing."""
    number, time = figures.lately(transaction, run.id, within=_LATELY)
    tells = time and (number >= _FEW or (number and time >= _SHORT))
    return number / time.total_seconds() if tells else None


def _last_at(
    transaction: Transaction,
    run: Run,
    domains: Mapping[str, Counts],
    config: Config,
    *,
    rate: float | None,
    start: datetime,
) -> datetime | None:
    """When the last mail leaves at the limits, or at the rate it has, whichever is later; None once nobody can say."""
    waiting = {domain: each["waiting"] for domain, each in domains.items() if each.get("waiting")}
    if rests(run) or not waiting:
        return None
    known = forecast(
        Limits.of(config.send),
        waiting,
        start=start,
        zone=config.newsletter.time_zone,
        quiet=() if run.quiet else config.newsletter.quiet,
        used=quotas.used(transaction),
    )
    at_this_rate = start + timedelta(seconds=sum(waiting.values()) / rate) if rate else None
    return max((moment for moment in (known.last, at_this_rate) if moment), default=None)


def _reasons(transaction: Transaction, run: Run, state: DeliveryState, counts: Counts) -> tuple[tuple[str, int], ...]:
    return tuple(figures.reasons(transaction, run.id, state, limit=_MOST_REASONS)) if counts[state] else ()


def _siblings(transaction: Transaction, run: Run, counts: Counts) -> tuple[Sibling, ...]:
    return tuple(
        Sibling(run=one, counts=counts if one.id == run.id else deliveries.counts(transaction, one.id))
        for one in runs.every(transaction, run.issue)
    )
