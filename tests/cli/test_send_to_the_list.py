"""`newsletter send ISSUE` from outside: fifty readers, a real mail server, and what is said before and after."""

import io
import json
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from commandline import Typed, refused, started
from listed import one, put
from providers.fakes import mail_server, resend_api
from providers.fakes.mail_server import MailServer

from newsletter import app, build, workspace
from newsletter.model.ledger import Run
from newsletter.store import deliveries, runs
from newsletter.store.database import Store

ISSUE = "2026-11-28"
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\n---\n\nHet water zakt.\n"
READERS = tuple(f"lezer{number:02}@example.org" for number in range(50))
TOML = """
[send.smtp]
host = "127.0.0.1"
port = {port}
tls = "none"

[send.resend]
url = "{resend}"
"""
ENV = """
NEWSLETTER_SECRET=een-geheim-van-zestig-schapen
NEWSLETTER_RESEND_KEY=re_proef
NEWSLETTER_STATE={state}
"""


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server.running() as server:
        yield server


@pytest.fixture
def paper(tmp_path: Path, server: MailServer, sqlite_addresses: Callable[[], Path]) -> Path:
    """A newspaper without quiet days, whose mail server is on this machine; fifty readers wait for its issue."""
    root = tmp_path / "paper"
    workspace.init(root, empty=True)
    articles = root / "issues" / ISSUE / "articles"
    articles.mkdir(parents=True)
    (articles / "pont.md").write_text(ARTICLE, "utf-8")
    (root / ".env").write_text(ENV.format(state=tmp_path / "state"), "utf-8")
    file = root / "newsletter.toml"
    text = re.sub(r"^quiet = .*$", "quiet = []", file.read_text("utf-8"), flags=re.MULTILINE)
    file.write_text(text + TOML.format(port=server.port, resend="http://127.0.0.1:1"), "utf-8")
    configure(root, provider='"smtp"')
    sqlite_addresses().rename(root / "newsletter.db")
    with closing(Store(root / "newsletter.db")) as store:
        put(store, *(one(address) for address in READERS), one("dora@example.org", "left"))
    return root


