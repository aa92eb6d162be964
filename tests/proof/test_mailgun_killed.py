"""Mailgun, which repeats nothing: what came of a request without an answer is looked up, once that means anything.

Those who send through it are killed, stopped and woken while it fails in every way. It shows what it took at once, or
late, or not at all; then doubts are shown and stay.
"""

import time
from collections.abc import Callable

import pressed
import pytest
from hurting import DIFFICULT, play
from proof_stage import Stage

LONG, SHORT = 24, 3
LAG = 3.0
"""Seconds that its events are late, of the nine that are waited for them: whoever is slow has the others."""
LATER = 15.0


def cell(database: str, works_as: str, look_up: str, *, kills: int = LONG) -> object:
    marks = [pytest.mark.proof] if kills == LONG else []
    return pytest.param(database, works_as, look_up, kills, marks=marks)


@pytest.mark.parametrize(
    ("database", "works_as", "look_up", "kills"),
    [
        cell("sqlite", "sender", "none", kills=SHORT),
        cell("sqlite", "sender", "late"),
        *(cell("postgresql", "worker", look_up) for look_up in ("now", "late", "none")),
    ],
)
def test_killed_at_any_moment_nobody_has_it_twice_from_mailgun_and_nobody_is_lost(
    stage_on: Callable[..., Stage], database: str, works_as: str, look_up: str, kills: int
) -> None:
    stage = stage_on(database, "mailgun", works_as=works_as, look_up=look_up, lag=LAG, seed=kills)
    pressed.put_readers(stage.store, 200, *DIFFICULT["mailgun"])
    with stage.watched():
        play(stage, 3 if works_as == "worker" else 1, kills, seed=kills, leaving=[])
    states = stage.close(may_doubt=look_up == "none")
    assert states["accepted"]
    assert states["refused"] or look_up == "none", "whoever spoils a request is found"
    assert not stage.stumbles("stumbled", "no provider may")


@pytest.mark.proof
def test_events_that_are_later_than_mailgun_promises_are_found_out(stage_on: Callable[..., Stage]) -> None:
    """It promises half an hour, nine seconds by the fast clock. By then those of an earlier issue are seen."""
    stage = stage_on("sqlite", "mailgun", look_up="late", lag=LATER)
    pressed.put_readers(stage.store, 20)
    stage.presses("an earlier one")
    stage.finish(stage.start())
    time.sleep(LATER)
    stage.weather({"drop after": 1})
    stage.presses()
    stage.start()
    with pytest.raises(AssertionError, match=r"took it|twice"):
        stage.until(lambda: stage.states()["refused"])
