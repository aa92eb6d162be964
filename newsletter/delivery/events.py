"""What follows from what providers tell: an event is kept, a doubt is settled, a reader is mailed no more.

Calls are kept as they come and applied later, each once. They come late, twice and in any order, so nothing that
follows depends on what was told before: a bounce told twice is one, and what happened before its reader (or, of a
bounce, the operator) decided otherwise changes nothing. Whoever has another address by now has nothing to do with what
becomes of mail to the old one.
"""

import logging
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter import addresses
from newsletter.audience import consent
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.delivery import health
from newsletter.delivery.verdicts import one_line
from newsletter.errors import ProviderError, StoreError
from newsletter.model.ledger import Delivery, Event, parted_id
from newsletter.model.subscriber import Source, What
from newsletter.store import (
    attempts,
    claims,
    consents,
    deliveries,
    erased,
    events,
    notices,
    runs,
    subscribers,
    webhooks,
)
from newsletter.store.attempts import Became
from newsletter.store.database import Store, Transaction
from newsletter.store.events import Told
from newsletter.store.subscribers import Known
from newsletter.store.webhooks import Webhook

SOFT_ISSUES, SOFT_DAYS = 3, 14
"""Mail to an address that came back for now, for so many issues within so many days, is as if it came back for good."""

Read = Callable[[str, bytes], Sequence[Event]]
"""Reads what a provider called with. Raises: ProviderError for what cannot be read, LookupError without a receiver."""

_LOG = logging.getLogger(__name__)
_AT_ONCE = 200
_LONGEST_NOTE = 200
_ADDRESS = re.compile(r"[^\s@<>]{0,64}@[^\s@<>]{1,255}")
_PROFILE = frozenset({"opened", "clicked"})
"""What says what a reader does with his mail: it may settle a doubt, and is not kept."""
_UNTRUE = frozenset({"waiting", "refused", "skipped"})
"""States of a delivery of which no provider has anything to tell."""
_AGAINST: dict[What, frozenset[What]] = {
    "bounced": frozenset(("confirmed", "lifted")),
    "complained": frozenset(("signed up", "confirmed")),
    "left": frozenset(("signed up", "confirmed")),
}
"""What overtakes a deed that happened before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What applying depends on besides what was told. ``at`` is aware UTC, ``zone`` the newsletter's.

    ``stop_at`` is the percentage of a run's readers above which complaints pause it, None for never. By ``erase_key``
    readers who had themselves erased are known again.
    """

    at: datetime
    zone: ZoneInfo
    stop_at: float | None = None
    erase_key: EraseKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matched:
    """An event, and whom it is about as far as that is known; ``forgotten`` when he had himself erased."""

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
        return Told(
            webhook=self.webhook.id,
            kind=self.event.kind,
            at=self.event.at,
            run=self.delivery.run if self.delivery else None,
            seq=self.delivery.seq if self.delivery else None,
            subscriber=self.subscriber,
            key=None if self.forgotten else self.key,
            permanent=self.event.permanent,
            said="" if self.forgotten else one_line(self.event.said),
            alarm=f"{self.event.kind}, though its delivery is {state}" if state in _UNTRUE else "",
        )

    @property
    def is_grave(self) -> bool:
        """Whether more follows from it than that it is kept."""
        in_doubt = self.delivery is not None and self.delivery.state == "in doubt"
        return in_doubt or (self.subscriber is not None and self.event.kind in _DEEDS)


def apply(
    store: Store,
    read: Read,
    *,
    at: datetime,
    zone: ZoneInfo,
    stop_at: float | None = None,
    erase_key: EraseKey | None = None,
) -> int:
    """Apply all calls that were kept and not applied yet; return how many.

    What cannot be read is kept with a note; what nobody understands here waits for who does. Raises: StoreError.
    """
    now = Circumstances(at=at, zone=zone, stop_at=stop_at, erase_key=erase_key)
    done = after = 0
    while True:
        with store.reading() as transaction:
            calls = webhooks.waiting(transaction, after=after, limit=_AT_ONCE)
            understood = list(_understood(transaction, calls, read, now))
        if not calls:
            return done
        after = calls[-1].id
        grave = [one for one in understood if any(matched.is_grave for matched in one.told)]
        with store.writing() as transaction:
            done += _keep_plain(transaction, [one for one in understood if one not in grave], now)
        for one in grave:
            try:
                with store.writing() as transaction:
                    done += _follow(transaction, one, now)
            except StoreError:
                raise
            except Exception as error:  # one call's fault, which holds up no other
                _tell(error, one.webhook)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Call:
    """A call, and what it tells; the ``note`` says why nothing can be learnt from it."""

    webhook: Webhook
    told: tuple[_Matched, ...] = ()
    note: str = ""

    @property
    def readers(self) -> set[str]:
        """Whom it is about, as far as they are known."""
        return {one.subscriber for one in self.told if one.subscriber}

    def without(self, here: Collection[str]) -> "_Call":
        """It as it is when nobody but these is there any more."""
        told = (replace(one, forgotten=one.forgotten or one.subscriber not in {None, *here}) for one in self.told)
        return replace(self, told=tuple(told))


