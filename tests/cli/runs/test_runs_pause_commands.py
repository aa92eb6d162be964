"""`newsletter runs pause|resume|cancel` as one types them: what stops a run, and what has it go on."""

from datetime import timedelta

import ledgered
import pytest
from commandline import Typed, refused
from under_way import ISSUE, NOW, counts, now, stands

from newsletter.model.ledger import Run
from newsletter.store import runs
from newsletter.store.database import Store


def change(store: Store, **columns: object) -> None:
    with store.writing() as transaction:
        assert runs.change(transaction, 1, {runs.hold(transaction, 1).state}, **columns)


def test_a_run_is_paused_and_goes_on_from_where_it_was(typed: Typed, store: Store, begun: Run) -> None:
    code, out, err = typed("pause", "--reason", "a typo")
    assert (code, out) == (0, "Run 1 of 2026-11-28 is paused (operator).\n")
    assert "newsletter runs resume 1" in err
    assert now(store).sentence.endswith(": a typo")
    refused(typed("pause"), 2, "Run 1 of 2026-11-28 is paused already (operator).")
    _, out, err = typed("resume", "--yes")
    assert out == "Run 1 of 2026-11-28 goes on as soon as somebody sends.\n"
    assert "newsletter send 2026-11-28, or newsletter worker" in err
    assert (now(store).state, now(store).sentence) == ("sending", "")


def test_resuming_sends_so_it_asks(typed: Typed, store: Store, begun: Run) -> None:
    typed("pause")
    refused(typed("resume"), 2, "Nobody is there to be asked.")
    assert stands(store) == "paused (operator)"


def test_only_what_is_paused_is_resumed(typed: Typed, begun: Run) -> None:
    refused(typed("resume", "--yes"), 2, "Run 1 of 2026-11-28 is sending, not paused.")


def test_after_its_first_readers_a_run_goes_on_with_all(typed: Typed, store: Store, begun: Run) -> None:
    change(store, state="paused", why="first", first=2)
    assert typed("resume", "--yes").code == 0
    assert (now(store).state, now(store).first) == ("sending", None)


def test_a_hold_ends_when_it_is_resumed(typed: Typed, store: Store, begun: Run) -> None:
    until = NOW + timedelta(minutes=10)
    change(store, state="paused", why="hold", until=until, started_at=None, held_at=None)
    assert typed("resume", "--yes").code == 0
    assert (now(store).state, now(store).held_at is None, now(store).until) == ("checking", False, None)


def test_what_has_not_begun_has_its_time_to_begin_anew_when_it_is_resumed(typed: Typed, store: Store) -> None:
    with store.writing() as transaction:
        long_ago = NOW - timedelta(days=3)
        pressed = ledgered.press(transaction, due_at=long_ago)
        runs.change(transaction, pressed.id, {"scheduled"}, state="paused", why="operator", allowed_at=long_ago)
    assert typed("resume", "--yes").code == 0
    assert (now(store).state, now(store).allowed_at >= NOW) == ("scheduled", True)


def test_a_quiet_day_is_not_resumed_over(typed: Typed, store: Store, begun: Run) -> None:
    change(store, state="paused", why="quiet", until=NOW + timedelta(hours=5))
    said = typed("resume", "--yes")
    refused(said, 2, "Run 1 of 2026-11-28 waits until a quiet day is over, and then goes on by itself.")
    assert "--override-quiet" in said.err


@pytest.mark.parametrize(("state", "how"), [("expired", "did not begin in time"), ("cancelled", "was cancelled")])
def test_what_is_broken_off_is_sent_again_and_not_resumed(
    typed: Typed, store: Store, begun: Run, state: str, how: str
) -> None:
    change(store, state=state, ended_at=NOW)
    said = typed("resume", "--yes")
    refused(said, 2, f"Run 1 of 2026-11-28 {how}, and does not go on.")
    assert "newsletter send 2026-11-28" in said.err


def test_a_cancelled_run_mails_nobody_more_and_the_sum_holds(typed: Typed, store: Store, begun: Run) -> None:
    code, out, err = typed("cancel", ISSUE)
    assert (code, out) == (0, "Run 1 of 2026-11-28 is cancelled.\n")
    assert "newsletter send 2026-11-28" in err
    assert counts(store) == {"accepted": 1, "refused": 1, "skipped": 2, "in doubt": 1}
    assert typed("audit").code == 0
    refused(typed("cancel"), 2, "Run 1 of 2026-11-28 is cancelled.")