def configure(root: Path, **keys: str) -> None:
    """Write keys under ``[send]``, as TOML spells their values."""
    file = root / "newsletter.toml"
    text = file.read_text("utf-8")
    for key, value in keys.items():
        text = re.sub(rf"^(?:# )?{key} = .*$", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
    file.write_text(text, "utf-8")


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("--at", "now")``: what comes of sending the issue so."""
    return partial(typed_in, paper, "send", ISSUE)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``answer("50")``: somebody is at the keyboard, and types this."""

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda line: monkeypatch.setattr(sys, "stdin", Keyboard(f"{line}\n"))


def fingerprint(root: Path) -> str:
    return build.build(workspace.find(root, {}), ISSUE).edition.fingerprint


def the_runs(root: Path) -> tuple[Run, ...]:
    with closing(Store(root / "newsletter.db")) as store, store.reading() as transaction:
        return runs.every(transaction)


def mailed(server: MailServer) -> list[str]:
    return sorted(taken.reader for taken in server.taken)


def wait_for(what: Callable[[], object]) -> None:
    for _ in range(1_000):
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come about")


# Before


def test_everything_is_said_first_and_the_number_of_readers_typed_sends_it(
    paper: Path, server: MailServer, typed: Typed, answer: Callable[[str], None]
) -> None:
    configure(paper, rate='"100/s"')
    answer("50")
    code, out, err = typed()
    assert (code, mailed(server)) == (0, list(READERS)), err
    for said in (
        r"De pont vaart weer", rf"fingerprint +{fingerprint(paper)[:16]}", r"readers +50 of newsletter\.db wait for it",
        r"left out +1 left", r"through +smtp \(127\.0\.0\.1\); 127\.0\.0\.1:\d+ answers\.",
        r"first mail +\d{4}-\d\d-\d\d \d\d:\d\d CES?T \(.*\d\d:\d\d UTC\)", r"last mail +\d{4}-.* UTC\) *\n",
        r"2026-11-28 06:00 CET \(05:00 UTC\), has passed: it begins at once", r"type how many readers wait",
    ):  # fmt: skip
        assert re.search(said, err), said
    assert out == f"Run 1 of {ISSUE} is finished: 50 accepted.\n"
    assert server.taken[0].subject == "De pont vaart weer"


@pytest.mark.parametrize("line", ["49", "yes", ""])
def test_another_number_sends_nothing_and_keeps_no_run(
    paper: Path, server: MailServer, typed: Typed, answer: Callable[[str], None], line: str
) -> None:
    answer(line)
    code, out, err = typed()
    assert (code, out, server.taken, the_runs(paper)) == (1, "", [], ())
    assert "50 readers wait, and that is not what was typed.\nNothing was sent." in err


def test_what_it_costs_who_pauses_and_who_tests_it_is_said_before(
    paper: Path, typed: Typed, answer: Callable[[str], None]
) -> None:
    configure(paper, price='"2.00 EUR"', testers='["redactie@example.org", "chef@example.org"]')
    with closing(Store(paper / "newsletter.db")) as store:
        put(store, *(one(f"weg{day}@example.org", paused_until=date(2036, 12, day)) for day in (3, 1)))
    answer("")
    err = typed().err
    for said in (
        r"readers +50 of newsletter\.db wait for it", r"left out +1 left, 2 paused until 2036-12-01 … 2036-12-03",
        r"its sum +52: the 50 who wait, and as skipped the 2 who pause",
        r"testers +redactie@example\.org, chef@example\.org", r"costs +0\.10 EUR",
    ):  # fmt: skip
        assert re.search(said, err), said


@pytest.mark.parametrize(("first", "said"), [("10", "last of 10"), ("50", "last mail")])
def test_when_the_first_ones_have_it_is_said_before(
    paper: Path, typed: Typed, answer: Callable[[str], None], first: str, said: str
) -> None:
    configure(paper, rate='"1/s"')
    answer("")
    err = typed("--first", first).err
    assert re.search(rf"{said} \d{{4}}-.*, {first} s after the first at the limits of now", " ".join(err.split()))
    assert ("After the first 10 it pauses: 40 readers wait for `newsletter runs resume`." in err) is (first == "10")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("now", r"\n20\d\d-\d\d-\d\d is a quiet day: it begins after it\."),
        (
            "2020-01-02T06:00",
            r"\nIts moment, 2020-01-02 06:00 CET \(05:00 UTC\), has passed, and \S+ is a quiet day: it begins after it",
        ),
    ],
)
def test_of_a_moment_that_has_passed_on_a_quiet_day_one_true_thing_is_said(
    paper: Path, typed: Typed, answer: Callable[[str], None], at: str, said: str
) -> None:
    today = datetime.now(ZoneInfo("Europe/Amsterdam")).strftime("%A").lower()
    file = paper / "newsletter.toml"
    file.write_text(file.read_text("utf-8").replace("quiet = []", f'quiet = ["{today}"]'), "utf-8")
    answer("")
    err = typed("--at", at).err
    assert re.search(said, err), err
    assert "at once" not in err


def test_where_nobody_can_be_asked_it_wants_the_fingerprint(paper: Path, server: MailServer, typed: Typed) -> None:
    code, _, err = typed()
    assert (code, server.taken, the_runs(paper)) == (2, [], ())
    assert f"--approve {fingerprint(paper)[:16]}" in err


def test_what_was_changed_after_approval_is_refused_with_both_fingerprints(
    paper: Path, server: MailServer, typed: Typed
) -> None:
    approved = fingerprint(paper)
    (paper / "issues" / ISSUE / "articles" / "pont.md").write_text(ARTICLE.replace("zakt", "stijgt"), "utf-8")
    code, _, err = typed("--approve", approved)
    assert (code, server.taken, the_runs(paper)) == (4, [], ())
    assert approved[:16] in err
    assert fingerprint(paper)[:16] in err


