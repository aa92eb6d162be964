"""What `runs show` counts of a million readers, against the bare grouped COUNT. Goal: at most twice its time."""

from datetime import timedelta

from sqlalchemy import text

from benchmarks._stores import AT, filled, press, settle
from benchmarks._timing import medians
from newsletter.config import Config
from newsletter.delivery import plan, report
from newsletter.store import deliveries, runs
from newsletter.store.database import Store

READERS = 1_000_000
ROUNDS = 5
GOAL = 2

_BARE = text("SELECT domain, state, count(*) FROM deliveries WHERE run = :run GROUP BY domain, state")
_STATES = text("SELECT state, count(*) FROM deliveries WHERE run = :run GROUP BY state")


def main() -> None:
    """Print milliseconds and ratios for both databases."""
    with filled(READERS) as (config, stores):
        for name, store in stores.items():
            print(f"  {name}, {READERS:,} readers")
            took = _measured(store, config, _half_sent(store, config))
            for ours, bare, what in (("show", "bare", "all of runs show"), ("counts", "states", "the states alone")):
                ratio = took[ours] / took[bare]
                print(f"    {what}: {took[ours] * 1_000:,.0f} ms, {ratio:.2f} × the bare grouped COUNT (goal ≤ {GOAL})")


def _measured(store: Store, config: Config, number: int) -> dict[str, float]:
    at, bound = AT + timedelta(hours=1), {"run": number}
    with store.reading() as transaction:
        run = runs.get(transaction, number)
        assert run is not None
        return medians(
            {
                "show": lambda: report.look(transaction, run, config, at=at, sends=True),
                "bare": lambda: transaction.execute(_BARE, bound).all(),
                "counts": lambda: deliveries.counts(transaction, number),
                "states": lambda: transaction.execute(_STATES, bound).all(),
            },
            rounds=ROUNDS,
        )


def _half_sent(store: Store, config: Config) -> int:
    """Bring a run halfway, one in a hundred refused, and return its number."""
    run = plan.freeze(store, press(store), config, at=AT)
    assert run is not None
    with store.writing() as transaction:
        half = {"run": run.id, "half": READERS // 2}
        became = "state = CASE WHEN seq % 100 = 0 THEN 'refused' ELSE 'accepted' END"
        transaction.execute(text(f"UPDATE deliveries SET {became} WHERE run = :run AND seq <= :half"), half)
        begun = {"checked_at": AT, "started_at": AT}
        assert runs.change(transaction, run.id, {"checking"}, state="sending", **begun)
    settle(store)
    return run.id
