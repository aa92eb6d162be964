"""Senders in processes of their own, so that they can be killed: a nursery that has loaded all, and forks one a line.

Its standard input is JSON, a line a sender; it answers with the process's number. A sender works until its runs are
over; what it has to say at its end stands in the file ``<folder>/<pid>.said``: *done*, or an error; what it logs, in
``<pid>.log``.
Its clock is that of `faster`. ``pages`` names a file that says how large its database may become.

With ``freezes`` it stops itself, once, between an intent and its first byte. With ``retries_doubts`` it makes the
mistake that all of this is about: what is in doubt it takes for what never left.
"""

import json
import logging
import os
import signal
import sqlite3
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from faster import Clock
from pressed import SECRET
from sqlalchemy import event
from truthful import PATIENCE, Truthful

from newsletter import config as configuration
from newsletter.config import Config
from newsletter.delivery.alert import Alerts
from newsletter.delivery.claimer import Claimer
from newsletter.delivery.engine import Engine
from newsletter.delivery.events import Applied
from newsletter.delivery.mark import Mark
from newsletter.delivery.settle import Settler
from newsletter.delivery.stages import Stages
from newsletter.delivery.timing import Timing
from newsletter.errors import NewsletterError
from newsletter.links import verifying_keys
from newsletter.model.mail import Message
from newsletter.providers._base import Capabilities, Guard, InDoubt, Login, NotSent, Outcome, Provider, Trace
from newsletter.providers.resend import Resend
from newsletter.providers.resend import Settings as ResendSettings
from newsletter.store import attempts, identity, runs
from newsletter.store.database import Store
from newsletter.worker import Parts, Worker

Json = dict[str, Any]


class Fated:
    """A provider before whose first byte the process stops."""

    def __init__(self, inner: Provider, told: Json) -> None:
        self.inner, self.told = inner, told

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]  # of this one, not of the class
        return self.inner.capabilities

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        if self.told.pop("freezes", None):
            Path(self.told["folder"], f"{os.getpid()}.frozen").touch()
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # this thread takes not one step more
        try:
            return self.inner.send(attempt, messages, guard)
        except InDoubt:
            if "retries_doubts" in self.told:
                raise NotSent("a mistake: it is taken for one that never left") from None
            raise

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        return self.inner.look_up(attempt, messages)

    def verify(self) -> Login:
        return self.inner.verify()

    def close(self) -> None:
        self.inner.close()


def connect(told: Json, clock: Clock) -> Provider:
    """Connect the provider that a sender is told of."""
    if told["kind"] == "resend":
        settings = ResendSettings.model_validate({"key": "re_proef", "url": told["at"], "timeout": PATIENCE})
        return Fated(Resend(settings, clock=clock), told)
    return Fated(Truthful(told["at"], told["kind"], clock=clock, speed=clock.speed), told)


def work(told: Json) -> None:
    """Send until nothing is left to do. Raises: Busy; Restored."""
    clock = Clock(told["epoch"], told["speed"], Path(told["folder"], "clock"))
    folder, database = Path(told["folder"]), told["database"]
    config = configuration.load(folder, {"NEWSLETTER_SECRET": SECRET})
    with closing(Store(database if "://" in database else Path(database))) as store:
        if "pages" in told:
            _bound(store, Path(told["pages"]))
        alone = Claimer(store.file).hold("send", at=clock()) if store.file else nullcontext()
        with alone, closing(_mark(store, folder)) as mark:
            _send(store, config, mark, clock, told)


def _bound(store: Store, file: Path) -> None:
    """Let a SQLite database have no more pages than a file says at the time."""

    def bound(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {int(file.read_text())}")

    event.listen(store.engine, "checkout", bound)


def _mark(store: Store, folder: Path) -> Mark:
    with store.writing() as transaction:
        name = identity.of(transaction)
    return Mark(folder / "state", name)


def _send(store: Store, config: Config, mark: Mark, clock: Clock, told: Json) -> None:
    timing = Timing(clock=clock, wait=clock.wait, chance=Random(os.getpid()).random)
    both: Json = {"clock": clock, "chance": timing.chance}
    given = (store, partial(connect, told, clock), config, verifying_keys(config))
    with (
        closing(Engine(*given, mark=mark, timing=timing)) as engine,
        closing(Settler(*given, **both, ticks=clock.ticks)) as settler,
    ):
        (engine.adopt if store.file else engine.refuse_restored)()
        stages, alerts = Stages(*given, **both), Alerts(store, given[1], config, **both)
        nothing = Applied(calls=0, more=False)
        parts = Parts(engine=engine, settler=settler, stages=stages, alerts=alerts, apply=lambda: nothing)
        settles = told["kind"] != "plain"
        Worker(parts, wait=clock.wait, **both).run(threading.Event(), until=lambda: _is_over(store, settles=settles))


def _is_over(store: Store, *, settles: bool) -> bool:
    """Whether no run goes on, and no doubt is left about which anything can be done."""
    with store.reading() as transaction:
        return not runs.going(transaction) and not (settles and attempts.doubts(transaction))


def nurse() -> None:
    """Start a sender a line, and tell of those that were started; until nobody asks any more."""
    ended: dict[int, int] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        pid = asked.get("pid", asked.get("ended", 0))
        if pid and pid not in ended:
            which, status = os.waitpid(pid, os.WNOHANG)
            ended |= {pid: os.waitstatus_to_exitcode(status)} if which else {}
        said: object = ended.get(pid)
        if "start" in asked:
            said = _fork(asked["start"])
        elif "signal" in asked and pid not in ended:
            os.kill(pid, asked["signal"])
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _fork(told: Json) -> int:
    if pid := os.fork():
        return pid
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    said, code = "done", 0
    logging.basicConfig(filename=Path(told["folder"], f"{os.getpid()}.log"), format="%(event)s %(message)s")
    try:
        work(told)
    except NewsletterError as error:
        said, code = f"{type(error).__name__}: {error}", error.exit_code
    except BaseException:
        said, code = traceback.format_exc(), 1
    Path(told["folder"], f"{os.getpid()}.said").write_text(said, "utf-8")
    os._exit(code)
