"""What sends: the worker, put together for whoever runs it, and lent to whoever follows a run of his own."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.app.at_hand import now
from newsletter.app.way_out import applying, provider
from newsletter.config import Config

if TYPE_CHECKING:
    from newsletter.delivery.engine import Engine
    from newsletter.delivery.mark import Mark
    from newsletter.delivery.notices.courier import Courier
    from newsletter.links import Key
    from newsletter.send.following import Hand
    from newsletter.store.database import Store
    from newsletter.worker import Worker


@contextmanager
def working(config: Config, store: "Store", command: str, *, notices: bool) -> Iterator["Worker"]:
    """Put together what sends from a store, for a command (``send``, ``worker``), and let go of it at the end.

    What is under way is waited for then. ``notices`` says whether it mails them too. Raises: Busy when somebody else
    sends from the same file; Restored when the database is older than what was sent from it; ConfigError.
    """
    from newsletter import worker
    from newsletter.delivery.alert import Alerts
    from newsletter.delivery.settle import Settler
    from newsletter.delivery.stages import Stages
    from newsletter.links import verifying_keys

    keys, connect = verifying_keys(config), partial(provider, config)
    with alone(store, command), _engine(config, store, keys) as engine, ExitStack() as opened:
        parts = worker.Parts(
            engine=engine,
            settler=opened.enter_context(closing(Settler(store, connect, config, keys, clock=now))),
            stages=Stages(store, connect, config, keys, clock=now),
            alerts=Alerts(store, connect, config, clock=now),
            apply=applying(config, store, clock=now, within=worker.SLICE),
            courier=_courier(config, store, opened) if notices else None,
        )
        yield worker.Worker(parts, clock=now)


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
    from newsletter.store import attempts

    with closing(_mark(config, store)) as mark:
        sent = mark.number  # read first: another process may be making more of them right now
        with store.reading() as transaction:
            mark.refuse_older(attempts.highest(transaction), sent)


def sends(store: "Store") -> bool | None:
    """Whether somebody sends from a store just now; None where that cannot be known."""
    from newsletter.delivery.claimer import Claimer

    return None if store.file is None else Claimer(store.file).who() is not None


def alone(store: "Store", command: str) -> AbstractContextManager[None]:
    """The right to send from a file, which one command has at a time. Raises: Busy, as soon as it is entered."""
    from newsletter.delivery.claimer import Claimer

    return Claimer(store.file).hold(command, at=now()) if store.file else nullcontext()


@contextmanager
def _engine(config: Config, store: "Store", keys: "tuple[Key, ...]") -> Iterator["Engine"]:
    """An engine that has taken over what a predecessor left. Raises: Restored; WrongClock."""
    from newsletter.delivery import clocks
    from newsletter.delivery.engine import Engine
    from newsletter.delivery.timing import Timing

    clocks.refuse_apart(store, now)
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


def settle(config: Config, store: "Store", run: int) -> None:
    """Find out now what can be found out about the doubts of a run: from what was told, and by asking.

    Raises: Busy when somebody else sends from the same file, who does so himself; Restored; ConfigError; StoreError.
    """
    from newsletter.delivery.settle import Settler
    from newsletter.links import verifying_keys

    keys, connect = verifying_keys(config), partial(provider, config)
    with (
        alone(store, "runs settle"),
        _engine(config, store, keys),
        closing(Settler(store, connect, config, keys, clock=now)) as settler,
    ):
        applying(config, store, clock=now)()
        while (due := settler.settle(threading.Event(), run)) and due <= now():
            pass


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
