"""Workers on many machines: the duties as tasks of procrastinate, on the PostgreSQL that all of them share.

Its messages are hints. What is to be done stands in the ledger, where a task that comes every few seconds finds it
again; a hint may be lost, come twice, or too late. So no task has a ``lock`` (whoever is killed while he holds one
would leave it held), and a hint whose worker died is put away and never tried again: by then another waits.

Each process has two lanes: in *runs* as many drains at a time as it has slots, in *care* all else, so that looking
after a run never waits for another to be sent. The tasks themselves run in threads; only the lanes are asynchronous.
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import product
from typing import Any, TypeVar

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from psycopg_pool import ConnectionPool

from newsletter.delivery import clocks, retry
from newsletter.delivery.clocks import WrongClock
from newsletter.delivery.mark import Restored
from newsletter.errors import ConfigError, StoreError
from newsletter.store import clock as server
from newsletter.store import hints
from newsletter.store.database import Store
from newsletter.worker.duties import tell_of
from newsletter.worker.roll import Roll
from newsletter.worker.slots import Open, Slots

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

RUNS, CARE = "runs", "care"
"""The lanes, which are queues of procrastinate."""

_TASKS_OF_CARE = 3
_AGAIN = "look_after:again"
_LATER = "later"
"""Instead of a slot: nobody's turn comes before the moment of that hint, so no others are left until then."""
_SOON, _BREATH = timedelta(seconds=1), timedelta(seconds=0.5)
_POLL = 1.0
"""Seconds after which a hint is found of which no notification came, or whose moment has come."""
_GLANCE = 0.1
"""Seconds from one look whether to stop to the next."""
_PATIENCE = 10.0
"""Seconds that a connection is waited for."""
_HASTE = 3.0
"""The same for a hint that saves some seconds."""
_LOUD = ("procrastinate", "psycopg.pool")
_KEPT = 1
"""Hours after which hints that are over are forgotten."""


