"""What happened to a subscriber, told in plain sentences: from his consent records, notices and changes of address.

The terminal speaks English, so do the sentences. A record that is short of something, because the reader was erased or
its time to be kept is over, gives a sentence without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from zoneinfo import ZoneInfo

from newsletter.audience.overheard import is_overheard, overheard
from newsletter.audience.reconcile import FIELD, STANDING
from newsletter.model.subscriber import ConsentRecord, Reason, Source, Subscriber, What
from newsletter.store.moves import Move
from newsletter.store.notices import Kind, Notice

_DEEDS: Mapping[What, str] = {
    "signed up": "signed up",
    "asked again": "signed up again",
    "added": "added",
    "imported": "imported",
    "confirmed": "confirmed",
    "changed": "changed",
    "tagged": "tags changed",
    "asked to move": "asked for mail at another address,",
    "moved": "address changed",
    "moved back": "change of address undone",
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
    "form": "on the newsletter's page",
    "import": "by a list",
    "operator": "by the operator",
    "one-click": "with one click",
    "mail": "by mail",
}
_NOTICES: Mapping[Kind, str] = {
    "confirm": "the mail that asks him to confirm",
    "already": "the mail that says he is subscribed already",
    "welcome": "the mail that welcomes him",
    "move": "the mail that asks at his new address",
    "moved": "the mail that tells his old address",
}
_OPT_OUTS = ("left", "complained", "bounced", "blocked")
_SUPPRESSED: Mapping[Reason | None, str] = {
    "complained": "has complained",
    "bounced": "has bounced",
    "blocked": "is blocked",
}
_CALLED = {"consent": "status", "complained_at": "complaint", "bounced_at": "bounce", "blocked_at": "block"}


def sentences(records: Sequence[ConsentRecord], zone: ZoneInfo) -> tuple[str, ...]:
    """Tell records one by one, in their order, with wall times in a zone."""
    return tuple(f"{_when(record.at, zone)}: {_told(record)}." for record in records)


def standing(subscriber: Subscriber, day: date) -> str:
    """Say in a sentence whether a subscriber gets the mail on a day, and why not."""
    if subscriber.status == "suppressed":
        return f"Gets no mail: {_SUPPRESSED[subscriber.reason]}."
    if subscriber.status != "confirmed":
        return f"Gets no mail: {'has left' if subscriber.status == 'left' else 'has not confirmed yet'}."
    until = subscriber.paused_until
    return f"Gets no mail before {until}." if until and until > day else "Gets the mail."


def whole(
    records: Sequence[ConsentRecord], changes: Sequence[Move], mails: Sequence[Notice], zone: ZoneInfo
) -> tuple[str, ...]:
    """Tell all of it, in the order in which it happened."""
    told = (
        *zip((record.at for record in records), sentences(records, zone), strict=True),
        *zip((move.asked_at for move in changes), of_moves(changes, zone), strict=True),
        *zip((mail.queued_at for mail in mails), of_notices(mails, zone), strict=True),
    )
    return tuple(sentence for _, sentence in sorted(told, key=itemgetter(0)))


def of_notices(found: Sequence[Notice], zone: ZoneInfo) -> tuple[str, ...]:
    """Tell one by one of the mails about his subscription, and what became of each."""
    return tuple(
        f"{_when(notice.queued_at, zone)}: {_NOTICES[notice.kind]} {_state(notice, zone)}." for notice in found
    )


def of_moves(found: Sequence[Move], zone: ZoneInfo) -> tuple[str, ...]:
    """Tell one by one of the changes of address that he asked for, for as long as they are kept."""
    return tuple(f"{_when(move.asked_at, zone)}: {_of_a_move(move, zone)}." for move in found)


def called(column: str) -> str:
    """Return what people call a column that an import changes: ``status``, ``complaint``, ``name``, ``city``."""
    return _CALLED.get(column, column.removeprefix(FIELD))


def _when(at: datetime, zone: ZoneInfo) -> str:
    wall = at.astimezone(zone)
    return f"{wall.day} {wall:%B %Y, %H:%M}"


def _state(notice: Notice, zone: ZoneInfo) -> str:
    """Say what became of a notice, as the end of a sentence."""
    ended = f" on {_when(notice.ended_at, zone)}" if notice.ended_at else ""
    said = {
        "waiting": "waits to be sent",
        "sending": "is being sent",
        "accepted": f"left{ended}",
        "refused": f"was refused{ended}",
        "skipped": "was not sent",
        "in doubt": "may have left, and no answer was kept",
    }[notice.state]
    reason = notice.reason.rstrip(".")
    tries = f", after {notice.tries} that failed" if notice.tries else ""
    return f"{said}{tries}{f': {reason}' if reason else ''}"


def _of_a_move(move: Move, zone: ZoneInfo) -> str:
    done = f"changed on {_when(move.done_at, zone)}" if move.done_at else "not confirmed"
    undone = f", undone on {_when(move.undone_at, zone)}" if move.undone_at else ""
    return f"from {move.before} to {move.after}, {done}{undone}"


def _told(record: ConsentRecord) -> str:
    if is_overheard(record):
        return f"{_DEEDS[record.what]}: {overheard(record)}"
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
    text = " / ".join(record.text.text.splitlines())
    if record.source in {"import", "operator"}:
        return f", on the ground of “{text}”"
    return f", shown “{text}” (version {record.text.version})"


def _remark(record: ConsentRecord) -> str:
    """Say what a note has beyond the deed: a reason, tags, or the names of columns."""
    if not record.note or record.what in {"imported", "repeated"}:
        return ""
    if record.what == "undone":
        return f": {_columns(record.note.partition(': ')[2].split(', '))}"
    if record.number is None:
        return _reason(record, record.note)
    others = _columns(name for name in record.note.split(", ") if name not in STANDING)
    return f"{': ' if record.what == 'changed' else '; also changed: '}{others}" if others else ""


def _reason(record: ConsentRecord, note: str) -> str:
    """Put a note behind its deed: of a pause its end, of a mail how its sender was known, else a reason."""
    if record.what == "paused":
        return f" {note}"
    return f" ({note})" if record.source == "mail" else f": {note}"


def _columns(names: Iterable[str]) -> str:
    return ", ".join(map(called, names))
