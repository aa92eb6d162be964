"""Couriers that are killed: no notice is lost, none is sent twice, and what cannot be known is shown.

The provider is not killed: what it took is the truth.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import pytest
from post_office import SECRET, ZONE, draw
from providers.fakes import mail_server, resend_api
from providers.fakes.resend_api import FakeResend

from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.store import notices
from newsletter.store.database import Store

PROGRAM = Path(__file__).with_name("courier_process.py")
PATIENCE = 120
OVER = 400
"""Seconds after which everything that a dead process had begun is taken over."""

NEWSLETTER = """
newsletter = { name = "De Heuvelbode" }
publisher = { name = "Heuvelpers bv", address = "Postbus 12, 1234 AB Heuveldam" }
sender = { from = "De Heuvelbode <weekbrief@example.nl>" }
web = { url = "https://weekbrief.example.nl" }
"""

Process = subprocess.Popen[str]


@dataclass
class Scene:
    """A list, a provider that is not killed, and processes that are. ``taken`` counts mails by address."""

    folder: Path
    store: Store
    provider: str
    at: str | int
    taken: Callable[[], Counter[str]]
    started: list[Process] = field(default_factory=list)
    generations: Iterator[int] = field(default_factory=lambda: count(1))
    readers: Iterator[int] = field(default_factory=count)

    def signs_up(self, number: int) -> None:
        """So many more sign up."""
        form = Occasion(at=datetime.now(UTC), zone=ZONE, source="form")
        with self.store.writing() as transaction:
            for _ in range(number):
                who = Newcomer(address=f"lezer{next(self.readers)}@example.nl")
                consent.sign_up(transaction, who, form, key=None, draw=draw)

    def start(self, **told: object) -> Process:
        """Start a courier, later than all others by its own clock, and wait until it begins."""
        place = self.store.file or self.store.engine.url.set(drivername="postgresql").render_as_string(
            hide_password=False
        )
        told = {
            "database": str(place),
            "workspace": str(self.folder),
            "provider": self.provider,
            "at": self.at,
            "ahead": next(self.generations) * OVER,
            **told,
        }
        process = subprocess.Popen(
            [sys.executable, PROGRAM, json.dumps(told)],
            env={**os.environ, "NEWSLETTER_SECRET": SECRET},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def until_taken(self, more: int) -> None:
        """Wait until the provider has taken so many more mails."""
        before, late = sum(self.taken().values()), monotonic() + PATIENCE
        while sum(self.taken().values()) < before + more:
            assert monotonic() < late
            sleep(0.001)

    def doubts(self) -> list[str]:
        """What is said of each notice in doubt."""
        with self.store.reading() as transaction:
            return [notice.reason for notice in notices.doubts(transaction)]

    def states(self) -> dict[str, int]:
        with self.store.reading() as transaction:
            return {state: number for state, number in notices.counts(transaction).items() if number}


@contextmanager
def scene(folder: Path, database: Path | str, provider: str) -> Iterator[Scene]:
    (folder / "newsletter.toml").write_text(NEWSLETTER, "utf-8")
    with closing(Store(database)) as store:
        if provider == "smtp":
            with mail_server.running() as server:
                yield from staged(Scene(folder, store, provider, server.port, lambda: _readers(server.taken)))
            return
        fake = FakeResend()
        with resend_api.serving(fake) as url:
            yield from staged(Scene(folder, store, provider, url, lambda: Counter(m["to"][0] for m in fake.mails)))


def _readers(taken: list[mail_server.Taken]) -> Counter[str]:
    return Counter(one.reader for one in taken)


def staged(scene: Scene) -> Iterator[Scene]:
    """Nothing that was started is left running."""
    try:
        yield scene
    finally:
        for process in scene.started:
            end(process)


def end(process: Process) -> None:
    """Kill it; a second time nothing happens."""
    process.kill()
    process.wait(PATIENCE)
    if process.stdout is not None:
        process.stdout.close()


def cell(database: str, provider: str, dies: str, *, is_long: bool = True) -> object:
    return pytest.param(database, provider, dies, marks=[pytest.mark.proof] if is_long else [])


@pytest.mark.parametrize(
    ("database", "provider", "dies"),
    [
        cell("sqlite", "resend", "accepted", is_long=False),
        cell("sqlite", "resend", "sealed"),
        cell("sqlite", "smtp", "accepted"),
        cell("sqlite", "smtp", "sealed"),
        cell("postgresql", "resend", "accepted"),
        cell("postgresql", "resend", "sealed"),
        cell("postgresql", "smtp", "accepted"),
        cell("postgresql", "smtp", "sealed"),
    ],
)
def test_a_courier_killed_in_the_middle_of_a_request_loses_nothing_and_sends_nothing_twice(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, provider: str, dies: str
) -> None:
    with scene(tmp_path, request.getfixturevalue(f"{database}_addresses")(), provider) as played:
        played.signs_up(2)
        assert played.start(dies=dies).wait(PATIENCE) == -9
        assert played.states() == {"sending": 1, "waiting": 1}
        assert played.start(once=True).wait(PATIENCE) == 0
        settles = provider == "resend"
        assert played.states() == ({"accepted": 2} if settles else {"accepted": 1, "in doubt": 1})
        taken = {"lezer0@example.nl": int(settles or dies == "accepted"), "lezer1@example.nl": 1}
        assert played.taken() == Counter(taken)


@pytest.mark.proof
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("provider", ["resend", "smtp"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_couriers_killed_at_any_moment_lose_nothing_and_send_nothing_twice(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, provider: str, seed: int
) -> None:
    chance, rounds, each = random.Random(seed), 8, 15
    readers, unfinished = rounds * each, 0
    with scene(tmp_path, request.getfixturevalue(f"{database}_addresses")(), provider) as played:
        working = [played.start(), played.start()]
        for begun in range(1, rounds + 1):
            played.signs_up(each)
            played.until_taken(chance.randrange(1, 10))
            end(working.pop(chance.randrange(2)))
            states = played.states()
            assert sum(states.values()) == begun * each
            unfinished += states.get("sending", 0)
            working.append(played.start())
        for one in working:
            end(one)
        for _ in range(3):
            assert played.start(once=True).wait(PATIENCE) == 0
        states, taken, doubts = played.states(), played.taken(), played.doubts()
    assert unfinished, "nobody was killed at work"
    assert sum(states.values()) == readers
    assert not states.keys() & {"waiting", "sending"}
    assert set(taken.values()) == {1}
    assert provider == "smtp" or not doubts
    assert states["accepted"] <= len(taken) <= states["accepted"] + len(doubts)
