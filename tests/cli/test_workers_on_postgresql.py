"""Workers that share a PostgreSQL, as processes: `send` leaves a run to them, and each ends in order."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from commandline import Typed, refused, started
from listed import one, put
from providers.fakes import mail_server
from providers.fakes.mail_server import SLOW, MailServer
from sqlalchemy import select, text
from waited import until

from newsletter import build, workspace
from newsletter.store import deliveries, workers
from newsletter.store.database import Store
from newsletter.store.schema import attempts
from newsletter.store.workers import Worker

ISSUE = "2026-11-28"
READERS = sorted(f"lezer{number:02}@example.org" for number in range(20))
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\n---\n\nHet water zakt.\n"
TOML = '[send.smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
ENV = "NEWSLETTER_SECRET=een-geheim-van-zestig-schapen\nNEWSLETTER_STATE={state}\nNEWSLETTER_DATABASE={database}\n"

ELSEWHERE = Worker(name="heuvel:1", machine="heuvel", pid=1, version="1", slots=1, tables={}, secrets={})


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server.running() as server:
        yield server


@pytest.fixture
def store(postgresql_addresses: Callable[[], str]) -> Iterator[Store]:
    """With twenty readers."""
    with closing(Store(postgresql_addresses())) as store:
        put(store, *(one(address) for address in READERS))
        yield store


@pytest.fixture
def paper(tmp_path: Path, store: Store, server: MailServer) -> Path:
    """A newspaper without quiet days, with an issue for them."""
    root = tmp_path / "paper"
    workspace.init(root, empty=True)
    (root / "issues" / ISSUE / "articles").mkdir(parents=True)
    (root / "issues" / ISSUE / "articles" / "pont.md").write_text(ARTICLE, "utf-8")
    address = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    (root / ".env").write_text(ENV.format(state=tmp_path / "state", database=address), "utf-8")
    file = root / "newsletter.toml"
    written = re.sub(r"^quiet = .*$", "quiet = []", file.read_text("utf-8"), flags=re.MULTILINE)
    written = re.sub(r"^(?:# )?provider = .*$", 'provider = "smtp"', written, count=1, flags=re.MULTILINE)
    file.write_text(f"{written}\n{TOML.format(port=server.port)}", "utf-8")
    return root


def living(store: Store) -> int:
    with store.reading() as transaction:
        return len(workers.living(transaction))


@contextmanager
def working(paper: Path, store: Store, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A worker that has entered."""
    before = living(store)
    with started(paper, "worker", *options) as process:
        try:
            until(lambda: living(store) > before)
            yield process
        finally:
            process.kill()


def mailed(server: MailServer) -> list[str]:
    return sorted(taken.reader for taken in server.taken)


def who_sent(store: Store) -> set[int]:
    """The processes that made requests."""
    with store.reading() as transaction:
        return {int(name.split(":")[1]) for name in transaction.scalars(select(attempts.c.worker))}


def fingerprint(paper: Path) -> str:
    return build.build(workspace.find(paper, {}), ISSUE).edition.fingerprint


def test_send_leaves_it_to_a_worker_that_lives_and_follows(
    paper: Path, store: Store, server: MailServer, typed_in: Typed
) -> None:
    with working(paper, store, "--concurrency", "2") as worker:
        code, out, err = typed_in(paper, "send", ISSUE, "--approve", fingerprint(paper))
    assert (code, mailed(server)) == (0, READERS), err
    assert out == f"Run 1 of {ISSUE} is finished: 20 accepted.\n"
    assert "this command sends" not in err
    assert who_sent(store) == {worker.pid}


def test_where_none_lives_send_does_it_itself_and_says_so(
    paper: Path, store: Store, server: MailServer, typed_in: Typed
) -> None:
    code, _, err = typed_in(paper, "send", ISSUE, "--approve", fingerprint(paper))
    assert (code, mailed(server), who_sent(store)) == (0, READERS, {os.getpid()})
    assert "No worker takes work, so this command sends by itself." in err


def test_where_the_last_one_dies_meanwhile_send_goes_on_by_itself(
    paper: Path, store: Store, server: MailServer, typed_in: Typed
) -> None:
    with store.writing() as transaction:
        workers.enter(transaction, ELSEWHERE, at=workers.alone(transaction), rescue=timedelta(seconds=2))
    code, _, err = typed_in(paper, "send", ISSUE, "--approve", fingerprint(paper))
    assert (code, mailed(server), who_sent(store)) == (0, READERS, {os.getpid()})
    assert err.index("Run 1: scheduled") < err.index("No worker takes work, so this command sends by itself.")


def test_a_run_that_is_to_go_on_waits_for_no_workers_next_look(paper: Path, store: Store, typed_in: Typed) -> None:
    typed_in(paper, "send", ISSUE, "--approve", fingerprint(paper), "--first", "2")
    with store.writing() as transaction:
        workers.enter(transaction, ELSEWHERE, at=workers.alone(transaction), rescue=timedelta(minutes=10))
    assert typed_in(paper, "runs", "resume", "1", "--yes").code == 0
    with store.reading() as transaction:
        assert transaction.scalar(text("SELECT task_name FROM procrastinate.procrastinate_jobs")) == "look_after"


def test_one_that_is_told_to_end_takes_nobody_more_and_waits_for_what_is_under_way(
    paper: Path, store: Store, server: MailServer, typed_in: Typed
) -> None:
    typed_in(paper, "send", ISSUE, "--approve", fingerprint(paper), "--first", "2")
    typed_in(paper, "runs", "resume", "1", "--yes")
    server.orders["DATA"].extend([SLOW] * len(READERS))
    with working(paper, store) as worker:
        before = len(server.taken)
        until(lambda: len(server.taken) > before)
        worker.send_signal(signal.SIGTERM)
        _, talk = worker.communicate(timeout=300)
    assert worker.returncode == 0, talk
    with store.reading() as transaction:
        counts = {state: many for state, many in deliveries.counts(transaction, 1).items() if many}
    assert counts == {"accepted": len(server.taken), "waiting": len(READERS) - len(server.taken)}
    assert living(store) == 0
    assert "INFO run_waits" not in talk
    assert "lezer" not in talk


def test_one_that_has_no_tables_of_hints_says_how_they_are_made(paper: Path, store: Store, typed_in: Typed) -> None:
    with store.alone() as transaction:
        transaction.execute(text("DROP SCHEMA procrastinate CASCADE"))
    refused(typed_in(paper, "worker"), 5, "no tables for the hints of workers")
    assert typed_in(paper, "db", "upgrade").code == 0
    with working(paper, store):
        pass


def test_without_what_it_needs_it_names_what_to_install(
    paper: Path, typed_in: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "newsletter.worker.tasks", raising=False)
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    said = typed_in(paper, "worker")
    refused(said, 3, "Workers on PostgreSQL need procrastinate, which is not installed.")
    assert "pip install '.[postgres]'" in said.err


def test_on_a_file_it_has_one_slot(tmp_path: Path, typed_in: Typed) -> None:
    workspace.init(tmp_path / "paper")
    refused(typed_in(tmp_path / "paper", "worker", "--concurrency", "2"), 2, "from which one run is sent at a time")
