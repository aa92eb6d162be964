"""Takes the readers whose turn it is, and writes down the requests for them before they are made."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from newsletter.config import Config
from newsletter.delivery.allowance import Allowance
from newsletter.delivery.course import Course, Courses
from newsletter.delivery.senders import Request
from newsletter.model.ledger import Delivery, Run
from newsletter.store import attempts, claims, runs
from newsletter.store.attempts import Intent, Sender
from newsletter.store.database import Transaction

NEVER = datetime.max.replace(tzinfo=UTC)
"""Somebody waits, and it is not known for how long."""


class Intents:
    """The next requests of one process, which is ``by``. ``to_send`` is from an intent until its last byte has left;
    ``ticks`` are seconds of a steady clock."""

    def __init__(
        self,
        config: Config,
        courses: Courses,
        allowance: Allowance,
        *,
        by: Sender,
        to_send: timedelta,
        ticks: Callable[[], float],
    ) -> None:
        self._zone = config.newsletter.time_zone
        self._courses, self._allowance, self._by = courses, allowance, by
        self._to_send, self._ticks = to_send, ticks

    def take(
        self, transaction: Transaction, run: Run, at: datetime, *, most: int
    ) -> tuple[list[Request], datetime | None]:
        """Take a run's next readers, for ``most`` requests; return these, and when to look for more.

        None when nobody waits any more.
        """
        if self._allowance.is_quiet(run, at, self._to_send):
            return [], _if_any(transaction, run, NEVER)
        course = self._courses.of(transaction, run)
        allowed, opens = self._allowance.ask(transaction, run, at, course.batch)
        if run.first is not None and (left := self._left_of_first(transaction, run, run.first)) < allowed:
            allowed, opens = left, NEVER
        if allowed <= 0:
            return [], _if_any(transaction, run, opens)
        return self._claim(transaction, run, course, at, min(allowed, most * course.batch), most)

    def _claim(
        self, transaction: Transaction, run: Run, course: Course, at: datetime, allowed: int, most: int
    ) -> tuple[list[Request], datetime | None]:
        day = at.astimezone(self._zone).date()
        found = claims.claim(transaction, run.id, at=at, day=day, limit=allowed)
        ready = self._allowance.spread(transaction, run.id, found, at)
        requests = self._open(transaction, run, course, list(islice(course.batches(ready), most)), at)
        self._allowance.spend(transaction, sum(len(one.readers) for one in requests), at)
        return requests, at if requests else claims.next_due(transaction, run.id)

    def _open(
        self, transaction: Transaction, run: Run, course: Course, batches: Sequence[tuple[Delivery, ...]], at: datetime
    ) -> list[Request]:
        """Write the intents, with the fingerprints of what is about to leave."""
        if not batches:
            return []
        made = [tuple(map(course.copies.message, readers)) for readers in batches]
        intents = [
            Intent(seqs=tuple(one.seq for one in readers), fingerprint=course.copies.fingerprint(messages))
            for readers, messages in zip(batches, made, strict=True)
        ]
        expires_at, until = at + self._to_send, self._ticks() + self._to_send.total_seconds()
        numbers = attempts.open_(transaction, run.id, intents, self._by, at=at, expires_at=expires_at)
        return [
            Request(
                run=run,
                attempt=number,
                readers=readers,
                messages=messages,
                opened_at=at,
                expires_at=expires_at,
                until=until,
            )
            for number, readers, messages in zip(numbers, batches, made, strict=True)
        ]

    def _left_of_first(self, transaction: Transaction, run: Run, first: int) -> int:
        """How many of the first ones are left; none pauses the run, if others wait. Nobody else counts meanwhile."""
        left = first - claims.handed(transaction, run.id)
        if left <= 0 and claims.next_due(transaction, run.id):
            sentence = f"The first {first} readers were mailed."
            runs.change(transaction, run.id, {"sending"}, state="paused", why="first", sentence=sentence, until=None)
        return left


def _if_any(transaction: Transaction, run: Run, look: datetime) -> datetime | None:
    """When to look for more; None when nobody waits, since what is shut does not keep a run from ending."""
    return None if claims.next_due(transaction, run.id) is None else look
