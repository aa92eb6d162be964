"""A run followed live on the terminal; Ctrl-C ends in order what this process does for it."""

import time
from threading import Event
from zoneinfo import ZoneInfo

from newsletter import app
from newsletter.as_json import Data
from newsletter.as_json import run as run_as_data
from newsletter.cli import _out
from newsletter.delivery.allowance import Allowance
from newsletter.delivery.lifecycle import rests
from newsletter.delivery.report import waits_for
from newsletter.model.ledger import Run
from newsletter.send import following
from newsletter.send.following import Seen
from newsletter.store.database import Store
from newsletter.workspace import Workspace

_ENDED = ("accepted", "refused", "skipped", "in doubt")


def to_its_end(workspace: Workspace, store: Store, run: Run, ended: Event) -> tuple[Seen, bool]:
    """Follow a run until it rests or ``ended`` is set; return how it is then, and whether somebody else goes on."""
    zone, allowance = workspace.config.newsletter.time_zone, Allowance(workspace.config)
    if app.sends(store):
        app.nudge(store)
    hand = app.hand(workspace.config, store, lambda: rests(following.look(store, run.id, at=app.now()).run))
    with _out.live() as show:
        try:
            following.follow(
                lambda: following.look(store, run.id, at=app.now(), allowance=allowance),
                hand,
                alone=lambda: not ended.is_set() and _alone(store),
                tell=lambda seen: show(standing(seen, zone), _apart(seen), _ended(seen), seen.run.total),
                ticks=time.monotonic,
                wait=ended.wait,
            )
            if ended.is_set() and hand.lent:
                _out.say("It ends in order: no more readers are taken, and what is under way is waited for.")
                _out.say("Ctrl-C once more ends it at once, and leaves in doubt what is under way.")
        finally:
            hand.end()
    return following.look(store, run.id, at=app.now()), app.sends(store)


def _alone(store: Store) -> bool:
    """Whether nobody else sends, also when it was left to a worker that has died since; it is said then."""
    if app.sends(store):
        return False
    if store.file is None:
        _out.say("No worker takes work, so this command sends by itself.")
    return True


def standing(seen: Seen, zone: ZoneInfo) -> str:
    """How a run stands, and what it waits for: ``Run 3: scheduled. Its moment: 2026-11-28 06:00.``"""
    waits = waits_for(seen.run, seen.counts, due_at=seen.due_at, shut=seen.shut, at=seen.at, sends=None, zone=zone)
    return f"Run {seen.run.id}: {state(seen.run)}{waits and '. '}{waits}"


def state(run: Run) -> str:
    """``sending``, ``paused (hold)``"""
    return f"paused ({run.why})" if run.why else run.state


def result(seen: Seen) -> str:
    """``Run 3 of 2026-11-28 is finished: 48 accepted, 2 refused.``"""
    counted = ", ".join(f"{count:,} {name}" for name, count in seen.counts.items() if count)
    return f"Run {seen.run.id} of {seen.run.issue} is {state(seen.run)}{counted and ': '}{counted}."


def as_data(seen: Seen, zone: ZoneInfo) -> Data:
    """A run for programs."""
    return {**run_as_data(seen.run, zone), "counts": dict(seen.counts)}


def _apart(seen: Seen) -> str:
    """How many did not simply get it: ``(2 refused, 1 in doubt)``"""
    counted = ", ".join(f"{count:,} {name}" for name, count in seen.counts.items() if count and name in _ENDED[1:])
    return counted and f"({counted})"


def _ended(seen: Seen) -> int:
    return sum(count for name, count in seen.counts.items() if name in _ENDED)
