"""What the doctor says of who works on the list."""

from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import gethostname

import ledgered
import pytest
from sqlalchemy import text
from surgery import diagnosed

from newsletter.doctor import Diagnosis
from newsletter.store import attempts
from newsletter.store.attempts import Intent, Sender
from newsletter.store.database import Store
from newsletter.worker.roll import Roll
from newsletter.worker.sameness import Sameness
from newsletter.workspace import Workspace

SAME = Sameness(version="1.0", tables={}, secrets={}, folder=Path())


@pytest.fixture
def shared(postgresql_addresses: Callable[[], str]) -> Store:
    with closing(Store(postgresql_addresses())) as store:
        yield store


def workers(paper: Workspace, store: Store, **changed: object) -> Diagnosis:
    @contextmanager
    def opened(_: object) -> object:
        yield store

    (found,) = diagnosed(paper, "workers", store=opened, **changed)
    return found


def report(store: Store, version: str = "1.0") -> Roll:
    roll = Roll(store, replace(SAME, version=version), name=version, slots=1, rescue=timedelta(seconds=30))
    roll.report([])
    return roll


def test_without_workers_it_is_a_warning_once_there_is_something_to_send(paper: Workspace, store: Store) -> None:
    assert workers(paper, store).level == "good"
    with store.writing() as transaction:
        ledgered.press(transaction)
    found, nobody = workers(paper, store), "Nobody is at work" if store.file else "No worker lives"
    assert (found.level, found.sentence) == ("warning", f"{nobody}, and run 1 of 2026-11-28 is scheduled.")
    assert "newsletter worker" in found.remedy
    assert ("Only a `newsletter send` that stays takes its run further meanwhile." in found.remedy) != bool(store.file)


def test_a_send_that_sends_by_itself_is_at_work_for_as_long_as_it_has_a_request_under_way(
    paper: Workspace, shared: Store
) -> None:
    run, now = ledgered.begun(shared), datetime.now(UTC)
    by = Sender(worker="dal:407:0badcafe", account="0123456789abcdef")
    with shared.writing() as transaction:
        until = now + timedelta(hours=1)
        intent = Intent(seqs=(1,), fingerprint="0" * 64)
        (number,) = attempts.open_(transaction, run.id, [intent], by, at=now, expires_at=until)
    found = workers(paper, shared)
    assert (found.level, found.sentence) == ("good", "At work: `newsletter send` on dal, process 407.")
    with shared.writing() as transaction:
        attempts.end(transaction, number, "unsent", worker=by.worker, at=now)
    assert workers(paper, shared).sentence.startswith("No worker lives, and run 1 ")


def test_a_send_whose_request_can_leave_no_more_is_not_at_work(paper: Workspace, shared: Store) -> None:
    run, now = ledgered.begun(shared), datetime.now(UTC)
    with shared.writing() as transaction:
        intent, by = Intent(seqs=(1,), fingerprint="0" * 64), Sender(worker="dal:407:0badcafe", account="0" * 16)
        attempts.open_(
            transaction, run.id, [intent], by, at=now - timedelta(hours=2), expires_at=now - timedelta(hours=1)
        )
    assert workers(paper, shared).sentence.startswith("No worker lives, and run 1 ")


def test_what_a_worker_has_under_way_is_no_send_also_when_it_was_lost(paper: Workspace, shared: Store) -> None:
    run, now = ledgered.begun(shared), datetime.now(UTC)
    report(shared)
    with shared.writing() as transaction:
        intent, until = Intent(seqs=(1,), fingerprint="0" * 64), now + timedelta(hours=1)
        by = Sender(worker="1.0", account="0123456789abcdef")
        attempts.open_(transaction, run.id, [intent], by, at=now, expires_at=until)
    assert workers(paper, shared).sentence.startswith("At work: `newsletter worker` on ")
    with shared.writing() as transaction:
        transaction.execute(text("UPDATE workers SET lapses = clock_timestamp()"))
    assert workers(paper, shared).sentence.startswith("No worker lives, and run 1 ")


def test_it_names_who_works_who_waits_and_who_was_lost(paper: Workspace, shared: Store) -> None:
    report(shared)
    assert workers(paper, shared).sentence.startswith("At work: `newsletter worker` on ")
    second = report(shared, "2.0")
    found = workers(paper, shared)
    assert (found.level, "takes no work. Newsletter 1.0 is at work on" in found.sentence) == ("warning", True)
    second.leave()
    with shared.writing() as transaction:
        transaction.execute(text("UPDATE workers SET lapses = clock_timestamp(), machine = 'dal'"))
    found = workers(paper, shared)
    assert (found.level, "on dal, process" in found.sentence) == ("warning", True)
    with shared.writing() as transaction:
        transaction.execute(text("UPDATE workers SET machine = :here"), {"here": gethostname()})
    report(shared)
    assert workers(paper, shared).level == "good"


def test_a_server_is_asked_only_online(paper: Workspace, shared: Store) -> None:
    assert workers(paper, shared, online=False).remedy == "Leave out --offline."


def test_without_a_list_there_is_nothing_to_work_on(paper: Workspace) -> None:
    (found,) = diagnosed(paper, "workers")
    assert (found.level, found.sentence) == ("good", "There is nothing to work on yet.")
