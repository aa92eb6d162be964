"""What follows from what providers tell: an event is kept, a doubt is settled, a reader is mailed no more.

Calls are kept as they come and applied later, each once. They come late, twice and in any order, so nothing that
follows depends on what was told before: a bounce told twice is one, and what happened before its reader (or, of a
bounce, the operator) decided otherwise changes nothing. Whoever has another address by now has nothing to do with what
becomes of mail to the old one.

Calls are applied many at a time. When one of them cannot be, the others are, each by itself. Those of a provider of
which this machine has no settings, since it was left or has come later, wait for a machine that has them.
"""

import logging
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.audience.erasure import EraseKey
from newsletter.config.tables import StopAt
from newsletter.delivery import outcry
from newsletter.delivery.gone import suppress
from newsletter.delivery.matching import Heard, Matched, Matcher
from newsletter.delivery.verdicts import one_line
from newsletter.errors import ConfigError, ProviderError, StoreError
from newsletter.model.ledger import Delivery, Event
from newsletter.store import attempts, claims, deliveries, events, runs, subscribers, webhooks
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction
from newsletter.store.webhooks import Webhook

Read = Callable[[str, bytes], Sequence[Event]]
"""Reads what a provider called with. Raises: ProviderError for what cannot be read; ConfigError when no call of this
provider is understood here."""

