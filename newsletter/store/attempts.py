"""Attempts: requests to the provider, and what was said of single readers in them.

An attempt belongs to whoever is named as its ``worker`` until its time is over; only he may say that nobody was mailed
by it. That somebody was is true whoever says it.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, insert, select, text, update

from newsletter.model.ledger import Attempt, AttemptState, DeliveryState
from newsletter.store import bulk
from newsletter.store.database import Transaction
from newsletter.store.schema import Moment, answers, attempts, deliveries

LOST = "no answer was kept: whoever sent it did not come back in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A request that is about to be made, for readers of one run in this order."""

    seqs: tuple[int, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who makes requests: ``worker`` names the process, ``account`` (16 hexadecimal digits) the way they go."""

    worker: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What became of one reader in an attempt. What waits again does so until ``not_before``.

    ``counts`` says whether that was one of his tries; ``what`` is kept of it in a word or two, empty for nothing.
    """

    seq: int
    state: DeliveryState
    provider_id: str | None = None
    reason: str = ""
    not_before: datetime | None = None
    counts: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was said of one reader in an attempt: ``what`` names it in a word or two, ``said`` has the provider's."""

    attempt: int
    seq: int
    at: datetime
    what: str
    said: str


# Numbers.


def highest(transaction: Transaction) -> int:
    """Return the highest number that was ever given to an attempt here, 0 before the first."""
    if transaction.dialect.name == "sqlite":
        return transaction.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'attempts'")) or 0
    return transaction.scalar(text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM attempts_id_seq")) or 0


def lift(transaction: Transaction, number: int) -> None:
    """Have the next attempt get a higher number than this one; a lower one than there is changes nothing."""
    if highest(transaction) >= number:
        return
    if transaction.dialect.name == "sqlite":
        transaction.execute(text("DELETE FROM sqlite_sequence WHERE name = 'attempts'"))
        transaction.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES ('attempts', :n)"), {"n": number})
    else:
        transaction.execute(text("SELECT setval('attempts_id_seq', :n)"), {"n": number})


# The write-ahead intent.

_OPEN = (
    "INSERT INTO attempts (run, seqs, low, high, size, state, fingerprint, account, worker, opened_at, expires_at) "
    "SELECT :run, seqs, low, high, size, 'open', fingerprint, :account, :worker, :opened, :expires FROM {wanted} "
    "RETURNING id, low"
)
_WANTED = {"seqs": "text", "low": "integer", "high": "integer", "size": "integer", "fingerprint": "text"}

_MARK = (
    "UPDATE deliveries SET state = 'sending', attempt = taken.attempt, reason = '' FROM {taken} "
    "WHERE deliveries.run = :run AND deliveries.seq = taken.seq"
)


def open_(
    transaction: Transaction, run: int, intents: Sequence[Intent], by: Sender, *, at: datetime, expires_at: datetime
) -> list[int]:
    """Write down requests before they are made, and that their readers are *sending*; return their numbers.

    The readers were claimed in this transaction, or belong to an attempt that ends in it; none is in two intents.
    """
    wanted = [
        {
            "seqs": spell(intent.seqs),
            "low": min(intent.seqs),
            "high": max(intent.seqs),
            "size": len(intent.seqs),
            "fingerprint": intent.fingerprint,
        }
        for intent in intents
    ]
    query = text(_OPEN.format(wanted=bulk.table(transaction, "wanted", **_WANTED)))
    by_time = (bindparam("opened", type_=Moment), bindparam("expires", type_=Moment))
    values = {"run": run, "account": by.account, "worker": by.worker, "opened": at, "expires": expires_at}
    rows = transaction.execute(query.bindparams(*by_time), {**values, "wanted": json.dumps(wanted)})
    by_low = {low: number for number, low in rows}  # the lowest reader names an intent; no order is promised
    numbers = [by_low[one["low"]] for one in wanted]
    marked = [{"seq": seq, "attempt": number} for number, one in zip(numbers, intents, strict=True) for seq in one.seqs]
    taken = bulk.table(transaction, "taken", seq="integer", attempt="bigint")
    transaction.execute(text(_MARK.format(taken=taken)), {"run": run, "taken": json.dumps(marked)})
    return numbers


# What is learnt.


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a request ended, and what was said of it as a whole."""

    number: int
    state: AttemptState
    note: str = ""


_END = (
    "UPDATE attempts SET state = ended.state, ended_at = :at, note = ended.note FROM {ended} "
    "WHERE attempts.id = ended.id AND attempts.state IN ('open', 'in doubt') AND attempts.worker = :worker "
    "RETURNING attempts.id"
)


def end_all(transaction: Transaction, ends: Sequence[End], *, worker: str, at: datetime) -> set[int]:
    """End attempts that are still this worker's; return which of them were.

    One is when others have given it up for lost, as long as none has taken it over.
    """
    ended = bulk.table(transaction, "ended", id="bigint", state="text", note="text")
    query = text(_END.format(ended=ended)).bindparams(bindparam("at", type_=Moment))
    rows = [{"id": one.number, "state": one.state, "note": one.note} for one in ends]
    return set(transaction.scalars(query, {"at": at, "worker": worker, "ended": json.dumps(rows)})) if rows else set()


def end(
    transaction: Transaction, number: int, state: AttemptState, *, worker: str, at: datetime, note: str = ""
) -> bool:
    """End one attempt, as `end_all` does; return whether it was this worker's."""
    return bool(end_all(transaction, [End(number=number, state=state, note=note)], worker=worker, at=at))


_BECOME = (
    "UPDATE deliveries SET state = became.state, provider_id = became.provider_id, reason = became.reason, "
    "tries = deliveries.tries + became.counts, not_before = COALESCE(became.not_before, deliveries.not_before) "
    "FROM {became} WHERE deliveries.run = became.run AND deliveries.seq = became.seq "
    "AND deliveries.attempt = became.attempt AND deliveries.state IN ('sending', 'in doubt') "
    "RETURNING deliveries.run, deliveries.seq, deliveries.address"
)
_BECAME = {
    "run": "bigint", "attempt": "bigint", "seq": "integer", "state": "text", "provider_id": "text", "reason": "text",
    "counts": "integer", "not_before": "timestamptz",
}  # fmt: skip

_TAKE = (
    "UPDATE deliveries SET state = 'accepted', provider_id = taken.provider_id, reason = '' "
    "FROM {taken} WHERE deliveries.run = taken.run AND deliveries.seq = taken.seq "
    "AND deliveries.attempt = taken.attempt AND deliveries.state IN ('sending', 'in doubt') "
    "RETURNING deliveries.run, deliveries.seq, deliveries.address"
)
_TAKEN = {"run": "bigint", "attempt": "bigint", "seq": "integer", "provider_id": "text"}
"""What nearly all rows want: half of the columns is half of the time."""

Share = tuple[int, int, Sequence[Became]]
"""A run, an attempt, and what became of readers in it."""


def become_all(transaction: Transaction, shares: Sequence[Share], *, at: datetime) -> set[tuple[int, int]]:
    """Write what became of readers, where it is still the last word on them; return of whom it was: run and number.

    What was said of them is kept with the attempt, but not of those who were erased meanwhile.
    """
    taken, others = list[Mapping[str, object]](), list[Mapping[str, object]]()
    for run, attempt, those in shares:
        for one in those:
            known = {"run": run, "attempt": attempt, "seq": one.seq, "provider_id": one.provider_id}
            if one.state == "accepted" and not one.reason:
                taken.append(known)
            else:
                others.append({**known, **_told(one)})
    found = [
        *_written(transaction, _TAKE, "taken", _TAKEN, taken),
        *_written(transaction, _BECOME, "became", _BECAME, others),
    ]
    written = {(row.run, row.seq) for row in found}
    for run, attempt, those in shares:
        told = [(one.seq, one.what, one.reason) for one in those if one.what and (run, one.seq) in written]
        say(transaction, attempt, told, at)
    for row in found:
        if row.address is None:
            forget(transaction, row.run, row.seq)
    return written


def _told(one: Became) -> Mapping[str, object]:
    until = bulk.moment(one.not_before)
    return {"state": one.state, "reason": one.reason, "counts": int(one.counts), "not_before": until}


def _written(
    transaction: Transaction, how: str, name: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]
) -> Sequence[Row[Any]]:
    if not rows:
        return []
    query = text(how.format(**{name: bulk.table(transaction, name, **columns)}))
    return transaction.execute(query, {name: json.dumps(rows)}).all()


def become(transaction: Transaction, run: int, attempt: int, those: Sequence[Became], *, at: datetime) -> set[int]:
    """Write what became of one attempt's readers, as `become_all` does; return of whom it was."""
    return {seq for _, seq in become_all(transaction, [(run, attempt, those)], at=at)}


def say(transaction: Transaction, attempt: int, those: Iterable[tuple[int, str, str]], at: datetime) -> None:
    """Keep what was said of readers in an attempt: number, a word or two, and the words of whoever said it."""
    rows = [{"attempt": attempt, "seq": seq, "at": at, "what": what, "said": said} for seq, what, said in those]
    if rows:
        transaction.execute(insert(answers), rows)


# Doubts.


def overdue(transaction: Transaction, *, at: datetime, but: Collection[int] = ()) -> int:
    """Have all that is left open beyond its time be in doubt, with its readers; return how many attempts.

    ``but`` are those whose answers the caller still waits for: he knows more of them than a clock does.
    """
    named = ", ".join(str(number) for number in but)
    return _abandon(transaction, at, f"expires_at <= :at AND id NOT IN ({named})" if but else "expires_at <= :at")


def adopt(transaction: Transaction, *, at: datetime) -> int:
    """Have all that is left open be in doubt, with its readers: for whoever knows that nobody else sends."""
    return _abandon(transaction, at, "1 = 1")


def _abandon(transaction: Transaction, at: datetime, which: str) -> int:
    query = text(
        f"UPDATE attempts SET state = 'in doubt', ended_at = :at, expires_at = :at, note = :note "  # noqa: S608 (a constant of this module)
        f"WHERE state = 'open' AND {which} RETURNING id, run, seqs"
    ).bindparams(bindparam("at", type_=Moment))
    left = transaction.execute(query, {"at": at, "note": LOST}).all()
    for row in left:
        doubts = [Became(seq=seq, state="in doubt", reason=LOST) for seq in read(row.seqs)]
        become(transaction, row.run, row.id, doubts, at=at)
    return len(left)


def take(transaction: Transaction, number: int, *, worker: str, at: datetime, expires_at: datetime) -> bool:
    """Take a doubt over for a while to find out about it; False while somebody else has it."""
    free = (attempts.c.id == number, attempts.c.state == "in doubt", attempts.c.expires_at <= at)
    query = update(attempts).where(*free).values(worker=worker, expires_at=expires_at)
    return transaction.execute(query).rowcount > 0


def settle(transaction: Transaction, attempt: Attempt, those: Sequence[Became], *, at: datetime) -> set[int]:
    """Write what was found out about a doubt, and that it is settled once none of its readers is in doubt.

    Return of whom it was news.
    """
    written = become(transaction, attempt.run, attempt.id, those, at=at)
    close(transaction, attempt, at=at)
    return written


def close(transaction: Transaction, attempt: Attempt, *, at: datetime) -> None:
    """Have a doubt be settled when none of its readers is in doubt any more."""
    still = (
        select(deliveries.c.seq)
        .where(
            deliveries.c.run == attempt.run,
            deliveries.c.seq.between(min(attempt.seqs), max(attempt.seqs)),
            deliveries.c.attempt == attempt.id,
            deliveries.c.state == "in doubt",
        )
        .limit(1)
    )
    if transaction.execute(still).one_or_none() is None:
        doubt = (attempts.c.id == attempt.id, attempts.c.state == "in doubt")
        transaction.execute(update(attempts).where(*doubt).values(state="settled", ended_at=at))


def doubts(transaction: Transaction, run: int | None = None) -> list[Attempt]:
    """Return the attempts in doubt, of one run or of all, the oldest first."""
    query = select(attempts).where(attempts.c.state == "in doubt").order_by(attempts.c.id)
    rows = transaction.execute(query if run is None else query.where(attempts.c.run == run))
    return [_attempt(row) for row in rows]


# What is told of them.


def get(transaction: Transaction, number: int) -> Attempt | None:
    """Return one attempt."""
    row = transaction.execute(select(attempts).where(attempts.c.id == number)).one_or_none()
    return None if row is None else _attempt(row)


def every(transaction: Transaction, run: int) -> Iterator[Attempt]:
    """Read a run's attempts, the first first."""
    rows = transaction.execute(select(attempts).where(attempts.c.run == run).order_by(attempts.c.id))
    return (_attempt(row) for row in rows)


def of(transaction: Transaction, run: int, seq: int) -> list[Attempt]:
    """Return every attempt that a reader was part of, the first first."""
    near = (attempts.c.run == run, attempts.c.low <= seq, attempts.c.high >= seq)
    rows = transaction.execute(select(attempts).where(*near).order_by(attempts.c.id))
    return [one for one in map(_attempt, rows) if seq in one.seqs]


def said(transaction: Transaction, run: int, seq: int) -> list[Answer]:
    """Return what was said of one reader, the first first."""
    query = (
        select(answers)
        .join(attempts, attempts.c.id == answers.c.attempt)
        .where(attempts.c.run == run, answers.c.seq == seq)
        .order_by(answers.c.id)
    )
    rows = transaction.execute(query)
    return [Answer(attempt=row.attempt, seq=row.seq, at=row.at, what=row.what, said=row.said) for row in rows]


def forget(transaction: Transaction, run: int, seq: int) -> None:
    """Forget what was said of a reader who is erased, and of each request that he was part of; he waits no more.

    A second time changes nothing.
    """
    numbers = [one.id for one in of(transaction, run, seq)]
    its = (answers.c.attempt.in_(numbers), answers.c.seq == seq)
    transaction.execute(update(answers).where(*its).values(said=""))
    transaction.execute(update(attempts).where(attempts.c.id.in_(numbers), attempts.c.note != "").values(note=""))
    one = update(deliveries).where(deliveries.c.run == run, deliveries.c.seq == seq)
    transaction.execute(one.values(**_UNSAID))


_UNSAID = {
    "state": case((deliveries.c.state == "waiting", "skipped"), else_=deliveries.c.state),
    "reason": case((and_(deliveries.c.state != "waiting", deliveries.c.reason == ""), ""), else_="erased"),
    "provider_id": None,
}


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        id=row.id,
        run=row.run,
        seqs=read(row.seqs),
        state=row.state,
        fingerprint=row.fingerprint,
        account=row.account,
        worker=row.worker,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        note=row.note,
    )


def spell(seqs: Sequence[int]) -> str:
    """Spell numbers as ranges, in their order: ``1-100,105``."""
    spelt: list[list[int]] = []
    for seq in seqs:
        if spelt and seq == spelt[-1][-1] + 1:
            spelt[-1][1:] = [seq]
        else:
            spelt.append([seq])
    return ",".join("-".join(map(str, ends)) for ends in spelt)


def read(spelt: str) -> tuple[int, ...]:
    """Read what `spell` spelt."""
    ends = (part.split("-") for part in spelt.split(","))
    return tuple(seq for first, *last in ends for seq in range(int(first), int(last[0] if last else first) + 1))
