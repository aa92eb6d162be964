"""Timing in pairs: candidates take turns, so that a busy machine slows all of them alike."""

import statistics
from collections.abc import Callable, Mapping
from time import perf_counter


def medians(candidates: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Run each candidate once a round, in turn; return its median in seconds. The first round warms up."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds + 1):
        for name, run in candidates.items():
            start = perf_counter()
            run()
            times[name].append(perf_counter() - start)
    return {name: statistics.median(taken[1:]) for name, taken in times.items()}
