"""What is written down of an attempt: what became of its notice, and of a reader whose address does not exist."""

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter import addresses
from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.delivery.retry import Again, Verdict
from newsletter.store import notices, subscribers
from newsletter.store.database import Transaction
from newsletter.store.notices import Notice

_LONGEST_REASON = 500


def write(transaction: Transaction, notice: Notice, verdict: Verdict, *, at: datetime, zone: ZoneInfo) -> bool:
    """Write a verdict where it is still true; return whether it was.

    ``notice.address`` is where the attempt went. That there is no such address is a hard bounce, and its reader gets no
    more mail; unless a notice was about a change of address, which goes where he has none, or none yet.
    """
    if isinstance(verdict, Again):
        return _postpone(transaction, notice, verdict)
    bounces = bool(verdict.bounced) and _went_to_reader(transaction, notice)
    written = notices.settle(
        transaction,
        notice.id,
        attempt(notice),
        verdict.state,
        at=at,
        provider_id=None if verdict.provider_id is None else _one_line(verdict.provider_id),
        reason=_one_line(verdict.reason),
        expires_at=until(notice) if verdict.state == "in doubt" else None,
    )
    if written and bounces:
        occasion = Occasion(at=at, zone=zone, source="bounce", note=verdict.bounced)
        consent.bounce(transaction, notice.subscriber, occasion)
    return written


def attempt(notice: Notice) -> str:
    """Return the id of a claimed notice's attempt. Raises: LookupError when nobody has claimed it."""
    if notice.attempt is None:
        raise LookupError("a notice that nobody has claimed")
    return notice.attempt


def until(notice: Notice) -> datetime:
    """Return when a claimed notice's time is over. Raises: LookupError when nobody has claimed it."""
    if notice.expires_at is None:
        raise LookupError("a notice that nobody has claimed")
    return notice.expires_at


def _postpone(transaction: Transaction, notice: Notice, verdict: Again) -> bool:
    return notices.postpone(
        transaction,
        notice.id,
        attempt(notice),
        not_before=verdict.not_before,
        counts=verdict.counts,
        reason=_one_line(verdict.reason),
        expires_at=until(notice),
    )


def _went_to_reader(transaction: Transaction, notice: Notice) -> bool:
    """Whether a notice went to the address that its reader has now; nobody changes him until the transaction ends.

    He is held before his notice is: so does whoever erases him, and neither waits for the other.
    """
    if notice.kind in notices.ABOUT_MOVES or notice.address is None:
        return False
    known = subscribers.get(transaction, notice.subscriber, to_change=True)
    return known is not None and known.key == addresses.key(notice.address)


def _one_line(text: str) -> str:
    """What a provider says, so that a database keeps it: no null bytes, no halves of letters, not endless."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST_REASON]
