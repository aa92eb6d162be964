"""The stage of a proof: a list, a provider that is never killed, senders that are, and one who reads all the time."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pressed
from faster import Clock
from reckoning import Log, LogFile, Reckoning
from sender_process import is_over
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from truthful import BATCH, IMPATIENT, PATIENT, Kind

from newsletter.audience import consent, erasure
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.config import Config
from newsletter.errors import StoreError
from newsletter.model.ledger import DeliveryState, Run
from newsletter.store import attempts, runs, schema, subscribers
from newsletter.store.database import Store
from newsletter.worker import tasks

HERE = Path(__file__).parent
PATIENCE = 300.0
"""Seconds after which what does not come is taken for lost, on the slowest of machines."""

SPEED = 200
"""So many times as fast as the world go the clocks of a proof: ten minutes pass in three seconds."""

CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name <> 'proof' AND (state LIKE 'idle in %' OR NOT :asleep)"
)
"""Of all but the stage itself."""

LOOK = 0.03
"""Seconds between two looks at the ledger."""

PROGRAMS = {"resend": "truth_resend", "mailgun": "truth_mailgun"}
"""Which program is the provider of a kind, where it is a real one's likeness."""

CALM = {"take": 1.0}
FOUL = {
    "take": 30.0, "wait": 30.0, "drop before": 3.0, "drop after": 5.0, "fail before": 3.0, "fail after": 5.0,
    "hang before": 0.7, "hang after": 0.7, "cut": 5.0, "throttle": 3.0,
}  # fmt: skip

KEY = EraseKey(secret=b"een sleutel om te vergeten, lang genoeg")

Json = dict[str, Any]


class Nursery:
    """Starts senders that have loaded everything already, and ends them. Processes are known by their numbers."""

    def __init__(self) -> None:
        path = [str(HERE), str(HERE.parent)]
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import sys; sys.path[:0] = {path!r}; import nursery_process; nursery_process.nurse()",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, told: Json) -> int:
        """Start a sender."""
        return int(self._ask({"start": told}))

    def signal(self, pid: int, number: signal.Signals) -> None:
        """Send a signal to one that is alive."""
        self._ask({"signal": int(number), "pid": pid})

    def ended(self, pid: int) -> int | None:
        """Return how a sender ended, a signal as a negative number; None while it lives."""
        code: int | None = self._ask({"ended": pid})
        return code

    def close(self) -> None:
        """End it, which ends nobody else."""
        self._process.communicate(timeout=PATIENCE)

    def _ask(self, what: Json) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@dataclass
