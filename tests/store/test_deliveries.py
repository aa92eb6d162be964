"""The ledger: what it says of each reader, how waiting ends, and that the erased are forgotten in it."""

from threading import Thread

import ledgered
import listed
import pytest
from ledgered import AT, DAY
from sqlalchemy import func, select

from newsletter import addresses
from newsletter.audience import erasure
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.model.ledger import Attempt, Delivery, Run
from newsletter.store import attempts, deliveries, freezing, subscribers
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction
from newsletter.store.schema import deliveries as rows

KEY = EraseKey(secret=b"de sleutel ligt bij de buren")
PEOPLE = [
    listed.one(f"{name}@{domain}", name=name.title())
    for name, domain in (
        ("anna", "example.nl"), ("bram", "example.org"), ("cees", "example.nl"), ("dora", "example.nl"),
    )
]  # fmt: skip
BY = Sender(worker="heuvel", account="0123456789abcdef")


@pytest.fixture
def run(store: Store) -> Run:
    """A run of four readers that has begun."""
    listed.put(store, *PEOPLE)
    return ledgered.begun(store)


def ask(transaction: Transaction, run: Run, *seqs: int) -> Attempt:
    """A request that is under way."""
    intent = Intent(seqs=seqs, fingerprint="0" * 64)
    (number,) = attempts.open_(transaction, run.id, [intent], BY, at=AT, expires_at=AT)
    attempt = attempts.get(transaction, number)
    assert attempt is not None
    return attempt


def seq_of(transaction: Transaction, run: Run, name: str) -> int:
    (one,) = [one for one in deliveries.page(transaction, run.id) if one.name == name]
    return one.seq


def erase(transaction: Transaction, address: str) -> bool:
    occasion = Occasion(at=AT, zone=ledgered.ZONE, source="mail")
    return erasure.erase(transaction, address, occasion, key=KEY)


