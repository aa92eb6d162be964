"""How subscribers are listed: a table for people, data for programs, and how many there are of each status."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import get_args

from newsletter.cli import _out
from newsletter.model.subscriber import Reason, Status, Subscriber

Counts = Mapping[tuple[str, str | None], int]
"""How many there are of each status and reason."""


def listed(people: Sequence[Subscriber], counts: Counts) -> None:
    """Some of the subscribers that were chosen, and how many those are."""
    total = sum(counts.values())
    rows = [(one.address, _standing(one), one.name, str(one.joined or ""), ", ".join(one.tags)) for one in people]
    _out.print_table(("address", "status", "name", "joined", "tags"), rows)
    if len(people) < total:
        _out.say(f"These are {len(people):,} of {total:,}. The others: --all, or as a file: --csv")


def nobody(*, chosen: bool) -> None:
    """There is nobody, or nobody whom a segment names."""
    if chosen:
        _out.say("Nobody on the list is meant by that. Count them all with: newsletter subscribers list --count")
    else:
        _out.say("Nobody is on the list yet. Import a list with: newsletter subscribers import FILE")


def counted(counts: Counts) -> None:
    """How many there are of each status, and in all."""
    rows = [*_by_status(counts).items(), ("in all", sum(counts.values()))]
    width = max(len(f"{number:,}") for _, number in rows)
    _out.print_pairs([(status, f"{number:>{width},}") for status, number in rows])


def as_data(people: Sequence[Subscriber] | None, counts: Counts) -> dict[str, object]:
    """The same for programs; without ``people`` the counts alone."""
    data: dict[str, object] = {"count": sum(counts.values()), "by_status": _by_status(counts)}
    return data if people is None else data | {"subscribers": [_as_data(one) for one in people]}


def _as_data(one: Subscriber) -> dict[str, object]:
    days = {"joined": one.joined, "paused_until": one.paused_until}
    return asdict(one) | {name: day.isoformat() if day else None for name, day in days.items()}


def _standing(one: Subscriber) -> str:
    paused = f", paused until {one.paused_until}" if one.paused_until else ""
    return f"{one.reason or one.status}{paused}"


def _by_status(counts: Counts) -> dict[str, int]:
    """Count by the reason where there is one, else by the status; what nobody has is left out."""
    by_status = {reason or status: number for (status, reason), number in counts.items()}
    return {word: by_status[word] for word in (*get_args(Status), *get_args(Reason)) if word in by_status}
