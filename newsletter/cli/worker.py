"""newsletter worker"""

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from threading import Event
from typing import TYPE_CHECKING, Annotated

from typer import Option

from newsletter import app
from newsletter.cli import _ending, _log, _out, _workers
from newsletter.config import Config
from newsletter.delivery.claimer import Busy
from newsletter.errors import UsageError
from newsletter.store import notices, runs
from newsletter.store.database import Store

if TYPE_CHECKING:
    from newsletter.worker import Worker
    from newsletter.worker.tasks import Member

_CARE = 4
"""So many threads of a worker do something else than to send."""
_LOOK = 1.0
"""Seconds from one look whether somebody else sends still to the next."""

Concurrency = Annotated[
    int, Option("--concurrency", min=1, help="On PostgreSQL: for how many runs, or parts of one, it sends at a time.")
]
Status = Annotated[bool, Option("--status", help="Only say who works, on which machine, since when, and on what.")]
AsJson = Annotated[bool, Option("--json", help="Print that as JSON.")]


def command(concurrency: Concurrency = 1, status: Status = False, as_json: AsJson = False) -> None:
    """Do what is due, until it is stopped: scheduled runs, holds, doubts, notices.

    It sends runs when their time comes, waits through quiet days, applies what the provider tells, settles doubts,
    mails notices, and tells the operator when a run needs him. Ctrl-C and SIGTERM end it in order: nothing more is
    taken, and what is under way is written down. On a file it is the only one that sends, and waits for whoever does;
    on PostgreSQL as many may work as one likes, on as many machines.

    Example: newsletter worker
    """
    config = app.here().config
    if status or as_json:
        _workers.show(config, as_json=as_json)
        return
    with (
        app.store(config, threads=concurrency + _CARE) as store,
        _ending.in_order(signal.SIG_DFL, told=_tell) as stop,
        suppress(Busy),  # it was to end before its turn came
        _working(config, store, concurrency, stop) as worker,
    ):
        _say_state(store)
        _log.begin()
        worker.run(stop)
    _out.say("The worker has ended; what was still to do is kept, and the next one goes on with it.")


def _tell() -> None:
    _out.say("It ends in order: nothing more is taken, and what is under way is waited for.")
    _out.say("Ctrl-C once more ends it at once, and leaves in doubt what is under way.")


def _working(config: Config, store: Store, slots: int, stop: Event) -> "AbstractContextManager[Member | Worker]":
    """The only one on a file, which has one slot, or one among others. Raises: Busy when it is to end before."""
    if store.file is None:
        return nullcontext(app.member(config, store, slots))
    if slots > 1:
        raise UsageError(
            f"{store.place} is a file, from which one run is sent at a time.",
            "Leave --concurrency out, or move to PostgreSQL: see docs/operations.md.",
        )
    return app.working(config, store, "worker", notices=True, wait=_waiting(stop))


def _waiting(stop: Event) -> Callable[[Busy], bool]:
    """What waits a while for whoever sends, and says once for whom: a ``runs settle``, say, is over in a moment."""
    said = list[str]()

    def wait(busy: Busy) -> bool:
        if busy.sentence not in said:
            said.append(busy.sentence)
            _out.say(f"{busy.sentence} This worker begins when that has ended; Ctrl-C ends it.")
        return stop.wait(_LOOK)

    return wait


def _say_state(store: Store) -> None:
    with store.reading() as transaction:
        going, counts = runs.going(transaction), notices.counts(transaction)
    _out.say(f"The worker sends from {store.place}; Ctrl-C ends it.")
    for run in going:
        _out.say(f"  Run {run.id} of {run.issue} is {run.state}{f' ({run.why})' if run.why else ''}.")
    if not going:
        _out.say("  No run is scheduled or under way.")
    _out.say(f"  Notices waiting: {counts['waiting']:,}; in doubt: {counts['in doubt']:,}.")
