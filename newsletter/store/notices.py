"""Mails about a subscription itself, and what becomes of each.

::

               claim                  settle
    waiting ───────────▶ sending ───────────────────▶ accepted · refused · skipped
       ▲  postpone        │ ▲ └─ overdue ─▶ in doubt ───┘ settle
       └──── overdue ─────┘ └──── replay ─────┘ └─ postpone ─▶ waiting

An attempt is one try to hand a notice over; its id is drawn when it is claimed and kept when it is replayed. It is
sealed, with the fingerprint of what it sends, before anything leaves: what is unsealed when its time is over just waits
again, what is sealed is then in doubt. Whoever writes down what became of an attempt names it, so that a late answer
changes nothing it no longer owns; that nothing left is true only as long as nobody replayed it, which ``expires_at``
tells.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row, Update, and_, delete, exists, func, insert, literal, or_, select, update

from newsletter.store.database import Transaction
from newsletter.store.schema import Moment, consents, moves, notices, subscribers

Kind = Literal["confirm", "already", "welcome", "move", "moved"]
"""Confirm: asks whether he wants the newsletter. Already: he signed up and has it. Welcome: he confirmed. Move: asks at
the new address whether it is his. Moved: tells the old address, which can undo it."""

State = Literal["waiting", "sending", "accepted", "refused", "skipped", "in doubt"]
"""Accepted: the provider took it. Refused: it never will. Skipped: not sent, for a reason. In doubt: it may have left,
and no answer was kept."""

ASKING: tuple[Kind, ...] = ("confirm", "already", "move")
"""What anybody can have sent to anybody's address."""

ABOUT_MOVES: tuple[Kind, ...] = ("move", "moved")
"""What is about a change of address, and goes to one that its reader does not have at the time."""

