"""Takes runs from one stage to the next when it is time: `lifecycle` decides, `plan` and `hold` do it, here it is tied.

Several processes may do so for the same runs: each step is taken by whoever is first, and is noticed by the others.
What keeps one run from going on pauses that run, for a person to mend it, and no other.
"""

import logging
import random
import threading
import traceback
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
from newsletter.errors import NewsletterError, StoreError
from newsletter.links import Key
from newsletter.model.ledger import Run
from newsletter.providers._base import Provider, RequestRefused
from newsletter.store import runs
from newsletter.store.database import Store

_LOG = logging.getLogger(__name__)


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
        """Take every step that is due; return when the next is, as far as that is known.

        Raises: StoreError, after all other runs have had their turn.
        """
        with self._store.reading() as transaction:
            going = runs.going(transaction)
        due, errors = [], []
        for run in going:
            try:
                due.append(self._advance(run, stop))
            except StoreError as error:  # it may be gone by itself, and is no reason to pause
                errors.append(error)
        if errors:
            raise errors[0]
        return min((moment for moment in due if moment), default=None)

    def _advance(self, run: Run, stop: threading.Event) -> datetime | None:
        while not stop.is_set():
            try:
                step = next_step(run, self._clock(), self._calendar)
                if isinstance(step, Wait):
                    return step.until
                if isinstance(step, Nothing):
                    return None
                run = self._taken(run, step, stop) or self._again(run)
            except StoreError:
                raise
            except Exception as error:  # whatever it is, it is this run's, and others wait too
                self._give_up(run, error)
                return None
        return None

    def _taken(self, run: Run, step: Step, stop: threading.Event) -> Run | None:
        """Take a step; None when somebody changed the run meanwhile."""
        became = self._take(run, step, stop)
        if became is not None:
            event = f"run_{type(step).__name__.lower()}"
            _LOG.info("A run has taken a step.", extra={"event": event, "run": run.id, "state": became.state})
        return became

    def _give_up(self, run: Run, error: Exception) -> None:
        """Pause a run that cannot go on, unless somebody has changed it meanwhile."""
        now = self._again(run)
        being_held = now.why == "hold" and now.held_at is None
        if now == run or being_held:
            why = "provider" if being_held else "faults"
            plan.change(self._store, now, state="paused", why=why, until=None, sentence=_in_full(error))
        if not isinstance(error, NewsletterError):
            where, extra = "".join(traceback.format_tb(error.__traceback__)), {"event": "run_stumbled", "run": run.id}
            _LOG.error("A run stumbled, and is paused.\n%s%s", where, type(error).__name__, extra=extra)

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
                return plan.begin(self._store, run, self._config, at=at)
            case Quiet(until):
                sentence = "Nothing is sent on a quiet day."
                return plan.change(self._store, run, state="paused", why="quiet", until=until, sentence=sentence)
            case Expire():
                return plan.end(self._store, run, "expired", at=at)
        raise TypeError(step)

    def _hold(self, run: Run, until: datetime) -> Run | None:
        """Mail the testers: whoever pauses the run for it does so, and until then nobody else; or hold on."""
        if run.held_at:
            return plan.change(self._store, run, state="paused", why="hold", until=until, sentence=hold.DONE)
        with self._store.reading() as transaction:
            edition = plan.edition_of(transaction, run)
        messages = hold.compose(run, edition, testers((), self._config))
        sentence = "The testers are being mailed."
        held = plan.change(self._store, run, state="paused", why="hold", until=until, sentence=sentence)
        if held is None:
            return None
        with closing(self._connect()) as provider:
            return self._held(held, hold.mail(messages, provider))

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


def _in_full(error: Exception) -> str:
    """Say what is wrong; the words of what nobody thought of may name a reader, so only its kind is told."""
    if isinstance(error, NewsletterError):
        return f"{error.sentence} {error.hint}".strip()
    return f"The program stumbled over it ({type(error).__name__}); the log says where."
