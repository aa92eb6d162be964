"""`newsletter notices` as one types it: what it lists, and what the operator settles with it."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from commandline import Typed, refused
from listed import one, put

from newsletter import readership, workspace
from newsletter.errors import UsageError
from newsletter.store import consents, notices
from newsletter.store.database import Store
from newsletter.store.notices import Notice, State

ANNA = one("anna@example.nl", "pending")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=5)
NUMBERS = count(1)


class Terminal(io.StringIO):
    """Somebody at a terminal, and what he answers."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace without an issue."""
    workspace.init(tmp_path, empty=True)
    return tmp_path


@pytest.fixture
def store(paper: Path, sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    """Its list, with Anna on it."""
    sqlite_addresses().rename(paper / "newsletter.db")
    with closing(Store(paper / "newsletter.db")) as store:
        put(store, ANNA)
        yield store


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("--json")``: what `newsletter notices` ends with, and says on stdout and stderr."""
    return partial(typed_in, paper, "notices")


def queued(store: Store, state: State = "waiting", reason: str = "", address: str | None = None) -> int:
    """Queue a notice and have it come to a state; return its id."""
    with store.writing() as transaction:
        about = consents.write(transaction, ANNA.id, "signed up", at=NOW, source="form")
        id_ = notices.queue(
            transaction, ANNA.id, "confirm", number=about, key="anna@example.nl", at=NOW, address=address
        )
        if state != "waiting":
            draw = partial(format, next(NUMBERS), "032x")
            (taken,) = notices.claim(transaction, at=NOW, limit=1, draw=draw, expires_at=UNTIL)
            notices.seal(transaction, id_, taken.attempt or "", fingerprint="f" * 64, expires_at=UNTIL)
            notices.settle(transaction, id_, taken.attempt or "", state, at=NOW, reason=reason)
    return id_


def now(store: Store, id_: int) -> Notice:
    with store.reading() as transaction:
        return next(notice for notice in notices.of(transaction, ANNA.id) if notice.id == id_)


def test_what_wants_looking_at_stands_first_with_its_reason_and_then_how_many_there_are(
    typed: Typed, store: Store
) -> None:
    queued(store, "accepted")
    refusal, doubt = queued(store, "refused", "no such mailbox"), queued(store, "in doubt", "no answer")
    waiting = queued(store, address="elders@example.org")
    code, out, said = typed()
    assert (code, said) == (0, "")
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        "id notice state since to reason",
        f"{doubt} confirm in doubt 2026-11-28 13:00 anna@example.nl no answer",
        f"{refusal} confirm refused 2026-11-28 13:00 anna@example.nl no such mailbox",
        f"{waiting} confirm waiting 2026-11-28 13:00 elders@example.org",
        "in doubt 1",
        "refused 1",
        "waiting 1",
    ]


def test_as_data_a_notice_names_its_subscriber_and_no_address(typed: Typed, store: Store) -> None:
    id_ = queued(store, "in doubt", "no answer")
    code, out, said = typed("--json")
    data = json.loads(out)
    assert (code, said, data["counts"]["in doubt"]) == (0, "", 1)
    assert data["notices"] == [
        {
            "id": id_, "kind": "confirm", "state": "in doubt", "since": "2026-11-28T13:00:00+01:00", "tries": 0,
            "reason": "no answer", "subscriber": ANNA.id,
        }
    ]  # fmt: skip
    assert "@" not in out


def test_many_are_counted_and_the_doubts_among_them_shown(typed: Typed, store: Store) -> None:
    for _ in range(3):
        queued(store, "in doubt")
    for _ in range(60):
        queued(store)
    _, out, said = typed()
    assert (out.count("in doubt "), said) == (3 + 1, "… and 13 more.\n")


def test_nothing_to_list_is_said(typed: Typed, store: Store) -> None:
    queued(store, "accepted")
    assert typed() == (0, "", "No notice waits, is in doubt or was refused.\n")


def test_one_in_doubt_is_sent_again_as_a_new_attempt_and_why_is_kept(typed: Typed, store: Store) -> None:
    id_ = queued(store, "in doubt")
    said = typed("--send-again", str(id_), "--reason", "not in the log", "--yes")
    assert said == (0, f"Notice {id_} waits to be sent again.\n", "")
    notice = now(store, id_)
    assert (notice.state, notice.attempt, notice.fingerprint, notice.tries) == ("waiting", None, None, 0)
    assert notice.reason == "sent again by the operator: not in the log"


def test_one_in_doubt_is_taken_for_accepted_and_why_is_kept(typed: Typed, store: Store) -> None:
    id_ = queued(store, "in doubt")
    said = typed("--assume-accepted", str(id_), "--reason", "she has it", "--yes")
    assert said == (0, f"Notice {id_} counts as accepted.\n", "")
    notice = now(store, id_)
    assert (notice.state, notice.reason) == ("accepted", "taken for accepted by the operator: she has it")
    assert notice.ended_at


@pytest.mark.parametrize(("answer", "state"), [("y\n", "waiting"), ("\n", "in doubt"), ("n\n", "in doubt")])
def test_it_asks_first_and_says_to_whom(
    typed: Typed, store: Store, monkeypatch: pytest.MonkeyPatch, answer: str, state: State
) -> None:
    id_ = queued(store, "in doubt")
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    code, out, said = typed("--send-again", str(id_))
    assert code == 0
    assert f"Send notice {id_} (confirm) to anna@example.nl again? If it did arrive, it arrives twice." in out + said
    assert now(store, id_).state == state


def test_where_nobody_can_be_asked_nothing_is_settled(
    typed: Typed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = queued(store, "in doubt")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    refused(typed("--assume-accepted", str(id_)), 2, "Nobody is there to be asked.")
    assert now(store, id_).state == "in doubt"


@pytest.mark.parametrize("state", ["waiting", "accepted", "refused"])
def test_only_what_is_in_doubt_is_settled(typed: Typed, store: Store, state: State) -> None:
    id_ = queued(store, state)
    for option in ("--send-again", "--assume-accepted"):
        refused(typed(option, str(id_), "--yes"), 2, f"No notice {id_} is in doubt.")
    assert now(store, id_).state == state


@pytest.mark.parametrize("accepted", [True, False])
def test_one_that_is_being_sent_again_meanwhile_is_left_to_the_program(store: Store, accepted: bool) -> None:
    id_ = queued(store, "in doubt")
    seen, _ = readership.doubt(store, id_)
    with store.writing() as transaction:
        assert notices.replay(transaction, id_, seen.attempt or "", expires_at=UNTIL + timedelta(hours=1))
    with pytest.raises(UsageError, match="in doubt no more"):
        readership.settle(store, seen, accepted=accepted, reason="", at=NOW)
    assert now(store, id_).state == "sending"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--send-again", "1", "--assume-accepted", "1"), "A notice is settled one way."),
        (("--reason", "zomaar"), "A reason is kept with what is settled."),
    ],
)
def test_a_mistake_is_a_sentence(typed: Typed, store: Store, words: tuple[str, ...], sentence: str) -> None:
    refused(typed(*words), 2, sentence)


def test_a_reason_is_one_line(typed: Typed, store: Store) -> None:
    id_ = queued(store, "in doubt")
    code, out, said = typed("--send-again", str(id_), "--reason", "twee\nregels", "--yes")
    assert (code, out, said.startswith("The reason holds a line break")) == (2, "", True)
    assert now(store, id_).state == "in doubt"


def test_as_data_it_says_what_was_settled(typed: Typed, store: Store) -> None:
    id_ = queued(store, "in doubt")
    _, out, _ = typed("--assume-accepted", str(id_), "--yes", "--json")
    assert json.loads(out) == {"id": id_, "state": "accepted"}
