"""Whom one send is for, and whom it leaves out and why.

A rehearsal from a file takes this path too, so nothing here knows of the store.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from newsletter.audience.files import Reject
from newsletter.model.subscriber import Subscriber

Why = Literal["pending", "left", "complained", "bounced", "blocked", "paused", "outside", "erased"]
"""Why somebody gets no mail. Outside: the segment that is mailed does not name him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """The readers who are mailed, and where they come from.

    ``left_out`` counts the others there by the reason, nobody twice, in the order of `Why`. ``pauses`` are the first
    and the last day on which those who pause may be mailed again; empty when nobody pauses. ``rejects`` are the lines
    of a file that give nobody.
    """

    readers: Sequence[Subscriber]
    source: str
    left_out: Mapping[Why, int] = field(default_factory=dict)
    pauses: tuple[date, ...] = ()
    rejects: tuple[Reject, ...] = ()


def why_not(subscriber: Subscriber, day: date) -> Why | None:
    """Say why a subscriber is not mailed on a day, None when he is."""
    if subscriber.status == "suppressed":
        return subscriber.reason or "blocked"
    if subscriber.status != "confirmed":
        return subscriber.status
    return "paused" if subscriber.paused_until and subscriber.paused_until > day else None


def sort_out(subscribers: Iterable[Subscriber], day: date, source: str, *, rejects: tuple[Reject, ...] = ()) -> Mailing:
    """Tell those who are mailed on a day from those who are not; the readers stay in their order."""
    readers: list[Subscriber] = []
    left_out: Counter[Why] = Counter()
    pauses: set[date] = set()
    for one in subscribers:
        if why := why_not(one, day):
            left_out[why] += 1
            pauses |= {one.paused_until} if why == "paused" and one.paused_until else set()
        else:
            readers.append(one)
    return Mailing(
        readers=readers,
        source=source,
        left_out={why: left_out[why] for why in get_args(Why) if left_out[why]},
        pauses=(min(pauses), max(pauses)) if pauses else (),
        rejects=rejects,
    )
