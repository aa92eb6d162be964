"""Who is mailed no more, because of what a provider told of mail to the address that he has now."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.delivery.matching import Matched
from newsletter.delivery.verdicts import one_line
from newsletter.model.subscriber import ConsentRecord, Source, What
from newsletter.store import consents
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known

SOFT_ISSUES, SOFT_DAYS = 3, 14
"""Mail to an address that came back for now, for so many issues within so many days, is as if it came back for good."""

Soft = Sequence[tuple[str, datetime]]
"""For which issues, and when, mail came back for now."""

_LONGEST_NOTE = 200
_ADDRESS = re.compile(r"[^\s@<>]{0,64}@[^\s@<>]{1,255}")
_AGAINST: dict[What, frozenset[What]] = {
    "bounced": frozenset(("confirmed", "lifted")),
    "complained": frozenset(("signed up", "confirmed")),
    "left": frozenset(("signed up", "confirmed")),
}
"""What overtakes a deed that happened before it."""
_NOT_HIS: frozenset[Source] = frozenset(("import", "operator"))
"""What a list or the operator says of a reader takes back nothing that he said himself."""
_Write = Callable[[Transaction, str, Occasion], bool]
_DEEDS: dict[str, tuple[What, Source, _Write]] = {
    "bounced": ("bounced", "bounce", consent.bounce),
    "complained": ("complained", "complaint", consent.complain),
    "unsubscribed": ("left", "provider", consent.leave),
}


def suppress(
    transaction: Transaction, known: Known, matched: Matched, soft: Soft, *, at: datetime, zone: ZoneInfo
) -> None:
    """Have a reader mailed no more, where that follows from an event; ``soft`` is told of his address, this one too.

    Nobody else changes him meanwhile. ``at`` is aware UTC, ``zone`` the newsletter's.
    """
    found = _DEEDS.get(matched.event.kind)
    is_soft = matched.event.kind == "bounced" and not matched.event.permanent
    if found is None or matched.key != known.key or (is_soft and not _is_gone(soft, zone)):
        return
    what, source, write = found
    records = consents.of(transaction, known.subscriber.id)
    since = max((one.at for one in records if _stands_against(what, one)), default=None)
    if since is not None and (matched.event.at < since or (is_soft and not _is_gone(_after(soft, since), zone))):
        return
    note = f"{_OFTEN}; {_note(matched)}" if is_soft else _note(matched)
    write(transaction, known.subscriber.id, Occasion(at=at, zone=zone, source=source, note=note[:_LONGEST_NOTE]))


def _stands_against(deed: What, record: ConsentRecord) -> bool:
    return record.what in _AGAINST[deed] and (deed == "bounced" or record.source not in _NOT_HIS)


_OFTEN = f"mail came back for {SOFT_ISSUES} issues within {SOFT_DAYS} days"


def _after(soft: Soft, since: datetime) -> Soft:
    return [one for one in soft if one[1] >= since]


def _is_gone(soft: Soft, zone: ZoneInfo) -> bool:
    """Whether mails came back for so many issues within so many days."""
    if len({issue for issue, _ in soft}) < SOFT_ISSUES:
        return False
    days: list[tuple[date, str]] = sorted((at.astimezone(zone).date(), issue) for issue, at in soft)
    return any(
        len({issue for day, issue in days if first <= day <= first + timedelta(days=SOFT_DAYS)}) >= SOFT_ISSUES
        for first, _ in days
    )


def _note(matched: Matched) -> str:
    """What the provider said, without addresses: a record outlives its reader."""
    said = _ADDRESS.sub("…", one_line(matched.event.said))
    return f"{matched.webhook.provider}: {said or matched.event.kind}"
