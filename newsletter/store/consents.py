"""Consent records: what happened, when, through what, and what the reader was shown. Nothing here alters one."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, insert, or_, select, update
from sqlalchemy import text as sql

from newsletter.model.subscriber import ConsentRecord, ConsentText, Source, What
from newsletter.store import bulk
from newsletter.store.database import Transaction
from newsletter.store.schema import consent_texts, consents, imports


def write(
    transaction: Transaction,
    subscriber: str,
    what: What,
    *,
    at: datetime,
    source: Source,
    text: ConsentText | None = None,
    origin: str | None = None,
    note: str | None = None,
) -> int:
    """Write down what happened and return the record's id; a second time it happened twice."""
    values = {
        "subscriber": subscriber,
        "at": at,
        "what": what,
        "source": source,
        "text": None if text is None else text_id(transaction, text),
        "origin": origin,
        "note": note,
    }
    key = transaction.execute(insert(consents).values(**values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]  # there is one after an insert


def write_alike(
    transaction: Transaction, notes: Sequence[tuple[str, str]], what: What, *, at: datetime, source: Source
) -> None:
    """Write down of many subscribers that the same happened, each with a note; a second time it happened twice."""
    rows = [{"subscriber": who, "at": at, "what": what, "source": source, "note": note} for who, note in notes]
    if rows:
        transaction.execute(insert(consents), rows)


_COLUMNS = ("subscriber", "at", "what", "source", "text", "import_id", "line", "note")

Entry = tuple[str, What, int | None, int, str | None]
"""Subscriber, what happened to him, the id of the text, the line of the file, and a note."""


def write_imported(transaction: Transaction, number: int, entries: Sequence[Entry], *, at: datetime) -> None:
    """Write down what an import did; a second time it did it twice."""
    when = bulk.moment(at)
    rows = [(who, when, what, "import", text, number, line, note) for who, what, text, line, note in entries]
    bulk.insert(transaction, "consents", _COLUMNS, rows)


def text_id(transaction: Transaction, text: ConsentText) -> int:
    """Return the id of a text; one that is not there yet is added, once, though two should do so at a time."""
    hash_ = hashlib.sha256(f"{text.version}\n{text.text}".encode()).hexdigest()
    wanted = select(consent_texts.c.id).where(consent_texts.c.hash == hash_)
    known = transaction.scalar(wanted)
    if known is None:
        transaction.execute(_ADD_TEXT, {"version": text.version, "text": text.text, "hash": hash_})
        known = transaction.scalar(wanted)
    return int(known)  # type: ignore[arg-type]  # there is one after an insert


_ADD_TEXT = sql(
    "INSERT INTO consent_texts (version, text, hash) VALUES (:version, :text, :hash) ON CONFLICT DO NOTHING"
)


def of(transaction: Transaction, subscriber: str) -> tuple[ConsentRecord, ...]:
    """Return what happened to a subscriber, the first first."""
    query = _records().where(consents.c.subscriber == subscriber).order_by(consents.c.id)
    return tuple(_record(row) for row in transaction.execute(query))


def get(transaction: Transaction, number: int) -> ConsentRecord | None:
    """Return one record."""
    row = transaction.execute(_records().where(consents.c.id == number)).one_or_none()
    return None if row is None else _record(row)


def standing(transaction: Transaction, of: Sequence[str], *, without: int) -> dict[str, list[ConsentRecord]]:
    """Return the records of some subscribers that stand, the first first: without an import's, and those taken back."""
    stands = or_(consents.c.import_id.is_(None), and_(imports.c.state != "undone", consents.c.import_id != without))
    query = _records().where(consents.c.subscriber.in_(of), stands).order_by(consents.c.id)
    told: dict[str, list[ConsentRecord]] = {}
    for row in transaction.execute(query):
        told.setdefault(row.subscriber, []).append(_record(row))
    return told


def by_lists_alone(transaction: Transaction, of: Sequence[str]) -> set[tuple[str, str]]:
    """Return those of some subscribers of whose opting out a list told last, and in which way each time.

    What they said themselves needs no list to repeat it.
    """
    if not of:
        return set()
    way = case(
        (consents.c.what == "imported", func.substr(consents.c.note, 4)),  # behind “as ”
        (consents.c.what == "repeated", consents.c.note),
        else_=consents.c.what,
    )
    last_said = (
        select(func.max(consents.c.id)).where(consents.c.subscriber.in_(of)).group_by(consents.c.subscriber, way)
    )
    query = select(consents.c.subscriber, way).where(consents.c.id.in_(last_said), consents.c.source == "import")
    return {(who, said) for who, said in transaction.execute(query)}


def own_tags(transaction: Transaction, of: Sequence[str]) -> dict[str, list[str]]:
    """Return the notes of some subscribers' own records of tags, the first first: ``+zuid, -oost``."""
    its = consents.c
    query = select(its.subscriber, its.note).where(
        its.subscriber.in_(of), its.what == "tagged", its.source.not_in(["operator", "import"]), its.note.is_not(None)
    )
    told: dict[str, list[str]] = {}
    for who, note in transaction.execute(query.order_by(its.id)):
        told.setdefault(who, []).append(note)
    return told


def last(transaction: Transaction) -> int:
    """Return the id of the newest record, 0 when there is none."""
    return transaction.scalar(select(func.max(consents.c.id))) or 0


def cut_origins(transaction: Transaction, before: datetime) -> int:
    """Forget the network addresses of records from before a moment; return of how many. A second time finds none."""
    old = (consents.c.at < before, consents.c.origin.is_not(None))
    return transaction.execute(update(consents).where(*old).values(origin=None)).rowcount


def depersonalise(transaction: Transaction, subscriber: str) -> None:
    """Take out what tells of a person: network addresses, notes, and where in a file he stands."""
    its = consents.c.subscriber == subscriber
    transaction.execute(update(consents).where(its).values(line=None, origin=None, note=None))


def _records() -> Select[Any]:
    return (
        select(consents, consent_texts.c.version, consent_texts.c.text.label("shown"), imports.c.file)
        .outerjoin(consent_texts, consent_texts.c.id == consents.c.text)
        .outerjoin(imports, imports.c.id == consents.c.import_id)
    )


def _record(row: Row[Any]) -> ConsentRecord:
    return ConsentRecord(
        id=row.id,
        subscriber=row.subscriber,
        at=row.at,
        what=row.what,
        source=row.source,
        text=None if row.version is None else ConsentText(text=row.shown, version=row.version),
        number=row.import_id,
        file=row.file,
        line=row.line,
        origin=row.origin,
        note=row.note,
    )
