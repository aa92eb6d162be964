"""Whom it is about what a provider tells: the id that travelled with a mail says so, and hardly ever an address.

Several newsletters may have one account at a provider, and each is then told of the mails of all. So what comes with an
id that is not this newsletter's is about nobody here, whoever has the address; and an address alone is believed only
where it speaks of itself: it takes no mail, or whoever has it told the provider that he wants none.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from newsletter import addresses
from newsletter.audience.erasure import EraseKey
from newsletter.delivery.verdicts import one_line
from newsletter.model.ledger import Delivery, Event, EventKind, parted_id
from newsletter.store import deliveries, erased, notices, runs, subscribers
from newsletter.store.database import Transaction
from newsletter.store.events import Told
from newsletter.store.webhooks import Webhook

_PROFILE: frozenset[EventKind] = frozenset(("opened", "clicked"))
"""What says what a reader does with his mail. That he has it may be kept, and nothing else."""
_UNTRUE = frozenset({"waiting", "refused", "skipped"})
"""States of a delivery of which no provider has anything to tell."""
_OPEN = frozenset({"waiting", "sending", "in doubt"})
"""States of a delivery that may become another one."""
_GRAVE: frozenset[EventKind] = frozenset(("bounced", "complained", "unsubscribed"))
_OF_ITS_RUN: frozenset[EventKind] = frozenset(("complained", "failed"))
"""What speaks of the run as well, when it is told of many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """An event, and whom it is about as far as that is known; ``forgotten`` when he had himself erased.

    ``key`` is that of the address it names, or was sent to.
    """

    webhook: Webhook
    event: Event
    delivery: Delivery | None
    subscriber: str | None
    key: str | None
    forgotten: bool

    @property
    def told(self) -> Told:
        """It as it is kept, with what cannot be true of it."""
        state = self.delivery.state if self.delivery else "accepted"
        kind = "accepted" if self.event.kind in _PROFILE else self.event.kind
        return Told(
            webhook=self.webhook.id,
            kind=kind,
            at=self.event.at,
            run=self.delivery.run if self.delivery else None,
            seq=self.delivery.seq if self.delivery else None,
            subscriber=self.subscriber,
            key=None if self.forgotten else self.key,
            permanent=self.event.permanent,
            said="" if self.forgotten else one_line(self.event.said),
            alarm=f"{kind}, though its delivery is {state}" if state in _UNTRUE else "",
        )

    @property
    def is_kept(self) -> bool:
        """Whether it is: of what a reader does with his mail only what may be the proof that he has it."""
        is_proof = self.delivery is not None and self.delivery.state == "sending"
        return self.event.kind not in _PROFILE or is_proof or bool(self.told.alarm)

    @property
    def leaves_nothing(self) -> bool:
        """Whether nothing of the call that told it may stay."""
        return self.forgotten or self.event.kind in _PROFILE

    @property
    def judged(self) -> int | None:
        """The run that it speaks of as well, None for none."""
        return self.delivery.run if self.delivery and self.event.kind in _OF_ITS_RUN else None

    @property
    def held(self) -> int | None:
        """The run that must stay as it is while what follows from it is done, None where that does not matter."""
        is_open = self.delivery is not None and self.delivery.state in _OPEN
        return self.delivery.run if self.delivery and (is_open or self.judged) else None

    @property
    def is_grave(self) -> bool:
        """Whether more follows from it than that it is kept."""
        unknown = self.delivery is not None and self.delivery.state in {"waiting", "in doubt"}
        return unknown or self.judged is not None or (self.subscriber is not None and self.event.kind in _GRAVE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heard:
    """A call, and what it tells; the ``note`` says why nothing can be learnt from it."""

    webhook: Webhook
    told: tuple[Matched, ...] = ()
    note: str = ""

    @property
    def readers(self) -> set[str]:
        """Whom it is about, as far as they are known."""
        return {one.subscriber for one in self.told if one.subscriber}

    @property
    def is_grave(self) -> bool:
        """Whether more follows from it than that it is kept."""
        return any(one.is_grave for one in self.told)

    def without(self, here: Collection[str]) -> "Heard":
        """It as it is when nobody but these is there any more."""
        told = (replace(one, forgotten=one.forgotten or one.subscriber not in {None, *here}) for one in self.told)
        return replace(self, told=tuple(told))

    def again(self, transaction: Transaction) -> "Heard":
        """It with the deliveries as they are now."""
        return replace(
            self, told=tuple(replace(one, delivery=_as_it_is(transaction, one.delivery)) for one in self.told)
        )


def _as_it_is(transaction: Transaction, delivery: Delivery | None) -> Delivery | None:
    return delivery and deliveries.get(transaction, delivery.run, delivery.seq)


@dataclass(slots=True)
class Matcher:
    """Finds whom events are about, within one transaction. By ``erase_key`` erased readers are known again."""

    transaction: Transaction
    erase_key: EraseKey | None
    _runs: dict[str, int | None] = field(default_factory=dict)

    def match(self, webhook: Webhook, event: Event) -> Matched:
        """Find whom an event is about."""
        named = addresses.key(one_line(event.address)) if event.address else None
        delivery = self._delivery(event.delivery or "")
        subscriber = delivery.subscriber if delivery else self._otherwise(event, named)
        forgotten = delivery.address is None if delivery else subscriber is None and self._is_erased(named)
        return Matched(
            webhook=webhook,
            event=event,
            delivery=delivery,
            subscriber=subscriber,
            key=named or (addresses.key(delivery.address) if delivery and delivery.address else None),
            forgotten=forgotten,
        )

    def look_again(self, heard: Heard) -> Heard:
        """A call with whoever was erased since it was looked at, and is known by his address alone."""
        told = (replace(one, forgotten=one.forgotten or self._is_erased_since(one)) for one in heard.told)
        return replace(heard, told=tuple(told))

    def _is_erased_since(self, matched: Matched) -> bool:
        return matched.delivery is None and matched.subscriber is None and self._is_erased(matched.key)

    def _delivery(self, id_: str) -> Delivery | None:
        if (parts := parted_id(id_)) is None:
            return None
        token, seq = parts
        if token not in self._runs:
            run = runs.of_token(self.transaction, token)
            self._runs[token] = run.id if run else None
        run_id = self._runs[token]
        return None if run_id is None else deliveries.get(self.transaction, run_id, seq)

    def _otherwise(self, event: Event, key: str | None) -> str | None:
        """The reader of a notice, or who has an address that speaks of itself."""
        if key is None:
            return None
        if event.delivery is not None:
            return notices.reader_of(self.transaction, one_line(event.delivery), key=key)
        if event.kind == "unsubscribed" or (event.kind == "bounced" and event.permanent):
            known = subscribers.find(self.transaction, key)
            return known.subscriber.id if known else None
        return None

    def _is_erased(self, key: str | None) -> bool:
        hashed = [self.erase_key.hash(key)] if key and self.erase_key else []
        return bool(hashed and erased.among(self.transaction, hashed))
