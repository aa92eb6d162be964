"""The one who sends from a SQLite file: a lock beside it, held from the first claim to the last answer.

The system lets go of it with the process that holds it, however that ends; so whoever gets it knows that nobody else
sends, and that what lies open in the ledger was left by a predecessor. PostgreSQL needs none: there many send at once.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from newsletter.errors import StoreError

_TRIES, _BREATH = 3, 0.1
"""Whoever only asks who sends has the lock for an instant; that is no sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who sends: the process, the machine it runs on, the command it is, and since when (ISO 8601, UTC)."""

    pid: int
    machine: str
    command: str
    since: str


class Busy(StoreError):
    """Somebody else sends from this file. ``holder`` is None when he has not said yet who he is."""

    def __init__(self, file: Path, holder: Holder | None) -> None:
        who = (
            f"`newsletter {holder.command}` (process {holder.pid} on {holder.machine}, since {holder.since})"
            if holder
            else "Another process"
        )
        super().__init__(
            f"{who} sends from {file} already, and a SQLite file has one sender.",
            "Let it finish, or stop it; `newsletter runs show` tells how far it is.",
        )
        self.holder = holder


class Claimer:
    """The lock of one database file."""

    def __init__(self, database: Path) -> None:
        """Nothing is opened yet; the lock is a file of its own beside ``database``, whatever links lead to that."""
        self._database = database
        real = database.resolve()
        self._file = real.with_name(f"{real.name}-sender")

    @contextmanager
    def hold(self, command: str, *, at: datetime) -> Iterator[None]:
        """Hold the lock for a command (``send``, ``worker``). Raises: Busy."""
        descriptor = os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if not _lock_soon(descriptor):
                raise Busy(self._database, _read(descriptor))
            _write(descriptor, command, at)
            yield
            os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def who(self) -> Holder | None:
        """Return who sends at the moment, None when nobody does."""
        try:
            descriptor = os.open(self._file, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            return None if _lock(descriptor, fcntl.LOCK_SH) else _read(descriptor)
        finally:
            os.close(descriptor)


def _lock_soon(descriptor: int) -> bool:
    for _ in range(_TRIES):
        if _lock(descriptor, fcntl.LOCK_EX):
            return True
        time.sleep(_BREATH)
    return False


def _lock(descriptor: int, kind: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        return True
    return False


def _write(descriptor: int, command: str, at: datetime) -> None:
    holder = Holder(pid=os.getpid(), machine=socket.gethostname(), command=command, since=f"{at:%Y-%m-%dT%H:%M:%SZ}")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)


def _read(descriptor: int) -> Holder | None:
    with suppress(ValueError, TypeError):
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    return None
