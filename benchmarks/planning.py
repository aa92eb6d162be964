"""A million readers frozen into a run, against the bare INSERT … SELECT into the same table. Goal: ≤ 1.5 times it.

Both take turns on an empty ledger, and both are durable before the clock stops.
"""

import time
from collections.abc import Callable
from statistics import median

from sqlalchemy import text

from benchmarks._stores import AT, filled, press, settle
from newsletter.config import Config
from newsletter.delivery import plan
from newsletter.model.ledger import Run
from newsletter.store.database import Store

READERS = 1_000_000
ROUNDS = 3
GOAL = 1.5

_BARE = text(
    "INSERT INTO deliveries (run, seq, issue, subscriber, address, key, domain, name, joined, state, not_before) "
    "SELECT :run, row_number() OVER (ORDER BY id), :issue, id, address, key, domain, name, joined, 'waiting', :at "
    "FROM subscribers WHERE status = 'confirmed'"
)


def main() -> None:
    """Print seconds, readers a second and the ratio for both databases."""
    with filled(READERS) as (config, stores):
        for name, store in stores.items():
            turns = [(_timed(store, _bare, config), _timed(store, _ours, config)) for _ in range(ROUNDS + 1)]
            bare, ours = (median(taken) for taken in zip(*turns[1:], strict=True))  # the first warms up
            print(f"  {name}")
            print(f"    {READERS:,} readers frozen in {ours:.1f} s, {READERS / ours:,.0f} a second")
            print(f"    {ours / bare:.2f} × the bare INSERT … SELECT, {bare:.1f} s (goal ≤ {GOAL})")


def _timed(store: Store, freeze: Callable[[Store, Run, Config], None], config: Config) -> float:
    run = press(store)
    start = time.perf_counter()
    freeze(store, run, config)
    took = time.perf_counter() - start
    _empty(store)
    return took


def _bare(store: Store, run: Run, _: Config) -> None:
    with store.writing() as transaction:
        at = AT.strftime("%Y-%m-%d %H:%M:%S.%f") if store.file else AT
        made = transaction.execute(_BARE, {"run": run.id, "issue": run.issue, "at": at}).rowcount
        assert made == READERS


def _ours(store: Store, run: Run, config: Config) -> None:
    frozen = plan.freeze(store, run, config, at=AT)
    assert frozen is not None
    assert frozen.total == READERS


def _empty(store: Store) -> None:
    with store.alone() as transaction:
        transaction.execute(text("DELETE FROM deliveries" if store.file else "TRUNCATE deliveries"))
    settle(store)
