"""Imports: how far each has come, what it changed, and how it is taken back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, Select, and_, delete, insert, or_, select, update

from newsletter.model.subscriber import ConsentText
from newsletter.store import bulk, consents
from newsletter.store.database import Transaction
from newsletter.store.schema import consent_texts, import_changes, imports
from newsletter.store.schema import consents as records

State = Literal["open", "done", "undone"]
"""Open: begun, and perhaps broken off. Done: all of it is in. Undone: taken back."""

GOES_ON = timedelta(days=7)
"""So long an import that was broken off can go on where it stopped, at least."""

Counts = Mapping[str, int]
"""Of a chunk: ``new``, ``changed``, ``unchanged`` and ``stayed``; together its lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import: its number and file, whose export that was, and what became of its lines."""

    number: int
    file: str
    fingerprint: str
    origin: str | None
    text: ConsentText | None
    state: State
    started_at: datetime
    ended_at: datetime | None
    lines: int
    done: int
    new: int
    changed: int
    unchanged: int
    stayed: int
    rejected: int
    taken_back: int
    pruned_at: datetime | None


def begin(
    transaction: Transaction,
    *,
    file: str,
    fingerprint: str,
    origin: str | None,
    text: ConsentText | None,
    lines: int,
    rejected: int,
    at: datetime,
) -> int:
    """Begin an import and return its number; a second time another one begins."""
    values = {
        "file": file,
        "fingerprint": fingerprint,
        "origin": origin,
        "text": None if text is None else consents.text_id(transaction, text),
        "state": "open",
        "started_at": at,
        "lines": lines,
        "rejected": rejected,
    }
    return int(transaction.execute(insert(imports).values(**values)).inserted_primary_key[0])  # type: ignore[index]


def find_open(transaction: Transaction, fingerprint: str) -> Import | None:
    """Find the import of the same file in the same manner that was broken off, or is running.

    One of which it is forgotten what it changed begins anew.
    """
    query = _imports().where(
        imports.c.fingerprint == fingerprint, imports.c.state == "open", imports.c.pruned_at.is_(None)
    )
    row = transaction.execute(query.order_by(imports.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _import(row)


def get(transaction: Transaction, number: int) -> Import | None:
    """Return one import."""
    row = transaction.execute(_imports().where(imports.c.id == number)).one_or_none()
    return None if row is None else _import(row)


def every(transaction: Transaction) -> tuple[Import, ...]:
    """Return all imports, the newest first."""
    return tuple(_import(row) for row in transaction.execute(_imports().order_by(imports.c.id.desc())))


def advance(transaction: Transaction, number: int, *, done: int, to: int) -> bool:
    """Move an import on; False when it is not at ``done`` any more: another does the same, or did."""
    its = imports.c
    moved = update(imports).where(its.id == number, its.state == "open", its.done == done).values(done=to)
    return transaction.execute(moved).rowcount == 1


def count(transaction: Transaction, number: int, counts: Counts) -> None:
    """Add what became of some lines; a second time they are counted twice."""
    more = {name: imports.c[name] + number_ for name, number_ in counts.items()}
    transaction.execute(update(imports).where(imports.c.id == number).values(**more))


def finish(transaction: Transaction, number: int, *, at: datetime) -> None:
    """All lines are in; a second time changes nothing."""
    still_open = (imports.c.id == number, imports.c.state == "open")
    transaction.execute(update(imports).where(*still_open).values(state="done", ended_at=at))


Change = tuple[Mapping[str, object], Mapping[str, object]]
"""The columns of a subscriber that an import changed, before and after; ``tags`` are the added ones, after only."""


def keep_changes(transaction: Transaction, number: int, changes: Mapping[str, Change]) -> None:
    """Keep what an import changed of whom; a second time is an error of the database."""
    rows = [(number, who, bulk.document(before), bulk.document(after)) for who, (before, after) in changes.items()]
    bulk.insert(transaction, "import_changes", ("import_id", "subscriber", "before", "after"), rows)


def changes(transaction: Transaction, number: int, of: Sequence[str]) -> dict[str, Change]:
    """Return what an import changed of some subscribers and is not taken back yet: before and after."""
    its = import_changes.c
    query = select(its.subscriber, its.before, its.after).where(its.import_id == number, its.subscriber.in_(of))
    return {who: (before, after) for who, before, after in transaction.execute(query)}


def changes_of(transaction: Transaction, subscriber: str) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    """Return what imports changed of one subscriber and may still be taken back: number, before, after."""
    its = import_changes.c
    query = select(its.import_id, its.before, its.after).where(its.subscriber == subscriber).order_by(its.import_id)
    return ((number, before, after) for number, before, after in transaction.execute(query))


def changes_after(
    transaction: Transaction, number: int, of: Sequence[str]
) -> Sequence[tuple[int, str, Mapping[str, Any]]]:
    """Return what later imports changed of some subscribers, the first first: number, subscriber, before."""
    its = import_changes.c
    later = select(its.import_id, its.subscriber, its.before).where(its.import_id > number, its.subscriber.in_(of))
    return [(later_one, who, before) for later_one, who, before in transaction.execute(later.order_by(its.import_id))]


def pass_on(transaction: Transaction, number: int, subscriber: str, earlier: Mapping[str, object]) -> None:
    """Have an import restore some columns to what they were earlier; a second time changes nothing more."""
    its = (import_changes.c.import_id == number, import_changes.c.subscriber == subscriber)
    transaction.execute(update(import_changes).where(*its).values(before=earlier))


def forget_changes(transaction: Transaction, number: int, of: Sequence[str]) -> None:
    """Forget what an import changed of some subscribers; a second time finds nothing."""
    its = import_changes.c
    transaction.execute(delete(import_changes).where(its.import_id == number, its.subscriber.in_(of)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody whom an import names: by which consent record, and whether it brought him."""

    record: int
    subscriber: str
    brought: bool


