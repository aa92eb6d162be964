"""A sender that is stopped exactly between its intent and its first byte, and woken when others have gone on."""

from collections.abc import Callable

import pressed
import pytest
from proof_stage import Stage
from truthful import BATCH, KINDS, Kind


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=pytest.mark.proof) for kind in KINDS[:2]] + [KINDS[2]])
def test_what_a_zombie_was_about_to_send_does_not_leave(stage_on: Callable[..., Stage], kind: Kind) -> None:
    """Where nobody can find that out he says so himself when he is woken, and his readers are mailed after all."""
    stage = stage_on("postgresql", kind, connections=1)
    readers = len(pressed.put_readers(stage.store, 16 * BATCH))  # more than lie ready, so that it stops nowhere else
    with stage.watched():
        stage.presses()
        zombie = stage.start_frozen()
        taken = stage.states()["sending"]
        assert taken
        assert not stage.log.asked
        assert stage.said(stage.start()) == "done"
        doubts = {"in doubt": taken} if kind == "plain" else {}
        assert stage.states() == {"accepted": readers - sum(doubts.values()), **doubts}
        stage.wake(zombie)
        assert stage.said(zombie) == "done"
        assert stage.said(stage.start()) == "done"
    assert stage.close(may_doubt=False)["accepted"] == readers
    assert not stage.stumbles("stumbled", "no provider may")


def test_on_sqlite_a_zombie_keeps_others_out_and_goes_on_when_it_is_woken(stage_on: Callable[..., Stage]) -> None:
    stage = stage_on("sqlite", "plain", connections=1)
    readers = len(pressed.put_readers(stage.store, 4 * BATCH))
    with stage.watched():
        stage.presses()
        zombie = stage.start_frozen()
        intent = stage.clock()
        assert "Busy" in stage.said(stage.start())
        stage.until(lambda: (stage.clock() - intent).total_seconds() > 400)
        stage.wake(zombie)
        assert stage.said(zombie) == "done"
    assert stage.close(may_doubt=False)["accepted"] == readers
    assert not stage.stumbles("stumbled", "no provider may")