class Member:
    """A worker among others: takes what hints call for, for as long as it may.

    ``open_`` puts together what it works with; ``heartbeat`` is how often it says that it lives, ``rescue`` after how
    long without hearing of one it takes another for dead. All is looked after every so many seconds (``often``, 1 to
    59), by whoever is first. It takes work as long as the ``roll`` says that it may.
    """

    def __init__(
        self,
        store: Store,
        open_: Open,
        *,
        slots: int,
        clock: Callable[[], datetime],
        roll: Roll,
        heartbeat: timedelta,
        rescue: timedelta,
        often: int = 5,
    ) -> None:
        """Nothing is opened yet."""
        _hush()
        self._store, self._open, self._count, self._clock, self._roll = store, open_, slots, clock, roll
        self._heartbeat, self._rescue_after = heartbeat.total_seconds(), rescue.total_seconds()
        self.app = App(connector=PsycopgConnector(**_pool(store), min_size=1, max_size=4))
        """What passes the hints on, with the tasks."""
        self.app.task(name="drain", queue=RUNS)(self._drain)
        for name, do in {"look_after": self._look_after, "notices": self._notices, "rescue": self._rescue}.items():
            self.app.periodic(cron=f"* * * * * */{often}")(  # the sixth field is that of the seconds
                self.app.task(name=name, queue=CARE)(do)
            )
        self._often, self._lanes = timedelta(seconds=often), ((RUNS, slots), (CARE, _TASKS_OF_CARE))
        self._halt = threading.Event()
        self._slots: Slots | None = None
        self._fatal: Exception | None = None
        self._why: str | None = None
        self._hurry = False
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; what is under way is waited for then.

        A database that is away, and whatever else keeps it from working for a while, is waited for. Raises: Restored;
        ConfigError.
        """
        asyncio.run(self._live(stop))
        if self._fatal:
            raise self._fatal

    # Whether to work.

    async def _live(self, stop: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(self._count + _TASKS_OF_CARE + 1, thread_name_prefix="task")
        loop.set_default_executor(threads)
        loop.set_exception_handler(_say_trouble)  # of a hint that was taken away while its task was done
        try:
            while not (stop.is_set() or self._fatal):
                if await asyncio.to_thread(self._may_work):
                    await self._work(stop)
                else:
                    await self._watch(stop, for_=self._heartbeat)
        finally:
            await asyncio.to_thread(self._leave)

    def _may_work(self) -> bool:
        """Whether work may be taken now; a change of that is told."""
        self._hurry, why = False, None
        try:
            clocks.refuse_apart(self._store, self._clock)
            hints.refuse_others(self._store)
            why = self._roll.report(self._slots.doing if self._slots else ())
            if why is None and self._slots is None:
                self._slots = Slots(self._store, self._open, self._count, clock=self._clock)
        except (Restored, ConfigError) as error:
            self._fatal, why = error, error.sentence
        except (StoreError, WrongClock) as error:
            why = f"{error.sentence} {error.hint}"
        self._tell(why)
        return why is None

    def _tell(self, why: str | None) -> None:
        """Log why no work is taken, when that is new; what differs in its numbers only is not."""
        new, self._why = _digitless(why) != _digitless(self._why), why
        if why and new and not self._fatal:
            _LOG.error("No work is taken: %s", why, extra={"event": "worker_waits"})
        if new and not why:
            _LOG.info("Work is taken again.", extra={"event": "worker_goes_on"})

    async def _watch(self, stop: threading.Event, for_: float) -> None:
        """Wait so many seconds, or until it is to end."""
        loop = asyncio.get_running_loop()
        until = loop.time() + for_
        while loop.time() < until and not (stop.is_set() or self._fatal or self._hurry):
            await asyncio.sleep(_GLANCE)

    async def _beat(self, stop: threading.Event) -> None:
        """Return when no more work may be taken."""
        while not (stop.is_set() or self._fatal):
            await self._watch(stop, for_=self._heartbeat)
            if not (stop.is_set() or self._fatal or await asyncio.to_thread(self._may_work)):
                return

    def _leave(self) -> None:
        with suppress(StoreError):
            if self._slots:
                self._slots.close()
        with suppress(StoreError):
            self._roll.leave()

    # The lanes.

    async def _work(self, stop: threading.Event) -> None:
        """Have both lanes go until no more work may be taken, or one of them ends by itself: hints cannot be had.

        It lives on, and says so, until what is under way is over.
        """
        self._halt, began = threading.Event(), time.monotonic()
        try:
            if self._slots:
                await asyncio.to_thread(self._slots.write_down)
            async with self.app.open_async():
                beat = asyncio.ensure_future(self._beat(stop))
                lanes = [asyncio.ensure_future(self._lane(*one)) for one in self._lanes]
                await asyncio.wait([beat, *lanes], return_when=asyncio.FIRST_COMPLETED)
                ours = beat.done()
                self._halt.set()
                for task in (beat, *lanes):
                    task.cancel()
                while (await asyncio.wait(lanes, timeout=self._heartbeat))[1]:
                    await asyncio.to_thread(self._may_work)
                ended = await asyncio.gather(beat, *lanes, return_exceptions=True)
        except Restored as error:
            self._fatal, ours, ended = error, True, []
        except Exception as error:  # whatever it is, the readers who wait must not wait for a new process
            ours, ended = False, [error]
        if not ours:
            _trouble("lane", next((one for one in ended if isinstance(one, Exception)), None))
            self._failures = self._failures + 1 if time.monotonic() - began < self._heartbeat else 1
            rest = retry.STORE.after(self._failures, chance=0).total_seconds()
            await self._watch(stop, for_=max(_POLL, min(rest, self._heartbeat)))

    async def _lane(self, queue: str, concurrency: int) -> None:
        await self.app.run_worker_async(
            queues=[queue],
            name=queue,
            concurrency=concurrency,
            fetch_job_polling_interval=_POLL,
            install_signal_handlers=False,
            delete_jobs="successful",
            update_heartbeat_interval=self._heartbeat,
            stalled_worker_timeout=self._rescue_after,
        )

    # The tasks.

    async def _drain(self, run: int, slot: int) -> None:
        after = await self._in_thread(lambda slots: slots.drain(run, self._halt))
        if after is None or self._halt.is_set():
            return
        lock = _lock(run, slot if after < _SOON else _LATER)
        if not await self._waits(lock):
            await self._leave_hint("drain", RUNS, lock, after=after, run=run, slot=slot)

    async def _look_after(self, timestamp: int = 0) -> None:
        looked = await self._in_thread(lambda slots: slots.look_after(self._halt))
        if looked is None or self._halt.is_set() or not (looked.sending or looked.after < self._often):
            return
        if looked.after < self._often and not await self._waits(_AGAIN):
            await self._leave_hint("look_after", CARE, _AGAIN, after=max(looked.after, _BREATH))
        waiting = {job.queueing_lock for job in await self.app.job_manager.list_jobs_async(queue=RUNS, status="todo")}
        for run, slot in product(looked.sending, range(looked.slots)):
            if not waiting & {_lock(run, slot), _lock(run, _LATER)}:
                await self._leave_hint("drain", RUNS, _lock(run, slot), run=run, slot=slot)

    async def _notices(self, timestamp: int = 0) -> None:
        await self._in_thread(lambda slots: slots.notices(self._halt))

    async def _rescue(self, timestamp: int = 0) -> None:
        """Put away what a dead worker has left; whoever else does so at the same time is no trouble."""
        manager = self.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._rescue_after):
            with suppress(ConnectorException):
                await manager.finish_job(job, Status.FAILED, delete_job=False)
        await manager.prune_stalled_workers(self._rescue_after)
        await manager.delete_old_jobs(nb_hours=_KEPT, include_failed=True, include_cancelled=True, include_aborted=True)

    async def _waits(self, lock: str) -> bool:
        """Whether such a hint waits: the server's log would hold an error for each that is refused by its lock."""
        return bool(await self.app.job_manager.list_jobs_async(queueing_lock=lock, status="todo"))

    async def _leave_hint(
        self, task: str, queue: str, lock: str, *, after: timedelta = timedelta(0), **arguments: int
    ) -> None:
        """Leave a hint for somebody; where one waits already, or none can be left, that is all right."""
        with suppress(ConnectorException, AlreadyEnqueued, StoreError):
            at = await asyncio.to_thread(self._moment, after) if after > timedelta(0) else None
            hint = self.app.configure_task(task, queue=queue, queueing_lock=lock, schedule_at=at)
            await hint.defer_async(**arguments)

    def _moment(self, after: timedelta) -> datetime | None:
        """The server's, who gives the hint out: by a clock that is behind it would come at once, again and again."""
        with self._store.reading() as transaction:
            at = server.now(transaction)
        return at and at + after

    async def _in_thread(self, do: Callable[[Slots], _T]) -> _T | None:
        """Do something in a thread; what goes wrong is told here, in words that name nobody."""
        if self._slots is None or not self._roll.stands:
            self._hurry = True  # it slept for so long that others took it for dead
            return None
        try:
            return await asyncio.to_thread(do, self._slots)
        except Restored as error:
            self._fatal = error
        except WrongClock:
            self._hurry = True
        except Exception as error:
            tell_of(error)
        return None


