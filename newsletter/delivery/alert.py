"""What the operator is told of a run without asking: that it paused, ended, or has doubts that do not settle.

It goes by mail through the provider (`operator` under ``[send]``), to a command (`notify`), or to both. The ledger
remembers what was told last, so that of several processes one tells it, and once; should that one die on the spot,
nobody does. On a quiet day nothing is told but of a run that is sent in spite of it: it waits until the day is over.
"""

import hashlib
import json
import logging
import random
import shlex
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.config import Config
from newsletter.delivery import retry
from newsletter.delivery.lifecycle import Calendar
from newsletter.delivery.testing import reader_of, send
from newsletter.errors import ConfigError, ContentError, UsageError
from newsletter.model.ledger import DeliveryState, Pause, Run, RunState
from newsletter.providers._base import Accepted, InDoubt, Provider
from newsletter.rendering.memo import Memo, compose
from newsletter.store import attempts, deliveries, runs
from newsletter.store.database import Store, Transaction

_LOG = logging.getLogger(__name__)

STANDING = timedelta(minutes=15)
"""Doubts of a run under way are told when they are so old: until then most have been settled."""

PATIENCE = 30
"""Seconds that the command may take."""

_IN_DOUBT = "in doubt"
_GOING = "going"
"""What is remembered while there is nothing to tell, so that the next pause is told again."""

_SHOW = "newsletter runs show {run}"
_RESUME = "newsletter runs resume {run}"
_CANCEL = "newsletter runs cancel {run}"
_SEND = "newsletter send {issue}"

_PAUSED: Mapping[Pause, tuple[str, tuple[tuple[str, str], ...]]] = {
    "first": ("is paused: the first readers have it", (("Go on with all others", _RESUME), ("End it", _CANCEL))),
    "operator": ("was paused by hand", (("Go on", _RESUME), ("End it", _CANCEL))),
    "provider": (
        "is paused: the provider refuses it",
        (("See what it said", _SHOW), ("Mend that, then go on", _RESUME), ("End it", _CANCEL)),
    ),
    "faults": (
        "is paused: not every message can be made",
        (
            ("See whose", "newsletter runs readers {run} --state skipped"),
            ("Go on without them", _RESUME),
            ("End it, to mend it and send it again", _CANCEL),
        ),
    ),
    "refused": (
        "is paused: too many readers were refused",
        (("See in which words", _SHOW), ("Go on all the same", _RESUME), ("End it", _CANCEL)),
    ),
    "complained": (
        "is paused: too many readers called it spam",
        (("See how many", _SHOW), ("Go on all the same", _RESUME), ("End it", _CANCEL)),
    ),
}
"""What is told of a pause, and what can be done. Of a hold and of quiet days nothing is: these end by themselves."""

_AGAIN = ("Offer it to whoever has not had it", _SEND)
_SETTLE = ("See to the doubts", "newsletter runs settle {run}")
_ENDED: Mapping[RunState, tuple[str, tuple[tuple[str, str], ...]]] = {
    "finished": ("is finished", (("See who got it", _SHOW),)),
    "finished with doubts": ("is finished, with doubts", (("See of whom nobody knows", _SHOW), _SETTLE)),
    "cancelled": ("was cancelled", (("See who had got it", _SHOW), _AGAIN)),
    "expired": ("did not begin in time, and does not any more", (_AGAIN,)),
}
_DOUBTS = ("has doubts that do not settle", (("See of whom nobody knows", _SHOW), _SETTLE))

Command = Callable[[str, str], None]
"""Runs a command line with a text on its standard input. Raises: OSError, subprocess.SubprocessError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What there is to tell of a run: in a line, in a sentence more, in numbers, and what can be done by which command.

    ``counts`` are its readers by state; empty before they are frozen.
    """

    run: Run
    line: str
    counts: Mapping[DeliveryState, int]
    remedies: tuple[tuple[str, str], ...]

    def as_data(self) -> dict[str, object]:
        """Return it as the command gets it, without anybody's address."""
        run = self.run
        return {
            "run": run.id,
            "issue": run.issue,
            "state": run.state,
            "why": run.why,
            "line": self.line,
            "sentence": run.sentence,
            "total": run.total,
            "counts": dict(self.counts),
            "remedies": [{"what": what, "command": command} for what, command in self.remedies],
        }


def what(run: Run, *, doubts: bool) -> str:
    """Name what there is to tell of a run, the same as long as it is the same; `_GOING` when there is nothing."""
    if run.is_over:
        return run.state
    if run.why in _PAUSED:
        return f"paused: {run.why}: {run.sentence}"
    return _IN_DOUBT if doubts else _GOING


def news(run: Run, counts: Mapping[DeliveryState, int], *, doubts: bool) -> News:
    """Say what there is to tell of a run. Raises: LookupError when there is nothing."""
    if run.is_over:
        told, remedies = _ENDED[run.state]
    elif run.why and run.why in _PAUSED:
        told, remedies = _PAUSED[run.why]
    elif doubts:
        told, remedies = _DOUBTS
    else:
        raise LookupError("a run of which there is nothing to tell")
    return News(
        run=run,
        line=f"{run.issue} {told}",
        counts=counts if run.total is not None else {},
        remedies=tuple((words, command.format(run=run.id, issue=run.issue)) for words, command in remedies),
    )


