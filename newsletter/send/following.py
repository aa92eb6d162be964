"""A run watched until it is over or somebody has to decide, and taken further while nobody else does that.

It is watched by reading the ledger, whoever sends: this process in a thread beside, another one, or several.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from newsletter.delivery.alert import news
from newsletter.delivery.allowance import Allowance, Shut
from newsletter.delivery.lifecycle import rests
from newsletter.errors import NotFinished, StoreError
from newsletter.model.ledger import DeliveryState, Run
from newsletter.store import claims, deliveries, runs
from newsletter.store.database import Store

_LOOK = 0.5
"""Seconds between two looks, where looking is quick."""
_SOON = 0.05
"""Seconds to the next look while a hand is about to end."""
_SHARE = 20
"""So many times as long as a look took, nobody looks again: counting a long run is work too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run as it is at a moment, how many of its readers are in each state, and when the next one's turn is.

    ``due_at`` is None when nobody waits; ``shut`` is what keeps all of them waiting, as far as that was asked for.
    """

    run: Run
    counts: dict[DeliveryState, int]
    at: datetime
    due_at: datetime | None
    shut: Shut | None = None


class Hand:
    """Lends a hand in a thread of its own. ``work`` works until the event is set, and raises what went wrong."""

    def __init__(self, work: Callable[[threading.Event], None]) -> None:
        """Nothing is begun yet."""
        self._work = work
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    @property
    def lent(self) -> bool:
        """Whether it works at the moment."""
        return self._thread is not None and self._thread.is_alive()

    def lend(self) -> None:
        """Begin. Whoever ends the program in spite of it leaves to the ledger what is under way."""
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Raise what went wrong, if anything did."""
        if self._error is not None:
            raise self._error

    def finish(self) -> None:
        """Wait until it has done all there is to do. Raises: what went wrong."""
        if self._thread is not None:
            self._thread.join()
        self.look()

    def end(self) -> None:
        """Have it take nothing more, and wait until what is under way is written down. Raises: what went wrong."""
        self._stop.set()
        self.finish()

    def _run(self) -> None:
        try:
            self._work(self._stop)
        except BaseException as error:  # it is raised in the thread that looks
            self._error = error


def look(store: Store, number: int, *, at: datetime, allowance: Allowance | None = None) -> Seen:
    """See a run in one state of the store, and in the light of the limits that are given.

    Raises: StoreError; LookupError when there is no such run.
    """
    with store.reading() as transaction:
        run = runs.get(transaction, number)
        if run is None:
            raise LookupError(f"no run {number}")
        counts, due_at = deliveries.counts(transaction, number), claims.next_due(transaction, number)
        shut = allowance.shut(transaction, run, at) if allowance else None
    return Seen(run=run, counts=counts, at=at, due_at=due_at, shut=shut)


def follow(
    look: Callable[[], Seen],
    hand: Hand,
    *,
    alone: Callable[[], bool],
    tell: Callable[[Seen], None],
    ticks: Callable[[], float],
    wait: Callable[[float], object],
) -> None:
    """Tell how a run stands until it rests; have a hand lent whenever ``alone`` says to.

    ``look`` sees it; ``ticks`` counts seconds, ``wait`` waits for so many and says whether that is to be all. Raises:
    StoreError when nobody waits for the store to be back, and what went wrong with the hand.
    """
    while True:
        began, resting = ticks(), False
        try:
            seen = look()
        except StoreError:
            if not hand.lent:
                raise
        else:
            tell(seen)
            resting = rests(seen.run)
            if resting and not hand.lent:  # until then somebody may have it go on again
                hand.finish()
                return
        hand.look()
        if not hand.lent and alone():
            hand.lend()
        if wait(_SOON if resting else max(_LOOK, _SHARE * (ticks() - began))):
            return


def refuse_unfinished(seen: Seen, *, goes_on: bool = False, zone: tzinfo = UTC) -> None:
    """Raise NotFinished unless all of a run's readers got it, were refused, or were skipped each for his own reason.

    ``goes_on`` says that somebody else goes on with it; moments are told in ``zone``.
    """
    run = seen.run
    if run.state == "finished":
        return
    if rests(seen.run):
        told = news(run, seen.counts, doubts=False)
        sentence, ways = f"{told.line}. {run.sentence}", told.remedies
    else:
        sentence, ways = _stays(run, zone, goes_on=goes_on), _GOES_ON if goes_on else _GO_ON
    hint = "\n".join(f"{what}: {command.format(run=run.id, issue=run.issue)}" for what, command in ways)
    raise NotFinished(f"{sentence.strip()} {_numbers(seen)}".strip(), hint)


def _stays(run: Run, zone: tzinfo, *, goes_on: bool) -> str:
    """What becomes of a run that nobody has to decide on: one that waits for a moment needs somebody who sends then."""
    until = run.allowed_at if run.state == "scheduled" else run.until
    if until is None:
        return f"{run.issue} is not finished."
    stays = f"stays {run.state} for" if run.state == "scheduled" else "waits until"
    moment = f"{until.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    only = "" if goes_on else ", and goes only if a worker or this command runs then"
    return f"{run.issue} {stays} {moment}{only}."


_GOES_ON = (("It goes on without you. See how far it is", "newsletter runs show {run}"),)
_GO_ON = (
    ("Go on with it", "newsletter send {issue}"),
    ("Or leave it to what runs by itself", "newsletter worker"),
    ("Or end it", "newsletter runs cancel {run}"),
)


def _numbers(seen: Seen) -> str:
    """``150 of 200 readers wait. To 3 it is under way. Of 2 it is not known whether they have it.``"""
    waiting, doubted = seen.counts["waiting"], seen.counts["in doubt"]
    sentences = (
        f"{waiting:,} of {seen.run.total:,} readers wait." if waiting and seen.run.total else "",
        f"To {sending:,} it is under way." if (sending := seen.counts["sending"]) else "",
        f"Of {doubted:,} it is not known whether they have it." if doubted else "",
    )
    return " ".join(filter(None, sentences))
