"""`newsletter runs settle` as one types it: what becomes of doubts, of alarms, and of a database that was restored."""

from datetime import timedelta
from pathlib import Path

import ledgered
import pytest
from at_keyboard import Keyboard
from commandline import Typed, refused
from under_way import BY, ISSUE, NOW, addresses_of, counts, stands

from newsletter.delivery.claimer import Claimer
from newsletter.model.ledger import Run
from newsletter.store import attempts, events, webhooks
from newsletter.store.attempts import Intent
from newsletter.store.database import Store
from newsletter.store.events import Told
from newsletter.store.webhooks import Called


def through_outbox(paper: Path) -> None:
    """Have the newsletter be sent through a folder, which cannot say what became of a request."""
    file = paper / "newsletter.toml"
    table = '[send]\nprovider = "outbox"\noutbox = { folder = "out" }'
    file.write_text(file.read_text("utf-8").replace("[send]", table, 1), "utf-8")


def lift_mark(typed: Typed, paper: Path, number: int) -> None:
    """Have this machine know of so many requests, as if it had sent after the backup."""
    refused(typed("settle", "--restored", "--reason", "so that the file is there"), 2, "is not older")
    (mark,) = (paper / "state").iterdir()
    mark.write_text(f"{number:020d}", "utf-8")


def test_doubts_are_decided_with_a_reason_that_is_kept(typed: Typed, store: Store, begun: Run) -> None:
    said = typed("settle", "--assume-accepted", "--reason", "it is in the log", "--yes")
    assert said.out.startswith("Run 1 of 2026-11-28 is sending; in doubt before: 1, now: 0. 2 waiting, 2 accepted")
    assert "it is in the log" in typed("readers", ISSUE, addresses_of(store, 3)).out
    assert typed("settle").err.startswith("Nobody of run 1 is in doubt.\n")


def test_whoever_is_sent_it_again_waits_and_it_is_said_how_he_gets_it(typed: Typed, store: Store, begun: Run) -> None:
    said = typed("settle", "--send-again", "--reason", "not in the log", "--yes")
    assert said.code == 7
    assert "2026-11-28 is not finished. 3 of 5 readers wait." in said.err
    assert "newsletter send 2026-11-28" in said.err
    assert counts(store)["waiting"] == 3


def test_of_a_run_that_is_over_nothing_is_left_to_say(typed: Typed, store: Store, begun: Run) -> None:
    assert typed("cancel").code == 0
    assert typed("settle", "--assume-accepted", "--reason", "it is in the log", "--yes").code == 0
    assert typed("settle").code == 0


