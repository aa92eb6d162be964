"""Senders that are killed, stopped and woken while the provider fails in every way: the ledger says what is so.

The provider is not killed: what it wrote down is the truth. Somebody reads the ledger all the time.
"""

from collections.abc import Callable

import pressed
import pytest
from hurting import DIFFICULT, play
from proof_stage import Stage

LONG, SHORT = 28, 4
"""Kills in a cell: eleven long ones make more than three hundred."""

LEAVING = {"repeats": 0, "resend": 0, "remembers": 0, "plain": 40}
"""How many leave or are erased meanwhile: no request that went to one of them is repeated."""


def cell(database: str, senders: int, kind: str, *, kills: int = LONG) -> object:
    return pytest.param(database, senders, kind, kills, marks=[pytest.mark.proof] if kills == LONG else [])


@pytest.mark.parametrize(
    ("database", "senders", "kind", "kills"),
    [
        cell("sqlite", 1, "repeats", kills=SHORT),
        cell("postgresql", 3, "plain", kills=SHORT),
        *(cell("sqlite", 1, kind) for kind in ("repeats", "remembers", "plain", "resend")),
        *(cell("postgresql", 1, kind) for kind in ("repeats", "remembers", "plain")),
        *(cell("postgresql", 3, kind) for kind in ("repeats", "remembers", "plain", "resend")),
    ],
)
def test_senders_killed_at_any_moment_mail_nobody_twice_and_lose_nobody(
    stage_on: Callable[..., Stage], database: str, senders: int, kind: str, kills: int
) -> None:
    seed = kills + senders
    stage = stage_on(database, kind, seed=seed)
    alone = database == "sqlite"  # others try for a while to send beside him: there is to be something left by then
    readers = pressed.put_readers(stage.store, 600 if alone or kind == "resend" else 200, *DIFFICULT[kind])
    with stage.watched():
        play(stage, senders, kills, seed, leaving=readers[: LEAVING[kind]])
    states = stage.close(may_doubt=kind == "plain")
    assert states["accepted"]
    assert not stage.stumbles("stumbled", "no provider may", "without_store")


def test_a_sender_that_takes_a_failure_for_nothing_sent_is_found_out(stage_on: Callable[..., Stage]) -> None:
    stage = stage_on("sqlite", "plain")
    pressed.put_readers(stage.store, 20)
    stage.weather({"fail after": 1})
    stage.presses()
    stage.start(retries_doubts=True)
    stage.until(stage.asked(4))
    with pytest.raises(AssertionError, match=r"took it|twice"):
        stage.states()