def _understood(transaction: Transaction, calls: Iterable[Webhook], read: Read, now: Circumstances) -> Iterator[_Call]:
    tokens: dict[str, int | None] = {}
    for webhook in calls:
        try:
            told = read(webhook.provider, webhook.body.encode())
        except ProviderError as error:
            yield _Call(webhook=webhook, note=error.sentence)
        except LookupError:
            continue
        else:
            yield _Call(webhook=webhook, told=tuple(_match(transaction, webhook, one, tokens, now) for one in told))


def _match(
    transaction: Transaction, webhook: Webhook, event: Event, tokens: dict[str, int | None], now: Circumstances
) -> _Matched:
    """Find whom an event is about: by the id that travelled with the mail, else by the address alone."""
    named = addresses.key(event.address) if event.address else None
    delivery = _delivery(transaction, event.delivery or "", tokens)
    subscriber = delivery.subscriber if delivery else None
    if delivery is None and event.delivery and named:
        subscriber = notices.reader_of(transaction, event.delivery, key=named)
    if delivery is None and subscriber is None and named:
        known = subscribers.find(transaction, named)
        subscriber = known.subscriber.id if known else None
    forgotten = delivery.address is None if delivery else subscriber is None and _is_erased(transaction, named, now)
    key = named or (addresses.key(delivery.address) if delivery and delivery.address else None)
    return _Matched(
        webhook=webhook, event=event, delivery=delivery, subscriber=subscriber, key=key, forgotten=forgotten
    )


def _delivery(transaction: Transaction, id_: str, tokens: dict[str, int | None]) -> Delivery | None:
    if (parts := parted_id(id_)) is None:
        return None
    token, seq = parts
    if token not in tokens:
        run = runs.of_token(transaction, token)
        tokens[token] = run.id if run else None
    run_id = tokens[token]
    return None if run_id is None else deliveries.get(transaction, run_id, seq)


def _is_erased(transaction: Transaction, key: str | None, now: Circumstances) -> bool:
    return bool(key and now.erase_key and erased.among(transaction, [now.erase_key.hash(key)]))


def _keep_plain(transaction: Transaction, calls: Sequence[_Call], now: Circumstances) -> int:
    """Keep what calls tell of which nothing follows. Nobody is erased meanwhile, and would come back by it."""
    here = subscribers.present(transaction, {who for call in calls for who in call.readers})
    return _keep(transaction, [call.without(here) for call in calls], now)


def _keep(transaction: Transaction, calls: Sequence[_Call], now: Circumstances) -> int:
    """Keep what calls tell, each once; return how many were new."""
    free = webhooks.take(transaction, [call.webhook.id for call in calls])
    mine = [call for call in calls if call.webhook.id in free]
    told = [one.told for call in mine for one in call.told]
    events.add(transaction, [one for one in told if one.kind not in _PROFILE or one.alarm])
    webhooks.applied(transaction, {call.webhook.id: one_line(call.note) for call in mine}, at=now.at)
    webhooks.blank(transaction, [call.webhook.id for call in mine if any(map(_leaves_nothing, call.told))])
    return len(mine)


def _leaves_nothing(matched: _Matched) -> bool:
    return matched.forgotten or matched.event.kind in _PROFILE


def _follow(transaction: Transaction, call: _Call, now: Circumstances) -> int:
    """Keep what a call tells, and do what follows from it.

    Its reader is held first, then its run: so do whoever erases him and whoever sends, and none waits for another.
    """
    about = sorted(call.readers)
    known = {who: found for who in about if (found := subscribers.get(transaction, who, to_change=True))}
    for run in sorted({one.delivery.run for one in call.told if one.delivery}):
        runs.hold(transaction, run)
    # Meanwhile he may have been erased, or the doubt settled.
    fresh = replace(call, told=tuple(_again(transaction, one) for one in call.told)).without(known)
    if not _keep(transaction, [fresh], now):
        return 0
    for matched in fresh.told:
        if matched.delivery and matched.delivery.state == "in doubt":
            _settle(transaction, matched.delivery, matched.event, now)
        if matched.subscriber in known:
            _suppress(transaction, known[matched.subscriber], matched, now)
        if matched.delivery and matched.event.kind == "complained":
            _pause(transaction, matched.delivery.run, now)
    return 1


