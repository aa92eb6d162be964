"""The courier takes notices from the store to the provider, and writes down what became of each.

::

    claim ──▶ sending ──made, and its fingerprint written down──▶ a request ──▶ accepted · refused · waiting · in doubt

Each step is a short transaction of its own, and none is open during a request. Until the fingerprint stands there
nothing has left, and whoever finds the row later just lets it wait again; from then on a row whose time is over is *in
doubt*. A doubt is never sent again but where the provider knows the request by its id, within the time it promises,
and byte for byte; or once it has proved that it never took it.
What was learnt is written only where it is still true: what ends a notice, to whoever holds its attempt; that it may
wait again, only while nobody has taken the attempt over.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest

from newsletter.config import Config
from newsletter.delivery import retry
from newsletter.delivery.notices import ledger, letters, log, reasons
from newsletter.delivery.notices.letters import Letter, Unwritable, Writer
from newsletter.delivery.notices.reasons import Gone
from newsletter.delivery.retry import Again, Circumstances, Ended, Verdict
from newsletter.errors import NewsletterError, ProviderError, StoreError
from newsletter.model.mail import Message
from newsletter.providers._base import (
    Absent,
    Accepted,
    InDoubt,
    NotSent,
    Outcome,
    Provider,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
)
from newsletter.store import notices
from newsletter.store.database import Store
from newsletter.store.notices import Notice

TO_MAKE = timedelta(minutes=1)
"""So long a claimed notice may take until its request begins; then others take it."""

TO_SEND = timedelta(minutes=5)
"""Within so long the last byte of a request leaves, or never."""

LOOK = timedelta(seconds=10)
"""So often the courier looks whether another process has left something for it."""

_EARLIER = timedelta(minutes=15)
"""So much before the end of what a provider promises no request is repeated any more."""
_BREATH = timedelta(seconds=0.1)

_EXPECTED = (RequestRefused, ThrottledUntil, NotSent, InDoubt)


@dataclass(slots=True)
class _Guard:
    """Lets the last byte go only while nobody else may take the attempt for dead."""

    clock: Callable[[], datetime]
    until: datetime
    opened: bool = False

    def __call__(self) -> bool:
        self.opened = self.clock() < self.until
        return self.opened


class Courier:
    """Sends the notices of one store through one provider, one at a time; several processes may have one each.

    ``clock`` tells aware UTC; ``draw`` draws 32 hexadecimal digits; ``chance`` a number from 0 to below 1; ``wait``
    waits for an event for so many seconds at most. It belongs to one thread, but for `wake`.
    """

    def __init__(
        self,
        store: Store,
        provider: Provider,
        config: Config,
        *,
        clock: Callable[[], datetime],
        draw: Callable[[], str],
        chance: Callable[[], float] = random.random,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """Nothing is opened yet. Raises: ConfigError when links cannot be signed, or lead nowhere."""
        self._store, self._provider = store, provider
        self._writer = Writer(config)
        self._zone = config.newsletter.time_zone
        self._clock, self._draw, self._chance, self._wait = clock, draw, chance, wait
        self._bell = threading.Event()
        self._owed: tuple[Notice, Verdict] | None = None
        self._failures: dict[int, int] = {}
        self._later: dict[int, datetime] = {}
        self._in_a_row = 0
        self._rests_until: datetime | None = None
        self.trouble: NewsletterError | None = None
        """What keeps notices from being sent at the moment; None while all is well."""

    def wake(self) -> None:
        """Have the courier look at once; for any thread, after a notice was queued or to have it stop."""
        self._bell.set()

    def run(self, stop: threading.Event) -> None:
        """Send what is due whenever something is, until ``stop`` is set; `wake` it then. No error ends it."""
        failures = 0
        while not stop.is_set():
            self._bell.clear()
            try:
                due = self.drain(stop)
            except Exception as error:  # whatever it is, the next notice must not wait for a new process
                failures += 1
                self._tell_of_failure(error)
                self._wait(stop, retry.STORE.after(failures, self._chance()).total_seconds())
                continue
            failures = 0
            if isinstance(self.trouble, StoreError):
                self.trouble = None
            if not stop.is_set():
                self._wait(self._bell, max((due - self._clock()).total_seconds(), 0.0))
        with suppress(StoreError):
            self._pay()

    def drain(self, stop: threading.Event | None = None) -> datetime:
        """Send all that is due, and settle what doubts can be; return when to look again.

        Raises: StoreError; what was learnt is kept, and written down by the next call.
        """
        self._pay()
        doubts = self._take_stock()
        while not (stop and stop.is_set()) and not self._rests():
            if not (self._send_next() or self._settle_next(doubts)):
                break
        return self._next_look()

    # What waits.

    def _send_next(self) -> bool:
        """Send the notice that is due first; False when none is."""
        at = self._clock()
        draw = partial(letters.begin, at, self._draw)
        with self._store.writing() as transaction:
            claimed = notices.claim(transaction, at=at, limit=1, draw=draw, expires_at=at + TO_MAKE)
        for notice in claimed:
            self._send(notice)
        return bool(claimed)

    def _send(self, notice: Notice) -> None:
        self._count(notice)
        made = self._make(notice)
        if not isinstance(made, Letter):
            self._write(notice, made)
            return
        sealed = replace(notice, address=made.to, expires_at=self._clock() + TO_SEND, fingerprint=made.fingerprint)
        with self._store.writing() as transaction:
            ours = notices.seal(
                transaction,
                notice.id,
                ledger.attempt(notice),
                fingerprint=made.fingerprint,
                expires_at=ledger.until(sealed),
            )
        if ours:
            self._write(sealed, self._judge(sealed, self._request(sealed, made.message), retry.verdict))

    def _make(self, notice: Notice) -> Letter | Verdict:
        """Make the letter, or say what becomes of a notice of which none can be made."""
        try:
            return self._letter(notice)
        except Gone as gone:
            return Ended(state="skipped", reason=str(gone))
        except Unwritable as fault:
            return Ended(state="refused", reason=str(fault))
        except StoreError:
            raise
        except Exception as error:  # one template's fault, or one of ours, which stops nobody else's notice
            log.fault("A notice could not be made.", "notice_not_made", error, notice)
            pause = retry.FAULT.after(self._failures[notice.id], self._chance())
            return Again(not_before=self._clock() + pause, reason=f"it cannot be made: {type(error).__name__}")

    def _letter(self, notice: Notice) -> Letter:
        at = self._clock()
        with self._store.reading() as transaction:
            about = reasons.about(transaction, notice, ledger.attempt(notice), at=at)
        return self._writer.write(about)

    # What is in doubt.

    def _settle_next(self, doubts: Iterator[Notice]) -> bool:
        """Try to find out about the next doubt that it is time for; False when there is none."""
        for notice in doubts:
            at = self._clock()
            if self._later.get(notice.id, at) > at:
                continue
            self._count(notice)
            self._see_later(notice, at)
            if self._replay(notice, at) or self._look_up(notice, at):
                return True
        return False

    def _replay(self, notice: Notice, at: datetime) -> bool:
        """Repeat a request where that does no harm; False when it cannot be."""
        window = self._provider.capabilities.idempotency
        if window is None or at - letters.began(ledger.attempt(notice)) >= window - _EARLIER:
            return False
        letter = self._same(notice)
        if letter is None:
            return False
        again = replace(notice, address=letter.to, expires_at=at + TO_SEND)
        with self._store.writing() as transaction:
            ours = notices.replay(transaction, notice.id, ledger.attempt(notice), expires_at=ledger.until(again))
        if ours:
            self._write(again, self._judge(again, self._request(again, letter.message), retry.verdict_of_replay))
        return ours

    def _look_up(self, notice: Notice, at: datetime) -> bool:
        """Ask the provider what became of a request where it can tell; False when it cannot."""
        began, asked = letters.began(ledger.attempt(notice)), self._provider.capabilities
        if not asked.look_up or not asked.lag <= at - began < asked.memory:
            return False
        letter = self._same(notice)
        if letter is None:
            return False
        try:
            (trace,) = self._provider.look_up(ledger.attempt(notice), [letter.message])
        except Exception as error:  # nothing was learnt, and nothing is lost
            log.fault("A doubt could not be looked up.", "notice_not_looked_up", error, notice)
            return False
        match trace:
            case Accepted(provider_id=name):
                self._write(notice, Ended(state="accepted", provider_id=name))
            case Refused(reason=reason, bounced=bounced):
                verdict = Ended(state="refused", reason=reason, bounced=bounced)
                self._write(replace(notice, address=letter.to), verdict)
            case Absent() if self._clock() - began < asked.memory:
                self._write(notice, Again(not_before=at, reason="the provider never took it"))
        return True

    def _same(self, notice: Notice) -> Letter | None:
        """Make the letter of a doubt again; None when it would be another, or go to another account.

        That one never heard of the request: it would mail the reader once more, or say that nobody ever did.
        """
        made = self._make(notice)
        if not isinstance(made, Letter) or not compare_digest(made.fingerprint, notice.fingerprint or ""):
            return None
        return made

    # The request, and what is learnt from it.

    def _request(self, notice: Notice, message: Message) -> Outcome | ProviderError:
        guard = _Guard(self._clock, ledger.until(notice))
        try:
            (outcome,) = self._provider.send(ledger.attempt(notice), [message], guard)
        except _EXPECTED as error:
            return error
        except Exception as error:  # what a provider never says; whether anything left, the guard knows
            log.fault("A request failed in a way that no provider may.", "notice_request_failed", error, notice)
            words = f"the request failed: {type(error).__name__}"
            return InDoubt(words) if guard.opened else NotSent(words)
        return outcome

    def _judge(
        self,
        notice: Notice,
        answer: Outcome | ProviderError,
        judge: Callable[[Outcome | ProviderError, Circumstances], Verdict],
    ) -> Verdict:
        """Say what an answer means for its notice, and rest when it means something for all.

        What is one reader's fault is an answer about him: anybody can have a notice sent to any address.
        """
        at, failures = self._clock(), self._failures[notice.id]
        if isinstance(answer, ProviderError) and not isinstance(answer, ReaderAtFault):
            self._in_a_row += 1
            self._rests_until = at + retry.rest(answer, at, self._in_a_row, self._chance())
            self.trouble = answer
            log.trouble(answer, notice)
        else:
            self._in_a_row, self.trouble = 0, None
        self._see_later(notice, at)
        return judge(answer, Circumstances(at=at, tries=notice.tries, failures=failures, chance=self._chance()))

    def _count(self, notice: Notice) -> None:
        """Count one more time that this notice was tried since this process knows it."""
        self._failures[notice.id] = self._failures.get(notice.id, 0) + 1

    def _see_later(self, notice: Notice, at: datetime) -> None:
        """Leave a notice alone for a while, should it be in doubt."""
        self._later[notice.id] = at + retry.DOUBT.after(self._failures[notice.id], self._chance())

    # The store.

    def _take_stock(self) -> Iterator[Notice]:
        """Take over what others left lying; return what is in doubt, where anything can be done about it."""
        at = self._clock()
        with self._store.writing() as transaction:
            notices.overdue(transaction, at=at)
        capabilities = self._provider.capabilities
        if capabilities.idempotency is None and not capabilities.look_up:
            return iter(())
        with self._store.reading() as transaction:
            return iter(notices.doubts(transaction))

    def _write(self, notice: Notice, verdict: Verdict) -> None:
        """Write down what became of a notice; what cannot be written now is owed. Raises: StoreError."""
        self._owed = (notice, verdict)
        self._pay()

    def _pay(self) -> None:
        if self._owed is None:
            return
        (notice, verdict), at = self._owed, self._clock()
        try:
            with self._store.writing() as transaction:
                written = ledger.write(transaction, notice, verdict, at=at, zone=self._zone)
        except StoreError:
            raise
        except Exception:
            if at >= ledger.until(notice):
                self._owed = None  # it is never going to be written; the row says by now that nobody knows
            raise
        self._owed = None
        told = verdict.state if isinstance(verdict, Ended) else "waiting"
        event = f"notice_{told.replace(' ', '_')}" if written else "notice_of_another"
        log.became(event, notice)
        if isinstance(verdict, Ended) and not (verdict.state == "in doubt" and self._can_settle):
            self._failures.pop(notice.id, None)
            self._later.pop(notice.id, None)

    @property
    def _can_settle(self) -> bool:
        capabilities = self._provider.capabilities
        return capabilities.idempotency is not None or capabilities.look_up

    def _rests(self) -> bool:
        return self._rests_until is not None and self._clock() < self._rests_until

    def _next_look(self) -> datetime:
        """When something is due, but not while it rests; others may queue something meanwhile."""
        with self._store.reading() as transaction:
            due = notices.next_due(transaction)
        at = self._clock()
        soon = at + LOOK if due is None else max(due, self._rests_until or due, at + _BREATH)
        return min(soon, at + LOOK)

    def _tell_of_failure(self, error: Exception) -> None:
        """A store that cannot be used is said to be so; anything else is a fault of ours."""
        if isinstance(error, StoreError):
            self.trouble = error
            log.no_store()
        else:
            log.fault("The courier stumbled, and goes on.", "courier_stumbled", error)
