"""The worker as a process: it sends what is due, is the only one on a file, and ends in order when it is told to."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
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
SMTP = '\n[send]\nprovider = "smtp"\n[send.smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\ntimeout = 3600\n'
WAITS = "This worker begins when that has ended; Ctrl-C ends it."
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


@contextmanager
def held(desk: Path) -> Iterator[ExitStack]:
    """The right to send from the file, which another command has; closed, it lets go of it."""
    with ExitStack() as other:
        began = datetime(2026, 11, 28, 5, tzinfo=UTC)
        other.enter_context(Claimer(desk / "newsletter.db").hold("runs settle", at=began))
        yield other


def says(desk: Path, words: str) -> str:
    """What the worker has said, once that is in it."""
    until = time.monotonic() + 300
    while words not in (said := (desk / "said").read_text()):
        assert time.monotonic() < until, said
        time.sleep(0.05)
    return said


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_sends_what_is_due_and_ends_in_order_when_it_is_told_to(desk: Path, told: signal.Signals) -> None:
    press(desk, datetime.now(UTC))
    with working(desk) as worker:
        says(desk, "run_news")
        worker.send_signal(told)
        code = worker.wait(timeout=300)
    said = (desk / "said").read_text()
    assert code == 0, said
    assert "Run 1 of 2026-11-28 is scheduled." in said
    assert "INFO run_freeze A run has taken a step. run=1" in said
    assert "INFO run_news There is news of a run. run=1 state=finished\n" in said
    assert said.strip().endswith("the next one goes on with it.")
    assert "anna" not in said
    assert (state(desk), len(list((desk / "outbox").glob("*.eml")))) == ("finished", 1)


def test_told_to_end_it_says_at_once_that_what_is_under_way_is_waited_for(desk: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        smtp = SMTP.format(port=silent.getsockname()[1])
        (desk / "newsletter.toml").write_text((desk / "newsletter.toml").read_text("utf-8").replace(TABLES, smtp))
        press(desk, datetime.now(UTC))
        with working(desk) as worker:
            connected, _ = silent.accept()  # whoever waits for its greeting has a request under way
            silent.close()
            worker.send_signal(signal.SIGTERM)
            says(desk, "It ends in order: nothing more is taken, and what is under way is waited for.")
            still = worker.poll()
            connected.close()
            code = worker.wait(timeout=300)
    assert (still, code) == (None, 0), (desk / "said").read_text()
    assert state(desk) == "sending"


def test_on_a_file_it_waits_for_whoever_sends_says_for_whom_and_goes_on_then(desk: Path) -> None:
    press(desk, datetime.now(UTC))
    with held(desk) as other, working(desk) as worker:
        said = says(desk, WAITS)
        assert f"`newsletter runs settle` (process {os.getpid()} on " in said
        assert "since 2026-11-28T05:00:00Z" in said
        assert (worker.poll(), state(desk)) == (None, "scheduled")
        other.close()
        said = says(desk, "INFO run_news There is news of a run. run=1 state=finished\n")
    assert said.count(WAITS) == 1
    assert said.index(WAITS) < said.index("The worker sends from ")


def test_told_to_end_while_it_waits_for_its_turn_it_ends_in_order(desk: Path) -> None:
    with held(desk), working(desk) as worker:
        says(desk, WAITS)
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(timeout=300)
    said = (desk / "said").read_text()
    assert code == 0, said
    assert "The worker sends from" not in said
    assert said.strip().endswith("the next one goes on with it.")


def test_without_a_secret_it_says_what_to_set(desk: Path, typed_in: Typed) -> None:
    refused(typed_in(desk, "worker"), 3, "NEWSLETTER_SECRET is not set")
