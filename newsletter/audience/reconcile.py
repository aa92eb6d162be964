"""What a line of a list means for what is known of its reader: pure policy.

An opt-out in the list always counts; one that is known is never undone by a list. Of a reader who gets the mail the
list's values win where it has any, and tags are added to his, but for those that he took off himself; a pause is made
longer, never shorter. The columns of a subscriber are compared as flat names
and plain values, as they are kept for taking an import back: ``name``, ``joined``, ``field:city``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from newsletter.audience.files import Row
from newsletter.model.subscriber import Status, What
from newsletter.store.subscribers import Consent, Known

Flat = dict[str, object]
"""Columns under flat names, with values that JSON knows; None where there is none."""

FIELD = "field:"
_DAYS = ("joined", "paused_until")
_MOMENTS = ("complained_at", "bounced_at", "blocked_at")
STANDING = ("consent", *_MOMENTS)
"""The columns that say whether he may be mailed."""

Out = Literal["erased", "moved"]
"""Why an address is nobody's that somebody had: its reader was erased, or has his mail come to another one."""

Stays = Literal["left", "complained", "bounced", "blocked", Out]


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """Nobody has this address: what he will have said, and the columns of what stands against mailing him.

    ``against`` begins with the heaviest.
    """

    consent: Consent
    against: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """What the store will make of it."""
        return "suppressed" if self.against else self.consent

    @property
    def ways(self) -> Sequence[str]:
        """The same, with the reason in the place of *suppressed*, and behind it what else he opted out by."""
        also = () if self.against and self.consent != "left" else (self.consent,)
        return (*(column.removesuffix("_at") for column in self.against), *also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Somebody has it, and these columns change; ``tags`` in ``after`` are those he gets.

    ``also`` are ways in which he opts out beside ``what``, and ``repeated`` those in which he had already.
    """

    what: What
    before: Flat
    after: Flat
    also: Sequence[What] = ()
    repeated: Sequence[What] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """He left, is suppressed, was erased or moved to another address, and the list changes nothing about it."""

    why: Stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """He opted out already, in all these ways, and the list says so too: it counts when another's is taken back."""

    ways: Sequence[What]


Outcome = New | Changed | Stayed | Repeated | None
"""None: everything is as the list says already."""


def reconcile(
    row: Row,
    known: Known | None,
    *,
    out: Out | None,
    double_opt_in: bool,
    at: datetime,
    unmarked: Collection[str] = (),
) -> Outcome:
    """Say what becomes of a line. With ``double_opt_in`` nobody is confirmed by it, but asked.

    ``unmarked`` are tags that the reader took off himself; no list puts them back.

    An old address (``out`` is *moved*) would be a second subscription of one reader, which he cannot have asked for; if
    the list says that it is not to be mailed, that is kept.
    """
    if out == "erased" or (out and row.status not in {"left", "suppressed"}):
        return Stayed(why=out)
    if known is None:
        return _new(row, double_opt_in=double_opt_in)
    if row.status in {"left", "suppressed"}:
        return _opted_out(row, known, at)
    if known.subscriber.status == "left":
        return Stayed(why="left")
    if known.subscriber.reason:
        return Stayed(why=known.subscriber.reason)
    confirms = row.status in {None, "confirmed"} and not double_opt_in
    return _changed(row, known, confirms=confirms, unmarked=unmarked)


def flat(known: Known) -> Flat:
    """Return the columns of a subscriber that an import may change."""
    one = known.subscriber
    return {
        "name": one.name,
        "language": one.language,
        "joined": _spelt(one.joined),
        "paused_until": _spelt(one.paused_until),
        "consent": known.consent,
        "complained_at": _spelt(known.complained_at),
        "bounced_at": _spelt(known.bounced_at),
        "blocked_at": _spelt(known.blocked_at),
        **{FIELD + name: value for name, value in one.fields.items()},
    }


def columns(changes: Mapping[str, object], known: Known) -> dict[str, object]:
    """Turn flat columns into those of the store; fields of one's own come back as one document, whole."""
    own = dict(known.subscriber.fields)
    set_: dict[str, object] = {}
    for name, value in changes.items():
        if name.startswith(FIELD):
            own[name.removeprefix(FIELD)] = value  # type: ignore[assignment]  # None is taken out below
            set_["fields"] = own
        elif name != "tags":
            set_[name] = _typed(name, value)
    if "fields" in set_:
        set_["fields"] = {name: value for name, value in own.items() if value is not None}
    return set_


def stored(fields: Mapping[str, object]) -> Flat:
    """Spell the values of own fields as the store keeps them: days as 2026-11-28."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def marks(notes: Iterable[str], tag: str) -> bool | None:
    """Whether the last of some records, by their notes, marked with a tag (``+zuid``) or took it off (``-zuid``)."""
    last = None
    for note in notes:
        for sign, marked in (("+", True), ("-", False)):
            if f", {sign}{tag}, " in f", {note}, ":
                last = marked
    return last


def _new(row: Row, *, double_opt_in: bool) -> New:
    if row.outs:
        against = tuple(f"{out}_at" for out in row.outs if out != "left")
        return New(consent="left" if "left" in row.outs else "pending", against=against)
    return New(consent="pending" if row.status == "pending" or double_opt_in else "confirmed")


def _opted_out(row: Row, known: Known, at: datetime) -> Outcome:
    has = flat(known)
    columns_ = {out: "consent" if out == "left" else f"{out}_at" for out in row.outs}
    repeated = tuple(out for out, column in columns_.items() if has[column] and (out != "left" or has[column] == out))
    new = tuple(out for out in columns_ if out not in repeated)
    if not new:
        return Repeated(ways=repeated)
    before = {columns_[out]: has[columns_[out]] for out in new}
    after: Flat = {columns_[out]: out if out == "left" else at.isoformat() for out in new}
    return Changed(what=new[0], before=before, after=after, also=new[1:], repeated=repeated)


def _changed(row: Row, known: Known, *, confirms: bool, unmarked: Collection[str]) -> Changed | None:
    has, wanted = flat(known), _wanted(row)
    if confirms and known.consent == "pending":
        wanted["consent"] = "confirmed"
    if paused := known.subscriber.paused_until:  # he may have said so himself, and a pause costs him nothing
        wanted["paused_until"] = _spelt(max(paused, row.paused_until or paused))
    after = {name: value for name, value in wanted.items() if has.get(name) != value}
    before = {name: has.get(name) for name in after}
    if added := sorted(set(row.tags) - set(known.subscriber.tags) - set(unmarked)):
        after["tags"] = added
    if not after:
        return None
    return Changed(what="confirmed" if "consent" in after else "changed", before=before, after=after)


def _wanted(row: Row) -> Flat:
    """What a line says of its reader; where it says nothing there is no column."""
    said = {
        "name": row.name,
        "language": row.language,
        "joined": _spelt(row.joined),
        "paused_until": _spelt(row.paused_until),
        **{FIELD + name: value for name, value in stored(row.fields).items()},
    }
    return {name: value for name, value in said.items() if value not in {None, ""}}


def _spelt(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _typed(name: str, value: object) -> object:
    if isinstance(value, str) and name in _DAYS:
        return date.fromisoformat(value)
    if isinstance(value, str) and name in _MOMENTS:
        return datetime.fromisoformat(value)
    return value
