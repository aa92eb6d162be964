"""`newsletter runs readers` as one types it: who has the issue and who not, why, and what left for each."""

import csv
import json

import ledgered
import listed
import pytest
from commandline import Typed, refused
from under_way import ISSUE, addresses_of

from newsletter.model.ledger import Run
from newsletter.store.database import Store

ANNA = "anna@example.nl"


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