_ENDED = ("accepted", "refused", "skipped")
_UNCLAIMED = {"state": "waiting", "attempt": None, "fingerprint": None, "expires_at": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice. ``number`` is that of the consent record it is about; of the move when the kind is move or moved.

    ``address`` is where it goes when that is not the subscriber's own, whatever that is by then. ``attempt`` (32
    hexadecimal digits) and ``expires_at`` (after which nobody waits for an answer) are there once it was claimed, the
    ``fingerprint`` of what is sent once it was sealed, ``ended_at`` when it is accepted, refused or skipped. ``tries``
    counts those that failed, ``reason`` may be empty.
    """

    id: int
    subscriber: str
    kind: Kind
    number: int
    address: str | None
    state: State
    queued_at: datetime
    not_before: datetime
    tries: int
    attempt: str | None
    expires_at: datetime | None
    fingerprint: str | None
    ended_at: datetime | None
    provider_id: str | None
    reason: str


def queue(
    transaction: Transaction,
    subscriber: str,
    kind: Kind,
    *,
    number: int,
    key: str,
    at: datetime,
    address: str | None = None,
    skipped: str = "",
) -> int:
    """Have a notice sent, and return its id; a second time it is sent twice.

    ``key`` is that of the address it goes to. With a reason why it is ``skipped`` it is only written down.
    """
    values = {
        "subscriber": subscriber,
        "kind": kind,
        "move" if kind in ABOUT_MOVES else "consent": number,
        "key": key,
        "address": address,
        "state": "skipped" if skipped else "waiting",
        "queued_at": at,
        "not_before": at,
        "ended_at": at if skipped else None,
        "reason": skipped,
    }
    inserted = transaction.execute(insert(notices).values(**values)).inserted_primary_key
    return int(inserted[0])  # type: ignore[index]  # there is one after an insert


def queue_for_import(transaction: Transaction, number: int, *, after: int, at: datetime) -> None:
    """Ask whoever an import brought as pending after a consent record; a second time they are asked twice."""
    moment = literal(at, Moment)
    asked = (
        select(
            consents.c.subscriber,
            literal("confirm"),
            consents.c.id,
            subscribers.c.key,
            literal(True),
            literal("waiting"),
            moment,
            moment,
        )
        .join(subscribers, subscribers.c.id == consents.c.subscriber)
        .where(consents.c.import_id == number, consents.c.what == "imported", consents.c.id > after)
        .where(subscribers.c.status == "pending")
        .order_by(consents.c.id)
    )
    columns = ["subscriber", "kind", "consent", "key", "bulk", "state", "queued_at", "not_before"]
    transaction.execute(insert(notices).from_select(columns, asked))


def of(transaction: Transaction, subscriber: str) -> tuple[Notice, ...]:
    """Return all notices of one subscriber, the first first."""
    query = select(notices).where(notices.c.subscriber == subscriber).order_by(notices.c.id)
    return tuple(_notice(row) for row in transaction.execute(query))


def lately(transaction: Transaction, key: str, *, since: datetime, waiting_since: datetime) -> bool:
    """Whether an address was asked after a moment, or will be by what has waited no longer than since another one.

    What was answered does not count: whoever confirms reads the mail there, and was not asked by a stranger.
    """
    its, answer = notices.c, consents.c
    at = func.coalesce(its.ended_at, its.expires_at, type_=Moment)
    waits = and_(its.state.in_(["waiting", "sending"]), its.queued_at > waiting_since)
    confirmed = exists().where(
        answer.subscriber == its.subscriber,
        answer.id > its.consent,
        answer.what == "confirmed",
        answer.source.not_in(["import", "operator"]),
    )
    moved = exists().where(moves.c.id == its.move, moves.c.done_at.is_not(None))
    asked = (its.key == key, its.kind.in_(ASKING), its.state != "skipped", or_(waits, at > since))
    return bool(transaction.scalar(select(exists().where(*asked, ~confirmed, ~moved))))


def claim(
    transaction: Transaction, *, at: datetime, limit: int, draw: Callable[[], str], expires_at: datetime
) -> tuple[Notice, ...]:
    """Take some notices that wait and are due, each with an attempt of its own; nobody else gets the same.

    First those for which a reader waits, then what an import asks; of each the ones that are due longest.
    """
    its = notices.c
    due = select(its.id).where(its.state == "waiting", its.not_before <= at)
    query = due.order_by(its.bulk, its.not_before, its.id).limit(limit).with_for_update(skip_locked=True)
    return tuple(
        _taken(transaction, id_, attempt=draw(), expires_at=expires_at) for id_ in transaction.scalars(query).all()
    )


def seal(transaction: Transaction, id_: int, attempt: str, *, fingerprint: str, expires_at: datetime) -> bool:
    """Write down what is about to be sent, and until when; False when it is not this attempt's, and nothing may leave.

    A second time it is not: what was sealed may have left.
    """
    sealed = _mine(id_, attempt, "sending").where(notices.c.fingerprint.is_(None))
    return _did(transaction, sealed.values(fingerprint=fingerprint, expires_at=expires_at))


def settle(
    transaction: Transaction,
    id_: int,
    attempt: str,
    state: State,
    *,
    at: datetime,
    provider_id: str | None = None,
    reason: str = "",
    expires_at: datetime | None = None,
) -> bool:
    """Write down what became of an attempt: an end, or that it is in doubt. False when it is not this attempt's.

    With ``expires_at`` it also is not when it was replayed meanwhile.
    """
    values = {
        "state": state,
        "ended_at": at if state in _ENDED else None,
        "provider_id": provider_id,
        "reason": reason,
    }
    return _did(transaction, _mine(id_, attempt, "sending", "in doubt", expires_at=expires_at).values(**values))


def postpone(
    transaction: Transaction,
    id_: int,
    attempt: str,
    *,
    not_before: datetime,
    counts: bool,
    reason: str = "",
    expires_at: datetime | None = None,
) -> bool:
    """Have a notice that certainly did not leave wait until a moment; ``counts`` when that was a try of its own.

    False when it is not this attempt's; with ``expires_at`` also when it was replayed meanwhile.
    """
    mine = _mine(id_, attempt, "sending", "in doubt", expires_at=expires_at)
    tries = notices.c.tries + int(counts)
    return _did(transaction, mine.values(not_before=not_before, tries=tries, reason=reason, **_UNCLAIMED))


def replay(transaction: Transaction, id_: int, attempt: str, *, expires_at: datetime) -> bool:
    """Send a notice that is in doubt once more as the same attempt; False when it is not in doubt any more."""
    return _did(transaction, _mine(id_, attempt, "in doubt").values(state="sending", expires_at=expires_at))


def overdue(transaction: Transaction, *, at: datetime) -> int:
    """Take over what nobody waits for any more, since whoever sent it is gone; return how many are now in doubt.

    What was not sealed yet has not left, and waits again.
    """
    gone = update(notices).where(notices.c.state == "sending", notices.c.expires_at < at)
    transaction.execute(gone.where(notices.c.fingerprint.is_(None)).values(**_UNCLAIMED))
    # Not simply all others: what is claimed between the two, by a process whose clock is behind, is not sealed either.
    return transaction.execute(gone.where(notices.c.fingerprint.is_not(None)).values(state="in doubt")).rowcount


def doubts(transaction: Transaction) -> tuple[Notice, ...]:
    """Return the notices that are in doubt, the first first."""
    query = select(notices).where(notices.c.state == "in doubt").order_by(notices.c.id)
    return tuple(_notice(row) for row in transaction.execute(query))


def in_states(transaction: Transaction, *states: State) -> tuple[tuple[Notice, str], ...]:
    """Return the notices in some states, the first first, each with the address it goes to."""
    to = func.coalesce(notices.c.address, subscribers.c.address).label("goes_to")
    query = select(notices, to).join(subscribers, subscribers.c.id == notices.c.subscriber)
    found = transaction.execute(query.where(notices.c.state.in_(states)).order_by(notices.c.id))
    return tuple((_notice(row), row.goes_to) for row in found)


def reader_of(transaction: Transaction, attempt: str, *, key: str) -> str | None:
    """Return who was sent a notice to an address by an attempt; None when nobody was."""
    query = select(notices.c.subscriber).where(notices.c.key == key, notices.c.attempt == attempt)
    return transaction.scalar(query)


def counts(transaction: Transaction) -> dict[State, int]:
    """Count all notices by their state; each state is there."""
    rows = transaction.execute(select(notices.c.state, func.count()).group_by(notices.c.state))
    found: dict[State, int] = {state: int(number) for state, number in rows}
    return {state: found.get(state, 0) for state in get_args(State)}


def next_due(transaction: Transaction) -> datetime | None:
    """Return when the first notice that waits may be sent, a moment that may be past; None when none waits."""
    query = select(func.min(notices.c.not_before, type_=Moment)).where(notices.c.state == "waiting")
    due: datetime | None = transaction.scalar(query)
    return due


def forget(transaction: Transaction, key: str) -> None:
    """Forget every notice to an address, whosever it is; a second time finds none."""
    transaction.execute(delete(notices).where(notices.c.key == key))


def prune(transaction: Transaction, *, before: datetime) -> int:
    """Forget what ended before a moment, or is in doubt since; return how many. A second time finds none."""
    at = func.coalesce(notices.c.ended_at, notices.c.expires_at, type_=Moment)
    over = (notices.c.state.in_([*_ENDED, "in doubt"]), at < before)
    return transaction.execute(delete(notices).where(*over)).rowcount


def _taken(transaction: Transaction, id_: int, *, attempt: str, expires_at: datetime) -> Notice:
    taken = update(notices).where(notices.c.id == id_)
    values = {"state": "sending", "attempt": attempt, "expires_at": expires_at}
    return _notice(transaction.execute(taken.values(**values).returning(*notices.c)).one())


def _mine(id_: int, attempt: str, *states: State, expires_at: datetime | None = None) -> Update:
    mine = update(notices).where(notices.c.id == id_, notices.c.attempt == attempt, notices.c.state.in_(states))
    return mine if expires_at is None else mine.where(notices.c.expires_at == expires_at)


def _did(transaction: Transaction, change: Update) -> bool:
    return transaction.execute(change).rowcount == 1


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        subscriber=row.subscriber,
        kind=row.kind,
        number=row.consent if row.move is None else row.move,
        address=row.address,
        state=row.state,
        queued_at=row.queued_at,
        not_before=row.not_before,
        tries=row.tries,
        attempt=row.attempt,
        fingerprint=row.fingerprint,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        provider_id=row.provider_id,
        reason=row.reason,
    )
