"""A sender in a process of its own, so that it can be killed: it works until its runs are over.

Its clock is that of `faster`. ``pages`` names a file that says how large its database may become; ``batch`` is of how
many readers a request is at most, where the provider would take more.

With ``freezes`` it stops itself, once, between an intent and its first byte. With ``retries_doubts`` it makes the
mistake that all of this is about: what is in doubt it takes for what never left.
"""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from faster import Clock
from pressed import SECRET
from sqlalchemy import event
from truthful import Truthful

from newsletter import config as configuration
from newsletter.config import Config
from newsletter.delivery.alert import Alerts
from newsletter.delivery.claimer import Claimer
from newsletter.delivery.engine import PACE, Engine
from newsletter.delivery.events import Applied
from newsletter.delivery.mark import Mark
from newsletter.delivery.settle import Settler
from newsletter.delivery.stages import Stages
from newsletter.delivery.timing import Timing
from newsletter.links import verifying_keys
from newsletter.model.mail import Message
from newsletter.providers._base import Capabilities, Guard, InDoubt, Login, NotSent, Outcome, Provider, Trace
from newsletter.providers.mailgun import Mailgun
from newsletter.providers.mailgun import Settings as MailgunSettings
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
        own = self.inner.capabilities
        return replace(own, batch_messages=self.told.get("batch", own.batch_messages))

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
    """Connect the provider that a sender is told of, for whose answers he waits as long as he is told."""
    patience = told["patience"]
    if told["kind"] == "resend":
        settings = ResendSettings.model_validate({"key": "re_proef", "url": told["at"], "timeout": patience})
        return Fated(Resend(settings, clock=clock), told)
    if told["kind"] == "mailgun":
        account = {"key": "key-proef", "domain": "mg.example.nl", "url": told["at"], "timeout": patience}
        return Fated(Mailgun(MailgunSettings.model_validate(account), clock=clock), told)
    return Fated(Truthful(told["at"], told["kind"], clock=clock, speed=clock.speed, patience=patience), told)


def work(told: Json) -> None:
    """Send until nothing is left to do. Raises: Busy; Restored."""
    clock = Clock(told["epoch"], told["speed"], Path(told["folder"], "clock"))
    folder, database = Path(told["folder"]), told["database"]
    config = configuration.load(folder, {"NEWSLETTER_SECRET": SECRET})
    with closing(Store(database if "://" in database else Path(database))) as store:
        if "pages" in told:
            _bound(store, Path(told["pages"]))
        alone = Claimer(store.file).hold("send", at=clock()) if store.file else nullcontext()
        with alone, closing(marked(store, folder)) as mark:
            _send(store, config, mark, clock, told)


def _bound(store: Store, file: Path) -> None:
    """Let a SQLite database have no more pages than a file says at the time."""

    def bound(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {int(file.read_text())}")

    event.listen(store.engine, "checkout", bound)


def marked(store: Store, folder: Path) -> Mark:
    with store.writing() as transaction:
        name = identity.of(transaction)
    return Mark(folder / "state", name)


def _send(store: Store, config: Config, mark: Mark, clock: Clock, told: Json) -> None:
    with parted(store, config, mark, clock, told) as parts:
        worker = Worker(parts, clock=clock, chance=Random(os.getpid()).random, wait=clock.wait)
        worker.run(threading.Event(), until=lambda: is_over(store, settles=told["settles"]))


@contextmanager
def parted(store: Store, config: Config, mark: Mark, clock: Clock, told: Json) -> Iterator[Parts]:
    """Those who do the work, by a fast clock."""
    timing = Timing(clock=clock, wait=clock.wait, chance=Random(os.getpid()).random)
    both: Json = {"clock": clock, "chance": timing.chance}
    given = (store, partial(connect, told, clock), config, verifying_keys(config))
    pace = replace(PACE, slice=PACE.slice * clock.speed)  # what is asked takes as long as in the world
    with (
        closing(Engine(*given, mark=mark, timing=timing)) as engine,
        closing(Settler(*given, **both, ticks=clock.ticks, pace=pace)) as settler,
    ):
        (engine.adopt if store.file else engine.refuse_restored)()
        stages, alerts = Stages(*given, **both), Alerts(store, given[1], config, **both)
        nothing = Applied(calls=0, more=False)
        yield Parts(engine=engine, settler=settler, stages=stages, alerts=alerts, apply=lambda: nothing)


def is_over(store: Store, *, settles: bool) -> bool:
    """Whether no run goes on, and no doubt is left about which anything can be done."""
    with store.reading() as transaction:
        return not runs.going(transaction) and not (settles and attempts.doubts(transaction))