def named(transaction: Transaction, number: int, *, after: int, limit: int) -> tuple[Named, ...]:
    """Return some of those whom an import names, in the order of their records, from behind one on."""
    its = records.c
    query = select(its.id, its.subscriber, its.what).where(its.import_id == number, its.id > after)
    rows = transaction.execute(query.order_by(its.id).limit(limit))
    return tuple(Named(record=id_, subscriber=who, brought=what == "imported") for id_, who, what in rows)


def take_back(transaction: Transaction, number: int, *, more: int) -> None:
    """Count how many were taken back."""
    taken = imports.c.taken_back + more
    transaction.execute(update(imports).where(imports.c.id == number).values(taken_back=taken))


def undone(transaction: Transaction, number: int, *, at: datetime) -> None:
    """An import is taken back; a second time changes the moment only."""
    transaction.execute(update(imports).where(imports.c.id == number).values(state="undone", ended_at=at))


def prune(transaction: Transaction, before: datetime, *, at: datetime) -> int:
    """Forget what imports from before a moment changed, and return how many these are. A second time finds none.

    One that is running, or was broken off, has at least as long as `GOES_ON`.
    """
    its = imports.c
    old = and_(its.started_at < before, or_(its.state != "open", its.started_at < at - GOES_ON))
    transaction.execute(delete(import_changes).where(import_changes.c.import_id.in_(select(its.id).where(old))))
    return transaction.execute(update(imports).where(old, its.pruned_at.is_(None)).values(pruned_at=at)).rowcount


def _imports() -> Select[Any]:
    return select(imports, consent_texts.c.version, consent_texts.c.text.label("shown")).outerjoin(
        consent_texts, consent_texts.c.id == imports.c.text
    )


def _import(row: Row[Any]) -> Import:
    return Import(
        number=row.id,
        file=row.file,
        fingerprint=row.fingerprint,
        origin=row.origin,
        text=None if row.version is None else ConsentText(text=row.shown, version=row.version),
        state=row.state,
        started_at=row.started_at,
        ended_at=row.ended_at,
        lines=row.lines,
        done=row.done,
        new=row.new,
        changed=row.changed,
        unchanged=row.unchanged,
        stayed=row.stayed,
        rejected=row.rejected,
        taken_back=row.taken_back,
        pruned_at=row.pruned_at,
    )
