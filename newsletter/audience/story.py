"""What happened to a subscriber, told from his consent records: in plain sentences, and as data for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.model.subscriber import ConsentRecord, Source, Subscriber, What
from newsletter.store import consents, imports, notices
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known

_DEEDS: Mapping[What, str] = {
    "signed up": "signed up",
    "added": "added",
    "imported": "came in",
    "confirmed": "confirmed",
    "changed": "was changed",
    "tagged": "was tagged",
    "paused": "paused",
    "resumed": "gets mail again",
    "left": "left",
    "complained": "complained",
    "bounced": "bounced",
    "blocked": "was blocked",
    "repeated": "had opted out already, and the list said so too",
    "lifted": "may be mailed again",
    "undone": "is as before an import",
    "erased": "was erased",
}
_THROUGH: Mapping[Source, str] = {
    "form": "on the newsletter's page",
    "import": "through a list",
    "operator": "by the operator",
    "one-click": "with one click in the mail",
    "mail": "by writing to the newsletter",
    "bounce": "since the mail came back",
    "complaint": "since he called the mail spam",
}


def sentences(records: Sequence[ConsentRecord], zone: ZoneInfo) -> tuple[str, ...]:
    """Tell records one by one, in their order, with wall times in a zone."""
    return tuple(_sentence(record, zone) for record in records)


def standing(subscriber: Subscriber) -> str:
    """Say in a sentence whether a subscriber gets the mail, and why not."""
    if subscriber.status == "suppressed":
        return f"Gets no mail: {subscriber.reason}."
    if subscriber.status != "confirmed":
        return f"Gets no mail: {'has left' if subscriber.status == 'left' else 'has not confirmed yet'}."
    return f"Gets no mail before {subscriber.paused_until}." if subscriber.paused_until else "Gets the mail."


def everything(transaction: Transaction, known: Known) -> dict[str, object]:
    """Return all that the store knows of one reader, for himself or for programs: names and plain values.

    Times are in UTC (ISO 8601).
    """
    one = known.subscriber
    return {
        "subscriber": _plain(asdict(one)),
        "said_last": known.consent,
        "complained_at": _spelt(known.complained_at),
        "bounced_at": _spelt(known.bounced_at),
        "blocked_at": _spelt(known.blocked_at),
        "records": [_plain(asdict(record)) for record in consents.of(transaction, one.id)],
        "changed_by_imports": [
            {"import": number, "before": dict(before), "after": dict(after)}
            for number, before, after in imports.changes_of(transaction, one.id)
        ],
        "notices_waiting": [_plain(asdict(notice)) for notice in notices.of(transaction, one.id)],
    }


def _sentence(record: ConsentRecord, zone: ZoneInfo) -> str:
    when = record.at.astimezone(zone)
    parts = [f"{when.day} {when:%B %Y, %H:%M}: {_DEEDS[record.what]} {_through(record)}"]
    if record.text:
        parts.append(f"shown: “{record.text.text}” (version {record.text.version})")
    if record.origin:
        parts.append(f"from {record.origin}")
    if record.note:
        parts.append(record.note)
    return "; ".join(parts) + "."


def _through(record: ConsentRecord) -> str:
    """Say through what it came, a list with its file and line while that is kept."""
    if record.number is None:
        return _THROUGH[record.source]
    line = f", line {record.line}" if record.line else ""
    return f"through {record.file}{line} (import {record.number})"


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _spelt(value) for name, value in values.items()}


def _spelt(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