def test_what_build_and_the_rehearsal_print_approves(paper: Path, server: MailServer, typed_in: Typed) -> None:
    for words in (("build",), ("send", "--dry-run")):
        printed = re.search(r"fingerprint +([0-9a-f]+)", typed_in(paper, *words).out)
        assert printed
        assert printed[1] == fingerprint(paper)[:16]
    assert typed_in(paper, "send", ISSUE, "--approve", printed[1]).code == 0
    assert mailed(server) == list(READERS)


def test_without_a_list_it_refuses_and_makes_none(paper: Path, typed: Typed) -> None:
    (paper / "newsletter.db").unlink()
    said = typed("--approve", fingerprint(paper))
    refused(said, 5, str(paper / "newsletter.db"))
    assert not (paper / "newsletter.db").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--yes"], "--yes does not belong to sending to the list."),
        (["--list", "lijst.csv"], "--list does not belong to sending to the list."),
        (["--at", "soon"], "“soon” is no moment to send at."),
        (["--dry-run", "--at", "now"], "--at does not belong to a rehearsal."),
        (["--test", "--approve", "5e5e5e5e"], "--approve does not belong to a test."),
        (["--approve", "5e"], "“5e” is no fingerprint."),
    ],
)
def test_what_does_not_belong_together_is_refused(paper: Path, typed: Typed, words: list[str], sentence: str) -> None:
    refused(typed(*words), 2, sentence)
    assert the_runs(paper) == ()


# Meanwhile and after


def test_who_pressed_it_and_what_came_of_it_is_told_as_json(paper: Path, typed: Typed, server: MailServer) -> None:
    server.order("RCPT", "550 5.1.1 No such user")
    code, out, _ = typed("--approve", fingerprint(paper), "--override-quiet", "De dijk breekt door.", "--json")
    data = json.loads(out)
    assert (code, data["state"], data["total"]) == (0, "finished", 50)
    assert (data["counts"]["accepted"], data["counts"]["refused"]) == (49, 1)
    assert data["offered"] == {"waiting": 50, "had": 0, "left_out": {"left": 1}}
    (kept,) = the_runs(paper)
    assert (kept.pressed_by, kept.machine) == (data["pressed_by"], data["machine"])
    assert kept.pressed_by
    assert kept.quiet == "De dijk breekt door."


def test_sent_again_it_is_offered_only_to_those_who_have_not_had_it(
    paper: Path, server: MailServer, typed: Typed
) -> None:
    approved = fingerprint(paper)
    assert typed("--approve", approved).code == 0
    with closing(Store(paper / "newsletter.db")) as store:
        put(store, one("nieuw@example.org"))
    code, _, err = typed("--approve", approved)
    assert code == 0
    assert re.search(r"readers +1 of newsletter\.db wait for it", err)
    assert re.search(r"had it +50, by run 1", err)
    assert "It was sent before: only those who have not had it get it now." in err
    assert mailed(server) == sorted((*READERS, "nieuw@example.org"))
    refused(typed("--approve", approved), 4, "Nobody is left who would get 2026-11-28: 51 have had it.")


def test_the_first_ones_get_it_and_then_it_waits_for_a_word(paper: Path, server: MailServer, typed: Typed) -> None:
    approved = fingerprint(paper)
    for _ in range(2):
        code, _, err = typed("--approve", approved, *(["--first", "10"] if not server.taken else []))
        assert (code, len(server.taken)) == (7, 10)
        assert "40 of 50 readers wait" in err
        assert "newsletter runs resume 1" in err
    (kept,) = the_runs(paper)
    assert (kept.state, kept.why, kept.first) == ("paused", "first", 10)


