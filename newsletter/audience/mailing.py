"""Whom a rehearsal is for: the readers of the list or of a file, copied into a list of the rehearsal's own.

There it goes on as a real send does; the list itself is only read, and few of its readers are in memory at a time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Literal, get_args

from newsletter import addresses
from newsletter.audience import selection
from newsletter.audience.files import Reject, readers_in
from newsletter.config import Config
from newsletter.errors import ContentError
from newsletter.model.subscriber import Subscriber
from newsletter.store import freezing, quotas, subscribers
from newsletter.store.database import Store
from newsletter.store.freezing import Offer

Why = Literal["pending", "left", "complained", "bounced", "blocked", "paused", "outside", "erased"]
"""Why somebody gets no mail. Outside: the segment that is mailed does not name him."""

_AT_ONCE = 5_000

_Row = tuple[str, str, str, str, str, date | None, date | None]
"""Id, address, key, domain, name, day of joining, day until which he pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """The confirmed readers in a ``store`` of the rehearsal's own, and where they come from.

    ``readers`` are mailed. ``left_out`` counts the others there by the reason, nobody twice, in the order of `Why`;
    ``had`` have the issue already. ``pauses`` are the first and the last day on which those who pause may be mailed
    again; empty when nobody pauses. ``rejects`` are the lines of a file that give nobody.
    """

    store: Store
    source: str
    readers: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    had: int = 0
    pauses: tuple[date, ...] = ()
    rejects: tuple[Reject, ...] = ()


def why_not(subscriber: Subscriber, day: date) -> Why | None:
    """Say why a subscriber is not mailed on a day, None when he is."""
    if subscriber.status == "suppressed":
        return subscriber.reason or "blocked"
    if subscriber.status != "confirmed":
        return subscriber.status
    return "paused" if subscriber.paused_until and subscriber.paused_until > day else None


def of_list(listed: Store, own: Store, named: str | None, config: Config, *, issue: str, day: date) -> Mailing:
    """Copy whom an issue would go to on a day: all of the list, or those whom a segment names; and its days of sending.

    Raises: ContentError when that is nobody; as `selection.segment`; StoreError.
    """
    chosen = selection.condition(named, config)
    place = listed.file.name if listed.file else listed.place
    source = place if named is None else f"{named} in {place}"
    with listed.reading() as transaction:
        offer = freezing.offer(transaction, issue, chosen, day)
        if not offer.waiting:
            raise _nobody_of_list(source, issue, offer)
        _copy(own, map(tuple, freezing.readers_of(transaction, issue, chosen)))
        used = quotas.used(transaction)
    with own.writing() as transaction:
        for one, number in used.items():
            quotas.spend(transaction, one, number)
    return Mailing(
        store=own,
        source=source,
        readers=offer.waiting,
        left_out=offer.left_out,
        had=offer.had,
        pauses=offer.pauses,
    )


def of_file(file: Path, own: Store, *, day: date) -> Mailing:
    """Copy the readers of a file. Raises: ContentError when none of them is mailed, or as `files.open_list`."""
    sorted_out = _Sorted(day)
    pauses: set[date] = set()
    _copy(own, _noting(pauses, sorted_out.rows(readers_in(file)), day))
    if not sorted_out.mailed:
        raise _nobody_of_file(file, sorted_out.rejects)
    return Mailing(
        store=own,
        source=file.name,
        readers=sorted_out.mailed,
        left_out={why: sorted_out.left_out[why] for why in get_args(Why) if sorted_out.left_out[why]},
        pauses=_ends(pauses),
        rejects=tuple(sorted_out.rejects),
    )


class _Sorted:
    """Tells, as they come, those who are on the list of a send from those who are not."""

    def __init__(self, day: date) -> None:
        self.day, self.mailed = day, 0
        self.left_out: Counter[Why] = Counter()
        self.rejects: list[Reject] = []

    def rows(self, found: Iterable[Subscriber | Reject]) -> Iterator[_Row]:
        """Yield those who are; whoever pauses is on it, and is skipped when it is frozen."""
        for one in found:
            if isinstance(one, Reject):
                self.rejects.append(one)
                continue
            if why := why_not(one, self.day):
                self.left_out[why] += 1
            else:
                self.mailed += 1
            if why in {None, "paused"}:
                key = addresses.key(one.address)
                yield one.id, one.address, key, key.rpartition("@")[2], one.name, one.joined, one.paused_until


def _noting(pauses: set[date], rows: Iterable[_Row], day: date) -> Iterator[_Row]:
    """Pass rows on, and note the days until which some of them pause."""
    for row in rows:
        if row[-1] and row[-1] > day:
            pauses.add(row[-1])
        yield row


def _copy(own: Store, rows: Iterator[_Row]) -> None:
    """Put readers into the rehearsal's list, some at a time."""
    while some := [_confirmed(row) for row in islice(rows, _AT_ONCE)]:
        with own.writing() as transaction:
            subscribers.insert_rows(transaction, some, ())


def _confirmed(row: _Row) -> tuple[object, ...]:
    """What `subscribers.insert_rows` wants of somebody who is confirmed."""
    identity, address, key, domain, name, joined, until = row
    days = (joined and joined.isoformat(), until and until.isoformat())
    return (identity, address, key, domain, name, None, days[0], "confirmed", None, None, None, days[1], "import", "{}")


def _ends(days: set[date]) -> tuple[date, ...]:
    return (min(days), max(days)) if days else ()


def _nobody_of_list(source: str, issue: str, offer: Offer) -> ContentError:
    if offer.had:
        return ContentError(
            f"Nobody of {source} is left who would get {issue}: {offer.have_it}.",
            "Rehearse to a file with --list FILE.",
        )
    return ContentError(
        f"There is no confirmed reader to mail: {source}.",
        "See who is there with: newsletter subscribers list --count; rehearse to a file with --list FILE.",
    )


def _nobody_of_file(file: Path, rejects: list[Reject]) -> ContentError:
    why = f"Line {rejects[0].line}: {rejects[0].reason}" if rejects else "See who stands in it, and how."
    return ContentError(f"{file.name} has no reader who can be mailed.", why)
