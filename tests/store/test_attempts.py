"""Attempts: their numbers, who may speak for them, and who was part of them."""

from datetime import timedelta
from pathlib import Path

import pytest
from dispatch import NOW, Dispatch
from hypothesis import given
from hypothesis import strategies as st

from newsletter.store import attempts, claims
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store, Transaction

ME = Sender(worker="me", account="0" * 16)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def run(store: Store, tmp_path: Path) -> int:
    return Dispatch(store, tmp_path).send("anna", "bram", "cees")


def begin(transaction: Transaction, run: int, *seqs: int) -> int:
    """Write an intent down."""
    (number,) = attempts.open_(
        transaction, run, [Intent(seqs=seqs, fingerprint="f" * 64)], ME, at=NOW, expires_at=LATER
    )
    return number


@given(st.lists(st.integers(1, 50), min_size=1, unique=True))
def test_numbers_are_read_as_they_were_spelt(seqs: list[int]) -> None:
    assert attempts.read(attempts.spell(seqs)) == tuple(seqs)


def test_a_row_of_numbers_is_spelt_short() -> None:
    assert attempts.spell([*range(1, 101), 105, 104]) == "1-100,105,104"


def test_no_number_is_given_twice_and_they_can_be_lifted(store: Store, run: int) -> None:
    with store.writing() as transaction:
        assert attempts.highest(transaction) == 0
        assert begin(transaction, run, 1) == 1
        attempts.lift(transaction, 40)
        attempts.lift(transaction, 20)
        assert (begin(transaction, run, 2), attempts.highest(transaction)) == (41, 41)


def test_numbers_can_be_lifted_before_the_first(store: Store, run: int) -> None:
    with store.writing() as transaction:
        attempts.lift(transaction, 40)
        assert begin(transaction, run, 1) == 41


def test_only_its_worker_ends_an_attempt_and_only_once(store: Store, run: int) -> None:
    with store.writing() as transaction:
        number = begin(transaction, run, 1)
        assert not attempts.end(transaction, number, "unsent", worker="another", at=NOW)
        assert attempts.end(transaction, number, "unsent", worker="me", at=NOW)
        assert not attempts.end(transaction, number, "answered", worker="me", at=NOW)


def test_a_doubt_has_one_who_finds_out_about_it_at_a_time(store: Store, run: int) -> None:
    with store.writing() as transaction:
        number = begin(transaction, run, 1)
        assert attempts.overdue(transaction, at=NOW) == 0
        assert attempts.overdue(transaction, at=LATER, but={number}) == 0
        assert attempts.overdue(transaction, at=LATER) == 1
        until = LATER + timedelta(minutes=5)
        assert attempts.take(transaction, number, worker="one", at=LATER, expires_at=until)
        assert not attempts.take(transaction, number, worker="two", at=LATER, expires_at=until)
        assert attempts.take(transaction, number, worker="two", at=until, expires_at=until)
        assert not attempts.end(transaction, number, "unsent", worker="me", at=until)


def test_a_doubt_is_settled_when_nobody_of_it_is_in_doubt(store: Store, run: int) -> None:
    with store.writing() as transaction:
        number = begin(transaction, run, 1, 2)
        attempts.adopt(transaction, at=NOW)
        (doubt,) = attempts.doubts(transaction, run)
        assert attempts.settle(transaction, doubt, [Became(seq=1, state="accepted")], at=NOW) == {1}
        assert [one.id for one in attempts.doubts(transaction)] == [number]
        again = [Became(seq=1, state="waiting"), Became(seq=2, state="waiting", not_before=NOW)]
        assert attempts.settle(transaction, doubt, again, at=NOW) == {2}
        assert attempts.doubts(transaction) == []


def test_what_became_of_a_reader_in_an_earlier_attempt_is_not_written_over_a_later_one(store: Store, run: int) -> None:
    with store.writing() as transaction:
        first = begin(transaction, run, 1)
        attempts.become(transaction, run, first, [Became(seq=1, state="waiting", not_before=NOW)], at=NOW)
        second = begin(transaction, run, 1)
        assert attempts.become(transaction, run, first, [Became(seq=1, state="accepted")], at=NOW) == set()
        assert attempts.become(transaction, run, second, [Became(seq=1, state="accepted")], at=NOW) == {1}


def test_every_attempt_of_a_reader_is_told_with_what_was_said(store: Store, run: int) -> None:
    with store.writing() as transaction:
        first = begin(transaction, run, 1, 3)
        put_off = Became(seq=1, state="waiting", reason="450 later", not_before=NOW, counts=True, what="put off")
        attempts.become(transaction, run, first, [put_off, Became(seq=3, state="accepted")], at=NOW)
        second = begin(transaction, run, 1)
        begin(transaction, run, 2)
        assert [one.id for one in attempts.of(transaction, run, 1)] == [first, second]
        assert [(one.attempt, one.what, one.said) for one in attempts.said(transaction, run, 1)] == [
            (first, "put off", "450 later")
        ]
        assert attempts.said(transaction, run, 3) == []


def test_who_is_claimed_is_the_longest_waiting_first(store: Store, run: int) -> None:
    with store.writing() as transaction:
        claims.postpone(transaction, run, {1: NOW + timedelta(minutes=1)})
        found = claims.claim(transaction, run, at=NOW, day=NOW.date(), limit=9)
        assert [one.seq for one in found] == [2, 3]
        later = NOW + timedelta(minutes=1)
        found = claims.claim(transaction, run, at=later, day=later.date(), limit=9)
        assert [one.seq for one in found] == [2, 3, 1]
        assert claims.next_due(transaction, run) == NOW
