"""Takes runs from one stage to the next when it is time: `lifecycle` decides, `plan` and `hold` do it, here it is tied.

Several processes may do so for the same runs: each step is taken by whoever is first, and is noticed by the others.
"""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta

from newsletter.config import Config
from newsletter.delivery import hold, plan, retry
from newsletter.delivery.hold import Held
from newsletter.delivery.lifecycle import (
    Begin,
    Calendar,
    Check,
    Expire,
    Freeze,
    Hold,
    Nothing,
    Quiet,
    Step,
    Wait,
    next_step,
)
from newsletter.delivery.plan import Progress
from newsletter.delivery.testing import testers
from newsletter.errors import ConfigError, ContentError, NewsletterError, UsageError
from newsletter.links import Key
from newsletter.model.ledger import Run
from newsletter.providers._base import Provider, RequestRefused
from newsletter.store import runs
from newsletter.store.database import Store

_LOG = logging.getLogger(__name__)

_OWN_FAULT = (ConfigError, ContentError, UsageError)
"""What keeps one run from going on, and is for a person to mend."""


class Stages:
    """Takes the runs of one store through their stages, up to the first mail and in and out of quiet days."""

    def __init__(
        self,
        store: Store,
        connect: Callable[[], Provider],
        config: Config,
        keys: Sequence[Key],
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
        progress: Progress = lambda _: None,
    ) -> None:
        """Nothing is opened yet. ``progress`` is told how many messages were made since, while they are checked."""
        self._store, self._connect, self._config, self._keys = store, connect, config, keys
        self._clock, self._chance, self._progress = clock, chance, progress
        self._calendar = Calendar.of(config)
        self._failures: dict[int, int] = {}

    def advance(self, stop: threading.Event) -> datetime | None:
        """Take every step that is due; return when the next is, as far as that is known. Raises: StoreError."""
        with self._store.reading() as transaction:
            going = runs.going(transaction)
        due = [self._advance(run, stop) for run in going]
        return min((moment for moment in due if moment), default=None)

    def _advance(self, run: Run, stop: threading.Event) -> datetime | None:
        while not stop.is_set():
            step = next_step(run, self._clock(), self._calendar)
            if isinstance(step, Wait):
                return step.until
            if isinstance(step, Nothing):
                return None
            run = self._taken(run, step, stop) or self._again(run)
        return None

    def _taken(self, run: Run, step: Step, stop: threading.Event) -> Run | None:
        """Take a step; None when somebody changed the run meanwhile."""
        try:
            became = self._take(run, step, stop)
        except _OWN_FAULT as error:
            became = plan.change(self._store, run, state="paused", why="faults", sentence=_in_full(error))
        if became is not None:
            event = f"run_{type(step).__name__.lower()}"
            _LOG.info("A run has taken a step.", extra={"event": event, "run": run.id, "state": became.state})
        return became

    def _take(self, run: Run, step: Step, stop: threading.Event) -> Run | None:
        at = self._clock()
        match step:
            case Freeze():
                return plan.freeze(self._store, run, self._config, at=at)
            case Check():
                plan.check(self._store, run, self._keys, clock=self._clock, stop=stop, progress=self._progress)
                return self._again(run)
            case Hold(until):
                return self._hold(run, until)
            case Begin():
                return plan.change(self._store, run, state="sending", started_at=run.started_at or at)
            case Quiet(until):
                sentence = "Nothing is sent on a quiet day."
                return plan.change(self._store, run, state="paused", why="quiet", until=until, sentence=sentence)
            case Expire():
                return plan.end(self._store, run, "expired", at=at)
        raise TypeError(step)

    def _hold(self, run: Run, until: datetime) -> Run | None:
        """Mail the testers: whoever pauses the run for it does so, and until then nobody else."""
        with self._store.reading() as transaction:
            edition = plan.edition_of(transaction, run)
        messages = hold.compose(run, edition, testers((), self._config))
        with closing(self._connect()) as provider:
            sentence = "The testers are being mailed."
            held = plan.change(self._store, run, state="paused", why="hold", until=until, sentence=sentence)
            return held and self._held(held, hold.mail(messages, provider))

    def _held(self, run: Run, came: Held) -> Run | None:
        """Begin the hold. What the provider refuses a person mends; what it does not take now it may take soon."""
        at = self._clock()
        if came.error is None:
            until = at + timedelta(seconds=run.hold)
            return plan.change(self._store, run, held_at=at, until=until, sentence=came.sentence)
        if isinstance(came.error, RequestRefused):
            return plan.change(self._store, run, why="provider", until=None, sentence=_in_full(came.error))
        self._failures[run.id] = self._failures.get(run.id, 0) + 1
        later = at + retry.rest(came.error, at, self._failures[run.id], self._chance())
        return plan.change(self._store, run, until=later, sentence=came.sentence)

    def _again(self, run: Run) -> Run:
        """The run as it is by now."""
        with self._store.reading() as transaction:
            return runs.get(transaction, run.id) or run


def _in_full(error: NewsletterError) -> str:
    return f"{error.sentence} {error.hint}".strip()