def _again(transaction: Transaction, matched: _Matched) -> _Matched:
    before = matched.delivery
    return replace(matched, delivery=before and deliveries.get(transaction, before.run, before.seq))


def _settle(transaction: Transaction, delivery: Delivery, event: Event, now: Circumstances) -> None:
    """The provider tells of a mail of which it was not known whether it took it: it did."""
    attempt = attempts.get(transaction, delivery.attempt) if delivery.attempt else None
    if attempt is None:
        raise LookupError("a delivery in doubt without an attempt")
    name = event.provider_id if delivery.address else None
    became = Became(seq=delivery.seq, state="accepted", provider_id=name, what=f"told: {event.kind}")
    attempts.settle(transaction, attempt, [became], at=now.at)
    claims.conclude(transaction, delivery.run, at=now.at)


def _suppress(transaction: Transaction, known: Known, matched: _Matched, now: Circumstances) -> None:
    """Have a reader mailed no more, where that follows from what was told of the address that he has now."""
    found = _DEEDS.get(matched.event.kind)
    if found is None or matched.key != known.key:
        return
    what, source, write = found
    decided = [one.at for one in consents.of(transaction, known.subscriber.id) if one.what in _AGAINST[what]]
    since = max(decided, default=None)
    if since is not None and matched.event.at < since:
        return
    note = _note(matched)
    if matched.event.kind == "bounced" and not matched.event.permanent:
        soft = events.soft_bounces(transaction, known.subscriber.id, known.key)
        if not _is_gone([one for one in soft if since is None or one[1] >= since], now.zone):
            return
        note = f"mail came back for {SOFT_ISSUES} issues within {SOFT_DAYS} days; {note}"
    occasion = Occasion(at=now.at, zone=now.zone, source=source, note=note[:_LONGEST_NOTE])
    write(transaction, known.subscriber.id, occasion)


_Write = Callable[[Transaction, str, Occasion], bool]
_DEEDS: dict[str, tuple[What, Source, _Write]] = {
    "bounced": ("bounced", "bounce", consent.bounce),
    "complained": ("complained", "complaint", consent.complain),
    "unsubscribed": ("left", "provider", consent.leave),
}


def _is_gone(soft: Sequence[tuple[str, datetime]], zone: ZoneInfo) -> bool:
    """Whether mails came back for so many issues within so many days; ``soft`` are issues and moments."""
    days: list[tuple[date, str]] = sorted((at.astimezone(zone).date(), issue) for issue, at in soft)
    return any(
        len({issue for day, issue in days if first <= day <= first + timedelta(days=SOFT_DAYS)}) >= SOFT_ISSUES
        for first, _ in days
    )


def _note(matched: _Matched) -> str:
    """What the provider said, without addresses: a record outlives its reader."""
    said = _ADDRESS.sub("…", one_line(matched.event.said))
    return f"{matched.webhook.provider}: {said or matched.event.kind}"


def _pause(transaction: Transaction, number: int, now: Circumstances) -> None:
    """Pause a run that too many of its readers call spam; few readers count as `health.LAST`."""
    run, called = runs.get(transaction, number), events.complained(transaction, number)
    if now.stop_at is None or run is None or run.state != "sending" or called * 100 <= now.stop_at * health.LAST:
        return
    taken = deliveries.counts(transaction, number)["accepted"]
    if called * 100 > now.stop_at * max(taken, health.LAST):
        sentence = f"Of {taken:,} readers {called:,} called it spam, more than {now.stop_at:g} percent."
        runs.change(transaction, number, {"sending"}, state="paused", why="complained", sentence=sentence, until=None)


def _tell(error: Exception, webhook: Webhook) -> None:
    """Where something failed, and not in which words, since these may hold somebody's address."""
    where = "".join(traceback.format_tb(error.__traceback__))
    ids = {"event": "webhook_not_applied", "webhook": webhook.id}
    _LOG.error("What a provider told could not be applied.\n%s%s", where, type(error).__name__, extra=ids)
