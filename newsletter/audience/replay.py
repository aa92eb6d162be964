"""What a subscriber's consent records say of him, read from the first to the last: may he be mailed, or why not.

The store's columns say the same, as quick to ask as a database is; `replay` is where they come from when some of the
records do not stand any more, because an import was taken back. A move bears on a bounce by other records alone: who is
bounced does not move, so each bounce came after, and undoing a move writes down that it lifts what came back meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.model.subscriber import ConsentRecord
from newsletter.store.subscribers import Consent

_READERS_OWN = frozenset({"paused", "resumed", "changed", "tagged", "moved"})
"""Only who gets the newsletter can do this himself, and he wants it."""

_OF_THE_KNOWN = frozenset({*_READERS_OWN, "asked to move", "moved back", "undone", "erased"})
"""Is no reason to know somebody of whom nothing else is said."""

AS = "as "
"""Begins the note of an import's record of somebody who did not come in as a confirmed reader: ``as left``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a reader said last, and since when what stands against mailing him."""

    consent: Consent = "pending"
    complained_at: datetime | None = None
    bounced_at: datetime | None = None
    blocked_at: datetime | None = None


def replay(records: Iterable[ConsentRecord]) -> Standing | None:
    """Say how a subscriber stands by some records, in their order; None when none of them is a reason to know him."""
    standing = None
    for record in records:
        if standing or _vouches(record) or record.what not in _OF_THE_KNOWN:
            standing = _after(standing or Standing(), record)
    return standing


def _after(standing: Standing, record: ConsentRecord) -> Standing:
    """How somebody stands after one more thing happened; what does not bear on it leaves him as he was."""
    if _vouches(record):
        # Somebody's word makes him a reader, but no word of others does once he left.
        return standing if standing.consent == "left" else replace(standing, consent="confirmed")
    if record.what == "confirmed":
        return replace(standing, consent="confirmed", complained_at=None, bounced_at=None)
    if record.what == "lifted":
        return replace(standing, bounced_at=None, blocked_at=None)
    return _out(standing, _way(record), record)


def _vouches(record: ConsentRecord) -> bool:
    """Whether a record is somebody's word that he wants the newsletter, other than his own answer to the question."""
    match record.what:
        case "added":
            return record.text is not None
        case "imported":
            return record.note is None
        case "confirmed":
            return record.source == "import"
    return record.what in _READERS_OWN and record.source not in {"operator", "import"}


def _way(record: ConsentRecord) -> str:
    """In which way he opted out, if this record says that he did."""
    note = record.note or ""
    return {"imported": note.removeprefix(AS), "repeated": note}.get(record.what, record.what)


def _out(standing: Standing, way: str, record: ConsentRecord) -> Standing:
    """He opts out in one way or another; a list that says so again does not make it later."""
    again = record.source == "import"
    match way:
        case "left":
            return replace(standing, consent="left")
        case "complained" if not (again and standing.complained_at):
            return replace(standing, complained_at=record.at)
        case "bounced" if not (again and standing.bounced_at):
            return replace(standing, bounced_at=record.at)
        case "blocked" if not (again and standing.blocked_at):
            return replace(standing, blocked_at=record.at)
    return standing