def test_broken_off_it_ends_in_order_and_the_same_command_goes_on(
    paper: Path, server: MailServer, typed: Typed
) -> None:
    configure(paper, rate='"20/s"')
    approved = fingerprint(paper)
    with started(paper, "send", ISSUE, "--approve", approved) as process:
        wait_for(lambda: len(server.taken) >= 5)
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=20)
    assert process.returncode == 7, talk
    assert "It ends in order" in talk
    assert f"newsletter send {ISSUE}" in talk
    with closing(Store(paper / "newsletter.db")) as store, store.reading() as transaction:
        counts = deliveries.counts(transaction, 1)
    assert counts["accepted"] == len(server.taken) < 50
    assert counts["waiting"] == 50 - len(server.taken)
    configure(paper, rate='"1000/s"')
    code, _, err = typed("--approve", approved)
    assert (code, mailed(server)) == (0, list(READERS)), err
    assert "Run 1 of 2026-11-28 is sending" in err


def test_what_is_under_way_is_not_pressed_again_with_other_wishes(
    paper: Path, server: MailServer, typed: Typed
) -> None:
    approved = fingerprint(paper)
    assert typed("--approve", approved, "--first", "10").code == 7
    refused(typed("--approve", approved, "--at", "now"), 2, "Run 1 of 2026-11-28 is still paused")
    assert len(the_runs(paper)) == 1


def test_who_is_asked_whether_to_go_on_may_say_no(
    paper: Path, server: MailServer, typed: Typed, answer: Callable[[str], None]
) -> None:
    assert typed("--approve", fingerprint(paper), "--first", "10").code == 7
    with closing(Store(paper / "newsletter.db")) as store, store.writing() as transaction:
        assert runs.change(transaction, 1, {"paused"}, state="sending", first=None)
    answer("n")
    code, _, err = typed()
    assert (code, len(server.taken)) == (0, 10)
    assert f"Run 1 of {ISSUE} is sending; " in err
    assert "Nothing was sent." in err


def test_broken_off_before_its_moment_it_stays_scheduled_and_says_what_it_needs(paper: Path, typed: Typed) -> None:
    with started(paper, "send", ISSUE, "--approve", fingerprint(paper), "--at", "2036-11-28T06:00") as process:
        wait_for(lambda: the_runs(paper))
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=20)
    assert process.returncode == 7, talk
    said = "2026-11-28 stays scheduled for 2036-11-28 06:00 CET, and goes only if a worker or this command runs then."
    assert said in talk
    assert "newsletter worker" in talk


def test_a_typo_is_mended_for_those_who_have_not_had_it(paper: Path, server: MailServer, typed: Typed) -> None:
    assert typed("--approve", fingerprint(paper), "--first", "10").code == 7
    with closing(Store(paper / "newsletter.db")) as store, store.writing() as transaction:
        assert runs.change(transaction, 1, {"paused"}, state="cancelled")
        deliveries.skip_waiting(transaction, 1, "cancelled")
    (paper / "issues" / ISSUE / "articles" / "pont.md").write_text(ARTICLE.replace("weer", "niet"), "utf-8")
    code, _, err = typed("--approve", fingerprint(paper))
    assert code == 0
    assert "It was sent before, in another edition" in err
    assert mailed(server) == list(READERS)
    assert [taken.subject for taken in server.taken] == ["De pont vaart weer"] * 10 + ["De pont vaart niet"] * 40


def test_with_a_live_worker_it_follows_what_that_one_sends(paper: Path, server: MailServer, typed: Typed) -> None:
    approved, stop, ready = fingerprint(paper), threading.Event(), threading.Event()
    with closing(Store(paper / "newsletter.db")) as store:

        def work() -> None:
            config = workspace.find(paper).config
            with app.working(config, store, "worker", notices=False) as worker:
                ready.set()
                while not stop.wait(0.05):
                    worker.turn(stop)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            assert ready.wait(10)
            code, _, err = typed("--approve", approved)
        finally:
            stop.set()
            thread.join()
    assert (code, mailed(server)) == (0, list(READERS)), err


