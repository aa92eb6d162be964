"""What happened to a subscriber, told from his consent records: in plain sentences, and as data for programs.

The terminal speaks English, so do the sentences. A record that is short of something, because the reader was erased or
its time to be kept is over, gives a sentence without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.audience.reconcile import FIELD, STANDING
from newsletter.model.subscriber import ConsentRecord, Source, Subscriber, What
from newsletter.store import consents, imports, notices
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known

_DEEDS: Mapping[What, str] = {
    "signed up": "signed up",
    "added": "added",
    "imported": "imported",
    "confirmed": "confirmed",
    "changed": "changed",
    "tagged": "tags changed",
    "paused": "paused",
    "resumed": "pause ended",
    "left": "left",
    "complained": "complained",
    "bounced": "bounced",
    "blocked": "blocked",
    "repeated": "opted out again",
    "lifted": "block or bounce lifted",
    "undone": "an import taken back",
    "erased": "erased",
}
_THROUGH: Mapping[Source, str] = {
    "form": "on the form",
    "import": "by a list",
    "operator": "by the operator",
    "one-click": "with one click",
    "mail": "by mail",
    "bounce": "since mail to him came back",
    "complaint": "since he called the mail spam",
}
_OPT_OUTS = ("left", "complained", "bounced", "blocked")
_CALLED = {"consent": "status", "complained_at": "complaint", "bounced_at": "bounce", "blocked_at": "block"}


def sentences(records: Sequence[ConsentRecord], zone: ZoneInfo) -> tuple[str, ...]:
    """Tell records one by one, in their order, with wall times in a zone."""
    return tuple(f"{_when(record.at, zone)}: {_told(record)}." for record in records)


def standing(subscriber: Subscriber, day: date) -> str:
    """Say in a sentence whether a subscriber gets the mail on a day, and why not."""
    if subscriber.status == "suppressed":
        return f"Gets no mail: {subscriber.reason}."
    if subscriber.status != "confirmed":
        return f"Gets no mail: {'has left' if subscriber.status == 'left' else 'has not confirmed yet'}."
    until = subscriber.paused_until
    return f"Gets no mail before {until}." if until and until > day else "Gets the mail."


def everything(transaction: Transaction, known: Known) -> dict[str, object]:
    """Return all that the store knows of one reader, for himself or for programs: names and plain values.

    ``imports`` are those whose lists named him, ``changed_by_imports`` is what taking one back would restore. Times are
    in UTC (ISO 8601).
    """
    one = known.subscriber
    records = consents.of(transaction, one.id)
    return {
        "subscriber": _plain(asdict(one)),
        "said_last": known.consent,
        "complained_at": _spelt(known.complained_at),
        "bounced_at": _spelt(known.bounced_at),
        "blocked_at": _spelt(known.blocked_at),
        "records": [_plain(asdict(record)) for record in records],
        "imports": _imports(transaction, records),
        "changed_by_imports": [
            {"import": number, "before": dict(before), "after": dict(after)}
            for number, before, after in imports.changes_of(transaction, one.id)
        ],
        "notices_waiting": [_plain(asdict(notice)) for notice in notices.of(transaction, one.id)],
    }


def called(column: str) -> str:
    """Return what people call a column that an import changes: ``status``, ``complaint``, ``name``, ``city``."""
    return _CALLED.get(column, column.removeprefix(FIELD))


def _imports(transaction: Transaction, records: Sequence[ConsentRecord]) -> list[dict[str, object]]:
    numbers = sorted({record.number for record in records if record.number is not None})
    found = (imports.get(transaction, number) for number in numbers)
    told = ("number", "file", "origin", "state", "started_at", "ended_at")
    return [{name: _spelt(getattr(one, name)) for name in told} for one in found if one]


def _when(at: datetime, zone: ZoneInfo) -> str:
    wall = at.astimezone(zone)
    return f"{wall.day} {wall:%B %Y, %H:%M}"


def _told(record: ConsentRecord) -> str:
    deed = _of_a_list(record) if record.number is not None else _of_somebody(record)
    origin = f", from {record.origin}" if record.origin else ""
    return f"{deed}{_text(record)}{origin}{_remark(record)}"


def _of_somebody(record: ConsentRecord) -> str:
    deed = _DEEDS[record.what]
    if record.what == "undone" and record.note:
        deed = f"{record.note.partition(':')[0]} taken back"
    asked = " and asked first" if record.what == "added" and record.text is None else ""
    return f"{deed} {_THROUGH[record.source]}{asked}"


def _of_a_list(record: ConsentRecord) -> str:
    """Say what an import did, with the file and the line while that is kept."""
    line = f", line {record.line}" if record.line else ""
    place = f"{record.file}{line} (import {record.number})"
    if record.what == "imported":
        return f"imported from {place}{f', {record.note}' if record.note else ''}"
    if record.what == "repeated":
        return f"{record.note or 'opted out'} already, and {place} says so too"
    return f"{_DEEDS[record.what]}, says {place}" if record.what in _OPT_OUTS else f"{_DEEDS[record.what]} by {place}"


def _text(record: ConsentRecord) -> str:
    """Say what he was shown; an import and the operator know only what they say that was."""
    if record.text is None:
        return ""
    if record.source in {"import", "operator"}:
        return f", on the ground of “{record.text.text}”"
    return f", shown “{record.text.text}” (version {record.text.version})"


def _remark(record: ConsentRecord) -> str:
    """Say what a note has beyond the deed: a reason, tags, or the names of columns."""
    if not record.note or record.what in {"imported", "repeated"}:
        return ""
    if record.what == "undone":
        return f": {_columns(record.note.partition(': ')[2].split(', '))}"
    if record.number is None:
        return f": {record.note}"
    others = _columns(name for name in record.note.split(", ") if name not in STANDING)
    return f"{': ' if record.what == 'changed' else '; also changed: '}{others}" if others else ""


def _columns(names: Iterable[str]) -> str:
    return ", ".join(map(called, names))


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _spelt(value) for name, value in values.items()}


def _spelt(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
