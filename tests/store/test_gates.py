"""Limits hold between transactions and processes: so many at once, then one every so often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.store import gates
from newsletter.store.database import Store

NOW = datetime(2026, 3, 12, 13, 2, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def take(store: Store, at: datetime, *, key: str = "een", every: timedelta = MINUTE, burst: int = 3) -> datetime | None:
    with store.writing() as transaction:
        return gates.take(transaction, key, at=at, every=every, burst=burst)


def test_so_many_pass_at_once_and_then_one_every_so_often(store: Store) -> None:
    assert [take(store, NOW) for _ in range(4)] == [None, None, None, NOW + MINUTE]
    assert take(store, NOW + MINUTE - SECOND) == NOW + MINUTE
    assert [take(store, NOW + MINUTE), take(store, NOW + MINUTE)] == [None, NOW + 2 * MINUTE]


def test_who_is_refused_costs_the_others_nothing(store: Store) -> None:
    for _ in range(3):
        take(store, NOW)
    assert {take(store, NOW + SECOND) for _ in range(50)} == {NOW + MINUTE}
    assert take(store, NOW + MINUTE) is None


def test_after_a_rest_so_many_pass_again_and_no_more(store: Store) -> None:
    for _ in range(3):
        take(store, NOW)
    later = NOW + timedelta(days=400)
    assert [take(store, later) for _ in range(4)] == [None, None, None, later + MINUTE]


def test_each_gate_is_its_own(store: Store) -> None:
    assert take(store, NOW, burst=1) is None
    assert take(store, NOW, burst=1) == NOW + MINUTE
    assert take(store, NOW, burst=1, key="twee") is None


def test_a_refusal_is_undone_with_its_transaction_and_a_passage_too(store: Store) -> None:
    with store.writing() as transaction:
        assert gates.take(transaction, "een", at=NOW, every=MINUTE, burst=1) is None
        transaction.rollback()
    assert take(store, NOW, burst=1) is None


def test_of_many_at_the_same_moment_as_many_pass_as_may(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: take(store, NOW, burst=5), range(24)))
    assert answers.count(None) == 5
    assert set(answers) == {None, NOW + MINUTE}


def test_a_gate_at_rest_is_forgotten_and_one_that_is_not_stays(store: Store) -> None:
    take(store, NOW, key="een", every=MINUTE)
    take(store, NOW, key="twee", every=10 * MINUTE)
    with store.writing() as transaction:
        assert gates.prune(transaction, at=NOW + MINUTE - SECOND) == 0
        assert gates.prune(transaction, at=NOW + MINUTE) == 1
        assert gates.prune(transaction, at=NOW + MINUTE) == 0
    assert take(store, NOW + MINUTE, key="twee", every=10 * MINUTE, burst=1) == NOW + 10 * MINUTE


@given(waits=st.lists(st.integers(0, 90), min_size=1, max_size=40), burst=st.integers(1, 4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_no_span_of_time_more_pass_than_may(store: Store, waits: list[int], burst: int) -> None:
    at, passed, key = NOW, [], f"{burst}/{waits}"
    for seconds in waits:
        at += timedelta(seconds=seconds)
        answer = take(store, at, key=key, burst=burst)
        assert answer is None or at < answer <= at + MINUTE
        passed += [at] if answer is None else []
    for first, one in enumerate(passed):
        span = passed[-1] - one
        assert len(passed) - first <= burst + span / MINUTE
