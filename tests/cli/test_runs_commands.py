"""`newsletter runs …` as one types it: what it says of a run and of a reader, and what it does to a run."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import ledgered
import listed
import pytest
from commandline import Typed, refused, run

from newsletter import workspace
from newsletter.delivery.claimer import Claimer
from newsletter.delivery.copies import Copies
from newsletter.links import Key
from newsletter.model.ledger import Delivery, DeliveryState, Run
from newsletter.store import attempts, deliveries, events, runs, webhooks
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction
from newsletter.store.events import Told
from newsletter.store.webhooks import Called

SECRET = "een geheim dat alleen de proef kent"
BY = Sender(worker="heuvel", account="0123456789abcdef")
ISSUE = ledgered.EDITION.issue
NAMES = ("anna", "bram", "cees", "dora", "emma")
ANNA = "anna@example.nl"
NOW = datetime.now(UTC)


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_addresses: Callable[[], Path]) -> Path:
    """A workspace with a list of five readers, that was not sent to yet."""
    workspace.init(tmp_path, empty=True)
    (tmp_path / ".env").write_text(f"NEWSLETTER_SECRET={SECRET}\n", "utf-8")
    monkeypatch.setenv("NEWSLETTER_STATE", str(tmp_path / "state"))
    sqlite_addresses().rename(tmp_path / "newsletter.db")
    with closing(Store(tmp_path / "newsletter.db")) as store:
        listed.put(store, *(listed.one(f"{name}@example.nl", name=name.title()) for name in NAMES))
    return tmp_path


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("show", "1")``: what `newsletter runs` ends with, and says."""
    return partial(typed_in, paper, "runs")


@pytest.fixture
def store(paper: Path) -> Iterator[Store]:
    with closing(Store(paper / "newsletter.db")) as store:
        yield store


@pytest.fixture
def begun(store: Store) -> Run:
    """A run under way: one reader accepted, one refused, one in doubt; two wait."""
    terms = replace(ledgered.TERMS, key=Key(secret=SECRET.encode()).id.hex())
    pressed = ledgered.begun(store, terms=terms)
    with store.writing() as transaction:
        number = ask(transaction, pressed, 1, 2)
        attempts.end(transaction, number, "answered", worker=BY.worker, at=ledgered.AT)
        answers = [
            Became(seq=1, state="accepted", provider_id="ab12"),
            Became(seq=2, state="refused", reason="550 5.1.1 unknown", what="refused"),
        ]
        attempts.become(transaction, pressed.id, number, answers, at=ledgered.AT)
        number = ask(transaction, pressed, 3)
        attempts.end(transaction, number, "in doubt", worker=BY.worker, at=ledgered.AT, note="no answer in time")
        doubt = Became(seq=3, state="in doubt", reason="no answer in time")
        attempts.become(transaction, pressed.id, number, [doubt], at=ledgered.AT)
    return pressed


def ask(transaction: Transaction, pressed: Run, *seqs: int) -> int:
    copies = Copies(ledgered.EDITION, pressed, [Key(secret=SECRET.encode())])
    readers = [deliveries.get(transaction, pressed.id, seq) for seq in seqs]
    fingerprint = copies.fingerprint(copies.message(one) for one in readers if one)
    intents = [Intent(seqs=seqs, fingerprint=fingerprint)]
    (number,) = attempts.open_(transaction, pressed.id, intents, BY, at=ledgered.AT, expires_at=ledgered.AT)
    return number


def now(store: Store, number: int = 1) -> Run:
    with store.reading() as transaction:
        found = runs.get(transaction, number)
    assert found is not None
    return found


def stands(store: Store, number: int = 1) -> str:
    one = now(store, number)
    return f"{one.state} ({one.why})" if one.why else one.state


def counts(store: Store, number: int = 1) -> dict[DeliveryState, int]:
    with store.reading() as transaction:
        return {state: many for state, many in deliveries.counts(transaction, number).items() if many}


def reader(store: Store, address: str) -> Delivery:
    with store.reading() as transaction:
        return next(one for one in deliveries.page(transaction, 1) if one.address == address)


def addresses_of(store: Store, seq: int) -> str:
    with store.reading() as transaction:
        one = deliveries.get(transaction, 1, seq)
    assert one is not None
    assert one.address is not None
    return one.address


def change(store: Store, **columns: object) -> None:
    with store.writing() as transaction:
        assert runs.change(transaction, 1, {runs.hold(transaction, 1).state}, **columns)


# list, show


def test_before_anything_was_sent_there_is_nothing_to_list_or_show(typed: Typed) -> None:
    assert typed("list").err == "No issue was sent to the list yet.\n"
    refused(typed("show"), 2, "No issue was sent to the list yet.")


def test_runs_are_listed_with_what_became_of_their_readers(typed: Typed, begun: Run) -> None:
    said = typed("list").out
    assert f"1  2026-11-28: sending, due 2026-11-28 06:00, edition {begun.edition[:8]}" in said
    assert "5 readers: 2 waiting, 1 accepted, 1 refused, 1 in doubt" in said
    (one,) = json.loads(typed("list", "--json").out)
    assert (one["run"], one["counts"]["waiting"], one["due_at"]) == (1, 2, "2026-11-28T06:00:00+01:00")


