"""What providers called with: kept as it came, before it is known what follows from it.

The same call twice is kept once, by the provider's own name for it. Its body holds addresses; once its reader has had
himself erased, nothing in it is to be kept, or it has been kept long enough, only that it came is left.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select, text, update

from newsletter.store import bulk
from newsletter.store.database import Transaction
from newsletter.store.schema import NOTED, webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One genuine call: ``key`` is the provider's own name for it, ``at`` when it came (aware UTC)."""

    provider: str
    key: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Called):
    """A call as it is kept. ``note`` says why nothing could be learnt from it, empty when something was."""

    id: int
    applied_at: datetime | None = None
    note: str = ""


def keep(transaction: Transaction, calls: Sequence[Called]) -> None:
    """Keep calls; one that is there already changes nothing."""
    calls = sorted(calls, key=lambda call: (call.provider, call.key))  # two who do so never wait for each other
    rows = [{**asdict(call), "at": bulk.moment(call.at)} for call in calls]
    if rows:
        transaction.execute(_KEEP, rows)


_KEEP = text(
    "INSERT INTO webhooks (provider, key, at, body) VALUES (:provider, :key, :at, :body) ON CONFLICT DO NOTHING"
)


def waiting(
    transaction: Transaction, *, after: int = 0, limit: int, but: Collection[str] = frozenset()
) -> list[Webhook]:
    """Return some calls that were not applied yet, in the order in which they were kept: those after a number.

    ``but`` are providers whose calls are left out.
    """
    theirs = (webhooks.c.provider.not_in(but),) if but else ()
    query = select(webhooks).where(webhooks.c.applied_at.is_(None), webhooks.c.id > after, *theirs)
    return [_webhook(row) for row in transaction.execute(query.order_by(webhooks.c.id).limit(limit))]


def take(transaction: Transaction, numbers: Collection[int]) -> set[int]:
    """Return those of some calls that were not applied yet; nobody else applies them until the transaction ends."""
    query = select(webhooks.c.id).where(webhooks.c.id.in_(numbers), webhooks.c.applied_at.is_(None))
    return set(transaction.scalars(query.order_by(webhooks.c.id).with_for_update()))


def applied(transaction: Transaction, notes: Mapping[int, str], *, at: datetime) -> None:
    """Write down that calls were applied, each with a note; a second time changes nothing more."""
    by_note: dict[str, list[int]] = {}
    for number, note in notes.items():
        by_note.setdefault(note, []).append(number)
    for note, numbers in by_note.items():
        query = update(webhooks).where(webhooks.c.id.in_(numbers), webhooks.c.applied_at.is_(None))
        transaction.execute(query.values(applied_at=at, note=note))


def blank(transaction: Transaction, numbers: Collection[int]) -> None:
    """Keep of calls no more than that they came."""
    transaction.execute(update(webhooks).where(webhooks.c.id.in_(numbers)).values(body=""))


def forget_address(transaction: Transaction, key: str) -> None:
    """Keep no more than that they came of calls that were not applied, or not read, and have an address in them.

    ``key`` is that of the address. What was learnt from all others is in events, which know whom they are about.
    """
    # JSON spells letters beyond ASCII either way; those of other alphabets have no small form to a database.
    spelt = {key, json.dumps(key)[1:-1].lower()}
    names_it = or_(*(func.lower(webhooks.c.body).contains(one, autoescape=True) for one in spelt))
    for nowhere in (webhooks.c.applied_at.is_(None), text(NOTED)):  # one by one: each has an index of its own
        transaction.execute(update(webhooks).where(nowhere, names_it).values(body=""))


def prune(transaction: Transaction, *, before: datetime) -> int:
    """Keep no more than that they came of calls applied before a moment; return how many these are."""
    old = (webhooks.c.applied_at < before, webhooks.c.body != "")
    return transaction.execute(update(webhooks).where(*old).values(body="")).rowcount


def unread(transaction: Transaction) -> list[Webhook]:
    """Return the calls that were genuine and could not be read or applied, the oldest first."""
    query = select(webhooks).where(text(NOTED)).order_by(webhooks.c.id)
    return [_webhook(row) for row in transaction.execute(query)]


def count_waiting(transaction: Transaction) -> int:
    """Count the calls that were not applied yet."""
    query = select(func.count()).select_from(webhooks).where(webhooks.c.applied_at.is_(None))
    return transaction.scalar(query) or 0


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(**row._mapping)