_LOG = logging.getLogger(__name__)
_AT_ONCE = 200
_NOBODY = "0" * 64
"""The fingerprint of a request of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What applying depends on besides what was told. ``at`` is aware UTC, ``zone`` the newsletter's.

    ``stop_at`` says at how many percent a run pauses by itself, None for never. By ``erase_key`` readers who had
    themselves erased are known again.
    """

    at: datetime
    zone: ZoneInfo
    stop_at: StopAt | None = None
    erase_key: EraseKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many ``calls`` were, and whether ``more`` may wait that there was no time for."""

    calls: int
    more: bool


def apply(
    store: Store,
    read: Read,
    *,
    at: datetime,
    zone: ZoneInfo,
    stop_at: StopAt | None = None,
    erase_key: EraseKey | None = None,
    within: timedelta | None = None,
    ticks: Callable[[], float] = time.monotonic,
) -> Applied:
    """Apply the calls that were kept and not applied yet: all, or as many as there is time for ``within`` a while.

    A run of which more than ``stop_at`` says call it spam, or fail after the provider took them, pauses. What cannot be
    read or applied is kept with a note; what nobody understands here waits for who does. Raises: StoreError.
    """
    now = Circumstances(at=at, zone=zone, stop_at=stop_at, erase_key=erase_key)
    over = None if within is None else ticks() + within.total_seconds()
    done = after = 0
    strange: set[str] = set()
    while True:
        with store.reading() as transaction:
            calls = webhooks.waiting(transaction, after=after, limit=_AT_ONCE, but=strange)
            heard = list(_understood(transaction, calls, read, now, strange))
        if not calls:
            return Applied(calls=done, more=False)
        after = calls[-1].id
        done += _apply(store, [one for one in heard if not one.is_grave], _keep_plain, now)
        done += _apply(store, [one for one in heard if one.is_grave], _follow, now)
        if heard and over is not None and ticks() >= over:
            return Applied(calls=done, more=True)


def _understood(
    transaction: Transaction, calls: Iterable[Webhook], read: Read, now: Circumstances, strange: set[str]
) -> Iterator[Heard]:
    """Read calls, but for those of providers that are ``strange``; those who prove so are added."""
    matcher = Matcher(transaction, now.erase_key)
    for webhook in calls:
        if webhook.provider in strange:
            continue
        try:
            told = read(webhook.provider, webhook.body.encode()) if webhook.body else ()
        except ProviderError as error:
            yield Heard(webhook=webhook, note=error.sentence)
        except ConfigError:
            strange.add(webhook.provider)
        except Exception as error:  # the receiver's fault, which holds up no other call
            yield Heard(webhook=webhook, note=_noted(error, webhook))
        else:
            yield Heard(webhook=webhook, told=tuple(matcher.match(webhook, one) for one in told))


_How = Callable[[Transaction, Sequence[Heard], Circumstances], int]


def _apply(store: Store, heard: Sequence[Heard], how: _How, now: Circumstances) -> int:
    """Apply calls together, and where that fails each by itself; return how many could be."""
    if not heard:
        return 0
    try:
        with store.writing() as transaction:
            return how(transaction, heard, now)
    except StoreError:
        raise
    except Exception as error:
        if len(heard) > 1:
            return sum(_apply(store, [one], how, now) for one in heard)
        (one,) = heard
        note = _noted(error, one.webhook)
        with store.writing() as transaction:
            webhooks.applied(transaction, {one.webhook.id: note}, at=now.at)
        return 0


def _keep_plain(transaction: Transaction, heard: Sequence[Heard], now: Circumstances) -> int:
    """Keep what calls tell of which nothing follows. Nobody is erased meanwhile, and would come back by it."""
    here = subscribers.present(transaction, {who for call in heard for who in call.readers})
    return len(_keep(transaction, [call.without(here) for call in heard], now))


def _keep(transaction: Transaction, heard: Sequence[Heard], now: Circumstances) -> list[Heard]:
    """Keep what calls tell, each once; return those that were new."""
    free = webhooks.take(transaction, [call.webhook.id for call in heard])
    matcher = Matcher(transaction, now.erase_key)
    mine = [matcher.look_again(call) for call in heard if call.webhook.id in free]
    events.add(transaction, [one.told for call in mine for one in call.told if one.is_kept])
    webhooks.applied(transaction, {call.webhook.id: one_line(call.note) for call in mine}, at=now.at)
    webhooks.blank(transaction, [call.webhook.id for call in mine if any(one.leaves_nothing for one in call.told)])
    return mine


def _follow(transaction: Transaction, heard: Sequence[Heard], now: Circumstances) -> int:
    """Keep what calls tell, and do what follows from it.

    Their readers are held first, then their runs: so do whoever erases them and whoever sends, and none waits for
    another.
    """
    known = subscribers.those(transaction, {who for call in heard for who in call.readers}, to_change=True)
    for run in sorted({one.held for call in heard for one in call.told if one.held}):
        runs.hold(transaction, run)
    # Meanwhile they may have been erased, or the doubts settled.
    mine = _keep(transaction, [call.again(transaction).without(known) for call in heard], now)
    told = [one for call in mine for one in call.told]
    soft = events.soft_bounces(transaction, known) if any(one.event.kind == "bounced" for one in told) else {}
    for one in told:
        if one.delivery:
            _conclude(transaction, one.delivery, one, now)
        if one.subscriber in known:
            whose = known[one.subscriber]
            suppress(transaction, whose, one, soft.get((one.subscriber, whose.key), ()), at=now.at, zone=now.zone)
    if now.stop_at:
        for run in sorted({one.judged for one in told if one.judged}):
            outcry.judge(transaction, run, now.stop_at)
    return len(mine)


def _conclude(transaction: Transaction, delivery: Delivery, told: Matched, now: Circumstances) -> None:
    """Have a reader count as having the mail that the provider tells of, when that was not known."""
    if delivery.state == "in doubt":
        attempt = attempts.get(transaction, delivery.attempt) if delivery.attempt else None
        if attempt is None:
            raise LookupError("a delivery in doubt without an attempt")
        if not events.is_proof(attempt, told.event.kind, told.event.at):
            return
        attempts.settle(transaction, attempt, [_accepted(delivery, told)], at=now.at)
    elif delivery.state == "waiting" and told.event.kind not in events.NO_PROOF:
        _take(transaction, delivery, told, now)
    else:
        return
    claims.conclude(transaction, delivery.run, at=now.at)


def _take(transaction: Transaction, delivery: Delivery, told: Matched, now: Circumstances) -> None:
    """Write down of who waits that he has it, by a request of which only this is known.

    Somebody had said to send it again, or the database was restored.
    """
    still = deliveries.get(transaction, delivery.run, delivery.seq)
    if still is None or still.state != "waiting":
        return  # the same was told twice
    before = attempts.get(transaction, delivery.attempt) if delivery.attempt else None
    opened_at = before.opened_at if before else min(told.event.at, now.at)
    by, intent = Sender(worker="told", account=""), Intent(seqs=(delivery.seq,), fingerprint=_NOBODY)
    (number,) = attempts.open_(transaction, delivery.run, [intent], by, at=opened_at, expires_at=now.at)
    attempts.end(transaction, number, "answered", worker=by.worker, at=now.at)
    attempts.become(transaction, delivery.run, number, [_accepted(delivery, told)], at=now.at)


def _accepted(delivery: Delivery, told: Matched) -> Became:
    given = told.event.provider_id
    name = one_line(given) if given and delivery.address else None
    return Became(seq=delivery.seq, state="accepted", provider_id=name, what=f"told: {told.told.kind}")


def _noted(error: Exception, webhook: Webhook) -> str:
    """Say where something failed, and not in which words, since these may hold somebody's address; return a note."""
    where = "".join(traceback.format_tb(error.__traceback__))
    ids = {"event": "webhook_not_applied", "webhook": webhook.id}
    _LOG.error("What a provider told could not be applied.\n%s%s", where, type(error).__name__, extra=ids)
    return f"it could not be applied: {type(error).__name__}"
