"""Waiting for what comes about by itself, on a machine that may have much else to do."""

import time
from collections.abc import Callable

PATIENCE = 300.0
"""Seconds: far more than anything takes, since a test that gives up too soon says something that is not so."""


def until(comes: Callable[[], object]) -> None:
    """Wait until something is so. Raises: AssertionError when it never is."""
    late = time.monotonic() + PATIENCE
    while not comes():
        assert time.monotonic() < late, "it did not come about"
        time.sleep(0.01)
