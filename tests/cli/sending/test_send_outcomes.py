"""What comes of `newsletter send ISSUE`: of readers, testers and the operator, with each provider and database."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from commandline import Typed
from fifty_readers import ISSUE, READERS, configure, fingerprint, mailed, the_runs
from listed import one, put
from providers.fakes import mail_server, resend_api
from providers.fakes.mail_server import MailServer

from newsletter.store.database import Store


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
