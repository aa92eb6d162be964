"""Ctrl-C, and the SIGTERM of a machine that ends its programs: the first one ends in order what takes long."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

_ENDED_BY = (signal.SIGINT, signal.SIGTERM)

Second = Callable[[int, FrameType | None], object] | signal.Handlers
"""What a second one does."""


@contextmanager
def in_order(second: Second = signal.default_int_handler) -> Iterator[Event]:
    """An event that the first one sets while the block lasts, wherever the program is by then.

    So nothing is broken off halfway by it. The second one interrupts as Ctrl-C does, or does what is said here.
    """
    ended, before = Event(), [(number, signal.getsignal(number)) for number in _ENDED_BY]

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()
        for each in _ENDED_BY:
            signal.signal(each, second)

    for number in _ENDED_BY:
        signal.signal(number, end)
    try:
        yield ended
    finally:
        for number, handler in before:
            signal.signal(number, handler)