class _Hushed(logging.Handler):
    """Says in our words that procrastinate has trouble: its own name hosts, and whatever stands in an error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the kind of trouble, and nothing of its text."""
        _trouble(getattr(record, "action", record.name), record.exc_info[1] if record.exc_info else None)


def _say_trouble(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    _trouble("task", context.get("exception"))


def _trouble(what: str, error: BaseException | None) -> None:
    kind = type(error).__name__ if error else "unknown"
    extra = {"event": "hints_trouble", "what": what, "kind": kind}
    _LOG.warning("What passes hints on has trouble.", extra=extra)


def _hush() -> None:
    for name in _LOUD:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [_Hushed(logging.WARNING)], False
        logger.setLevel(logging.WARNING)


def nudge(store: Store) -> None:
    """Have some worker look after everything at once; where that cannot be, one does so within seconds anyhow."""
    _hush()
    app = App(connector=SyncPsycopgConnector())
    pool = ConnectionPool(**{**_pool(store), "timeout": _HASTE}, min_size=1, max_size=1, open=False)
    with suppress(ConnectorException), pool, app.open(pool):
        app.configure_task("look_after", queue=CARE).defer()


def _pool(store: Store) -> Mapping[str, Any]:
    return {"kwargs": dict(hints.connection(store)), "timeout": _PATIENCE}


def _digitless(text: str | None) -> str:
    return re.sub(r"[0-9]+", "", text or "")


def _lock(run: int, slot: int | str) -> str:
    """What at most one waiting hint has: more of them would call for the same thing."""
    return f"drain:{run}:{slot}"
