"""What the list must and must not say, worked out the plain way: a second opinion for the test of its laws.

It knows no column and no consent record, only what people did, in the order in which they did it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from newsletter.model.subscriber import Subscriber

CONFIRM_WITHIN, BOUNCE_RESTS = timedelta(days=7), timedelta(days=30)
HIMSELF, OPERATOR = "himself", "operator"
Who = str | int
"""The reader himself, the operator, or an import by its number."""

OUT = ("complained", "bounced", "blocked", "left")
"""What an opt-out may be called in a list, the strongest first."""


class About(NamedTuple):
    """What a list may tell of a reader; empty where it tells nothing."""

    name: str
    tags: str
    city: str
    joined: str
    paused: str


class Line(NamedTuple):
    """What a list says of one reader."""

    address: str
    status: str
    about: About


@dataclass(frozen=True)
class Event:
    """Something that happened to a reader's record, and whether it ``vouches`` that he is to be known."""

    who: Who
    vouches: bool = True


@dataclass
class Request:
    """A link that confirms a sign-up; ``overtaken`` is None where the laws do not say."""

    key: str
    identity: str
    at: datetime
    overtaken: bool | None = False


@dataclass
class Person:
    """What is believed of one address.

    ``against`` says why it must not be mailed, and who said so; ``grounds`` by whose word it may be. ``since`` is what
    happened to its present record.
    """

    against: dict[str, set[Who]] = field(default_factory=dict)
    grounds: set[Who] = field(default_factory=set)
    since: list[Event] = field(default_factory=list)
    bounced_at: datetime | None = None
    came_back: bool = False

    def opts_out(self, reason: str, who: Who) -> None:
        self.against.setdefault(reason, set()).add(who)
        if who == HIMSELF and reason in {"left", "complained"}:
            self.grounds.clear()

    def opts_in(self) -> None:
        self.came_back |= HIMSELF in self.against.get("bounced", ())
        self.against.clear()
        self.grounds = {HIMSELF}

    def is_lifted(self) -> None:
        for reason in ("bounced", "blocked"):
            self.against.pop(reason, None)

    def is_gone(self) -> None:
        """His record is no more; what he said is not forgotten."""
        self.grounds.clear()
        self.since.clear()

    def without(self, number: int) -> "Person":
        """The same as if an import had never happened."""
        return replace(
            self,
            grounds=self.grounds - {number},
            since=[event for event in self.since if event.who != number],
            against={reason: rest for reason, who in self.against.items() if (rest := who - {number})},
        )

    def standing(self) -> tuple[str, str | None]:
        """Status and reason, by all that was said of him and still stands."""
        outs = [reason for reason in OUT if reason in self.against]
        if outs:
            return ("left", None) if outs[0] == "left" else ("suppressed", outs[0])
        return "confirmed" if self.grounds else "pending", None

    def may_confirm(self, request: Request, now: Subscriber | None, at: datetime) -> bool | None:
        """Whether a link must confirm (True), must not (False), or the laws do not say."""
        if now is None or now.id != request.identity or request.overtaken or "blocked" in self.against:
            return False
        if at - request.at > CONFIRM_WITHIN:
            return False
        if "bounced" in self.against and self.bounced_at:
            rests = request.at - self.bounced_at < BOUNCE_RESTS
            return False if rests or (self.came_back and HIMSELF in self.against["bounced"]) else None
        return True if request.overtaken is False and now.status in {"pending", "left"} else None


def summed_up(lines: Sequence[Line], key: Mapping[str, str]) -> dict[str, Line]:
    """One line for each address: the first counts, but an opt-out counts wherever it stands, the strongest first."""
    found: dict[str, Line] = {}
    for line in lines:
        first = found.setdefault(key[line.address], line)
        if line.status in OUT:
            worst = min({line.status, first.status} & set(OUT), key=OUT.index)
            found[key[line.address]] = found[key[line.address]]._replace(status=worst)
    return found


def outs_of(lines: Sequence[Line], key: Mapping[str, str], reader: str) -> set[str]:
    """All ways in which lines say that one reader opted out; each of them counts."""
    return {line.status for line in lines if key[line.address] == reader} & set(OUT)


def standing_after(before: Subscriber | None, line: Line, *, asks: bool) -> tuple[str, str | None]:
    """Status and reason after a line of a list; an opt-out is stronger than everything."""
    outs = {line.status, before.reason or before.status if before else ""} & set(OUT)
    if outs:
        strongest = min(outs, key=OUT.index)
        return ("left", None) if strongest == "left" else ("suppressed", strongest)
    if before and (before.status == "confirmed" or line.status == "pending" or asks):
        return before.status, None
    return "pending" if line.status == "pending" or asks else "confirmed", None


def described_after(before: Subscriber | None, line: Line) -> tuple[str, tuple[str, ...], str | None]:
    """Name, tags and city after a line of a list; what it leaves open stays, and who opted out is left alone."""
    has = (before.name, before.tags, before.fields.get("city")) if before else ("", (), None)
    if before and (line.status in OUT or before.status in {"left", "suppressed"}):
        return has
    tags = tuple(sorted({*has[1], *(tag for tag in line.about.tags.split(",") if tag)}))
    return line.about.name or has[0], tags, line.about.city or has[2]


def event_of(line: Line, number: int, before: Subscriber | None, after: Subscriber) -> Event:
    """What an import was to somebody: news of his standing, or of other things only."""
    return Event(number, vouches=before is None or before.status != after.status or line.status in OUT)


def never_happened(
    snapshot: dict[str, Subscriber], before: Mapping[str, Subscriber], after: Mapping[str, Subscriber]
) -> None:
    """Rewrite how a later import found or left the list, as if one had not come in."""
    for key in before.keys() & after.keys() & snapshot.keys():
        if before[key].id == after[key].id == snapshot[key].id:
            snapshot[key] = taken_back(before[key], after[key], snapshot[key])


def taken_back(before: Subscriber, after: Subscriber, now: Subscriber) -> Subscriber:
    """Somebody whom an import found as ``before`` and left as ``after``, when it is taken back; his standing apart.

    Whatever it changed is restored where it still is as the import left it.
    """
    own = {
        name: value
        for name in {*before.fields, *now.fields}
        if (value := _back(before.fields.get(name), after.fields.get(name), now.fields.get(name))) is not None
    }
    return replace(
        now,
        name=_back(before.name, after.name, now.name),
        joined=_back(before.joined, after.joined, now.joined),
        paused_until=_back(before.paused_until, after.paused_until, now.paused_until),
        tags=tuple(sorted(set(now.tags) - (set(after.tags) - set(before.tags)))),
        fields=own,
    )


def _back(before: object, after: object, now: object) -> object:
    return before if now == after else now
