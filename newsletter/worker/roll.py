"""A worker among others: it says that it lives, and learns from those who live longer whether it may take work.

Who entered first is right. A program of another version waits until that one has ended, and so does who lacks pictures
that are in the mails. Who is set up otherwise ends, as soon as the other has been heard of again: one that died a
moment ago must not keep its successor, set up anew, from beginning. One that was silent for so long that others took it
for dead has lost its place, and enters anew as the last.
"""

import os
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from newsletter.errors import ConfigError
from newsletter.store import editions, workers
from newsletter.store.database import Store, Transaction
from newsletter.store.workers import Entered, Worker
from newsletter.worker.sameness import Sameness, unlike


class Differs(ConfigError):
    """This worker is set up otherwise than one that lives longer, so it must not work beside it."""

    def __init__(self, other: Entered, what: str, names: Iterable[str]) -> None:
        super().__init__(
            f"The {what} here and on {_spelt(other)} are not the same: {', '.join(names)}.",
            "Make them so on all machines, end the workers, and start them again.",
        )


def steady() -> float:
    """Seconds by a clock that nobody sets, and that goes on while a machine sleeps, where the system has one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Roll:
    """The place of this process in the roll. ``stands`` may be asked by any thread, all else is for one."""

    def __init__(
        self,
        store: Store,
        same: Sameness,
        *,
        name: str,
        slots: int,
        rescue: timedelta,
        ticks: Callable[[], float] = steady,
    ) -> None:
        """Nothing is written yet. Who is not heard of for ``rescue`` counts as dead."""
        self._store, self._same, self._rescue, self._ticks = store, same, rescue, ticks
        self._me = Worker(
            name=name,
            machine=socket.gethostname(),
            pid=os.getpid(),
            version=same.version,
            slots=slots,
            tables=same.tables,
            secrets=same.secrets,
        )
        self.name = name
        self._number: int | None = None
        self._until = 0.0

    @property
    def stands(self) -> bool:
        """Whether the last report allowed work, and nobody can have taken this worker for dead since."""
        return self._ticks() < self._until

    def report(self, doing: Sequence[str]) -> str | None:
        """Say what is being done; None when work may be taken, else a sentence why it has to wait.

        The first report enters. Raises: Differs, and then it has left; StoreError.
        """
        began = self._ticks()
        differs, why = self._judge(doing)
        self._until = 0.0 if differs or why else began + self._rescue.total_seconds()
        if differs:
            self._number = None
            raise differs
        return why or None

    def leave(self) -> None:
        """Live no more. Raises: StoreError."""
        self._until = 0.0
        if self._number is not None:
            with self._store.writing() as transaction:
                workers.leave(transaction, self._number)
            self._number = None

    def _judge(self, doing: Sequence[str]) -> tuple[Differs | None, str]:
        """Write down that we live and whether we wait, or that we do not, as who lives longer has it."""
        with self._store.reading() as transaction:
            lacking = self._same.lacks(editions.pictures_under_way(transaction))
        with self._store.writing() as transaction:
            at = workers.alone(transaction)
            number, since, elders = self._place(transaction, at)
            unlike_us = [(one, found) for one in elders if (found := self._differs(one))]
            differs = next((found for one, found in unlike_us if one.seen > since), None)
            other = unlike_us[0][1].sentence if unlike_us else self._other_version(elders)
            why = other or self._lacks(lacking)
            if differs:
                workers.leave(transaction, number)
            else:
                workers.report(transaction, number, at=at, rescue=self._rescue, doing=doing, waits=why)
        self._number = number
        return differs, why

    def _place(self, transaction: Transaction, at: datetime) -> tuple[int, datetime, tuple[Entered, ...]]:
        """Our number, since when, and those who live longer; a new one when we have none, or were taken for dead."""
        alive = workers.living(transaction)
        ours = next((one for one in alive if one.id == self._number), None)
        if ours:
            return ours.id, ours.since, tuple(one for one in alive if one.id < ours.id)
        if self._number is not None:
            workers.leave(transaction, self._number)
        return workers.enter(transaction, self._me, at=at, rescue=self._rescue), at, alive

    def _differs(self, one: Entered) -> Differs | None:
        """Only what the same program reads can be compared: another may know other keys."""
        if one.version != self._me.version:
            return None
        if names := unlike(self._me.secrets, one.secrets):
            return Differs(one, "secrets", names)
        names = unlike(self._me.tables, one.tables)
        return Differs(one, "tables of newsletter.toml", (f"[{name}]" for name in names)) if names else None

    def _other_version(self, elders: Iterable[Entered]) -> str:
        for one in elders:
            if one.version != self._me.version:
                return (
                    f"Newsletter {one.version} is at work on {_spelt(one)}, and this is {self._me.version}, which "
                    "begins when that one has ended."
                )
        return ""

    def _lacks(self, pictures: Sequence[str]) -> str:
        if not pictures:
            return ""
        return (
            f"Pictures in the mails of runs are not in {self._same.folder}: {len(pictures):,}, such as {pictures[0]}. "
            "Share that folder, or copy them from the machine on which `newsletter send` was typed."
        )


def _spelt(one: Entered) -> str:
    return f"{one.machine} (process {one.pid}, since {one.since:%Y-%m-%d %H:%M} UTC)"
