"""Freezing: everybody who should have an issue becomes a row, and nobody who has it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from threading import Barrier, Thread
from typing import get_args

import ledgered
import listed
from databases import undone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgered import AT, DAY
from sqlalchemy import select, update

from newsletter import addresses
from newsletter.model.ledger import Delivery, DeliveryState, Run
from newsletter.segment import parse
from newsletter.store import deliveries, freezing, runs, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.schema import deliveries as rows
from newsletter.store.segments import where

HAD = ("waiting", "sending", "accepted", "in doubt")
LATER = date(2026, 12, 5)


def frozen(transaction: Transaction, *, day: date = DAY, segment: str | None = None) -> list[Delivery]:
    """The rows of one more run of the issue."""
    run = ledgered.freeze(
        transaction, ledgered.press(transaction), None if segment is None else where(parse(segment, {})), day=day
    )
    made = deliveries.page(transaction, run.id)
    assert run.total == len(made)
    return made


def whom(made: Sequence[Delivery], state: DeliveryState = "waiting") -> list[str | None]:
    return sorted(str(one.address) for one in made if one.state == state)


def set_state(transaction: Transaction, made: Sequence[Delivery], state: DeliveryState) -> None:
    for one in made:
        transaction.execute(update(rows).where(rows.c.run == one.run, rows.c.seq == one.seq).values(state=state))


def move(transaction: Transaction, who: str, address: str) -> None:
    columns = {"address": address, "key": addresses.key(address), "domain": address.partition("@")[2]}
    subscribers.change(transaction, listed.one(who).id, columns)


def test_the_confirmed_are_frozen_with_what_stands_in_their_mail(store: Store) -> None:
    anna, bram = listed.one("Anna@example.nl", name="Anna Wit"), listed.one("bram@example.org", joined=None)
    cees = listed.one("cees@example.nl", paused_until=LATER)
    others = [listed.one(f"{status}@example.nl", status) for status in ("pending", "left", "complained", "bounced")]
    listed.put(store, anna, bram, cees, *others, listed.one("blocked@example.nl", "blocked"))
    with store.writing() as transaction:
        made = frozen(transaction)
        (kept,) = transaction.execute(select(rows.c.key, rows.c.domain, rows.c.issue).where(rows.c.name == "Anna Wit"))
    assert kept == ("anna@example.nl", "example.nl", "2026-11-28")
    assert [one.seq for one in made] == [1, 2, 3]
    assert [one.subscriber for one in made] == sorted([anna.id, bram.id, cees.id])
    by_address = {one.address: one for one in made}
    assert by_address["Anna@example.nl"] == Delivery(
        run=1,
        seq=by_address["Anna@example.nl"].seq,
        subscriber=anna.id,
        address="Anna@example.nl",
        name="Anna Wit",
        joined=listed.JOINED,
        state="waiting",
        not_before=AT,
        domain="example.nl",
    )
    assert by_address["bram@example.org"].joined is None
    assert (by_address["cees@example.nl"].state, by_address["cees@example.nl"].reason) == ("skipped", "paused")


def test_a_pause_ends_on_its_day(store: Store) -> None:
    listed.put(store, listed.one("cees@example.nl", paused_until=LATER))
    with store.writing() as transaction:
        assert whom(frozen(transaction, day=LATER)) == ["cees@example.nl"]


def test_whose_pause_is_over_by_then_waits_after_all_unless_another_run_gave_it_to_him(store: Store) -> None:
    back = {"anna": LATER, "bram": LATER, "cees": date(2026, 12, 6), "dora": LATER, "evert": LATER}
    listed.put(store, *(listed.one(f"{name}@example.nl", paused_until=day) for name, day in back.items()))
    with store.writing() as transaction:
        frozen(transaction)
        subscribers.change(transaction, listed.one("bram@example.nl").id, {"paused_until": None})
        assert whom(frozen(transaction)) == ["bram@example.nl"]
        move(transaction, "dora@example.nl", "dora@example.org")
        run = runs.get(transaction, 1)
        assert run
        assert freezing.wake(transaction, run, LATER, AT) == 2
        assert whom(deliveries.page(transaction, 1)) == ["anna@example.nl", "evert@example.nl"]
        assert freezing.wake(transaction, run, LATER, AT) == 0


def test_a_segment_names_who_is_frozen(store: Store) -> None:
    listed.put(store, listed.one("anna@example.nl"), listed.one("bram@example.org"))
    with store.writing() as transaction:
        assert whom(frozen(transaction, segment="domain == 'example.org'")) == ["bram@example.org"]
        assert whom(frozen(transaction)) == ["anna@example.nl"]


def test_whoever_did_not_have_it_is_offered_it_again(store: Store) -> None:
    names = [f"{state.replace(' ', '')}@example.nl" for state in get_args(DeliveryState)]
    listed.put(store, *map(listed.one, names))
    with store.writing() as transaction:
        for one in frozen(transaction):
            state = next(state for state in get_args(DeliveryState) if state.replace(" ", "") in str(one.address))
            set_state(transaction, [one], state)
        assert whom(frozen(transaction)) == ["refused@example.nl", "skipped@example.nl"]


def test_another_issue_is_offered_to_all(store: Store) -> None:
    listed.put(store, listed.one("anna@example.nl"))
    with store.writing() as transaction:
        ledgered.freeze(transaction, ledgered.press(transaction, issue="2026-11-21"))
        assert whom(frozen(transaction)) == ["anna@example.nl"]


def test_whoever_moves_does_not_get_it_at_his_new_address_nor_who_has_his_old_one(store: Store) -> None:
    listed.put(store, listed.one("anna@example.nl"), listed.one("bram@example.nl", "pending"))
    with store.writing() as transaction:
        frozen(transaction)
        move(transaction, "anna@example.nl", "anna@example.org")
        move(transaction, "bram@example.nl", "Anna@example.nl")
        subscribers.change(transaction, listed.one("bram@example.nl").id, {"consent": "confirmed"})
        assert frozen(transaction) == []


def test_an_offer_counts_everybody_once(store: Store) -> None:
    listed.put(
        store,
        *(listed.one(f"{name}@example.nl") for name in ("anna", "bram", "cees")),
        listed.one("dora@example.org"),
        listed.one("evert@example.nl", paused_until=LATER),
        listed.one("fem@example.nl", "pending"),
        listed.one("gijs@example.nl", "bounced"),
        listed.one("hans@elders.example"),
    )
    segment = where(parse("domain != 'elders.example'", {}))
    with store.writing() as transaction:
        set_state(transaction, frozen(transaction, segment="address == 'anna@example.nl'"), "in doubt")
        offer = freezing.offer(transaction, "2026-11-28", segment, DAY)
        everybody = freezing.offer(transaction, "2026-12-05", None, LATER)
    assert (offer.waiting, offer.paused, offer.had) == (3, 1, 1)
    assert (offer.pauses, offer.have_it) == ((LATER, LATER), "0 have it, 1 may have it")
    assert list(offer.left_out.items()) == [("pending", 1), ("bounced", 1), ("paused", 1), ("outside", 1)]
    assert list(offer.domains.items()) == [("example.nl", 2), ("example.org", 1)]
    assert (everybody.waiting, everybody.paused, everybody.had) == (6, 0, 0)
    assert (everybody.pauses, everybody.have_it) == ((), "0 have had it")
    assert list(everybody.left_out.items()) == [("pending", 1), ("bounced", 1)]


def test_where_nobody_is_nobody_is_frozen(store: Store) -> None:
    with store.writing() as transaction:
        assert frozen(transaction) == []
        assert freezing.offer(transaction, "2026-11-28", None, DAY).waiting == 0


STATES = st.lists(st.sampled_from(get_args(DeliveryState)), min_size=5, max_size=5)
MOVES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=3)
FIVE = [f"lezer{number}@example.nl" for number in range(5)]


@given(rounds=st.lists(st.tuples(STATES, MOVES), max_size=3), paused=st.sets(st.integers(0, 4)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_became_of_earlier_runs_nobody_has_it_twice_and_nobody_is_forgotten(
    store: Store, rounds: list[tuple[list[DeliveryState], list[tuple[int, int]]]], paused: set[int]
) -> None:
    people = [
        replace(listed.one(one), paused_until=LATER) if n in paused else listed.one(one) for n, one in enumerate(FIVE)
    ]
    with undone(store) as transaction:
        for person in people:
            subscribers.insert_one(transaction, listed.known(person))
        _live(transaction, rounds)
        had = [one for one in _all(transaction) if one.state in HAD]
        offer = freezing.offer(transaction, "2026-11-28", None, DAY)
        made = frozen(transaction)
        after = [one for one in _all(transaction) if one.state in HAD]
        keys = transaction.scalars(select(rows.c.key).where(rows.c.state.in_(HAD))).all()
    assert max(Counter(keys).values(), default=1) == 1
    assert max(Counter(one.subscriber for one in after).values(), default=1) == 1
    assert (offer.waiting, offer.paused) == (len(whom(made)), len(whom(made, "skipped")))
    assert offer.waiting + offer.paused + offer.had == len(FIVE)
    addresses_had = {addresses.key(str(one.address)) for one in had}
    left = {one.subscriber for one in made}
    for known in made:
        assert known.subscriber not in {one.subscriber for one in had}
        assert addresses.key(str(known.address)) not in addresses_had
    assert offer.had == len({one.id for one in people} - left)


def _live(transaction: Transaction, rounds: list[tuple[list[DeliveryState], list[tuple[int, int]]]]) -> None:
    """Each round a run is frozen, something becomes of its readers, and some take addresses that are free."""
    for states, moves in rounds:
        for one, state in zip(frozen(transaction), states, strict=False):
            if one.state == "waiting":
                set_state(transaction, [one], state)
        for who, place in moves:
            address = f"lezer{place}@example.nl"
            if subscribers.find(transaction, address) is None:
                move(transaction, FIVE[who], address)


def _all(transaction: Transaction) -> list[Delivery]:
    numbers = transaction.scalars(select(rows.c.run).distinct()).all()
    return [one for number in numbers for one in deliveries.page(transaction, number)]


def test_two_runs_that_are_frozen_at_once_share_the_readers(store: Store) -> None:
    listed.put(store, *(listed.one(f"lezer{number}@example.nl") for number in range(300)))
    with store.writing() as transaction:
        pressed = [ledgered.press(transaction) for _ in range(2)]
    together, totals = Barrier(2), []

    def freeze(run: Run) -> None:
        together.wait()
        with store.writing() as transaction:
            totals.append(ledgered.freeze(transaction, run).total)

    threads = [Thread(target=freeze, args=(run,)) for run in pressed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as transaction:
        made = _all(transaction)
    assert sum(totals) == len(made) == 300
    assert len({one.address for one in made}) == 300