def test_a_run_is_shown_with_its_sum_and_the_provider_s_words(typed: Typed, begun: Run) -> None:
    code, out, err = typed("show")
    assert (code, err) == (0, "")
    assert "The sum holds: 5 = 2 + 0 + 1 + 1 + 0 + 1." in out
    assert "Somebody who sends: newsletter send 2026-11-28, or newsletter worker." in out
    assert out.count("550 5.1.1 unknown") == 2
    assert "no answer in time" in out
    assert "example.nl" in out


@pytest.mark.parametrize("named", ["1", ISSUE, None])
def test_a_run_is_named_by_its_number_or_its_issue_or_is_the_newest(
    typed: Typed, begun: Run, named: str | None
) -> None:
    found = json.loads(typed("show", *([named] if named else []), "--json").out)
    assert (found["run"], found["sum_holds"], found["domains"]["example.nl"]["accepted"]) == (1, True, 1)


def test_a_run_that_is_not_there_is_no_run(typed: Typed, begun: Run) -> None:
    refused(typed("show", "2026-11-29"), 2, "There is no run 2026-11-29, and no run of an issue 2026-11-29.")


def test_a_run_that_somebody_sends_waits_for_nobody(typed: Typed, paper: Path, begun: Run) -> None:
    with Claimer(paper / "newsletter.db").hold("worker", at=NOW):
        assert "waits for" not in typed("show").out


def test_it_fits_a_narrow_terminal_and_has_no_colour_where_none_is_wanted(paper: Path, begun: Run) -> None:
    for command in ("show", "readers"):
        said = run(paper, "runs", command, COLUMNS="60", FORCE_COLOR="1", NO_COLOR="1", TERM="xterm")
        assert said.code == 0
        assert "\x1b[3" not in said.out
        lines = re.sub(r"\x1b\[[0-9;]*m", "", said.out).splitlines()
        assert max(map(len, lines)) <= 60


# readers


def test_readers_are_listed_with_why_they_have_it_or_not(typed: Typed, store: Store, begun: Run) -> None:
    said = typed("readers", ISSUE).out
    assert [line.split()[0] for line in said.splitlines()[1:]] == ["1", "2", "3", "4", "5"]
    refused_one = typed("readers", ISSUE, "--state", "refused").out
    assert addresses_of(store, 2) in refused_one
    assert addresses_of(store, 1) not in refused_one
    assert addresses_of(store, 3) in typed("readers", "--state", "in-doubt", "--domain", "EXAMPLE.nl").out
    assert "No reader of the run" in typed("readers", "--domain", "example.org").err


def test_readers_are_a_file_too(typed: Typed, store: Store, begun: Run) -> None:
    rows = list(csv.DictReader(typed("readers", "--csv").out.splitlines()))
    assert [row["state"] for row in rows] == ["accepted", "refused", "in doubt", "waiting", "waiting"]
    assert (rows[0]["provider_id"], rows[0]["id"]) == ("ab12", f"{begun.token}00000001")
    assert json.loads(typed("readers", "--json").out)[1]["reason"] == "550 5.1.1 unknown"


def test_of_one_reader_every_request_is_told_with_times_and_answers(typed: Typed, store: Store, begun: Run) -> None:
    address = addresses_of(store, 2)
    said = typed("readers", ISSUE, address).out
    assert "refused: 550 5.1.1 unknown" in said
    assert "2026-11-28 06:00:00: request 1, for him and 1 more." in said
    assert "2026-11-28 06:00:00: refused (request 1): 550 5.1.1 unknown" in said
    (part,) = json.loads(typed("readers", address, "--json").out)
    assert [one["what"] for one in part["answers"]] == ["refused"]


def test_of_whoever_is_in_no_run_is_said_why(typed: Typed, store: Store, begun: Run) -> None:
    listed.put(store, listed.one("later@example.org", "pending"))
    said = typed("readers", ISSUE, "later@example.org").out
    assert said == "later@example.org is not among the readers. Today: Gets no mail: has not confirmed yet.\n"
    refused(typed("readers", "nobody@example.org"), 2, "Nobody on the list has the address nobody@example.org.")


def test_an_issue_that_was_sent_twice_tells_of_both_runs(typed: Typed, store: Store, begun: Run) -> None:
    typed("cancel")
    ledgered.begun(store, terms=begun.terms)
    address = addresses_of(store, 4)
    parts = json.loads(typed("readers", ISSUE, address, "--json").out)
    assert [(part["run"], part["reader"]["state"]) for part in parts] == [(2, "waiting"), (1, "skipped")]
    assert "2" in typed("show", "1").out.partition("have which edition")[2]


def test_a_reader_s_copy_is_made_again_and_compared(typed: Typed, store: Store, begun: Run) -> None:
    address = addresses_of(store, 1)
    code, out, err = typed("readers", ISSUE, address, "--eml")
    assert code == 0
    assert f"To: {address}" in out.replace("\r\n", "\n") or address in out
    assert err.startswith(
        "Edition, headers and each reader's own words of request 1 for 2 readers are the same when it is made"
    )