def test_a_doubt_is_told_and_ends_with_7(paper: Path, server: MailServer, typed: Typed) -> None:
    server.order("DATA", mail_server.TAKE_AND_HANG_UP)
    code, out, err = typed("--approve", fingerprint(paper))
    assert code == 7
    assert out == f"Run 1 of {ISSUE} is finished with doubts: 49 accepted, 1 in doubt.\n"
    assert "Of 1 it is not known whether they have it." in err
    assert "newsletter runs settle 1" in err
    assert mailed(server) == list(READERS)


def test_testers_have_it_first_and_it_goes_on_by_itself(paper: Path, server: MailServer, typed: Typed) -> None:
    configure(paper, testers='["redactie@example.org"]', hold='"1 s"')
    code, _, err = typed("--approve", fingerprint(paper))
    assert code == 0
    assert "1 tester gets it first; 1 s later it goes to the list." in err
    assert server.taken[0].reader == "redactie@example.org"
    assert server.taken[0].subject == "[TEST] De pont vaart weer"
    assert mailed(server) == sorted((*READERS, "redactie@example.org"))


def test_the_operator_is_told_before_it_ends(paper: Path, server: MailServer, typed: Typed) -> None:
    configure(paper, operator='"chef@example.org"')
    assert typed("--approve", fingerprint(paper)).code == 0
    assert mailed(server) == sorted((*READERS, "chef@example.org"))


def test_a_database_that_was_restored_is_not_sent_from(paper: Path, server: MailServer, typed: Typed) -> None:
    database, backup, approved = paper / "newsletter.db", paper / "backup.db", fingerprint(paper)
    for first in ("10", "20"):
        assert typed("--approve", approved, "--first", first).code == 7
        with closing(Store(database)) as store, store.writing() as transaction:
            assert runs.change(transaction, int(first) // 10, {"paused"}, state="cancelled")
            deliveries.skip_waiting(transaction, int(first) // 10, "cancelled")
        if not backup.exists():
            shutil.copy(database, backup)
    backup.replace(database)
    refused(typed("--approve", approved), 5, "it was restored from a backup")
    assert len(server.taken) == 30


def test_on_postgresql_it_sends_as_well(
    paper: Path,
    server: MailServer,
    typed: Typed,
    postgresql_addresses: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = postgresql_addresses()
    with closing(Store(address)) as store:
        put(store, *(one(reader) for reader in READERS))
    monkeypatch.setenv("NEWSLETTER_DATABASE", address)
    (paper / "newsletter.db").unlink()
    assert typed("--approve", fingerprint(paper)).code == 0
    assert mailed(server) == list(READERS)
    assert not (paper / "newsletter.db").exists()


def test_through_resend_fifty_readers_are_one_request(paper: Path, typed: Typed) -> None:
    account = resend_api.FakeResend()
    with resend_api.serving(account) as address:
        file = paper / "newsletter.toml"
        file.write_text(file.read_text("utf-8").replace("http://127.0.0.1:1", address), "utf-8")
        configure(paper, provider='"resend"')
        code, _, err = typed("--approve", fingerprint(paper))
    assert code == 0, err
    assert sorted(mail["to"][0] for mail in account.mails) == list(READERS)
    assert len([request for request in account.requests if "batch" in str(request.url)]) == 1
    assert {mail["headers"]["List-Unsubscribe-Post"] for mail in account.mails} == {"List-Unsubscribe=One-Click"}


def test_a_provider_that_refuses_the_login_keeps_it_back(paper: Path, typed: Typed) -> None:
    account = resend_api.FakeResend(key="re_ander")
    with resend_api.serving(account) as address:
        file = paper / "newsletter.toml"
        file.write_text(file.read_text("utf-8").replace("http://127.0.0.1:1", address), "utf-8")
        configure(paper, provider='"resend"')
        said = typed("--approve", fingerprint(paper))
    assert said.code == 6
    assert the_runs(paper) == ()
