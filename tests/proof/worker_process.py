"""A worker among others in a process of its own: that of ``newsletter worker`` on PostgreSQL, with shorter times.

Within the ledger goes the clock of `faster`, so that minutes pass in seconds; the workers know of each other by the
world's. Both are as wrong as the file ``<folder>/<pid>.clock`` says (seconds), and ``wrong`` at the beginning. It works
until it is told to end, by SIGTERM.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from faster import MIDNIGHT, Clock
from pressed import SECRET
from sender_process import marked, parted

from newsletter import config as configuration
from newsletter.config import Config
from newsletter.delivery.engine import worker_name
from newsletter.store.database import Store
from newsletter.worker import Duties, Parts
from newsletter.worker.roll import Roll
from newsletter.worker.sameness import Sameness
from newsletter.worker.tasks import Member

Json = dict[str, Any]

HEARTBEAT, RESCUE = timedelta(seconds=0.3), timedelta(seconds=1)


class Sped(Duties):
    """Duties that go by a fast clock, for a caller who goes by the world's."""

    def __init__(self, parts: Parts, fast: Clock, world: Clock) -> None:
        super().__init__(parts, clock=world)
        self.inner, self.fast = Duties(parts, clock=fast), fast

    def drain(self, stop: threading.Event, run: int | None = None) -> datetime:
        return self._in_the_world(self.inner.drain(stop, run))

    def look_after(self, stop: threading.Event) -> datetime:
        return self._in_the_world(self.inner.look_after(stop))

    def _in_the_world(self, look: datetime) -> datetime:
        return self.clock() + (look - self.fast()) / self.fast.speed


def work(told: Json) -> None:
    """Work until told to end. Raises: Restored; ConfigError."""
    stop, folder = threading.Event(), Path(told["folder"])
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    own = folder / f"{os.getpid()}.clock"
    own.write_text(str(told.get("wrong", 0)))
    fast, world = Clock(told["epoch"], told["speed"], own), Clock(MIDNIGHT.timestamp(), 1, own)
    config = configuration.load(folder, {"NEWSLETTER_SECRET": SECRET})
    with closing(Store(told["database"])) as store:
        roll = Roll(store, Sameness.of(config), name=worker_name(), slots=1, rescue=RESCUE)
        open_ = partial(_opened, store, config, told, fast, world)
        Member(store, open_, slots=1, clock=world, roll=roll, heartbeat=HEARTBEAT, rescue=RESCUE, often=1).run(stop)


@contextmanager
def _opened(store: Store, config: Config, told: Json, fast: Clock, world: Clock, _courier: bool) -> Iterator[Sped]:
    with closing(marked(store, Path(told["folder"]))) as mark, parted(store, config, mark, fast, told) as parts:
        yield Sped(parts, fast, world)
