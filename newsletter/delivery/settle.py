"""Finds out what became of requests of which no answer was kept; nothing here sends blindly.

A doubt is settled by the first of these that can::

    what the provider has told of it already
    the same request once more    where the provider knows it by its id, within the time it promises, and byte for byte
    a look-up                     where the provider offers one; that nothing is found counts once it means something
    what the provider tells later, for some days
    the operator

A request made once more may be the first that arrives, so it obeys whatever holds for sending: not on a quiet day, not
for a run that was broken off or paused by its operator, and not when one of its readers has left, has another address
or had himself erased meanwhile. Then the doubt is left to the ways that send nothing.
"""

import logging
import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from threading import Event

from newsletter import addresses
from newsletter.config import Config
from newsletter.delivery import retry
from newsletter.delivery.account import account
from newsletter.delivery.allowance import Allowance
from newsletter.delivery.clocks import APART
from newsletter.delivery.course import Courses
from newsletter.delivery.engine import PACE, Pace, worker_name
from newsletter.delivery.results import Results
from newsletter.delivery.senders import Answered, Guard, Request, ask
from newsletter.delivery.verdicts import became_of, one_line
from newsletter.errors import ConfigError, ProviderError, StoreError, UsageError
from newsletter.links import Key
from newsletter.model.ledger import Attempt, Delivery, Run
from newsletter.providers._base import Absent, Accepted, Deferred, Outcome, Provider, Refused, Trace
from newsletter.store import attempts, claims, deliveries, events, runs, subscribers
from newsletter.store.attempts import Became
from newsletter.store.clock import newest
from newsletter.store.database import Store, Transaction

LOOKING = timedelta(hours=72)
"""After that nothing is asked any more."""

EARLIER = timedelta(minutes=15)
"""So much before the end of what a provider promises no request is repeated any more."""

