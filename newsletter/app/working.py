"""What sends: the worker, put together for whoever runs it, and lent to whoever follows a run of his own."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app.at_hand import now
from newsletter.app.way_out import applying, provider
from newsletter.config import Config
from newsletter.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from newsletter.delivery.claimer import Busy
    from newsletter.delivery.engine import Engine
    from newsletter.delivery.mark import Mark
    from newsletter.delivery.notices.courier import Courier
    from newsletter.links import Key
    from newsletter.send.following import Hand
    from newsletter.store.database import Store
    from newsletter.worker import Duties, Worker
    from newsletter.worker.tasks import Member

    Wait = Callable[[Busy], object]
    """Waits a while for whoever sends, and says whether that is to be all."""


@contextmanager
def working(
    config: Config, store: "Store", command: str, *, notices: bool, wait: "Wait | None" = None
) -> Iterator["Worker"]:
    """Put together what sends from a store, for a command (``send``, ``worker``), and let go of it at the end.

    What is under way is waited for then. ``notices`` says whether it mails them too; ``wait`` is as for `alone`.
    Raises: Busy when somebody else sends from the same file; Restored when the database is older than what was sent
    from it; ConfigError.
    """
    from newsletter import worker
    from newsletter.delivery import clocks

    clocks.refuse_apart(store, now)
    with alone(store, command, wait=wait), duties(config, store, notices) as found:
        yield worker.Worker(found.parts, clock=now)


@contextmanager
def duties(config: Config, store: "Store", notices: bool) -> Iterator["Duties"]:
    """Put together what there is to do for a store, and who does it; they are let go of at the end.

    Raises: Restored; ConfigError.
    """
    from newsletter import worker
    from newsletter.delivery.alert import Alerts
    from newsletter.delivery.settle import Settler
    from newsletter.delivery.stages import Stages
    from newsletter.links import verifying_keys

    keys, connect = verifying_keys(config), partial(provider, config)
    with _engine(config, store, keys) as engine, ExitStack() as opened:
        parts = worker.Parts(
            engine=engine,
            settler=opened.enter_context(closing(Settler(store, connect, config, keys, clock=now))),
            stages=Stages(store, connect, config, keys, clock=now),
            alerts=Alerts(store, connect, config, clock=now),
            apply=applying(config, store, clock=now, within=worker.SLICE),
            courier=_courier(config, store, opened) if notices else None,
        )
        yield worker.Duties(parts, clock=now)


def member(config: Config, store: "Store", slots: int) -> "Member":
    """A worker among others on a PostgreSQL, with so many slots. Raises: ConfigError; StoreError."""
    from newsletter.delivery.engine import worker_name
    from newsletter.store import hints
    from newsletter.store.database import EXTRA
    from newsletter.worker.roll import Roll
    from newsletter.worker.sameness import Sameness

    try:
        from newsletter.worker.tasks import Member
    except ModuleNotFoundError:
        raise ConfigError("Workers on PostgreSQL need procrastinate, which is not installed.", EXTRA) from None
    hints.refuse_others(store)
    times = config.worker
    roll = Roll(store, Sameness.of(config), name=worker_name(), slots=slots, rescue=times.rescue)
    open_ = partial(duties, config, store)
    return Member(store, open_, slots=slots, clock=now, roll=roll, heartbeat=times.heartbeat, rescue=times.rescue)


def hand(config: Config, store: "Store", until: Callable[[], bool]) -> "Hand":
    """What takes the runs of a store further for as long as ``until`` says no, in a thread of its own.

    Where somebody else was quicker to begin it leaves it to him.
    """
    from newsletter.delivery.claimer import Busy
    from newsletter.send.following import Hand

    def work(stop: threading.Event) -> None:
        with suppress(Busy), working(config, store, "send", notices=False) as worker:
            worker.run(stop, until)

    return Hand(work)


def refuse_restored(config: Config, store: "Store") -> None:
    """Raises: Restored when this machine has sent more from a database than that knows of."""
    with closing(_mark(config, store)) as mark:
        mark.refuse_restored(store)


def sends(store: "Store") -> bool:
    """Whether somebody sends from a store just now: on PostgreSQL, whether a worker lives that takes work."""
    from newsletter.delivery.claimer import Claimer
    from newsletter.store import workers

    if store.file:
        return Claimer(store.file).who() is not None
    with store.reading() as transaction:
        return any(not one.waits for one in workers.living(transaction))


def nudge(store: "Store") -> None:
    """Have a worker look after everything at once, where one lives elsewhere; without it, one does within seconds."""
    if store.file is None:
        with suppress(ModuleNotFoundError):
            from newsletter.worker import tasks

            tasks.nudge(store)


@contextmanager
def alone(store: "Store", command: str, *, wait: "Wait | None" = None) -> Iterator[None]:
    """Have the right to send from a file, which one command has at a time; a server needs none.

    Whoever has it is waited for, as long as there is a ``wait`` and that does not say that it is to be all. Raises:
    Busy.
    """
    from newsletter.delivery.claimer import Busy, Claimer

    with ExitStack() as held:
        while store.file:
            try:
                held.enter_context(Claimer(store.file).hold(command, at=now()))
                break
            except Busy as busy:
                if wait is None or wait(busy):
                    raise
        yield


@contextmanager
def _engine(config: Config, store: "Store", keys: "tuple[Key, ...]") -> Iterator["Engine"]:
    """An engine that has taken over what a predecessor left. Raises: Restored."""
    from newsletter.delivery.engine import Engine
    from newsletter.delivery.timing import Timing

    with closing(_mark(config, store)) as mark:
        engine = Engine(store, partial(provider, config), config, keys, mark=mark, timing=Timing(clock=now))
        with closing(engine):
            if store.file:
                engine.adopt()
            else:
                engine.refuse_restored()
            yield engine


def _mark(config: Config, store: "Store") -> "Mark":
    """The file outside the database that knows how many requests left this machine."""
    from newsletter.delivery.mark import STATE, Mark, folder
    from newsletter.store import identity

    with store.reading() as transaction:
        name = identity.of(transaction)
    named = config.secrets.of(STATE)
    environment = {**os.environ, **({STATE: named.get_secret_value()} if named else {})}
    return Mark(folder(environment, Path.home()), name)


def _courier(config: Config, store: "Store", opened: ExitStack) -> "Courier":
    """What mails notices, with a connection of its own."""
    from newsletter import readership
    from newsletter.delivery.notices.courier import Courier

    connected = opened.enter_context(closing(provider(config)))
    return Courier(store, connected, config, clock=now, draw=readership.draw)


def settle(config: Config, store: "Store", run: int, *, wait: Callable[[datetime], object] | None = None) -> None:
    """Find out what can be found out about the doubts of a run now, from what was told and by asking.

    With ``wait`` it goes on until nothing more can be: that waits until a moment (aware UTC), or not even so long, and
    says whether that is to be all. Raises: UsageError when there is nothing to wait for; Busy when somebody else sends
    from the same file, who does so himself; Restored; ConfigError; StoreError.
    """
    from newsletter.delivery import clocks
    from newsletter.delivery.settle import Settler
    from newsletter.links import verifying_keys

    keys, connect = verifying_keys(config), partial(provider, config)
    clocks.refuse_apart(store, now)
    with (
        alone(store, "runs settle"),
        _engine(config, store, keys),
        closing(Settler(store, connect, config, keys, clock=now)) as settler,
    ):
        if wait and not settler.can_ask:
            raise UsageError(
                f"{config.send.provider} cannot be asked what became of a mail, so there is nothing to wait for.",
                "Leave out --wait: what its events told is applied all the same.",
            )
        apply, stop = applying(config, store, clock=now), threading.Event()
        apply()
        while due := settler.settle(stop, run):
            if due > now():
                if wait is None or wait(due):
                    break
                apply()


def give_up_lost(config: Config, store: "Store") -> None:
    """Put in doubt what was left under way by senders who are no more, as far as that is known.

    Where somebody else sends from the same file it is his to do. Raises: Restored; ConfigError; StoreError.
    """
    from newsletter.delivery.claimer import Busy
    from newsletter.store import attempts

    with suppress(Busy), alone(store, "runs settle"):
        refuse_restored(config, store)
        with store.writing() as transaction:
            if store.file:
                attempts.adopt(transaction, at=now())
            else:
                attempts.overdue(transaction, at=now())


def requests_made(config: Config, store: "Store") -> int:
    """The highest number of a request that this machine has made from a store, 0 before the first."""
    with closing(_mark(config, store)) as mark:
        return mark.number
