"""`newsletter send ISSUE` and what was begun before: it goes on, follows, or goes to those who have not had it."""

import re
import shutil
import signal
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from commandline import Typed, refused, started
from fifty_readers import ARTICLE, ISSUE, READERS, configure, fingerprint, mailed, the_runs
from listed import one, put
from providers.fakes.mail_server import MailServer
from waited import PATIENCE, until

from newsletter import app, workspace
from newsletter.store import deliveries, runs
from newsletter.store.database import Store


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
    configure(paper, rate='"3/s"')
    approved = fingerprint(paper)
    with started(paper, "send", ISSUE, "--approve", approved) as process:
        until(lambda: len(server.taken) >= 5)
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=PATIENCE)
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
    refused(typed("--approve", approved, "--first", "20"), 2, "Run 1 of 2026-11-28 is still paused")
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
        assert process.stderr is not None
        said = iter(process.stderr.readline, "")
        assert any(line.startswith("Run 1: scheduled") for line in said), "it does not say that it waits"
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=PATIENCE)
    assert process.returncode == 7, talk
    stays = "2026-11-28 stays scheduled for 2036-11-28 06:00 CET, and goes only if a worker or this command runs then."
    assert stays in talk
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