def test_a_run_is_read_in_pages_by_state_and_domain(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        deliveries.skip(transaction, run.id, [(2, "invalid: his name has a line break")])
        page = deliveries.page
        assert [one.seq for one in page(transaction, run.id, limit=3)] == [1, 2, 3]
        assert [one.seq for one in page(transaction, run.id, after=3)] == [4]
        assert [one.seq for one in page(transaction, run.id, after=1, limit=2, states=["waiting"])] == [3, 4]
        assert [one.reason for one in page(transaction, run.id, states={"skipped"})] == [
            "invalid: his name has a line break"
        ]
        assert {one.name for one in page(transaction, run.id, domain="example.org")} == {"Bram"}
        assert page(transaction, run.id + 1) == []


def test_one_is_found_by_his_number_and_by_himself(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        later = ledgered.freeze(transaction, ledgered.press(transaction, issue="2026-12-05"))
        one = deliveries.get(transaction, run.id, 1)
        assert one is not None
        found = deliveries.of_subscriber(transaction, one.subscriber)
        assert [each.run for each in found] == [later.id, run.id]
        assert found[-1] == one
        assert deliveries.get(transaction, run.id, 5) is None
        assert deliveries.of_subscriber(transaction, "0" * 32) == []


def test_counts_are_of_every_state_and_of_one_run_or_all(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        ledgered.freeze(transaction, ledgered.press(transaction, issue="2026-12-05"))
        deliveries.skip(transaction, run.id, [(2, "left")])
        ask(transaction, run, 1)
        none = {"accepted": 0, "refused": 0, "in doubt": 0}
        assert deliveries.counts(transaction, run.id) == {"waiting": 2, "sending": 1, "skipped": 1, **none}
        assert deliveries.counts(transaction) == {"waiting": 6, "sending": 1, "skipped": 1, **none}
        deliveries.skip_waiting(transaction, run.id, "cancelled")
        assert list(deliveries.domains(transaction, run.id)) == ["example.nl", "example.org"]
        by_state = [sum(count.values()) for count in deliveries.domains(transaction, run.id).values()]
        assert by_state == [3, 1]


def test_only_those_who_wait_are_skipped(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        ask(transaction, run, 1)
        deliveries.skip(transaction, run.id, [(1, "left"), (2, "left")])
        deliveries.skip(transaction, run.id, [])
        assert deliveries.skip_waiting(transaction, run.id, "cancelled") == 2
        assert [(one.state, one.reason) for one in deliveries.page(transaction, run.id)] == [
            ("sending", ""), ("skipped", "left"), ("skipped", "cancelled"), ("skipped", "cancelled"),
        ]  # fmt: skip


def test_of_an_attempt_are_those_that_no_later_one_has_in_its_order(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        first = ask(transaction, run, 4, 1, 3)
        attempts.become(transaction, run.id, first.id, [Became(seq=3, state="waiting")], at=AT)
        ask(transaction, run, 3)
        assert [one.seq for one in deliveries.of_attempt(transaction, first)] == [4, 1]


# Erasing


def test_of_an_erased_reader_a_hash_and_the_sum_stay(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        seq = seq_of(transaction, run, "Bram")
        assert erase(transaction, "Bram@example.org")
        (kept,) = transaction.execute(select(rows).where(rows.c.seq == seq))
        assert kept.key == KEY.hash("bram@example.org")
        assert (kept.address, kept.name, kept.joined, kept.domain, kept.provider_id) == (None, "", None, "", None)
        assert (kept.state, kept.reason) == ("skipped", "erased")
        assert sum(deliveries.counts(transaction, run.id).values()) == run.total


def test_what_was_said_of_an_erased_reader_goes_and_what_was_said_of_others_stays(store: Store, run: Run) -> None:
    said = [Became(seq=seq, state="refused", reason=f"no {seq} here", what="refused") for seq in (1, 2)]
    with store.writing() as transaction:
        (his, other) = ask(transaction, run, 1, 2), ask(transaction, run, 3, 4)
        for attempt in (his, other):
            attempts.end(transaction, attempt.id, "answered", worker=BY.worker, at=AT, note=f"said of {attempt.seqs}")
        attempts.become(transaction, run.id, his.id, said, at=AT)
        address = _delivery(transaction, run, 1).address
        erase(transaction, str(address))
        notes = [one.note for one in attempts.every(transaction, run.id)]
        assert notes == ["", "said of (3, 4)"]
        assert [one.said for seq in (1, 2) for one in attempts.said(transaction, run.id, seq)] == ["", "no 2 here"]
        assert [_delivery(transaction, run, seq).reason for seq in (1, 2)] == ["erased", "no 2 here"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [("accepted", "accepted"), ("refused", "refused"), ("waiting", "skipped"), ("in doubt", "in doubt")],
)
def test_an_answer_that_comes_after_its_reader_was_erased_tells_nothing_of_him(
    store: Store, run: Run, answer: str, state: str
) -> None:
    with store.writing() as transaction:
        seq = seq_of(transaction, run, "Bram")
        attempt = ask(transaction, run, seq)
        erase(transaction, "bram@example.org")
        assert _delivery(transaction, run, seq).state == "sending"
        late = Became(seq=seq, state=answer, provider_id="bram-1", reason="bram@example.org, said it", what="said")  # type: ignore[arg-type]
        attempts.end(transaction, attempt.id, "answered", worker=BY.worker, at=AT, note="bram@example.org")
        assert attempts.become(transaction, run.id, attempt.id, [late], at=AT) == {seq}
        one, (said,) = _delivery(transaction, run, seq), attempts.said(transaction, run.id, seq)
        assert (one.state, one.reason, one.provider_id) == (state, "erased", None)
        assert [said.said, *(each.note for each in attempts.every(transaction, run.id))] == ["", ""]


def test_deliveries_to_an_address_are_forgotten_with_it_whosever_they_are(store: Store, run: Run) -> None:
    anna, bram = addresses.key(PEOPLE[0].address), PEOPLE[1].id
    with store.writing() as transaction:
        seq, hers = seq_of(transaction, run, "Bram"), seq_of(transaction, run, "Anna")
        deliveries.skip(transaction, run.id, [(hers, "left")])
        subscribers.change(transaction, PEOPLE[0].id, {"address": "anna@example.org", "key": "anna@example.org"})
        subscribers.change(transaction, bram, {"address": anna, "key": anna, "domain": "example.nl"})
        erase(transaction, anna)
        assert [_delivery(transaction, run, each).address for each in (seq, hers)] == [None, None]
        kept = transaction.scalars(select(rows.c.key).where(rows.c.address.is_(None)).order_by(rows.c.key)).all()
        assert kept == sorted(map(KEY.hash, [anna, "bram@example.org"]))
        assert transaction.scalar(select(func.count()).where(rows.c.address.is_not(None))) == 2


def test_forgetting_twice_changes_nothing_more(store: Store, run: Run) -> None:
    with store.writing() as transaction:
        deliveries.forget(transaction, PEOPLE[0].id, KEY.hash)
        before = transaction.execute(select(rows)).all()
        deliveries.forget(transaction, PEOPLE[0].id, KEY.hash)
        deliveries.forget_address(transaction, addresses.key(PEOPLE[0].address), KEY.hash)
        assert transaction.execute(select(rows)).all() == before
        assert run.total == len(before)


def test_nobody_is_erased_past_a_run_that_is_being_frozen(store: Store) -> None:
    listed.put(store, *PEOPLE)
    with store.writing() as transaction:
        run = ledgered.press(transaction)
    with store.writing() as transaction:
        freezing.freeze(transaction, run, None, DAY, AT)
        eraser = Thread(target=_erase_in, args=(store, "bram@example.org"))
        eraser.start()
        eraser.join(0.3)
        assert eraser.is_alive()
    eraser.join()
    with store.reading() as transaction:
        assert sorted(str(one.address) for one in deliveries.page(transaction, run.id)) == [
            "None", "anna@example.nl", "cees@example.nl", "dora@example.nl",
        ]  # fmt: skip


def _erase_in(store: Store, address: str) -> None:
    with store.writing() as transaction:
        assert erase(transaction, address)


def _delivery(transaction: Transaction, run: Run, seq: int) -> Delivery:
    one = deliveries.get(transaction, run.id, seq)
    assert one is not None
    return one
