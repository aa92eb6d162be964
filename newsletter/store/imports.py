"""Imports: how far each has come, what it changed, and how it is taken back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, delete, exists, func, insert, or_, select, update

from newsletter.model.subscriber import ConsentText
from newsletter.store import bulk, consents
from newsletter.store.database import Transaction
from newsletter.store.schema import consent_texts, import_changes, imports, subscribers
from newsletter.store.schema import consents as records

State = Literal["open", "done", "undone"]
"""Open: begun, and perhaps broken off. Done: all of it is in. Undone: taken back."""

Counts = Mapping[str, int]
"""Of a chunk: ``new``, ``changed``, ``unchanged`` and ``stayed``; together its lines."""

GROUNDS = (
    "added", "blocked", "confirmed", "left", "complained", "bounced", "repeated", "lifted", "imported", "signed up",
)  # fmt: skip
"""What gives a reader's record a ground of its own, whoever wrote it down."""


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
    """Find the import of the same file in the same manner that was broken off, or is running."""
    query = _imports().where(imports.c.fingerprint == fingerprint, imports.c.state == "open")
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


Change = tuple[str, Mapping[str, object], Mapping[str, object]]
"""Whom an import changed: the columns it changed before and after; ``tags`` are the added ones, after only."""


def keep_changes(transaction: Transaction, number: int, changes: Sequence[Change]) -> None:
    """Keep what an import changed; a second time is an error of the database."""
    rows = [(number, who, bulk.document(before), bulk.document(after)) for who, before, after in changes]
    bulk.insert(transaction, "import_changes", ("import_id", "subscriber", "before", "after"), rows)


def changes(transaction: Transaction, number: int, *, limit: int) -> tuple[Change, ...]:
    """Return some of what an import changed and is not taken back yet."""
    its = import_changes.c
    query = select(its.subscriber, its.before, its.after).where(its.import_id == number).limit(limit)
    return tuple((who, before, after) for who, before, after in transaction.execute(query))


def changes_of(transaction: Transaction, subscriber: str) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    """Return what imports changed of one subscriber and may still be taken back: number, before, after."""
    its = import_changes.c
    query = select(its.import_id, its.before, its.after).where(its.subscriber == subscriber).order_by(its.import_id)
    return ((number, before, after) for number, before, after in transaction.execute(query))


def pass_on(transaction: Transaction, number: int, subscriber: str, earlier: Mapping[str, object]) -> None:
    """Have an import restore some columns to what they were earlier; a second time changes nothing more."""
    its = (import_changes.c.import_id == number, import_changes.c.subscriber == subscriber)
    transaction.execute(update(import_changes).where(*its).values(before=earlier))


def forget_changes(transaction: Transaction, number: int, of: Sequence[str]) -> None:
    """Forget what an import changed of some subscribers; a second time finds nothing."""
    its = import_changes.c
    transaction.execute(delete(import_changes).where(its.import_id == number, its.subscriber.in_(of)))


def has_other_ground(transaction: Transaction, number: int, subscriber: str) -> bool:
    """Whether, since an import, anything else than it has said whether this subscriber may be mailed."""
    of_import = select(func.max(records.c.id)).where(records.c.import_id == number, records.c.subscriber == subscriber)
    since = (records.c.subscriber == subscriber, records.c.id > of_import.scalar_subquery(), _stands(records))
    return bool(transaction.scalar(select(exists().where(*since, records.c.what.in_(GROUNDS)))))


def is_vouched_for(transaction: Transaction, subscriber: str, *, without: int) -> bool:
    """Whether anything but an import, and those that were taken back, has made a subscriber a confirmed reader."""
    its = records.c
    own = and_(its.what.in_(["paused", "resumed"]), its.source.not_in(["import", "operator"]))
    vouches = or_(
        its.what.in_(["confirmed", "lifted"]),
        and_(its.what == "added", its.text.is_not(None)),
        and_(its.what == "imported", its.note.is_(None)),
        own,
    )
    of_others = (its.subscriber == subscriber, its.import_id.is_distinct_from(without), _stands(records))
    return bool(transaction.scalar(select(exists().where(*of_others, vouches))))


def remove_brought(transaction: Transaction, number: int, *, limit: int) -> int:
    """Remove some of those whom an import brought and who have no other ground since, and return how many.

    A reader who did something himself since stays as he is. Whom another import brought that was taken back, and who
    stayed for what this one said of him, goes too. When none are left a further time finds none.
    """
    later = records.alias()
    own_doing = later.c.source.not_in(["import", "operator"])
    other_ground = exists().where(
        later.c.subscriber == records.c.subscriber,
        later.c.id > records.c.id,
        later.c.import_id.is_distinct_from(number),
        _stands(later),
        or_(own_doing, later.c.what.in_(GROUNDS)),
    )
    named = select(records.c.subscriber).where(records.c.import_id == number).scalar_subquery()
    brought = (
        select(records.c.subscriber)
        .join(subscribers, subscribers.c.id == records.c.subscriber)
        .where(records.c.what == "imported", records.c.subscriber.in_(named), ~other_ground)
        .where(or_(records.c.import_id == number, ~_stands(records)))
        .limit(limit)
    )
    return transaction.execute(delete(subscribers).where(subscribers.c.id.in_(brought))).rowcount


def _stands(record: FromClause) -> ColumnElement[bool]:
    """Whether a consent record is not of an import that was taken back."""
    taken_back = select(imports.c.id).where(imports.c.state == "undone").scalar_subquery()
    return or_(record.c.import_id.is_(None), record.c.import_id.not_in(taken_back))


def count_brought(transaction: Transaction, number: int) -> int:
    """Count those whom an import brought and who are still there."""
    query = (
        select(func.count())
        .select_from(records)
        .join(subscribers, subscribers.c.id == records.c.subscriber)
        .where(records.c.import_id == number, records.c.what == "imported")
    )
    return transaction.scalar(query) or 0


def take_back(transaction: Transaction, number: int, *, more: int) -> None:
    """Count how many were taken back."""
    taken = imports.c.taken_back + more
    transaction.execute(update(imports).where(imports.c.id == number).values(taken_back=taken))


def undone(transaction: Transaction, number: int, *, at: datetime) -> None:
    """An import is taken back; a second time changes the moment only."""
    transaction.execute(update(imports).where(imports.c.id == number).values(state="undone", ended_at=at))


def prune(transaction: Transaction, before: datetime, *, at: datetime) -> int:
    """Forget what imports from before a moment changed, and return how many these are. A second time finds none."""
    old = (imports.c.started_at < before, imports.c.pruned_at.is_(None), imports.c.state != "open")
    transaction.execute(delete(import_changes).where(import_changes.c.import_id.in_(select(imports.c.id).where(*old))))
    return transaction.execute(update(imports).where(*old).values(pruned_at=at)).rowcount


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
