"""Taking waiting readers to be mailed: what the engine does once a turn, and so what must be fast.

Claiming looks at the list once more: whoever has left since the run was frozen is skipped. On PostgreSQL several
processes claim side by side, each past the rows that another holds.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Integer, and_, bindparam, case, func, select, text, update

from newsletter.model.ledger import Delivery, RunState
from newsletter.store import bulk
from newsletter.store.database import Transaction
from newsletter.store.schema import Moment, deliveries, runs, subscribers
from newsletter.store.subscribers import REASON

_HANDED = ("sending", "accepted", "refused", "in doubt")
"""The states of those whom a request was made for."""


_NAMES = ("run", "seq", "subscriber", "address", "name", "joined", "state", "reason", "tries", "not_before", "domain")
_READ = [deliveries.c[name] for name in _NAMES]
"""Of one who waits, all that matters."""

_SINCE = case(
    (subscribers.c.id.is_(None), "erased since"),
    (REASON.is_not(None), REASON.op("||")(" since")),
    (subscribers.c.status != "confirmed", subscribers.c.status.op("||")(" since")),
    (subscribers.c.key != deliveries.c.key, "moved to another address since"),
    else_=None,
)
"""Why a frozen reader is not mailed after all, NULL when he is."""

_PAUSES = and_(subscribers.c.paused_until.is_not(None), subscribers.c.paused_until > bindparam("day", type_=Date))

_CLAIM = (
    select(*_READ, case((_SINCE.is_not(None), _SINCE), (_PAUSES, "paused since"), else_=None).label("since"))
    .outerjoin(subscribers, subscribers.c.id == deliveries.c.subscriber)
    .where(deliveries.c.run == bindparam("of"), deliveries.c.state == "waiting")
    .where(deliveries.c.not_before <= bindparam("at", type_=Moment))
    .order_by(deliveries.c.not_before, deliveries.c.seq)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=deliveries, skip_locked=True)
)


def claim(transaction: Transaction, run: int, *, at: datetime, day: date, limit: int) -> list[Delivery]:
    """Take the waiting readers whose turn it is, at most so many, the longest waiting first.

    Those who left, or pause on this day of the newsletter's zone, are skipped and count to the limit; so an empty list
    does not mean that nobody waits. The others stay as they are until `attempts.open_` or `postpone`.
    """
    since_then: dict[int, str] = {}
    found: list[Delivery] = []
    for row in transaction.execute(_CLAIM, {"of": run, "at": at, "day": day, "most": limit}).all():
        if why := row[-1]:
            since_then[row.seq] = why
        else:  # by place: by name it takes twice as long
            found.append(Delivery(**dict(zip(_NAMES, row, strict=False))))
    _skip(transaction, run, since_then)
    return found


def postpone(transaction: Transaction, run: int, until: Mapping[int, datetime]) -> None:
    """Have claimed readers wait until a moment, each his own."""
    rows = [{"seq": seq, "until": bulk.moment(moment)} for seq, moment in until.items()]
    late = bulk.table(transaction, "late", seq="integer", until="timestamptz")
    query = text(
        f"UPDATE deliveries SET not_before = late.until FROM {late} "  # noqa: S608 (names of this package)
        "WHERE deliveries.run = :run AND deliveries.seq = late.seq AND deliveries.state = 'waiting'"
    )
    if rows:
        transaction.execute(query, {"run": run, "late": json.dumps(rows)})


def handed(transaction: Transaction, run: int) -> int:
    """Count the readers of a run for whom a request was made."""
    query = select(func.count()).where(deliveries.c.run == run, deliveries.c.state.in_(_HANDED))
    return transaction.scalar(query) or 0


def next_due(transaction: Transaction, run: int) -> datetime | None:
    """Return when the turn of a run's next waiting reader is; None when none waits."""
    waits = (deliveries.c.run == run, deliveries.c.state == "waiting")
    query = select(deliveries.c.not_before).where(*waits).order_by(deliveries.c.not_before, deliveries.c.seq).limit(1)
    return transaction.scalar(query)


def conclude(transaction: Transaction, run: int, *, at: datetime) -> RunState | None:
    """Bring a run's state in line with its readers: over when nobody waits, going on when somebody does again.

    Return its new state, None when it stays as it is. One that is paused, or was broken off, stays so.
    """
    # Its key is left alone: whoever writes what is told of it meanwhile and then wants this would wait for itself.
    now = transaction.scalar(select(runs.c.state).where(runs.c.id == run).with_for_update(key_share=True))
    if now not in {"sending", "finished", "finished with doubts"}:
        return None
    wanted: RunState = _concluded(transaction, run)
    if wanted == now:
        return None
    over = None if wanted == "sending" else at
    transaction.execute(update(runs).where(runs.c.id == run).values(state=wanted, ended_at=over, sentence=""))
    return wanted


def _concluded(transaction: Transaction, run: int) -> RunState:
    if _any(transaction, run, "waiting") or _any(transaction, run, "sending"):
        return "sending"
    return "finished with doubts" if _any(transaction, run, "in doubt") else "finished"


def _any(transaction: Transaction, run: int, state: str) -> bool:
    there = select(deliveries.c.seq).where(deliveries.c.run == run, deliveries.c.state == state).limit(1)
    return transaction.execute(there).one_or_none() is not None


def _skip(transaction: Transaction, run: int, since: Mapping[int, str]) -> None:
    by_reason: dict[str, list[int]] = {}
    for seq, reason in since.items():
        by_reason.setdefault(reason, []).append(seq)
    for reason, seqs in by_reason.items():
        those = (deliveries.c.run == run, deliveries.c.seq.in_(seqs), deliveries.c.state == "waiting")
        transaction.execute(update(deliveries).where(*those).values(state="skipped", reason=reason))


def delivery_of(row: Any) -> Delivery:
    """Read a row of the ledger."""
    return Delivery(
        run=row.run,
        seq=row.seq,
        subscriber=row.subscriber,
        address=row.address,
        name=row.name,
        joined=row.joined,
        state=row.state,
        attempt=row.attempt,
        provider_id=row.provider_id,
        reason=row.reason,
        tries=row.tries,
        not_before=row.not_before,
        domain=row.domain,
    )