def test_whoever_was_under_way_when_the_sender_was_killed_is_in_doubt_when_it_settles(
    typed: Typed, paper: Path, store: Store, begun: Run
) -> None:
    through_outbox(paper)
    with store.writing() as transaction:
        intents = [Intent(seqs=(4,), fingerprint="f" * 64)]
        attempts.open_(transaction, 1, intents, BY, at=NOW, expires_at=NOW + timedelta(minutes=5))
    said = typed("settle", "--assume-accepted", "--reason", "both are in the log", "--yes")
    assert "in doubt before: 2, now: 0. 1 waiting, 3 accepted, 1 refused." in said.out
    assert typed("audit").code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--assume-accepted",), "What you decide is kept with your reason."),
        (("--reason", "zomaar"), "What you decide is kept with your reason."),
        (("--assume-accepted", "--send-again", "--reason", "zomaar"), "One thing is decided at a time."),
        (("1", "--restored", "--reason", "zomaar"), "A database is restored with all its runs."),
        (("--send-again", "--reason", "zomaar"), "Nobody is there to be asked."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_nothing_is_decided_half(typed: Typed, begun: Run, words: tuple[str, ...], sentence: str) -> None:
    refused(typed("settle", *words), 2, sentence)


def test_of_a_restored_database_nobody_is_mailed_who_may_have_been(
    typed: Typed, paper: Path, store: Store, begun: Run
) -> None:
    with store.writing() as transaction:
        later = ledgered.press(transaction, issue="2026-12-05")
    lift_mark(typed, paper, 500)
    refused(typed("settle", "--restored", "--reason", "disk broke"), 2, "Nobody is there to be asked.")
    said = typed("settle", "--restored", "--reason", "disk broke", "--yes")
    assert said.code == 0
    assert "Run 1: in doubt now, though they waited: 2 readers." in said.out
    assert f"Run {later.id} had not begun, and is paused." in said.out
    assert counts(store) == {"accepted": 1, "refused": 1, "in doubt": 3}
    assert (stands(store), stands(store, later.id)) == ("finished with doubts", "paused (operator)")
    assert typed("audit").code == 0
    assert typed("settle", "1", "--send-again", "--reason", "not in the log", "--yes").code == 7
    assert counts(store)["waiting"] == 3
    with store.reading() as transaction:
        assert attempts.highest(transaction) == 501


@pytest.mark.parametrize(("answer", "code", "doubted"), [("2", 0, 3), ("3", 1, 1)])
def test_whoever_says_that_a_database_was_restored_types_how_many_that_puts_in_doubt(
    typed: Typed, paper: Path, store: Store, begun: Run, monkeypatch: pytest.MonkeyPatch,
    answer: str, code: int, doubted: int,
) -> None:  # fmt: skip
    lift_mark(typed, paper, 500)
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    assert typed("settle", "--restored", "--reason", "disk broke").code == code
    assert counts(store)["in doubt"] == doubted


def test_while_somebody_sends_nobody_says_that_his_database_was_restored(typed: Typed, paper: Path, begun: Run) -> None:
    with Claimer(paper / "newsletter.db").hold("worker", at=NOW):
        refused(typed("settle", "--restored", "--reason", "disk broke", "--yes"), 5, "sends from")


def test_what_nobody_can_tell_stays_in_doubt_and_says_so(typed: Typed, paper: Path, store: Store, begun: Run) -> None:
    through_outbox(paper)
    code, out, err = typed("settle")
    assert (code, out) == (
        7,
        "Run 1 of 2026-11-28 is sending; in doubt before: 1, now: 1. 2 waiting, 1 accepted, 1 refused, 1 in doubt.\n",
    )
    assert "Of run 1 it is not known whether 1 reader has it." in err
    assert "--assume-accepted or --send-again" in err


def test_what_the_provider_told_settles_a_doubt(typed: Typed, paper: Path, store: Store, begun: Run) -> None:
    through_outbox(paper)
    with store.writing() as transaction:
        webhooks.keep(transaction, [Called(provider="outbox", key="1", at=NOW, body="")])
        webhooks.applied(transaction, {1: ""}, at=NOW)
        events.add(transaction, [Told(webhook=1, kind="delivered", at=NOW, run=1, seq=3)])
    said = typed("settle", "1")
    assert "in doubt before: 1, now: 0. 2 waiting, 2 accepted, 1 refused" in said.out
    assert typed("audit").code == 0


def test_an_alarm_that_the_operator_knows_of_breaks_no_law(typed: Typed, store: Store, begun: Run) -> None:
    with store.writing() as transaction:
        webhooks.keep(transaction, [Called(provider="outbox", key="1", at=NOW, body="")])
        webhooks.applied(transaction, {1: ""}, at=NOW)
        alarm = "delivered to a reader who is refused"
        events.add(transaction, [Told(webhook=1, kind="delivered", at=NOW, run=1, seq=2, alarm=alarm)])
    assert typed("audit").code == 1
    said = typed("settle", "1", "--acknowledge-alarms", "--reason", "the provider mixed two mails up")
    assert (said.code, said.out) == (
        0,
        "Run 1 of 2026-11-28: alarms acknowledged: 1. The audit goes on telling them.\n",
    )
    assert typed("audit").code == 0
    again = typed("settle", "--acknowledge-alarms", "--reason", "once more")
    assert again.out == "Run 1 of 2026-11-28 has no alarm that nobody knows of.\n"


def test_while_somebody_sends_he_settles_too(typed: Typed, paper: Path, begun: Run) -> None:
    through_outbox(paper)
    with Claimer(paper / "newsletter.db").hold("worker", at=NOW):
        refused(typed("settle"), 5, "sends from")
