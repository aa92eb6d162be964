"""`newsletter runs settle --wait`: it asks until that is of no more use, or until whoever typed it has had enough."""

import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from commandline import Typed, refused, started
from under_way import BY, ask, counts

from newsletter import app
from newsletter.config import load
from newsletter.delivery import settle
from newsletter.model.ledger import Run
from newsletter.store import attempts
from newsletter.store.attempts import Became
from newsletter.store.database import Store


@pytest.fixture
def doubted(store: Store, begun: Run) -> Run:
    """The run, one more of whose readers is in doubt since just now."""
    with store.writing() as transaction:
        number = ask(transaction, begun, 4, at=app.now())
        attempts.end(transaction, number, "in doubt", worker=BY.worker, at=app.now(), note="no answer in time")
        doubt = Became(seq=4, state="in doubt", reason="no answer in time")
        attempts.become(transaction, begun.id, number, [doubt], at=app.now())
    return begun


def through(paper: Path, provider: str, settings: str) -> None:
    file = paper / "newsletter.toml"
    table = f'[send]\nprovider = "{provider}"\n{provider} = {{ {settings} }}'
    file.write_text(file.read_text("utf-8").replace("[send]", table, 1), "utf-8")


@pytest.fixture
def resent(paper: Path) -> Path:
    """The workspace, which sends through one who can be asked; of another account's requests he is not."""
    with (paper / ".env").open("a", encoding="utf-8") as file:
        file.write("NEWSLETTER_RESEND_KEY=re_proef\n")
    through(paper, "resend", 'url = "http://127.0.0.1:1"')
    return paper


def test_it_waits_until_nobody_is_in_doubt(resent: Path, store: Store, doubted: Run) -> None:
    waited = list[datetime]()

    def wait(due: datetime) -> None:
        waited.append(due)
        if len(waited) == 2:
            settle.assume_accepted(store, doubted.id, reason="told by phone", who="redactie", at=app.now())

    app.settle(load(resent), store, doubted.id, wait=wait)
    assert len(waited) == 2
    assert app.now() < waited[0] < app.now() + timedelta(minutes=2)
    assert "in doubt" not in counts(store)


def test_whoever_has_had_enough_ends_it_and_hears_how_it_stands(resent: Path, doubted: Run) -> None:
    with started(resent, "runs", "settle", "--wait") as process:
        assert process.stderr is not None
        assert "The provider is asked again at" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 7, err
    assert "in doubt before: 2, now: 2" in out
    assert "Of run 1 it is not known whether 2 readers have it." in err


def test_nobody_waits_for_a_provider_that_cannot_be_asked(typed: Typed, paper: Path, doubted: Run) -> None:
    through(paper, "outbox", 'folder = "out"')
    refused(typed("settle", "--wait"), 2, "outbox cannot be asked what became of a mail")


def test_what_is_decided_is_not_waited_for(typed: Typed, begun: Run) -> None:
    refused(typed("settle", "--wait", "--send-again", "--reason", "so"), 2, "What is decided is not waited for.")
