"""``newsletter worker --status``: who works, on which machine, since when, on what; and who waits, and why."""

import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ledgered
import pytest
from commandline import Typed
from sqlalchemy import text

from newsletter.delivery.claimer import Claimer
from newsletter.store import attempts, migrate
from newsletter.store.attempts import Intent, Sender
from newsletter.store.database import Store
from newsletter.worker.roll import Roll
from newsletter.worker.sameness import Sameness

PAPER = (
    '[newsletter]\nname = "De Heuvelbode"\n[publisher]\nname = "Heuvelpers bv"\n'
    '[sender]\nfrom = "De Heuvelbode <weekbrief@example.nl>"\n'
)
SAME = Sameness(version="1.0", tables={}, secrets={}, folder=Path())


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "newsletter.toml").write_text(PAPER, "utf-8")
    return tmp_path


@pytest.fixture
def address(postgresql_addresses: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> str:
    found = postgresql_addresses()
    monkeypatch.setenv("NEWSLETTER_DATABASE", found)
    return found


def roll(store: Store, name: str, version: str = "1.0", slots: int = 1) -> Roll:
    same = replace(SAME, version=version)
    return Roll(store, same, name=name, slots=slots, rescue=timedelta(minutes=10))


def test_it_tells_who_lives_what_each_does_who_waits_and_who_is_lost(desk: Path, address: str, typed_in: Typed) -> None:
    with closing(Store(address)) as store:
        lost, working, waiting = roll(store, "a"), roll(store, "b", slots=2), roll(store, "c", "2.0")
        lost.report([])
        working.report(["notices", "run 3"])
        waiting.report([])
        with store.writing() as transaction:
            transaction.execute(text("UPDATE workers SET lapses = clock_timestamp(), machine = 'dal' WHERE name = 'a'"))
        shown = typed_in(desk, "worker", "--status")
        told = json.loads(typed_in(desk, "worker", "--status", "--json").out)
    assert shown.code == 0
    assert "notices, run 3" in shown.out
    assert "takes no work. Newsletter 1.0 is at work on" in shown.out
    assert "dal (process" in shown.out
    assert "was last heard of at" in shown.out
    assert [(one["version"], one["slots"], one["works"], one["lost"]) for one in told] == [
        ("1.0", 2, True, False),
        ("2.0", 1, False, False),
        ("1.0", 1, False, True),
    ]
    assert told[0]["doing"] == ["notices", "run 3"]
    assert told[0]["pid"] == os.getpid()
    assert datetime.fromisoformat(told[0]["since"]).tzinfo


def test_on_a_file_it_tells_which_command_has_it(desk: Path, typed_in: Typed) -> None:
    with closing(Store(desk / "newsletter.db")) as store:
        migrate.create(store)
    assert typed_in(desk, "worker", "--status").out == "No worker lives.\n"
    with Claimer(desk / "newsletter.db").hold("send", at=datetime(2026, 11, 28, 5, tzinfo=UTC)):
        shown = typed_in(desk, "worker", "--status").out
    assert "newsletter send" in shown
    assert "2026-11-28 06:00" in shown


def test_on_postgresql_it_tells_of_a_send_that_has_a_request_under_way(
    desk: Path, address: str, typed_in: Typed
) -> None:
    now = datetime.now(UTC)
    with closing(Store(address)) as store:
        run = ledgered.begun(store)
        by, intent = Sender(worker="dal:407:0badcafe", account="0" * 16), Intent(seqs=(1,), fingerprint="0" * 64)
        with store.writing() as transaction:
            attempts.open_(transaction, run.id, [intent], by, at=now, expires_at=now + timedelta(hours=1))
    (told,) = json.loads(typed_in(desk, "worker", "--status", "--json").out)
    assert (told["command"], told["machine"], told["pid"], told["works"]) == ("send", "dal", 407, True)
    assert datetime.fromisoformat(told["since"]) == now
    assert "newsletter send" in typed_in(desk, "worker", "--status").out
