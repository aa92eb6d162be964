"""The sending of an edition, and what becomes of each reader's mail.

A run's readers are frozen when it begins. From then on, at every commit::

    total = waiting + sending + accepted + refused + skipped + in doubt
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from newsletter.model.mail import Letterhead
from newsletter.model.subscriber import Subscriber

RunState = Literal[
    "scheduled", "checking", "sending", "paused", "finished", "finished with doubts", "cancelled", "expired"
]
"""Scheduled: its moment is still to come. Checking: its readers are frozen, and every message is made once. Expired: it
did not start in time, and does not any more by itself."""

Pause = Literal["hold", "quiet", "first", "operator", "provider", "faults", "refused", "complained"]
"""Why a run is paused. Hold: testers have it first. Quiet: nothing is sent today. First: as many as were asked for have
it. Faults: messages cannot be made. Refused, complained: too many of the last ones were."""

DeliveryState = Literal["waiting", "sending", "accepted", "refused", "skipped", "in doubt"]

AttemptState = Literal["open", "answered", "unsent", "in doubt", "settled"]
"""Open: under way, or left by a process that died. Unsent: nobody was mailed by it. Settled: it was in doubt."""

EventKind = Literal[
    "accepted", "delivered", "deferred", "bounced", "failed", "complained", "unsubscribed", "opened", "clicked", "other"
]
"""Bounced: for good when the event is ``permanent``. Failed: the provider took it, and could not send it on. Other: the
provider's own affairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the messages of a run have in common besides the edition; with it any of them can be made again.

    ``sender``, ``reply_to``, ``list_id`` and ``feedback_id`` are those of a `Letterhead`; ``web``, ``inbox`` and
    ``key`` (8 hexadecimal digits that name it) those of the links; ``pictures`` stands before a picture's name.
    """

    sender: str
    reply_to: str | None
    list_id: str
    feedback_id: str
    web: str
    inbox: str | None
    key: str
    pictures: str

    def letterhead(self, date: datetime) -> Letterhead:
        """Return the headers that all messages share, dated in whole seconds."""
        return Letterhead(
            sender=self.sender,
            reply_to=self.reply_to,
            list_id=self.list_id,
            feedback_id=self.feedback_id,
            date=date.replace(microsecond=0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A run as it is pressed. Moments are aware UTC.

    ``token`` is 16 hexadecimal digits drawn at random; ids that travel begin with it. ``edition`` is a fingerprint;
    ``segment`` the name or the expression that was given, None for all. ``first`` is after how many it pauses itself.
    ``quiet`` is the operator's reason to send on a quiet day, empty for none.
    """

    token: str
    issue: str
    edition: str
    terms: Terms
    provider: str
    segment: str | None
    due_at: datetime
    pressed_at: datetime
    pressed_by: str
    machine: str
    hold: float = 0
    first: int | None = None
    quiet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Draft):
    """A run as it is kept.

    ``why`` is there while it is paused, ``sentence`` says more in words, ``until`` is when a pause ends by itself. The
    moments say what it has behind it: frozen, every message made, testers mailed (``held_at``), begun, over.
    ``allowed_at`` is the first moment at which it may start, from which its expiry counts. ``total`` is None before it
    is frozen.
    """

    id: int
    state: RunState
    why: Pause | None = None
    sentence: str = ""
    until: datetime | None = None
    allowed_at: datetime
    frozen_at: datetime | None = None
    checked_at: datetime | None = None
    held_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    total: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is sent any more; doubts may still be settled."""
        return self.state in {"finished", "finished with doubts", "cancelled", "expired"}

    @property
    def letterhead(self) -> Letterhead:
        """The headers of its messages. Raises: LookupError before it is frozen."""
        if self.frozen_at is None:
            raise LookupError("a run without readers has no date")
        return self.terms.letterhead(self.frozen_at)

    def delivery_id(self, seq: int) -> str:
        """The id under which a reader's message travels: 24 hexadecimal digits."""
        return f"{self.token}{seq:08x}"

    def attempt_id(self, number: int) -> str:
        """The id under which a request may be repeated."""
        return f"{self.token}-{number}"


def parted_id(delivery: str) -> tuple[str, int] | None:
    """Return the run's token and the number of the reader in it; None for what is no id of a delivery."""
    return (delivery[:16], int(delivery[16:], 16)) if re.fullmatch(r"[0-9a-f]{24}", delivery) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One reader's part of a run. ``seq`` counts from 1 within it.

    ``address`` with its ``domain``, ``name`` and ``joined`` are frozen; once the reader was erased the address is None,
    and the domain empty. ``attempt`` is the last one it was part of. ``reason`` says why it is refused, skipped or in
    doubt, or why it waits still; ``tries`` count what the provider put off.
    """

    run: int
    seq: int
    subscriber: str
    address: str | None
    name: str
    joined: date | None
    state: DeliveryState
    attempt: int | None = None
    provider_id: str | None = None
    reason: str = ""
    tries: int = 0
    not_before: datetime
    domain: str = ""

    @property
    def reader(self) -> Subscriber:
        """The reader as he was frozen. Raises: LookupError once he was erased."""
        if self.address is None:
            raise LookupError("an erased reader")
        return Subscriber(id=self.subscriber, address=self.address, name=self.name, joined=self.joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to the provider for the deliveries ``seqs`` of a run, in this order.

    ``fingerprint`` tells whether a request made again is the same, 64 hexadecimal digits; ``account`` whether it goes
    the same way, 16. Its last byte leaves before ``expires_at`` or never. ``note`` is what the provider, or the way to
    it, said of the request as a whole.
    """

    id: int
    run: int
    seqs: tuple[int, ...]
    state: AttemptState
    fingerprint: str
    account: str
    worker: str
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a provider tells later of one mail.

    ``delivery`` is the id that travelled with it, None where the provider gives none back; ``address`` is whom it was
    to. ``permanent`` says that the address takes no mail ever. ``said`` are the provider's own words.
    """

    kind: EventKind
    at: datetime
    delivery: str | None = None
    provider_id: str | None = None
    address: str | None = None
    permanent: bool = False
    said: str = ""
