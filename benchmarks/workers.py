"""Workers on one PostgreSQL, with a provider that answers in 200 ms: two beside one, and what passing hints on takes.

Readers a second of one ``newsletter worker`` and of two, each with four connections, from the first request to the
last answer (goal ≥ 1.8 times). The engine's share of the time (goal ≤ 2 %): two runs are sent at once, so that hints
call for one and the other all the time; counted is of a slot's time what it does not spend on sending, and of the
process's computing what the thread does that fetches hints, ends them and says that the worker lives. And the
hand-over: from the commit that presses a run to its first request, frozen, checked and begun in between.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO

from sqlalchemy import text

from benchmarks._sink import slow_sink
from benchmarks._stores import postgresql, press
from newsletter import app
from newsletter import config as configuration
from newsletter.app.working import duties
from newsletter.config import Config
from newsletter.links import signing_key
from newsletter.store import runs, workers
from newsletter.store.database import Store
from newsletter.worker import Duties
from newsletter.worker.tasks import Member

READERS = 20_000
ANSWERS = 0.2
"""Seconds."""
HAND_OVERS = 7
GOAL_TWO, GOAL_SHARE = 1.8, 0.02

_ROOT = Path(__file__).parent.parent
_WORKSPACE = """
newsletter = {{ name = "De Heuvelbode" }}
publisher = {{ name = "Heuvelpers bv", address = "Postbus 12, 1234 AB Heuveldam" }}
sender = {{ from = "De Heuvelbode <weekbrief@example.nl>" }}
web = {{ url = "https://weekbrief.example.nl" }}
[send]
provider = "resend"
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
        _over(store, _pressed(store, config))
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


def _pressed(store: Store, config: Config) -> int:
    """Press a run as `send` does; return its number."""
    run = press(store, key=signing_key(config).id.hex(), at=datetime.now(UTC)).id
    app.nudge(store)
    return run


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
    """Of a slot's time what it does not send, and of the process's computing what is not done by threads that do."""
    spent: list[tuple[float, float]] = []
    computed: list[float] = []

    @contextmanager
    def open_(notices: bool) -> Iterator[Duties]:
        with duties(config, store, notices) as found:
            timed = Timed(found.parts, clock=app.now)
            timed.spent = spent
            yield timed

    def work() -> None:
        Member(store, open_, slots=1, clock=app.now).run(stop)
        computed.append(time.thread_time())

    stop, thread = threading.Event(), threading.Thread(target=work)
    before = time.process_time()
    thread.start()
    _over(store, _pressed(store, config), _pressed(store, config))
    stop.set()
    thread.join()
    lasted = spent[-1][1] - spent[0][0]
    return 1 - sum(end - start for start, end in spent) / lasted, computed[0] / (time.process_time() - before)


def _print_share(idle: float, computing: float) -> None:
    print(f"    of a slot's time {idle:.1%} is not spent on sending (goal ≤ {GOAL_SHARE:.0%})")
    print(f"      of the computing {computing:.1%} is the engine's")


# The hand-over.


def _hand_overs(store: Store, config: Config, requests: Requests) -> list[float]:
    """Seconds from each commit that presses a run for few readers to its first request, nothing else being sent."""
    with store.writing() as transaction:
        transaction.execute(_LEAVE)
    with _working(store, config.root, 1):
        return [_hand_over(store, config, requests) for _ in range(HAND_OVERS)]


def _hand_over(store: Store, config: Config, requests: Requests) -> float:
    requests.those()
    run = press(store, key=signing_key(config).id.hex(), at=datetime.now(UTC)).id
    committed = time.time()
    app.nudge(store)
    first = requests.next()
    _over(store, run)
    return first - committed


def _print_hand_over(seconds: list[float]) -> None:
    print(f"    from the commit that presses to the first request {median(seconds) * 1000:,.0f} ms")
    print(f"      of {len(seconds)}: {min(seconds) * 1000:,.0f} to {max(seconds) * 1000:,.0f} ms")
