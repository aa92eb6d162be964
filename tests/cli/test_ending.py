"""Ctrl-C and SIGTERM end in order what takes long, wherever the program is when they come."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from newsletter.cli import _ending

PATIENCE = 300.0
"""Seconds within which whatever is waited for has come, on the slowest of machines."""


@contextmanager
def told_as_a_wait_begins(number: int) -> Iterator[None]:
    """A signal comes at the worst of moments: while the next wait for an event has the lock of that."""

    def comes(frame: FrameType, _event: str, _argument: object) -> None:
        if frame.f_code is threading.Condition.wait.__code__:
            sys.settrace(None)
            signal.raise_signal(number)

    sys.settrace(comes)
    try:
        yield
    finally:
        sys.settrace(None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_to_be_told_is_told_at_once_while_what_is_under_way_goes_on(number: int) -> None:
    told = threading.Event()
    with _ending.in_order(told=told.set) as ended:
        signal.raise_signal(number)
        assert told.wait(PATIENCE)
        assert ended.is_set()


def test_where_none_comes_nothing_is_told() -> None:
    told = list[str]()
    with _ending.in_order(told=lambda: told.append("told")) as ended:
        pass
    assert not told
    assert not ended.is_set()


def test_one_that_comes_as_it_ends_by_itself_is_heard_and_told_before_the_next_thing() -> None:
    told = list[str]()
    with _ending.in_order(told=lambda: told.append("told")) as ended:
        signal.raise_signal(signal.SIGTERM)
    assert told == ["told"]
    assert ended.is_set()


def test_one_that_comes_just_as_the_event_is_looked_at_is_heard_too() -> None:
    with _ending.in_order() as ended, told_as_a_wait_begins(signal.SIGTERM):
        assert ended.wait(PATIENCE)


def test_the_second_one_does_what_was_said_and_afterwards_each_does_what_it_did_before() -> None:
    before, seconds = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)], list[int]()
    with _ending.in_order(lambda number, _: seconds.append(number)):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert seconds == [signal.SIGTERM]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
