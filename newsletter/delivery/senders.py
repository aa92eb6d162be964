"""The threads that make requests, each with a provider and so a connection of its own; nothing here knows the ledger.

A request's last byte is released by its guard: not when the attempt's time is over by either of two clocks. The wall
clock is what others judge by, but it may be set back while a process sleeps; the steady one cannot be.
"""

import logging
import threading
import traceback
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue

from newsletter.errors import ProviderError
from newsletter.model.ledger import Delivery, Run
from newsletter.model.mail import Message
from newsletter.providers._base import InDoubt, NotSent, Outcome, Provider, RequestRefused, ThrottledUntil

_LOG = logging.getLogger(__name__)
_EXPECTED = (RequestRefused, ThrottledUntil, NotSent, InDoubt)

Answer = Sequence[Outcome] | ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An attempt that stands in the ledger, and what it is made of; ``readers`` and ``messages`` in one order.

    Its last byte leaves before ``expires_at`` (both are aware UTC), and before the steady clock shows ``until``
    (seconds).
    """

    run: Run
    attempt: int
    readers: tuple[Delivery, ...]
    messages: tuple[Message, ...]
    opened_at: datetime
    expires_at: datetime
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back: an outcome for each message, or what went wrong with the request as a whole."""

    request: Request
    answer: Answer


class TakenBack(NotSent):
    """A request that lay ready was not made after all, and says nothing of the provider."""


@dataclass(slots=True)
class Guard:
    """Lets the last byte go only while nobody else may take the attempt for dead; ``opened`` says that it did."""

    clock: Callable[[], datetime]
    ticks: Callable[[], float]
    expires_at: datetime
    until: float
    opened: bool = False

    def __call__(self) -> bool:
        """Whether the last byte may go now."""
        self.opened = self.clock() < self.expires_at and self.ticks() < self.until
        return self.opened


class Senders:
    """So many threads; `start` gives them requests, `gather` takes the answers. For one thread, that of the ledger."""

    def __init__(
        self,
        connect: Callable[[], Provider],
        count: int,
        *,
        ahead: int,
        clock: Callable[[], datetime],
        ticks: Callable[[], float],
    ) -> None:
        """No thread runs before there is something to send; so many requests ``ahead`` lie ready when all are at work.

        ``ticks`` is steady and in seconds.
        """
        self._connect, self._clock, self._ticks = connect, clock, ticks
        self._count, self._ahead = count, ahead
        self._requests: SimpleQueue[Request | None] = SimpleQueue()
        self._answers: SimpleQueue[Answered] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.under_way = 0
        """Requests that were started and whose answers were not gathered."""

    @property
    def free(self) -> int:
        """How many requests may be started; those ahead wait for a thread, so that it need not wait for the ledger."""
        return self._count + self._ahead - self.under_way

    def start(self, request: Request) -> None:
        """Have a request be made; it waits for a free thread. Where there can be no thread at all it is answered so."""
        if len(self._threads) < min(self._count, self.under_way + 1):
            self._begin()
        self.under_way += 1
        if self._threads:
            self._requests.put(request)
        else:
            self._answers.put(Answered(request=request, answer=NotSent("This machine can begin no thread for it.")))

    def _begin(self) -> None:
        thread = threading.Thread(target=self._work, daemon=True, name=f"sender-{len(self._threads)}")
        with suppress(RuntimeError):  # the machine has no more: those there are make its requests too
            thread.start()
            self._threads.append(thread)

    def gather(self, timeout: float, linger: float = 0.0) -> list[Answered]:
        """Take the answers that are there, and wait so many seconds for the first; none come when none is due.

        Once there is one it lingers for others, since to write down many costs little more than to write down one.
        """
        found: list[Answered] = []
        until = 0.0
        try:
            while self.under_way:
                found.append(self._answers.get(timeout=max(0.0, until - self._ticks()) if found else timeout))
                until = until or self._ticks() + linger
                self.under_way -= 1
        except Empty:
            pass
        return found

    def take_back(self, runs: Collection[int] | None = None) -> list[Answered]:
        """Answer for the requests of some runs, or of all, that no thread has begun: they are not made."""
        taken, kept = list[Request](), list[Request]()
        with suppress(Empty):
            while request := self._requests.get_nowait():
                (taken if runs is None or request.run.id in runs else kept).append(request)
        for request in kept:
            self._requests.put(request)
        self.under_way -= len(taken)
        return [Answered(request=one, answer=TakenBack("The request was taken back.")) for one in taken]

    def close(self) -> None:
        """Let the threads end, each with its provider; what is under way is waited for."""
        for _ in self._threads:
            self._requests.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _work(self) -> None:
        provider: Provider | None = None
        while (request := self._requests.get()) is not None:
            guard = Guard(self._clock, self._ticks, request.expires_at, request.until)
            try:
                provider = provider or self._connect()
            except Exception as error:
                answer: Answer = _fault(error, request, guard)
            else:
                answer = ask(provider, request, guard)
            self._answers.put(Answered(request=request, answer=answer))
        if provider is not None:
            provider.close()


def ask(provider: Provider, request: Request, guard: Guard) -> Answer:
    """Make a request, and say what came of it, whatever that is."""
    try:
        outcomes = provider.send(request.run.attempt_id(request.attempt), request.messages, guard)
    except _EXPECTED as error:
        return error
    except Exception as error:  # what a provider never says; whether anything left, the guard knows
        return _fault(error, request, guard)
    if [outcome.delivery for outcome in outcomes] != [message.delivery for message in request.messages]:
        return InDoubt("the provider's answer is about other readers than the request was.")
    return outcomes


def _fault(error: Exception, request: Request, guard: Guard) -> ProviderError:
    """Where a request failed that should not, and not in which words, since these may hold somebody's address."""
    where = "".join(traceback.format_tb(error.__traceback__))
    ids = {"event": "request_failed", "run": request.run.id, "attempt": request.attempt}
    _LOG.error("A request failed in a way that no provider may.\n%s%s", where, type(error).__name__, extra=ids)
    words = f"The request failed: {type(error).__name__}."
    return InDoubt(words) if guard.opened else NotSent(words)
