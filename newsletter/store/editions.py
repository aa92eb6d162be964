"""Editions that were sent, kept word for word under their fingerprints."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, select, text

from newsletter.model.mail import Edition, Pieces, Slot
from newsletter.store.database import Transaction
from newsletter.store.runs import going
from newsletter.store.schema import Document, Moment, editions, runs

_SAVE = text(
    "INSERT INTO editions (fingerprint, issue, language, subject, preheader, html, text, pictures, at) VALUES "
    "(:fingerprint, :issue, :language, :subject, :preheader, :html, :text, :pictures, :at) ON CONFLICT DO NOTHING"
).bindparams(*(bindparam(name, type_=Document) for name in ("html", "text", "pictures")), bindparam("at", type_=Moment))


def save(transaction: Transaction, edition: Edition, at: datetime) -> None:
    """Keep an edition, of its pictures the names; a second time changes nothing, though two should do so at a time."""
    values = {
        "fingerprint": edition.fingerprint,
        "issue": edition.issue,
        "language": edition.language,
        "subject": edition.subject,
        "preheader": edition.preheader,
        "html": _spelt(edition.html),
        "text": _spelt(edition.text),
        "pictures": [picture.name for picture in edition.pictures],
        "at": at,
    }
    transaction.execute(_SAVE, values)


def load(transaction: Transaction, fingerprint: str) -> Edition:
    """Return an edition without its pictures and sizes.

    Its own fingerprint is computed from what was read: whoever is about to send it compares. Raises: LookupError.
    """
    row = transaction.execute(select(editions).where(editions.c.fingerprint == fingerprint)).one_or_none()
    if row is None:
        raise LookupError(f"no edition {fingerprint}")
    return Edition(
        issue=row.issue,
        language=row.language,
        subject=row.subject,
        preheader=row.preheader,
        html=_read(row.html),
        text=_read(row.text),
    )


def every(transaction: Transaction) -> tuple[str, ...]:
    """Return the fingerprints of all editions, in their order."""
    return tuple(transaction.scalars(select(editions.c.fingerprint).order_by(editions.c.fingerprint)))


def pictures(transaction: Transaction, fingerprint: str) -> tuple[str, ...]:
    """Return the names of an edition's pictures, in the order of the mail. Raises: LookupError."""
    names = transaction.scalar(select(editions.c.pictures).where(editions.c.fingerprint == fingerprint))
    if names is None:
        raise LookupError(f"no edition {fingerprint}")
    return tuple(names)


def pictures_under_way(transaction: Transaction) -> frozenset[str]:
    """Return the names of the pictures in the mails of runs that are not over."""
    each = {run.edition for run in going(transaction)}
    return frozenset(name for fingerprint in each for name in pictures(transaction, fingerprint))


def shown(transaction: Transaction, issue: str) -> str | None:
    """Return the fingerprint of what readers of an issue see: of its newest run that has begun; None before."""
    begun = select(runs.c.edition).where(runs.c.issue == issue, runs.c.started_at.is_not(None))
    return transaction.scalar(begun.order_by(runs.c.id.desc()).limit(1))


def newest(transaction: Transaction) -> str | None:
    """Return the issue that is shown since last; None before any is. One that is sent again is no newer for it."""
    begun = select(runs.c.issue).where(runs.c.started_at.is_not(None)).group_by(runs.c.issue)
    return transaction.scalar(begun.order_by(func.min(runs.c.started_at).desc(), runs.c.issue.desc()).limit(1))


def _spelt(pieces: Pieces) -> list[str | list[str]]:
    return [piece if isinstance(piece, str) else [piece.field, piece.context] for piece in pieces]


def _read(pieces: Iterable[str | tuple[str, str]]) -> Pieces:
    return tuple(
        piece if isinstance(piece, str) else Slot(field=piece[0], context=piece[1])  # type: ignore[arg-type]
        for piece in pieces
    )
