"""Workers on one PostgreSQL, with a provider that answers in 200 ms: two beside one, and what passing hints on takes.

Readers a second of one ``newsletter worker`` and of two, each with two connections, from the first request to the
last answer of a run that has begun (goal ≥ 1.8 times). The engine's share of the time (goal ≤ 2 %): two runs are sent
at once, so that hints call for one and the other all the time; counted is what a slot does not spend on sending,
between two hints and before each turn. Beside it stands for how much of the time the thread computes that fetches
hints, ends them and says that the worker lives, while others wait for the provider. And the hand-over: from the commit
that presses a run to its first request; it is frozen, checked and begun in between.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO

from sqlalchemy import text

from benchmarks._sink import slow_sink
from benchmarks._stores import begin, postgresql, press
from newsletter import app
from newsletter import config as configuration
from newsletter.app.working import duties
from newsletter.config import Config
from newsletter.delivery.engine import worker_name
from newsletter.links import signing_key
from newsletter.model.ledger import Run
from newsletter.store import runs, workers
from newsletter.store.database import Store
from newsletter.worker import Duties
from newsletter.worker.roll import Roll
from newsletter.worker.sameness import Sameness
from newsletter.worker.tasks import Member

READERS = 12_000
ANSWERS = 0.2
"""Seconds."""
HAND_OVERS = 7
_LONG = timedelta(hours=1)
GOAL_TWO, GOAL_SHARE = 1.8, 0.02

_ROOT = Path(__file__).parent.parent
_WORKSPACE = """
newsletter = {{ name = "De Heuvelbode" }}
publisher = {{ name = "Heuvelpers bv", address = "Postbus 12, 1234 AB Heuveldam" }}
sender = {{ from = "De Heuvelbode <weekbrief@example.nl>" }}
web = {{ url = "https://weekbrief.example.nl" }}
[send]
provider = "resend"
connections = 2
[send.resend]
url = "http://127.0.0.1:{port}"
"""
_LEAVE = text("UPDATE subscribers SET blocked_at = now() WHERE id NOT IN (SELECT id FROM subscribers LIMIT 100)")


class Requests:
    """When the sink got requests (seconds since 1970), in order."""

    def __init__(self, said: IO[str]) -> None:
        self._came: SimpleQueue[float] = SimpleQueue()
        threading.Thread(target=self._read, args=(said,), daemon=True).start()

    def next(self) -> float:
        """Wait for the next."""
        return self._came.get()

    def those(self) -> list[float]:
        """All since one last asked."""
        return [self._came.get() for _ in range(self._came.qsize())]

    def _read(self, said: IO[str]) -> None:
        for line in said:
            self._came.put(float(line))


def main() -> None:
    """Print the figures."""
    with TemporaryDirectory() as name, slow_sink(ANSWERS) as (port, said), postgresql(Path(name), READERS) as address:
        folder, requests = Path(name), Requests(said)
        (folder / configuration.FILE).write_text(_WORKSPACE.format(port=port), "utf-8")
        secrets = {
            "NEWSLETTER_DATABASE": address,
            "NEWSLETTER_SECRET": "a secret of this benchmark only",
            "NEWSLETTER_RESEND_KEY": "re_benchmark",
            "NEWSLETTER_STATE": name,
        }
        config = configuration.load(folder, secrets)
        os.environ |= secrets
        with closing(Store(address)) as store:
            one, two = (_rate(store, config, requests, number) for number in (1, 2))
            print(f"    one worker {one:,.0f} readers a second, two {two:,.0f}")
            print(f"      {two / one:.2f} × as many (goal ≥ {GOAL_TWO})")
            _print_share(*_share(store, config))
            _print_hand_over(_hand_overs(store, config, requests))


def _rate(store: Store, config: Config, requests: Requests, number: int) -> float:
    """Readers a second of so many workers, from the first request to the last answer."""
    with _working(store, config.root, number):
        run = _pressed(store, config, due_in=_LONG)  # no worker begins it before we do
        begin(store, run, app.now())
        app.nudge(store)
        _over(store, run.id)
    came = requests.those()
    return READERS / (came[-1] + ANSWERS - came[0])


@contextmanager
def _working(store: Store, folder: Path, number: int) -> Iterator[None]:
    """So many workers, which all take work by now."""
    command = [sys.executable, "-m", "newsletter", "worker"]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with ExitStack() as opened:
        begun = [
            opened.enter_context(subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL))
            for _ in range(number)
        ]
        try:
            while _living(store) < number:
                time.sleep(0.1)
            yield
        finally:
            for process in begun:
                process.send_signal(signal.SIGTERM)


def _living(store: Store) -> int:
    with store.reading() as transaction:
        return sum(not one.waits for one in workers.living(transaction))


def _pressed(store: Store, config: Config, *, due_in: timedelta = timedelta(0)) -> Run:
    return press(store, key=signing_key(config).id.hex(), at=app.now() + due_in)


def _over(store: Store, *numbers: int) -> None:
    """Wait until runs are over."""
    while True:
        with store.reading() as transaction:
            found = [runs.get(transaction, number) for number in numbers]
        if all(run and run.is_over for run in found):
            return
        time.sleep(0.1)


# The engine's share.


class Timed(Duties):
    """Duties that write down from when to when each drain of a run lasted."""

    spent: list[tuple[float, float]]

    def drain(self, stop: threading.Event, run: int | None = None) -> datetime:
        """Send as ever."""
        start = time.perf_counter()
        try:
            return super().drain(stop, run)
        finally:
            if run:
                self.spent.append((start, time.perf_counter()))


def _share(store: Store, config: Config) -> tuple[float, float]:
    """Of a slot's time what it does not send, and for how much of it the thread of the hints computes."""
    spent: list[tuple[float, float]] = []
    computed: list[float] = []

    @contextmanager
    def open_(notices: bool) -> Iterator[Duties]:
        with duties(config, store, notices) as found:
            timed = Timed(found.parts, clock=app.now)
            timed.spent = spent
            yield timed

    times = config.worker
    roll = Roll(store, Sameness.of(config), name=worker_name(), slots=1, rescue=times.rescue)
    beats = {"heartbeat": times.heartbeat, "rescue": times.rescue}

    def work() -> None:
        start = time.perf_counter()
        Member(store, open_, slots=1, clock=app.now, roll=roll, **beats).run(stop)
        computed.append(time.thread_time() / (time.perf_counter() - start))

    stop, thread = threading.Event(), threading.Thread(target=work)
    thread.start()
    both = (_pressed(store, config).id, _pressed(store, config).id)
    app.nudge(store)
    _over(store, *both)
    stop.set()
    thread.join()
    lasted = spent[-1][1] - spent[0][0]
    return 1 - sum(end - start for start, end in spent) / lasted, computed[0]


def _print_share(idle: float, computes: float) -> None:
    print(f"    {idle:.1%} of a slot's time is not spent on sending (goal ≤ {GOAL_SHARE:.0%})")
    print(f"      for {computes:.1%} of the time the thread of the hints computes")


# The hand-over.


def _hand_overs(store: Store, config: Config, requests: Requests) -> list[float]:
    """Seconds from each commit that presses a run for few readers to its first request, nothing else being sent."""
    with store.writing() as transaction:
        transaction.execute(_LEAVE)
    with _working(store, config.root, 1):
        return [_hand_over(store, config, requests) for _ in range(HAND_OVERS)]


def _hand_over(store: Store, config: Config, requests: Requests) -> float:
    requests.those()
    run = _pressed(store, config).id
    committed = time.time()
    app.nudge(store)
    first = requests.next()
    _over(store, run)
    return first - committed


def _print_hand_over(seconds: list[float]) -> None:
    print(f"    from the commit that presses to the first request {median(seconds) * 1000:,.0f} ms")
    print(f"      of {len(seconds)}: {min(seconds) * 1000:,.0f} to {max(seconds) * 1000:,.0f} ms")