_LOG = logging.getLogger(__name__)
_BROKEN_OFF = frozenset({"cancelled", "expired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """A request that is made again; ``same`` says that it is what left, with all its readers."""

    request: Request
    same: bool


class Settler:
    """Settles the doubts of one store through one provider. It belongs to one thread.

    ``clock`` tells aware UTC, ``ticks`` seconds of a steady clock, ``chance`` a number from 0 to below 1.
    """

    def __init__(
        self,
        store: Store,
        connect: Callable[[], Provider],
        config: Config,
        keys: Sequence[Key],
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
        ticks: Callable[[], float] = time.monotonic,
        pace: Pace = PACE,
    ) -> None:
        """``keys`` sign and verify links, the newest first. Raises: ConfigError for a provider that cannot be made."""
        self._store, self._clock, self._ticks, self._chance, self._pace = store, clock, ticks, chance, pace
        self._provider = connect()
        # A key that was replaced may be the one by which the request named its account.
        self._accounts, self._worker = [account(config, key) for key in keys], f"{worker_name()}:settle"
        self._courses = Courses(config, keys, self._provider.capabilities)
        self._allowance = Allowance(config)
        self._zone = config.newsletter.time_zone
        # What it takes over is not its own: that its request was not taken says nothing of the one before.
        self._results = Results(config, self._courses, self._allowance, worker="", chance=chance)
        self._tries: dict[int, int] = {}
        self._later: dict[int, datetime] = {}
        self._seen: dict[int, float] = {}
        self._repeats = self._provider.capabilities.idempotency is not None
        self._newest: datetime | None = None

    @property
    def can_ask(self) -> bool:
        """Whether the provider can be asked at all."""
        return self._repeats or self._provider.capabilities.look_up

    def settle(self, stop: Event, run: int | None = None) -> datetime | None:
        """Find out about the doubts of a run, or of all, for a while; return when to try again (aware UTC).

        None when there is none of which anything can be found out by asking. Raises: StoreError.
        """
        over = self._ticks() + self._pace.slice.total_seconds()
        with self._store.reading() as transaction:
            doubts = attempts.doubts(transaction, run)
            self._newest = newest(transaction) if doubts and self._repeats else None
        for doubt in doubts:
            self._seen.setdefault(doubt.id, self._ticks())
        for doubt in doubts:
            if stop.is_set() or self._ticks() >= over:
                return self._clock()
            if self._due(doubt) <= self._clock():
                self._settle(doubt)
        asked = [self._due(doubt) for doubt in doubts if self._clock() - doubt.opened_at < LOOKING]
        return min(asked, default=None)

    def close(self) -> None:
        """Let go of the provider's connection."""
        self._provider.close()

    def _due(self, doubt: Attempt) -> datetime:
        """When a doubt may be looked at: not before its own time is over, nor sooner than it is of any use."""
        return max(doubt.expires_at, self._later.get(doubt.id, doubt.expires_at))

    def _next(self, doubt: Attempt, at: datetime) -> datetime:
        """When to try again: later with every try, but as soon as nothing found means something."""
        later, proof = at + retry.DOUBT.after(self._tries[doubt.id], self._chance()), at + self._until_proof(doubt, at)
        return min(later, proof) if self._provider.capabilities.look_up and proof > at else later

    def _settle(self, doubt: Attempt) -> None:
        at = self._clock()
        self._tries[doubt.id] = self._tries.get(doubt.id, 0) + 1
        self._later[doubt.id] = self._next(doubt, at)
        with self._store.writing() as transaction:
            still = _by_what_was_told(transaction, doubt, at)
            again = self._request(transaction, doubt, at) if still else None
            repeats = again is not None and again.same and self._may_repeat(transaction, doubt, again.request, at)
            looks_up = again is not None and self._provider.capabilities.look_up and self._is_remembered(doubt, at)
            free = (repeats or looks_up) and attempts.take(
                transaction, doubt.id, worker=self._worker, at=at, expires_at=at + self._pace.to_send
            )
        if again is None or not free:
            return
        self._later[doubt.id] = max(self._later[doubt.id], again.request.expires_at)
        if repeats:
            self._repeat(doubt, again.request)
        else:
            self._look_up(doubt, again.request)

    # The request, as it was.

    def _request(self, transaction: Transaction, doubt: Attempt, at: datetime) -> _Again | None:
        """Make the request of a doubt again, as far as its readers are there; None for another account's."""
        run = runs.get(transaction, doubt.run)
        readers = [one for one in deliveries.of_attempt(transaction, doubt) if one.address]
        ours = any(compare_digest(doubt.account, each) for each in self._accounts)
        if run is None or not readers or not ours:
            return None
        try:
            copies = self._courses.of(transaction, run).copies
        except (ConfigError, StoreError) as error:  # of this run alone; other doubts are settled all the same
            _tell(error, doubt)
            return None
        messages = tuple(map(copies.message, readers))
        request = Request(
            run=run,
            attempt=doubt.id,
            readers=tuple(readers),
            messages=messages,
            opened_at=doubt.opened_at,
            expires_at=at + self._pace.to_send,
            until=self._ticks() + self._pace.to_send.total_seconds(),
        )
        same = compare_digest(copies.fingerprint(messages), doubt.fingerprint)
        return _Again(request=request, same=same)

    # Once more.

    def _may_repeat(self, transaction: Transaction, doubt: Attempt, request: Request, at: datetime) -> bool:
        promised, run = self._provider.capabilities.idempotency, request.run
        if promised is None or not doubt.opened_at <= at <= doubt.opened_at + promised - EARLIER - self._pace.to_send:
            return False
        if self._newest and at < self._newest - APART:
            return False  # the clock was set back: nobody knows how long ago the request was made
        if run.state in _BROKEN_OFF or run.why == "operator":
            return False
        if self._allowance.is_quiet(run, at, self._pace.to_send) or not self._all_want_it(transaction, request, at):
            return False
        return self._allowance.ask(transaction, run, at, len(request.readers))[0] > 0

    def _all_want_it(self, transaction: Transaction, request: Request, at: datetime) -> bool:
        """Whether each reader would be mailed today, to the address that he had."""
        day = at.astimezone(self._zone).date()
        known = subscribers.those(transaction, [one.subscriber for one in request.readers])
        for reader in request.readers:
            now = known.get(reader.subscriber)
            if now is None or now.subscriber.status != "confirmed" or now.key != addresses.key(reader.address or ""):
                return False
            if now.subscriber.paused_until and now.subscriber.paused_until > day:
                return False
        return True

    def _repeat(self, doubt: Attempt, request: Request) -> None:
        guard = Guard(self._clock, self._ticks, request.expires_at, request.until)
        answer = ask(self._provider, request, guard)
        absent: Sequence[Became] = ()
        if isinstance(answer, ProviderError):
            _tell(answer, doubt)  # what it says of this request says nothing of the first one
        else:
            absent = _put_off(request.readers, answer, self._clock(), self._chance())
        self._write(doubt, Answered(request=request, answer=answer), absent, "asked once more")

    # A look-up.

    def _until_proof(self, doubt: Attempt, at: datetime) -> timedelta:
        """How long it is until what is not found was never taken; nothing or less once it is so.

        The lag must be over by the steady clock too: the other one may have been set since.
        """
        seen = timedelta(seconds=self._ticks() - self._seen[doubt.id])
        return self._provider.capabilities.lag - min(seen, at - doubt.opened_at)

    def _is_remembered(self, doubt: Attempt, at: datetime) -> bool:
        return at - doubt.opened_at < min(self._provider.capabilities.memory, LOOKING)

    def _look_up(self, doubt: Attempt, request: Request) -> None:
        """What is found counts at once, and what is not when it proves something both before and after the look."""
        proves = self._until_proof(doubt, self._clock()) <= timedelta()
        try:
            traces = self._provider.look_up(request.run.attempt_id(doubt.id), request.messages)
        except Exception as error:  # nothing was learnt, and nothing is lost
            _tell(error, doubt)
            return
        pairs = list(zip(request.readers, request.messages, traces, strict=True))
        known = [pair for pair in pairs if isinstance(pair[2], Accepted | Refused)]
        found = replace(
            request, readers=tuple(reader for reader, _, _ in known), messages=tuple(mail for _, mail, _ in known)
        )
        outcomes = [trace for _, _, trace in known if isinstance(trace, Accepted | Refused)]
        at = self._clock()
        absent = _never_taken(pairs, at) if proves and self._is_remembered(doubt, at) else ()
        self._write(doubt, Answered(request=found, answer=outcomes), absent, "looked up")

    # What was found out.

    def _write(self, doubt: Attempt, answered: Answered, absent: Sequence[Became], how: str) -> None:
        at = self._clock()
        (judged,) = self._results.judge([answered], at)
        with self._store.writing() as transaction:
            self._results.hold(transaction, (judged,))
            run = runs.hold(transaction, doubt.run)
            open_ = {one.seq for one in deliveries.of_attempt(transaction, doubt) if one.state == "in doubt"}
            self._results.learn(transaction, judged, run, at)
            written = attempts.settle(transaction, doubt, absent, at=at)
            left = {one.seq for one in deliveries.of_attempt(transaction, doubt) if one.state == "in doubt"}
            found = sorted(open_ - left - written)
            attempts.say(transaction, doubt.id, [(seq, how, "") for seq in found], at)
            if run.state in _BROKEN_OFF:
                deliveries.skip_waiting(transaction, run.id, run.state)
            claims.conclude(transaction, run.id, at=at)
        if not left:
            self._tries.pop(doubt.id, None)
            self._later.pop(doubt.id, None)
            self._seen.pop(doubt.id, None)


def _by_what_was_told(transaction: Transaction, doubt: Attempt, at: datetime) -> list[Delivery]:
    """Settle what events have told of before it was a doubt; return those who are in doubt still."""
    runs.hold(transaction, doubt.run)
    told = events.proofs(transaction, doubt)
    readers = [one for one in deliveries.of_attempt(transaction, doubt) if one.state == "in doubt"]
    proved = [Became(seq=one.seq, state="accepted", what="told of") for one in readers if one.seq in told]
    attempts.settle(transaction, doubt, proved, at=at)
    claims.conclude(transaction, doubt.run, at=at)
    return [one for one in readers if one.seq not in told]


def _put_off(readers: Sequence[Delivery], outcomes: Sequence[Outcome], at: datetime, chance: float) -> list[Became]:
    """Whom the provider, asked once more, says that it did not take for now."""
    pairs = zip(readers, outcomes, strict=True)
    return [
        became_of(reader, outcome, at=at, chance=chance) for reader, outcome in pairs if isinstance(outcome, Deferred)
    ]


def _never_taken(pairs: Sequence[tuple[Delivery, object, Trace]], at: datetime) -> list[Became]:
    reason = "the provider never took it"
    return [
        Became(seq=reader.seq, state="waiting", not_before=at, reason=reason, what="looked up")
        for reader, _, trace in pairs
        if isinstance(trace, Absent)
    ]


def _tell(error: Exception, doubt: Attempt) -> None:
    """A provider's own words may name a reader, and stand in the store only."""
    ids = {"event": "doubt_not_settled", "run": doubt.run, "attempt": doubt.id}
    if isinstance(error, ProviderError | ConfigError | StoreError):
        _LOG.warning("A doubt could not be settled: %s", type(error).__name__, extra=ids)
        return
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("A doubt could not be settled.\n%s%s", where, type(error).__name__, extra=ids)


# What the operator decides.


@dataclass(frozen=True, slots=True, kw_only=True)
class _By:
    """Who decides, why and when."""

    who: str
    reason: str
    at: datetime

    @property
    def words(self) -> str:
        return one_line(f"{self.who}: {self.reason.strip()}")


def assume_accepted(store: Store, run: int, *, reason: str, who: str, at: datetime) -> int:
    """Have all readers of a run who are in doubt count as having it, for a reason that is kept; return how many.

    Raises: UsageError without a reason, or when nobody is in doubt.
    """

    def decide(transaction: Transaction, of: Run, reader: Delivery, by: _By) -> Became | None:
        return Became(seq=reader.seq, state="accepted", reason=by.words, what="assumed accepted")

    return _decide(store, run, decide, reason=reason, who=who, at=at)


def send_again(store: Store, run: int, *, reason: str, who: str, at: datetime) -> int:
    """Have those readers of a run who are in doubt wait again, for a reason that is kept; return how many.

    Of whom the provider has told, who had the issue otherwise, or who was erased is not among them. Raises: UsageError
    without a reason, when nobody is in doubt, or when the run was broken off.
    """

    def decide(transaction: Transaction, of: Run, reader: Delivery, by: _By) -> Became | None:
        if of.state in _BROKEN_OFF:
            raise UsageError(
                f"Run {of.id} is {of.state}, so nobody would be sent it again.",
                "Say --assume-accepted, and send the issue: whoever has not had it gets it.",
            )
        if reader.address is None or _had_it_otherwise(transaction, of, reader):
            return None
        return Became(seq=reader.seq, state="waiting", reason=by.words, not_before=at, what="sent again")

    return _decide(store, run, decide, reason=reason, who=who, at=at)


_Decide = Callable[[Transaction, Run, Delivery, _By], Became | None]


def _decide(store: Store, number: int, decide: _Decide, *, reason: str, who: str, at: datetime) -> int:
    if not reason.strip():
        raise UsageError("A reason is missing; it is kept with each reader.", 'Give one: --reason "…"')
    with store.writing() as transaction:
        run = runs.hold(transaction, number)
        doubts = attempts.doubts(transaction, number)
        if not doubts:
            raise UsageError(
                f"Nobody of run {number} is in doubt.", f"See what became of it: newsletter runs show {number}"
            )
        by = _By(who=who, reason=reason, at=at)
        written = sum(_decide_one(transaction, run, doubt, decide, by) for doubt in doubts)
        claims.conclude(transaction, number, at=at)
    return written


def _decide_one(transaction: Transaction, run: Run, doubt: Attempt, decide: _Decide, by: _By) -> int:
    readers = _by_what_was_told(transaction, doubt, by.at)
    if readers and not attempts.take(transaction, doubt.id, worker=by.who, at=by.at, expires_at=by.at):
        raise UsageError(
            "A request may still be under way, or is being made once more right now.",
            f"Wait until {doubt.expires_at:%H:%M:%S} UTC.",
        )
    decided = [found for one in readers if (found := decide(transaction, run, one, by))]
    return len(attempts.settle(transaction, doubt, decided, at=by.at))


def _had_it_otherwise(transaction: Transaction, run: Run, reader: Delivery) -> bool:
    """Whether a reader has this issue, or may have it, from another run, under whichever address."""
    others = [one for one in deliveries.of_subscriber(transaction, reader.subscriber) if one.run != run.id]
    had = [one.run for one in others if one.state in {"waiting", "sending", "accepted", "in doubt"}]
    return any(other is not None and other.issue == run.issue for other in (runs.get(transaction, one) for one in had))
