"""The worker as a process: it sends what is due, is the only one on a file, and ends in order when it is told to."""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import ledgered
import listed
import pytest
from commandline import HOME, NEWSLETTER, Typed, refused

from newsletter import config as configuration
from newsletter.delivery import plan
from newsletter.delivery.claimer import Claimer
from newsletter.delivery.lifecycle import Calendar
from newsletter.store import migrate, runs
from newsletter.store.database import Store

SECRET = "een geheim dat alleen de proef kent"
TABLES = '\n[send]\nprovider = "outbox"\n[send.outbox]\nfolder = "outbox"\n'
WEB = '[web]\nurl = "https://weekbrief.example.nl"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A workspace with a list of one reader, from which an outbox is filled."""
    text = (
        '[newsletter]\nname = "De Heuvelbode"\n[publisher]\nname = "Heuvelpers bv"\naddress = "Postbus 12"\n'
        f'[sender]\nfrom = "De Heuvelbode <weekbrief@example.nl>"\n{WEB}{TABLES}'
    )
    (tmp_path / "newsletter.toml").write_text(text, "utf-8")
    with closing(Store(tmp_path / "newsletter.db")) as store:
        migrate.create(store)
        listed.put(store, listed.one("anna@example.nl"))
    return tmp_path


def press(desk: Path, due_at: datetime) -> None:
    config = configuration.load(desk, {"NEWSLETTER_SECRET": SECRET})
    terms = plan.terms(ledgered.EDITION, config, at=due_at)
    draft = ledgered.draft(token=secrets.token_hex(8), due_at=due_at, pressed_at=due_at, terms=terms)
    with closing(Store(desk / "newsletter.db")) as store:
        plan.press(store, ledgered.EDITION, draft, Calendar.of(config))


def state(desk: Path) -> str:
    with closing(Store(desk / "newsletter.db")) as store, store.reading() as transaction:
        return runs.hold(transaction, 1).state


@contextmanager
def working(desk: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker whose talk goes to the file ``said``."""
    with (desk / "said").open("w") as said:
        process = subprocess.Popen(
            [*NEWSLETTER, "worker"],
            cwd=desk,
            env={**HOME, "NEWSLETTER_SECRET": SECRET, "NEWSLETTER_STATE": str(desk / "state")},
            stderr=said,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no thread runs here)
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_sends_what_is_due_and_ends_in_order_when_it_is_told_to(desk: Path, told: signal.Signals) -> None:
    press(desk, datetime.now(UTC))
    with working(desk) as worker:
        until = time.monotonic() + 30
        while "run_news" not in (desk / "said").read_text() and time.monotonic() < until:
            time.sleep(0.05)
        worker.send_signal(told)
        code = worker.wait(timeout=30)
    said = (desk / "said").read_text()
    assert code == 0, said
    assert "Run 1 of 2026-11-28 is scheduled." in said
    assert "INFO run_freeze A run has taken a step. run=1" in said
    assert "INFO run_news There is news of a run. run=1 state=finished\n" in said
    assert said.strip().endswith("the next one goes on with it.")
    assert "anna" not in said
    assert (state(desk), len(list((desk / "outbox").glob("*.eml")))) == ("finished", 1)


def test_on_a_file_a_second_one_refuses_and_names_the_first(
    desk: Path, typed_in: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET", SECRET)
    monkeypatch.setenv("NEWSLETTER_STATE", str(desk / "state"))
    with Claimer(desk / "newsletter.db").hold("send", at=datetime(2026, 11, 28, 5, tzinfo=UTC)):
        second = typed_in(desk, "worker")
    refused(second, 5, f"`newsletter send` (process {os.getpid()}")


def test_without_a_secret_it_says_what_to_set(desk: Path, typed_in: Typed) -> None:
    refused(typed_in(desk, "worker"), 3, "NEWSLETTER_SECRET is not set")