class Stage:
    """What a proof plays on. ``told`` is what every sender is told."""

    folder: Path
    store: Store
    config: Config
    nursery: Nursery
    clock: Clock
    reckoning: Reckoning
    told: Json
    tell_truth: Callable[[Json], None]
    started: list[int] = field(default_factory=list)
    kills: int = 0

    @property
    def log(self) -> Log:
        """What the provider wrote down."""
        with self.reckoning.lock:
            return self.reckoning.log.read()

    @property
    def has_workers(self) -> bool:
        """Whether those who are started work until they are told to end."""
        return bool(self.told["works_as"] == "worker")

    def weather(self, weights: Json) -> None:
        """What becomes of requests from now on. Where some hang, whoever is started from now on is impatient."""
        self.told["patience"] = IMPATIENT if any(what.startswith("hang") for what in weights) else PATIENT
        self.tell_truth(weights)

    # Runs.

    def presses(self, issue: str = pressed.ISSUE) -> int:
        """Press an issue for all readers, to be sent at once; return the run's number."""
        number = pressed.press(self.store, self.config, self.clock(), edition=pressed.edition(issue))
        if self.has_workers:
            tasks.nudge(self.store)
        return number

    def run(self, number: int) -> Run:
        with self.store.reading() as transaction:
            found = runs.get(transaction, number)
        assert found is not None
        return found

    def leaves(self, address: str, *, is_erased: bool) -> None:
        """A reader leaves, or has himself erased."""
        zone = self.config.newsletter.time_zone
        occasion = Occasion(at=self.clock(), zone=zone, source="one-click")
        with self.store.writing() as transaction:
            if is_erased:
                erasure.erase(transaction, address, occasion, key=KEY)
            elif found := subscribers.find(transaction, address):
                consent.leave(transaction, found.subscriber.id, occasion)

    # Senders.

    def start(self, **told: object) -> int:
        """Start a sender; return its number."""
        self.started.append(self.nursery.start({**self.told, **told}))
        return self.started[-1]

    def start_frozen(self) -> int:
        """Start a sender that stops itself between an intent and its first byte, and wait until it has."""
        pid = self.start(freezes=True)
        self.until((self.folder / f"{pid}.frozen").exists)
        if self.has_workers:  # another of its threads may hold what others wait for
            self.cut(asleep=True)
        return pid

    def kill(self, pid: int) -> bool:
        """Kill a sender, and wait until it is no more; False when it had ended before."""
        self.nursery.signal(pid, signal.SIGKILL)
        self.until(lambda: self.nursery.ended(pid) is not None)
        killed = self.nursery.ended(pid) == -signal.SIGKILL
        self.kills += killed
        return killed

    def stop(self, pid: int) -> None:
        self.nursery.signal(pid, signal.SIGSTOP)

    def wake(self, pid: int) -> None:
        self.nursery.signal(pid, signal.SIGCONT)

    def cut(self, *, asleep: bool = False) -> None:
        """Cut all connections to a PostgreSQL, as a network or an operator may; or those of who fell asleep in the
        middle of a transaction, as the server itself does after a while."""
        with self.store.writing() as transaction:
            transaction.execute(CUT, {"asleep": asleep})

    def finish(self, *pids: int) -> None:
        """Let all come to an end in good weather: senders by themselves, workers when they are told that it is all."""
        self.weather(CALM)
        if self.has_workers:
            self.until(self.is_over)
            for pid in pids:
                self.nursery.signal(pid, signal.SIGTERM)
        for pid in pids:
            assert self.said(pid) == "done"
        if self.has_workers and not self.is_over():  # whoever was slow may have given readers back at his end
            self.finish(self.start())

    def is_over(self) -> bool:
        """Whether no run goes on, and no doubt is left about which anything can be done."""
        return is_over(self.store, settles=self.told["settles"])

    def set_clock(self, worker: int, seconds: float) -> None:
        """Set the clock of one worker."""
        (self.folder / f"{worker}.clock").write_text(str(seconds))

    def said(self, pid: int) -> str:
        """Wait until a sender ends, and return what it had to say."""
        file = self.folder / f"{pid}.said"
        self.until(lambda: self.nursery.ended(pid) is not None)
        return file.read_text("utf-8") if file.exists() else ""

    # Waiting.

    def until(self, comes: Callable[[], object]) -> None:
        """Wait until something is so. Raises: AssertionError when it never is."""
        assert self.comes(comes, PATIENCE), self.states()

    def comes(self, what: Callable[[], object], patience: float) -> bool:
        """Wait for so many seconds at most until something is so; return whether it is."""
        late = time.monotonic() + patience
        while not (it_is := what()) and time.monotonic() < late:
            time.sleep(0.003)
        return bool(it_is)

    def asked(self, more: int) -> Callable[[], bool]:
        """What tells whether the provider got so many more requests than by now."""
        wanted = self.reckoning.asked() + more
        return lambda: self.reckoning.asked() >= wanted

    def was_asked(self, times: int) -> Callable[[], bool]:
        """What tells whether the provider got so many requests in all."""
        return lambda: self.reckoning.asked() >= times

    # What is there to see.

    def at_work(self) -> set[int]:
        """The senders with requests under way."""
        with self.store.reading() as transaction:
            workers = transaction.scalars(select(schema.attempts.c.worker).where(schema.attempts.c.state == "open"))
            return {int(worker.split(":")[1]) for worker in workers}

    def workers(self) -> set[str]:
        """Who made requests."""
        with self.store.reading() as transaction:
            return set(transaction.scalars(select(schema.attempts.c.worker)))

    def lost(self) -> int:
        """Of how many requests whoever made them did not live to see the answer."""
        with self.store.reading() as transaction:
            every = [one for run in runs.every(transaction) for one in attempts.every(transaction, run.id)]
        return sum(one.note == attempts.LOST for one in every)

    def stumbles(self, *over: str) -> list[str]:
        """What senders wrote down that speaks of one of these."""
        lines = [line for file in self.folder.glob("*.log") for line in file.read_text("utf-8").splitlines()]
        return [line for line in lines if any(one in line for one in over)]

    def states(self) -> Counter[DeliveryState]:
        return self.reckoning.look()

    def close(self, *, may_doubt: bool) -> Counter[DeliveryState]:
        """Hold what holds when all is over; return how many readers are in each state."""
        return self.reckoning.close(self.clock(), may_doubt=may_doubt)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Hold the laws all the time while the block lasts."""
        over, wrong = threading.Event(), list[Exception | AssertionError]()

        def watch() -> None:
            while not over.wait(LOOK) and not wrong:
                try:
                    self.reckoning.look()
                except (StoreError, DBAPIError):
                    continue  # the database is not there at the moment
                except (AssertionError, Exception) as error:
                    wrong.append(error)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if wrong:
            raise wrong[0]


@contextmanager
def staged(
    folder: Path,
    address: Path | str,
    nursery: Nursery,
    kind: Kind | str,
    *,
    speed: float = SPEED,
    lag: float = 0.3,
    seed: int = 1,
    connections: int = 2,
    works_as: str = "sender",
    look_up: str = "late",
) -> Iterator[Stage]:
    """Set the stage, for senders each on its own or for workers; nothing that was started is left behind.

    ``look_up`` says of Mailgun when it shows what it took: *now*, *late* or *none* at all.
    """
    log = folder / "truth.log"
    log.touch()
    clock = Clock(time.time(), speed, folder / "clock")
    truth = {"log": str(log), "repeats": kind in {"repeats", "resend"}, "lag": lag, "seed": seed, "look_up": look_up}
    program = PROGRAMS.get(kind, "truth_process")
    with closing(_opened(address)) as store, _truth(truth, program=program) as (at, tell):
        stage = Stage(
            folder=folder,
            store=store,
            config=pressed.configured(folder, connections=connections),
            nursery=nursery,
            clock=clock,
            reckoning=Reckoning(store, LogFile(file=log)),
            told={
                "folder": str(folder), "database": str(address), "kind": kind, "at": at,
                "epoch": clock.epoch, "speed": speed, "works_as": works_as, "patience": PATIENT,
                "settles": kind != "plain" and look_up != "none", **({"batch": BATCH} if kind == "mailgun" else {}),
            },
            tell_truth=tell,
        )  # fmt: skip
        try:
            yield stage
        finally:
            for pid in stage.started:
                nursery.signal(pid, signal.SIGKILL)
            for pid in stage.started:
                stage.until(lambda pid=pid: nursery.ended(pid) is not None)  # type: ignore[misc]


def _opened(address: Path | str) -> Store:
    """The stage's own store, whose connections are known by their name."""
    store = Store(address)
    if store.file is None:
        event.listen(store.engine, "do_connect", lambda *given: given[-1].update(application_name="proof"))
    return store


@contextmanager
def _truth(told: Json, *, program: str) -> Iterator[tuple[str, Callable[[Json], None]]]:
    """A provider in a process of its own: its address, and what makes its weather and waits until it is so."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / f"{program}.py"), json.dumps(told)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def weather(weights: Json) -> None:
        stdin.write(json.dumps(weights) + "\n")
        stdin.flush()
        stdout.readline()

    try:
        yield stdout.readline().strip(), weather
    finally:
        process.communicate(timeout=PATIENCE)
