"""An engine beside others on one PostgreSQL, and on a machine that has nothing left."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from dispatch import Clock, Dispatch
from sqlalchemy import text

from newsletter.store.database import Store


@pytest.fixture
def dispatch(postgresql_addresses: Callable[[], str], tmp_path: Path) -> Iterator[Dispatch]:
    with closing(Store(postgresql_addresses())) as store:
        yield Dispatch(store, tmp_path)


def test_whom_a_process_that_is_frozen_was_about_to_take_is_waited_for_with_pauses(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, waited = dispatch.send("anna", "bram"), list[float]()

    def wait(clock: Clock, _: Event, seconds: float) -> None:
        waited.append(seconds)
        clock.later(max(seconds, 0.001))

    monkeypatch.setattr(Clock, "wait", wait)
    with dispatch.store.writing() as frozen:
        frozen.execute(text("SELECT 1 FROM deliveries FOR UPDATE"))
        dispatch.drain(slice_=2)
    assert len(waited) > 10
    assert min(waited) >= 0.05
    dispatch.drain()
    assert set(dispatch.states(number).values()) == {"accepted"}


@pytest.mark.parametrize("threads", [0, 1])
def test_where_no_thread_can_be_begun_the_others_send_and_without_any_nothing_is_lost(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    dispatch.tables = {"send": {"connections": 3}}
    number, begun, start = dispatch.send("anna", "bram", "cees", "dora"), list[str](), threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        if thread.name.startswith("sender-"):
            if len(begun) >= threads:
                raise RuntimeError("can't start new thread")
            begun.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    dispatch.drain(slice_=1)
    assert set(dispatch.states(number).values()) == ({"accepted"} if threads else {"waiting"})
    monkeypatch.undo()
    dispatch.clock.later(3600)
    dispatch.drain()
    assert len(dispatch.desk.mailed) == 4
