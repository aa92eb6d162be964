"""How much memory a send takes: ten thousand readers and a million. Goal: at most 300 MB, and no more for more readers.

Each is planned, checked and sent in a process of its own, on SQLite, to a provider that takes 500 readers a request and
keeps nothing.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import ClassVar

from benchmarks._sample import sample
from benchmarks._stores import AT, configured, press, put, settle
from newsletter.delivery import plan
from newsletter.delivery.engine import Engine
from newsletter.delivery.mark import Mark
from newsletter.delivery.timing import Timing
from newsletter.links import DEMO_KEY
from newsletter.model.mail import Message
from newsletter.providers._base import Accepted, Capabilities, Guard, Outcome
from newsletter.store import deliveries, migrate, runs
from newsletter.store.database import Store

SIZES = (10_000, 1_000_000)
GOAL = 300

_ROOT = Path(__file__).parent.parent


class Nothing:
    """A provider that takes all."""

    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=500, batch_bytes=1 << 40)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Take them."""
        if not guard():
            raise RuntimeError(attempt)
        return [Accepted(delivery=one.delivery, provider_id=one.delivery) for one in messages]

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Print the highest amount of memory for each size."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    for size in SIZES:
        once = [sys.executable, "-m", "benchmarks.memory", str(size)]
        print(
            subprocess.run(once, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout,
            end="",
        )


def once(readers: int) -> None:
    """Send to so many readers and print what that took at most."""
    start = time.perf_counter()
    with TemporaryDirectory() as name:
        config, store = configured(Path(name)), Store(Path(name) / "newsletter.db")
        migrate.create(store)
        put(store, readers)
        settle(store)
        pressed = press(store, replace(sample()[1].edition, pictures=()), key=DEMO_KEY.id.hex())
        run = plan.freeze(store, pressed, config, at=AT)
        assert run is not None
        assert plan.check(store, run, [DEMO_KEY], clock=lambda: AT) == ()
        with store.writing() as transaction:
            runs.change(transaction, run.id, {"checking"}, state="sending", started_at=AT)
        engine = Engine(
            store, Nothing, config, [DEMO_KEY], mark=Mark(Path(name), "mark"), timing=Timing(clock=lambda: AT)
        )
        while _waits(store, run.id):
            engine.drain(Event())
        engine.close()
        store.close()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {readers:,} readers: {most:,.0f} MB at most (goal ≤ {GOAL}), {time.perf_counter() - start:,.0f} s")


def _waits(store: Store, run: int) -> bool:
    with store.reading() as transaction:
        counts = deliveries.counts(transaction, run)
    return counts["waiting"] + counts["sending"] > 0


if __name__ == "__main__":
    once(int(sys.argv[1]))