class Alerts:
    """Tells the operator of one store's runs. ``command`` runs what `notify` names; ``chance`` is from 0 to below 1."""

    def __init__(
        self,
        store: Store,
        connect: Callable[[], Provider],
        config: Config,
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
        command: Command | None = None,
    ) -> None:
        """Nothing is opened yet."""
        self._store, self._connect, self._config = store, connect, config
        self._clock, self._chance, self._command = clock, chance, command or run_command
        self._calendar = Calendar.of(config)
        self._owed: list[News] = []
        self._failures = 0
        self._not_before: datetime | None = None

    def tell(self) -> None:
        """Tell what is new; a mail that does not get away is tried again later. Raises: StoreError."""
        self._owed += self._new()
        at = self._clock()
        if self._not_before and at < self._not_before:
            return
        while self._owed and self._mail(self._owed[0], at):
            self._owed.pop(0)

    def _new(self) -> list[News]:
        """Take down what is to be told, each by the process that is first; a command hears of it at once."""
        found = [one for run in self._untold() if (one := self._mine(run))]
        for one in found:
            self._notify(one)
        return found if self._config.send.operator else []

    def _untold(self) -> list[Run]:
        """The runs of which something else is true than was told, the oldest first; on a quiet day there are none."""
        at = self._clock()
        with self._store.reading() as transaction:
            told = runs.told(transaction)
            every = [run for run in runs.every(transaction) if self._calendar.allowed(at, quiet=run.quiet) <= at]
            return [run for run in reversed(every) if self._what(transaction, run) != told[run.id]]

    def _mine(self, run: Run) -> News | None:
        """What there is to tell of a run, for whoever is first to take it down."""
        with self._store.writing() as transaction:
            now = runs.hold(transaction, run.id)
            told = self._what(transaction, now)
            if not runs.tell(transaction, now.id, told) or told == _GOING:
                return None
            return news(now, deliveries.counts(transaction, now.id), doubts=told == _IN_DOUBT)

    def _what(self, transaction: Transaction, run: Run) -> str:
        return what(run, doubts=run.state == "sending" and _has_doubts(transaction, run, self._clock()))

    def _notify(self, one: News) -> None:
        """Run the command, if there is one. That it fails is said in the log, and hinders nobody."""
        if self._config.send.notify is None:
            return
        try:
            self._command(self._config.send.notify, json.dumps(one.as_data(), ensure_ascii=False))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            extra = {"event": "notify_failed", "run": one.run.id, "error": type(error).__name__}
            _LOG.error("The command of `notify` under [send] failed: %s.", type(error).__name__, extra=extra)

    def _mail(self, one: News, at: datetime) -> bool:
        """Mail the operator; False when the provider does not take it now."""
        digest = hashlib.sha256(f"{one.run.token}/{one.line}/{at.isoformat()}".encode()).hexdigest()[:24]
        try:
            operator = reader_of(self._config.send.operator or "")
            message = compose(_memo(one), self._config, operator, delivery=digest, at=at)
            with closing(self._connect()) as provider:
                (answer,) = send([message], provider, token=lambda: f"memo-{digest}")
        except (ConfigError, ContentError, UsageError) as error:
            return self._not_now(one, error, at)
        if isinstance(answer.outcome, Accepted | InDoubt):
            self._failures, self._not_before = 0, None
            return True
        return self._not_now(one, answer.outcome, at)

    def _not_now(self, one: News, trouble: object, at: datetime) -> bool:
        self._failures += 1
        self._not_before = at + retry.REFUSED.after(self._failures, self._chance())
        extra = {"event": "operator_not_mailed", "run": one.run.id, "error": type(trouble).__name__}
        _LOG.error("The operator could not be mailed: %s.", type(trouble).__name__, extra=extra)
        return False


def run_command(line: str, text: str) -> None:
    """Run a command line, without a shell, with a text on its standard input.

    Raises: OSError, ValueError, subprocess.SubprocessError when it cannot be run, fails or takes too long.
    """
    subprocess.run(shlex.split(line), input=text, text=True, timeout=PATIENCE, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (the operator's own)


def _has_doubts(transaction: Transaction, run: Run, at: datetime) -> bool:
    return any((one.ended_at or at) <= at - STANDING for one in attempts.doubts(transaction, run.id))


def _memo(one: News) -> Memo:
    run = one.run
    total = (("readers of the run", f"{run.total:,}"),) if run.total is not None else ()
    counts = tuple((state, f"{number:,}") for state, number in one.counts.items() if number)
    return Memo(
        line=one.line,
        paragraph=run.sentence,
        figures=(*total, *counts),
        steps=one.remedies,
        sender=f"Run {run.id}, pressed by {run.pressed_by} on {run.machine}. The worker of the newsletter wrote this.",
    )
