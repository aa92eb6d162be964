"""Clocks, chance and waiting: what the engine has from outside, so that a test or a rehearsal can give it others."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """``clock`` tells aware UTC and may be set; ``ticks`` are seconds of a clock that only goes on.

    ``wait`` waits for an event, for so many seconds at most; ``chance`` draws a number from 0 to below 1.
    """

    clock: Callable[[], datetime]
    ticks: Callable[[], float] = time.monotonic
    wait: Callable[[threading.Event, float], object] = threading.Event.wait
    chance: Callable[[], float] = random.random