def test_a_copy_that_is_not_what_left_fails(typed: Typed, store: Store, begun: Run) -> None:
    with store.writing() as transaction:
        transaction.exec_driver_sql("UPDATE deliveries SET name = 'Iemand anders' WHERE seq = 2")
    code, out, err = typed("readers", ISSUE, addresses_of(store, 1), "--eml")
    assert (code, "Subject" in out) == (5, True)
    assert "own words of request 1 for 2 readers are others when it is made again" in err


@pytest.mark.parametrize(
    "words",
    [("--eml",), (ANNA, "--csv"), (ANNA, "--state", "refused"), ("--csv", "--json"), ("1", "2"), ("--state", "sent")],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused(typed: Typed, begun: Run, words: tuple[str, ...]) -> None:
    said = typed("readers", *words)
    assert (said.code, said.out) == (2, "")


# pause, resume, cancel


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


# settle


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


def lift_mark(typed: Typed, paper: Path, number: int) -> None:
    """Have this machine know of so many requests, as if it had sent after the backup."""
    refused(typed("settle", "--restored", "--reason", "so that the file is there"), 2, "is not older")
    (mark,) = (paper / "state").iterdir()
    mark.write_text(f"{number:020d}", "utf-8")


@pytest.mark.parametrize(("answer", "code", "doubted"), [("2", 0, 3), ("3", 1, 1)])
def test_whoever_says_that_a_database_was_restored_types_how_many_that_puts_in_doubt(
    typed: Typed, paper: Path, store: Store, begun: Run, monkeypatch: pytest.MonkeyPatch,
    answer: str, code: int, doubted: int,
) -> None:  # fmt: skip
    lift_mark(typed, paper, 500)
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    assert typed("settle", "--restored", "--reason", "disk broke").code == code
    assert counts(store)["in doubt"] == doubted


class Keyboard(io.StringIO):
    """Somebody who types one answer."""

    def isatty(self) -> bool:
        return True


def test_while_somebody_sends_nobody_says_that_his_database_was_restored(typed: Typed, paper: Path, begun: Run) -> None:
    with Claimer(paper / "newsletter.db").hold("worker", at=NOW):
        refused(typed("settle", "--restored", "--reason", "disk broke", "--yes"), 5, "sends from")


def through_outbox(paper: Path) -> None:
    """Have the newsletter be sent through a folder, which cannot say what became of a request."""
    file = paper / "newsletter.toml"
    table = '[send]\nprovider = "outbox"\noutbox = { folder = "out" }'
    file.write_text(file.read_text("utf-8").replace("[send]", table, 1), "utf-8")


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


# audit


def test_an_audit_prints_the_sum_and_names_no_address(typed: Typed, begun: Run) -> None:
    code, out, err = typed("audit")
    assert (code, err) == (0, "Every law holds.\n")
    assert "  5 = 2 waiting + 0 sending + 1 accepted + 1 refused + 0 skipped + 1 in doubt" in out
    said = typed("audit", "1", "--json").out
    assert said == typed("audit", "1", "--json").out
    assert "@" not in said


def test_an_audit_lists_what_was_told_of_nobody_who_is_known_and_counts_mails_that_failed(
    typed: Typed, store: Store, begun: Run
) -> None:
    with store.writing() as transaction:
        webhooks.keep(transaction, [Called(provider="resend", key="1", at=NOW, body='{"to": "a@example.org"}')])
        webhooks.applied(transaction, {1: ""}, at=NOW)
        strays = [Told(webhook=1, kind="complained", at=NOW, key="a@example.org", said="a@example.org")] * 22
        events.add(transaction, [Told(webhook=1, kind="failed", at=NOW, run=1, seq=1), *strays])
    code, out, err = typed("audit")
    assert (code, "  Readers whose mail failed after the provider took it: 1.\n" in out) == (0, True)
    assert ("22 told by a provider about nobody known" in err, "… and 2 more" in err) == (True, True)
    assert out.count("complained") == 20
    found = json.loads(typed("audit", "--json").out)
    assert (found["unmatched"], len(found["strays"]), found["runs"][0]["told"]) == (22, 20, {"failed": 1})
    stray = found["strays"][0]
    assert (stray["kind"], stray["provider"], stray["webhook"], "@" in out + str(found)) == (
        "complained", "resend", 1, False,
    )  # fmt: skip
    assert "1  failed" in typed("show", "1").out


def test_a_law_that_does_not_hold_fails_the_audit_and_is_named(typed: Typed, store: Store, begun: Run) -> None:
    with store.writing() as transaction:
        transaction.exec_driver_sql("DELETE FROM deliveries WHERE seq = 5")
    code, out, err = typed("audit")
    assert (code, "The sum does not hold: 1 missing. [sum]" in out) == (1, True)
    assert "laws that do not hold: 1." in err
    assert "The sum does not hold: 1 missing." in typed("show").out
