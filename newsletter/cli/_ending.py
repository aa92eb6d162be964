"""Ctrl-C, and the SIGTERM of a machine that ends its programs: the first one ends in order what takes long."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType

_ENDED_BY = (signal.SIGINT, signal.SIGTERM)

Second = Callable[[int, FrameType | None], object] | signal.Handlers
"""What a second one does."""


@contextmanager
def in_order(
    second: Second = signal.default_int_handler, *, told: Callable[[], object] = lambda: None
) -> Iterator[Event]:
    """An event that the first one sets while the block lasts, wherever the program is by then.

    So nothing is broken off halfway by it; ``told`` is called then, in a thread of its own, while the block goes on.
    The second one interrupts as Ctrl-C does, or does what is said here.
    """
    ended, heard = Event(), SimpleQueue[bool]()
    before = [(number, signal.getsignal(number)) for number in _ENDED_BY]

    def end(_number: int, _frame: FrameType | None) -> None:
        # A handler may take no lock: the thread that it interrupts may be the one that has it, of the event or of
        # stderr. To put something into this queue is safe.
        for each in _ENDED_BY:
            signal.signal(each, second)
        heard.put(True)

    def hear() -> None:
        if heard.get():
            ended.set()
            told()

    ear = Thread(target=hear, name="ear", daemon=True)
    ear.start()
    for number in _ENDED_BY:
        signal.signal(number, end)
    try:
        yield ended
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        heard.put(False)
        ear.join()
