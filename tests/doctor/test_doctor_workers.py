"""What the doctor says of who works on the list."""

from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from socket import gethostname

import ledgered
import pytest
from sqlalchemy import text
from surgery import diagnosed

from newsletter.doctor import Diagnosis
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
    found = workers(paper, store)
    assert (found.level, found.sentence) == ("warning", "Nobody is at work, and run 1 of 2026-11-28 is scheduled.")
    assert "newsletter worker" in found.remedy


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
