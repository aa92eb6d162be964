"""Whether too much is told of a run's mails after they were taken: then it pauses, or is said of it once it is over.

Its operator may have it go on all the same. What he has seen by then is forgiven: it pauses again only when as many
more are told of.
"""

from newsletter.config.tables import StopAt
from newsletter.delivery import health
from newsletter.model.ledger import Pause, Run
from newsletter.store import deliveries, events, runs
from newsletter.store.database import Transaction

LEAST = 20
"""Fewer mails that failed prove nothing."""


def judge(transaction: Transaction, number: int, stop_at: StopAt) -> None:
    """Pause a run that goes badly, or say so once it is over; this transaction holds it."""
    run = runs.get(transaction, number)
    if run is None:
        return
    if run.why in _SEEN:
        runs.change(transaction, number, {"paused"}, forgiven=events.last(transaction))
        return
    goes_on = run.state == "sending" or run.why == "quiet"
    found = _complained(transaction, run, stop_at.complained) if goes_on else None
    found = found or _failed(transaction, run, stop_at.refused)
    if found is None:
        return
    why, sentence = found
    if goes_on:
        paused = {"state": "paused", "why": why, "until": None, "forgiven": events.last(transaction)}
        runs.change(transaction, number, {run.state}, sentence=sentence, **paused)
    elif run.is_over:
        runs.change(transaction, number, {run.state}, sentence=sentence)


_SEEN = frozenset(("complained", "refused"))
"""Pauses of whose reasons the operator looks at all there are before he ends them."""


def _complained(transaction: Transaction, run: Run, limit: float) -> tuple[Pause, str] | None:
    """Few readers count as `health.LAST`: one of them who is annoyed proves nothing."""
    called = events.readers_of(transaction, run.id, "complained")
    if called * 100 <= limit * health.LAST:  # of a large run counting takes long
        return None
    taken = deliveries.counts(transaction, run.id)["accepted"]
    if called * 100 <= limit * max(taken, health.LAST):
        return None
    return "complained", f"Of {taken:,} readers {called:,} called it spam, more than {limit:g} percent."


def _failed(transaction: Transaction, run: Run, limit: float) -> tuple[Pause, str] | None:
    failed = events.readers_of(transaction, run.id, "failed")
    if failed < LEAST:
        return None
    taken = deliveries.counts(transaction, run.id)["accepted"]
    if failed * 100 <= limit * taken:
        return None
    sentence = f"Of {taken:,} mails that the provider took {failed:,} failed there, more than {limit:g} percent."
    return "refused", sentence
