"""What the operator is told of a run without asking: that it paused, ended, or has doubts that do not settle.

It goes by mail through the provider (`operator` under ``[send]``), to a command (`notify`), or to both. The ledger
remembers what was told last, and before it is told that it is owed, and until when by the process that tells it. What
that one leaves owed, since it died or its mail was not taken, another tells: rather twice than never. On a quiet day
nothing is told but of a run that is sent in spite of it: it waits until the day is over.
"""

import hashlib
import json
import logging
import random
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
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

LEASE = timedelta(minutes=3)
"""So long what is owed is left to the process that is telling it: longer than command and mail take."""

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
_DOUBTED = ("See of whom nobody knows", "newsletter runs readers {run} --state in-doubt")
_SETTLE = ("See to the doubts", "newsletter runs settle {run}")
_ENDED: Mapping[RunState, tuple[str, tuple[tuple[str, str], ...]]] = {
    "finished": ("is finished", (("See who got it", _SHOW),)),
    "finished with doubts": ("is finished, with doubts", (_DOUBTED, _SETTLE)),
    "cancelled": ("was cancelled", (("See who had got it", _SHOW), _AGAIN)),
    "expired": ("did not begin in time, and does not any more", (_AGAIN,)),
}
_DOUBTS = ("has doubts that do not settle", (_DOUBTED, _SETTLE))

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What is to be told of a run and was not yet, as `runs.told` remembers it; until a moment by one process alone.

    ``by_mail`` says that the command has heard of it.
    """

    what: str
    until: datetime
    by_mail: bool = False

    def spelt(self) -> str:
        """``owed 2026-11-28T05:00:00+00:00 by mail: finished``"""
        return f"owed {self.until.isoformat()}{' by mail' if self.by_mail else ''}: {self.what}"

    @classmethod
    def read(cls, told: str) -> "Owed | None":
        """Read what was spelt; None for what was told."""
        found = re.fullmatch(r"owed (\S+)( by mail)?: (.*)", told, re.DOTALL)
        if found is None:
            return None
        return cls(what=found[3], until=datetime.fromisoformat(found[1]), by_mail=bool(found[2]))


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
        self._failures: dict[int, int] = {}

    def tell(self, *, at_once: bool = False) -> bool:
        """Tell what is new or owed; False when a mail did not get away, which is tried again later.

        ``at_once`` tries those again now that this process has failed with. Raises: StoreError.
        """
        mine = (self._mine(run, at_once=at_once) for run in self._untold(at_once=at_once))
        told = [self._tell(*one) for one in mine if one]
        return all(told)

    def _untold(self, *, at_once: bool) -> list[Run]:
        """The runs of which something else is true than was told, the oldest first; on a quiet day there are none."""
        at = self._clock()
        with self._store.reading() as transaction:
            told = runs.told(transaction)
            every = [run for run in runs.every(transaction) if self._calendar.allowed(at, quiet=run.quiet) <= at]
            return [run for run in reversed(every) if self._due(transaction, run, told[run.id], at, at_once=at_once)]

    def _due(self, transaction: Transaction, run: Run, told: str, at: datetime, *, at_once: bool) -> bool:
        now, owed = self._what(transaction, run), Owed.read(told)
        if owed and owed.what == now:
            return owed.until <= at or (at_once and run.id in self._failures)
        return told != now

    def _mine(self, run: Run, *, at_once: bool) -> tuple[News, Owed] | None:
        """Take it upon this process to tell what there is to tell of a run, unless another has; None for nothing."""
        at = self._clock()
        with self._store.writing() as transaction:
            now = runs.hold(transaction, run.id)
            told = runs.told(transaction)[run.id]
            if not self._due(transaction, now, told, at, at_once=at_once):
                return None
            what, before = self._what(transaction, now), Owed.read(told)
            if what != _GOING and (before is None or before.what != what):
                stands = f"{now.state} ({now.why})" if now.why else now.state
                _LOG.info("There is news of a run.", extra={"event": "run_news", "run": now.id, "state": stands})
            if what == _GOING or not self._tells:
                runs.tell(transaction, now.id, what)
                self._failures.pop(now.id, None)
                return None
            heard = before is not None and before.what == what and before.by_mail
            owed = Owed(what=what, until=at + LEASE, by_mail=heard)
            runs.tell(transaction, now.id, owed.spelt())
            return news(now, deliveries.counts(transaction, now.id), doubts=what == _IN_DOUBT), owed

    @property
    def _tells(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._config.send.operator or self._config.send.notify)

    def _what(self, transaction: Transaction, run: Run) -> str:
        return what(run, doubts=run.state == "sending" and _has_doubts(transaction, run, self._clock()))

    def _tell(self, one: News, owed: Owed) -> bool:
        """Tell the command once, and the operator until a mail gets away; False when it did not."""
        if not owed.by_mail:
            self._notify(one)
        pause = self._mail(one) if self._config.send.operator else None
        if pause is None:
            self._failures.pop(one.run.id, None)
        becomes = replace(owed, by_mail=True, until=self._clock() + pause).spelt() if pause else owed.what
        with self._store.writing() as transaction:
            runs.hold(transaction, one.run.id)
            if runs.told(transaction)[one.run.id] == owed.spelt():
                runs.tell(transaction, one.run.id, becomes)
        return pause is None

    def _notify(self, one: News) -> None:
        """Run the command, if there is one. That it fails is said in the log, and hinders nobody."""
        if self._config.send.notify is None:
            return
        try:
            self._command(self._config.send.notify, json.dumps(one.as_data(), ensure_ascii=False))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            extra = {"event": "notify_failed", "run": one.run.id, "error": type(error).__name__}
            _LOG.error("The command of `notify` under [send] failed: %s.", type(error).__name__, extra=extra)

    def _mail(self, one: News) -> timedelta | None:
        """Mail the operator; return how long to leave it when the provider does not take it now."""
        at = self._clock()
        digest = hashlib.sha256(f"{one.run.token}/{one.line}/{at.isoformat()}".encode()).hexdigest()[:24]
        try:
            operator = reader_of(self._config.send.operator or "")
            message = compose(_memo(one), self._config, operator, delivery=digest, at=at)
            with closing(self._connect()) as provider:
                (answer,) = send([message], provider, token=lambda: f"memo-{digest}")
        except (ConfigError, ContentError, UsageError) as error:
            return self._not_now(one, error)
        return None if isinstance(answer.outcome, Accepted | InDoubt) else self._not_now(one, answer.outcome)

    def _not_now(self, one: News, trouble: object) -> timedelta:
        failures = self._failures[one.run.id] = self._failures.get(one.run.id, 0) + 1
        extra = {"event": "operator_not_mailed", "run": one.run.id, "error": type(trouble).__name__}
        said = trouble.sentence if isinstance(trouble, ConfigError) else type(trouble).__name__
        _LOG.error("The operator could not be mailed: %s", said, extra=extra)
        return retry.REFUSED.after(failures, self._chance())


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
        sender=f"Run {run.id}, pressed by {run.pressed_by} on {run.machine}. The program that sends it wrote this.",
    )
