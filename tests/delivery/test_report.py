"""What is told of a run, and of one reader's copy of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import examples
import ledgered
import listed
import pytest
from ledgered import AT, ZONE

from newsletter import mime
from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.config import Config
from newsletter.delivery import report
from newsletter.delivery.copies import Copies
from newsletter.delivery.rebuilt import Copy, rebuild
from newsletter.delivery.report import Report, waits_for
from newsletter.errors import ConfigError
from newsletter.links import Key
from newsletter.model.ledger import Delivery, DeliveryState, Run
from newsletter.store import attempts, claims, deliveries, runs
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction
from newsletter.store.schema import editions as kept

KEY, OLD = Key(secret=b"een geheim dat alleen de proef kent"), Key(secret=b"het geheim van vorig jaar, dat nog telt")
BY = Sender(worker="heuvel", account="0123456789abcdef")
LATER = AT + timedelta(minutes=2)


@pytest.fixture
def people(store: Store) -> Store:
    """Six readers, of whom one is at another domain."""
    names = [f"lezer{n}@example.nl" for n in range(5)]
    listed.put(store, *(listed.one(address) for address in [*names, "zus@example.org"]))
    return store


def begun(store: Store, key: Key = KEY, **changes: object) -> Run:
    return ledgered.begun(store, terms=replace(ledgered.TERMS, key=key.id.hex()), **changes)


def asked(transaction: Transaction, run: Run, *seqs: int, key: Key = KEY) -> int:
    """A request, as the engine writes it down."""
    copies = Copies(ledgered.EDITION, run, [key])
    readers = [deliveries.get(transaction, run.id, seq) for seq in seqs]
    fingerprint = copies.fingerprint(copies.message(one) for one in readers if one)
    intent = Intent(seqs=seqs, fingerprint=fingerprint)
    (number,) = attempts.open_(transaction, run.id, [intent], BY, at=AT, expires_at=AT + timedelta(minutes=5))
    return number


def answer(
    transaction: Transaction, run: Run, number: int, became: Mapping[int, DeliveryState], said: str = ""
) -> None:
    attempts.end(transaction, number, "answered", worker=BY.worker, at=LATER)
    readers = [
        Became(seq=seq, state=state, reason="" if state == "accepted" else said, what=state)
        for seq, state in became.items()
    ]
    attempts.become(transaction, run.id, number, readers, at=LATER)


def look(store: Store, run: Run, **tables: dict[str, object]) -> Report:
    config = configured(**tables)
    with store.reading() as transaction:
        now = runs.get(transaction, run.id)
        assert now is not None
        return report.look(transaction, now, config, at=LATER, sends=True)


def configured(**tables: dict[str, object]) -> Config:
    return examples.config(Path("/"), **tables)


def test_a_run_under_way_is_told_with_its_sum_its_rate_and_the_provider_s_words(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        answer(transaction, run, asked(transaction, run, 1, 2, 3), {1: "accepted", 2: "accepted", 3: "accepted"})
        answer(transaction, run, asked(transaction, run, 4), {4: "refused"}, "550 5.1.1 unknown")
    found = look(people, run)
    assert found.missing == 0
    assert found.counts == {"waiting": 2, "sending": 0, "accepted": 3, "refused": 1, "skipped": 0, "in doubt": 0}
    assert {domain: sum(each.values()) for domain, each in found.domains.items()} == {"example.nl": 5, "example.org": 1}
    assert found.rate == pytest.approx(4 / 120)
    assert found.last_at == LATER + timedelta(seconds=60)
    assert found.refused == (("550 5.1.1 unknown", 1),)
    assert [(one.seq, one.said) for one in found.said] == [(4, "550 5.1.1 unknown")]
    assert found.waits_for == ""


def test_no_end_is_told_of_a_run_that_waits_for_a_person(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        assert runs.change(transaction, run.id, {"sending"}, state="paused", why="operator", sentence="Paused.")
    assert look(people, run, send={"rate": "6/h"}).last_at is None


def test_the_end_is_told_by_the_limits_where_they_are_slower_than_it_goes(people: Store) -> None:
    run = begun(people)
    found = look(people, run, send={"rate": "6/h"})
    assert (found.rate, found.last_at) == (None, LATER + timedelta(hours=1))


def test_what_was_said_of_a_whole_request_is_told_too(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        number = asked(transaction, run, 1, 2)
        attempts.end(transaction, number, "unsent", worker=BY.worker, at=LATER, note="the key is not valid")
    (said,) = look(people, run).said
    assert (said.attempt, said.seq, said.what, said.said) == (number, None, "unsent", "the key is not valid")


def test_a_reader_who_is_missing_shows_in_the_sum(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        runs.change(transaction, run.id, {"sending"}, total=7)
    assert look(people, run).missing == 1


def test_whoever_left_since_he_was_mailed_is_counted_and_whoever_left_unmailed_is_not(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        answer(transaction, run, asked(transaction, run, 1), {1: "accepted"})
        for seq in (1, 2):
            reader = deliveries.get(transaction, run.id, seq)
            assert reader is not None
            consent.leave(transaction, reader.subscriber, Occasion(at=LATER, zone=ZONE, source="one-click"))
    assert look(people, run).gone == {"left": 1}


def test_it_is_told_which_edition_of_an_issue_how_many_have(people: Store) -> None:
    first = begun(people)
    with people.writing() as transaction:
        answer(transaction, first, asked(transaction, first, 1), {1: "accepted"})
        runs.change(transaction, first.id, {"sending"}, state="cancelled", ended_at=AT)
        deliveries.skip_waiting(transaction, first.id, "cancelled")
    second = begun(people)
    found = look(people, second)
    assert [(one.run.id, one.counts["accepted"], one.counts["waiting"]) for one in found.siblings] == [
        (second.id, 0, 5), (first.id, 1, 0),
    ]  # fmt: skip
    assert look(people, first).skipped == (("cancelled", 5),)


def test_a_run_without_readers_yet_has_a_sum_that_holds(store: Store) -> None:
    with store.writing() as transaction:
        run = ledgered.press(transaction)
    found = look(store, run)
    assert (found.missing, found.rate, found.domains) == (0, None, {})


NONE: dict[DeliveryState, int] = dict.fromkeys(report.STATES, 0)


WHY = "newsletter runs readers 1 --state waiting"


@pytest.mark.parametrize(
    ("changes", "counts", "sends", "sentence"),
    [
        ({"state": "scheduled"}, {}, True, "Its moment: 06:00 CET."),
        (
            {"state": "scheduled", "allowed_at": AT + timedelta(days=2)},
            {},
            True,
            "Its moment: 2026-11-30 06:00 CET.",
        ),
        ({"state": "scheduled"}, {}, False, "Somebody who sends: newsletter send 2026-11-28, or newsletter worker."),
        ({"state": "checking"}, {}, None, "Every message is made once before the first one leaves."),
        ({"state": "sending"}, {"waiting": 2}, True, f"Nobody's turn is before 07:00 CET. Why: {WHY}"),
        ({"state": "sending"}, {"waiting": 2, "sending": 1}, True, ""),
        (
            {"state": "paused", "why": "hold", "until": AT + timedelta(minutes=10)},
            {},
            False,
            "The testers have it first; it goes on by itself at 06:10 CET.",
        ),
        (
            {"state": "paused", "why": "operator"},
            {"waiting": 2},
            True,
            "Your word: somebody paused it. Go on with: newsletter runs resume 1",
        ),
        ({"state": "finished"}, {"accepted": 2}, True, ""),
        (
            {"state": "finished with doubts"},
            {"in doubt": 2},
            True,
            "What became of 2 is not known yet. See: newsletter runs settle 1",
        ),
    ],
    ids=lambda value: "".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
def test_what_a_run_waits_for_is_said_in_a_sentence(
    changes: dict[str, object], counts: dict[DeliveryState, int], sends: bool | None, sentence: str
) -> None:
    draft = ledgered.draft()
    run = Run(
        **{name: getattr(draft, name) for name in draft.__slots__},
        **{"id": 1, "allowed_at": AT, **changes},  # type: ignore[arg-type]
    )
    due_at = AT + timedelta(hours=1)
    assert waits_for(run, NONE | counts, due_at=due_at, shut=None, at=AT, sends=sends, zone=ZONE) == sentence


# A copy made again.


def copy(store: Store, run: Run, seq: int, *keys: Key) -> Copy:
    with store.reading() as transaction:
        delivery = deliveries.get(transaction, run.id, seq)
        assert delivery is not None
        return rebuild(transaction, run, delivery, keys or [KEY])


def test_a_copy_is_the_very_mail_and_is_proved_by_its_request(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        answer(transaction, run, asked(transaction, run, 1, 2), {1: "accepted", 2: "accepted"})
    found = copy(people, run, 2)
    assert found.verdict == "the same"
    assert "own words of request 1 for 2 readers are the same when it is made again: " in found.sentence
    with people.reading() as transaction:
        delivery = deliveries.get(transaction, run.id, 2)
    assert isinstance(delivery, Delivery)
    assert found.content == mime.to_bytes(Copies(ledgered.EDITION, run, [KEY]).message(delivery))


def test_what_was_sent_under_an_old_secret_is_still_made_again(people: Store) -> None:
    run = begun(people, OLD)
    with people.writing() as transaction:
        asked(transaction, run, 1, key=OLD)
    assert copy(people, run, 1, KEY, OLD).verdict == "the same"
    with pytest.raises(ConfigError, match="another secret"):
        copy(people, run, 1, KEY)


def test_a_copy_that_is_not_what_left_says_so(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        asked(transaction, run, 1, 2)
        other = deliveries.get(transaction, run.id, 2)
        assert other is not None
        transaction.exec_driver_sql("UPDATE deliveries SET name = 'Iemand anders' WHERE seq = 2")
    found = copy(people, run, 1)
    assert (found.verdict, "are others when it is made again" in found.sentence) == ("another", True)


def test_an_edition_that_was_changed_proves_nothing(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        asked(transaction, run, 1)
        transaction.execute(kept.update().values(subject="Iets anders"))
    assert copy(people, run, 1).sentence == "The edition that is kept is not the one that was sent."


def test_whoever_was_erased_takes_the_proof_of_his_companions_along(people: Store) -> None:
    run = begun(people)
    with people.writing() as transaction:
        answer(transaction, run, asked(transaction, run, 1, 2), {1: "accepted", 2: "accepted"})
        gone = deliveries.get(transaction, run.id, 2)
        assert gone is not None
        deliveries.forget(transaction, gone.subscriber, lambda key: f"hash of {len(key)}")
    found = copy(people, run, 1)
    assert found.verdict == "unknown"
    assert "cannot be compared, since another reader of that request was erased" in found.sentence
    with pytest.raises(LookupError):
        copy(people, run, 2)


def test_whoever_waits_has_a_copy_that_nothing_proves(people: Store) -> None:
    run = begun(people)
    found = copy(people, run, 1)
    assert (found.verdict, found.sentence.startswith("No request was made")) == ("unknown", True)
    with people.reading() as transaction:
        assert claims.next_due(transaction, run.id) == AT
