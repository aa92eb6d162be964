"""`newsletter send ISSUE` before it sends: what it says, what it asks and wants approved, and what it refuses."""

import re
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from commandline import Typed, refused
from fifty_readers import ARTICLE, ISSUE, READERS, configure, fingerprint, mailed, the_runs
from listed import one, put
from providers.fakes.mail_server import MailServer

from newsletter.store.database import Store


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
