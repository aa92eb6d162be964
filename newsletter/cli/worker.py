"""newsletter worker"""

import signal
import threading
from types import FrameType

from newsletter import app
from newsletter.cli import _log, _out
from newsletter.store import notices, runs
from newsletter.store.database import Store

_ENDED_BY = (signal.SIGINT, signal.SIGTERM)


def command() -> None:
    """Do what is due, until it is stopped: scheduled runs, holds, doubts, notices.

    It sends runs when their time comes, waits through quiet days, applies what the provider tells, settles doubts,
    mails notices, and tells the operator when a run needs him. Ctrl-C and SIGTERM end it in order: nothing more is
    taken, and what is under way is written down.

    Example: newsletter worker
    """
    config = app.here().config
    stop = threading.Event()
    with app.store(config) as store, app.working(config, store, "worker", notices=True) as worker:
        _say_state(store)
        _log.begin()
        _end_with(stop)
        worker.run(stop)
        _out.say("It ends in order: what is under way is waited for.")
    _out.say("The worker has ended; what was still to do is kept, and the next one goes on with it.")


def _say_state(store: Store) -> None:
    with store.reading() as transaction:
        going, counts = runs.going(transaction), notices.counts(transaction)
    _out.say(f"The worker sends from {store.place}; Ctrl-C ends it.")
    for run in going:
        _out.say(f"  Run {run.id} of {run.issue} is {run.state}{f' ({run.why})' if run.why else ''}.")
    if not going:
        _out.say("  No run is scheduled or under way.")
    _out.say(f"  Notices waiting: {counts['waiting']:,}; in doubt: {counts['in doubt']:,}.")


def _end_with(stop: threading.Event) -> None:
    """Have the first signal end the worker in order, and a second one at once."""

    def end(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in _ENDED_BY:
        signal.signal(number, end)
