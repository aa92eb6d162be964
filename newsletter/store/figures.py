"""What is counted and quoted of a run for whoever looks at it.

A run may have a million readers and be under way: nothing here reads all of them, but `of_keys`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import distinct, func, null, or_, select, text

from newsletter.model.ledger import Delivery, DeliveryState, EventKind
from newsletter.store import bulk
from newsletter.store.claims import delivery_of
from newsletter.store.database import Transaction
from newsletter.store.schema import Moment, answers, attempts, consents, deliveries, events, subscribers

_GONE = ("left", "complained", "bounced")
_TROUBLED = ("unsent", "in doubt", "settled")
"""Attempts whose note says why. Those that were answered have none worth telling, and are many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the provider, or the way to it, said of a request (``seq`` is None) or of one reader in it."""

    at: datetime
    attempt: int
    seq: int | None
    what: str
    said: str


def said_last(transaction: Transaction, run: int, *, limit: int) -> list[Said]:
    """Return the last things that were said of what went wrong in a run, the newest first."""
    of_readers = (
        select(answers.c.at, answers.c.attempt, answers.c.seq, answers.c.what, answers.c.said)
        .join(attempts, attempts.c.id == answers.c.attempt)
        .where(attempts.c.run == run, answers.c.said != "")
        .order_by(answers.c.id.desc())
        .limit(limit)
    )
    at = func.coalesce(attempts.c.ended_at, attempts.c.expires_at, type_=Moment)
    of_requests = (
        select(at, attempts.c.id, null(), attempts.c.state, attempts.c.note)
        .where(attempts.c.state.in_(_TROUBLED), attempts.c.run == run, attempts.c.note != "")
        .order_by(attempts.c.id.desc())
        .limit(limit)
    )
    rows = (*transaction.execute(of_readers), *transaction.execute(of_requests))
    found = (Said(at=at, attempt=attempt, seq=seq, what=what, said=said) for at, attempt, seq, what, said in rows)
    return sorted(found, key=lambda one: (one.at, one.attempt, one.seq or 0), reverse=True)[:limit]


def reasons(transaction: Transaction, run: int, state: DeliveryState, *, limit: int) -> list[tuple[str, int]]:
    """Count the deliveries of a state by their reason, the commonest first."""
    its = deliveries.c
    # The moment is always later: with it SQLite takes the index of states, and not the whole run by its primary key.
    those = (its.run == run, its.state == state, its.not_before > datetime.min.replace(tzinfo=UTC))
    query = select(its.reason, func.count()).where(*those).group_by(its.reason)
    rows = transaction.execute(query.order_by(func.count().desc(), its.reason).limit(limit))
    return [(reason, number) for reason, number in rows]


def lately(transaction: Transaction, run: int, *, within: timedelta) -> tuple[int, timedelta]:
    """Count the readers in a run's last requests that were answered, and the time since the first of these began.

    What waited before or after does not count as time: it is the rate at which it goes when it goes.
    """
    its = attempts.c
    # None is answered after its time, so the index of states and times finds them without those of before.
    answered = (its.state == "answered", its.run == run)
    last = transaction.scalar(select(func.max(its.ended_at, type_=Moment)).where(*answered))
    if last is None:
        return 0, within
    since = last - within
    query = select(func.sum(its.size), func.min(its.opened_at, type_=Moment))
    number, first = transaction.execute(query.where(*answered, its.expires_at > since, its.ended_at > since)).one()
    return number, last - first


def told_later(transaction: Transaction, run: int) -> dict[EventKind, int]:
    """Count the readers of a run of whom the provider told something later, by what; a bounce when it is for good."""
    its = events.c
    query = select(its.kind, func.count(distinct(its.seq))).where(its.run == run, its.kind != "other")
    rows = transaction.execute(query.where(or_(its.kind != "bounced", its.permanent)).group_by(its.kind))
    return {kind: number for kind, number in sorted(rows.all())}  # noqa: C416 (a row is no pair to mypy)


def gone_since(transaction: Transaction, run: int, *, since: datetime) -> dict[str, int]:
    """Count whoever has a run's mail and gets no other, by what happened after a moment: left, complained, bounced."""
    its = consents.c
    query = (
        select(its.what, its.subscriber)
        .join(subscribers, subscribers.c.id == its.subscriber)
        .where(subscribers.c.status.in_(["left", "suppressed"]), its.what.in_(_GONE), its.at > since)
        .distinct()
    )
    gone = [{"what": what, "subscriber": who} for what, who in transaction.execute(query)]
    # First who left, then whether he is one of the run: the database alone would look at the whole run for it.
    those = bulk.table(transaction, "gone", what="text", subscriber="text")
    had = text(
        f"SELECT gone.what, count(*) FROM {those} JOIN deliveries ON deliveries.subscriber = gone.subscriber "  # noqa: S608 (names of this package)
        "WHERE deliveries.run = :run AND deliveries.state = 'accepted' GROUP BY gone.what ORDER BY gone.what"
    )
    return dict(transaction.execute(had, {"run": run, "gone": json.dumps(gone)}).all()) if gone else {}


def of_keys(transaction: Transaction, among: Sequence[int], keys: Sequence[str]) -> list[Delivery]:
    """Return the deliveries of some runs to addresses with these keys, the newest first; it reads all of the runs."""
    its = deliveries.c
    query = select(deliveries).where(its.run.in_(among), its.key.in_(keys)).order_by(its.run.desc(), its.seq)
    return [delivery_of(row) for row in transaction.execute(query)]
