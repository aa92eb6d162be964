"""Notices: one attempt at a time, a late answer that changes nothing, and a state for all that may have happened."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import get_args

import pytest
from listed import one, put
from sqlalchemy import text

from newsletter.store import consents, moves, notices, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.notices import Kind, Notice, State

NOW = datetime(2026, 3, 12, 13, 2, tzinfo=UTC)
SOON, DAY = timedelta(seconds=1), timedelta(days=1)
UNTIL = NOW + timedelta(minutes=5)
ANNA = one("anna@example.nl", "pending")
NUMBERS = count(1)


def draw() -> str:
    return f"{next(NUMBERS):032x}"


@pytest.fixture
def listed(store: Store) -> Store:
    """A store with Anna on the list."""
    put(store, ANNA)
    return store


@pytest.fixture
def transaction(listed: Store) -> Iterator[Transaction]:
    """A transaction on it."""
    with listed.writing() as transaction:
        yield transaction


def queue(transaction: Transaction, kind: Kind = "confirm", *, at: datetime = NOW, skipped: str = "") -> int:
    """Queue a notice to Anna, about a record or a move of hers."""
    about = consents.write(transaction, ANNA.id, "signed up", at=at, source="form")
    if kind in {"move", "moved"}:
        about = moves.ask(transaction, ANNA.id, record=about, before=ANNA.address, after="anna@example.org", at=at)
    key = "anna@example.nl"
    return notices.queue(transaction, ANNA.id, kind, number=about, key=key, at=at, skipped=skipped)


def claim(transaction: Transaction, *, at: datetime = NOW, limit: int = 10) -> tuple[Notice, ...]:
    return notices.claim(transaction, at=at, limit=limit, draw=draw, expires_at=at + (UNTIL - NOW))


def sealed(transaction: Transaction) -> tuple[int, str]:
    """Queue a notice, claim it and seal it: its id and the attempt's."""
    queue(transaction)
    (notice,) = claim(transaction)
    assert notices.seal(transaction, notice.id, notice.attempt or "", fingerprint="f" * 64, expires_at=UNTIL)
    return notice.id, notice.attempt or ""


def get(transaction: Transaction, id_: int) -> Notice:
    """One of Anna's."""
    return {notice.id: notice for notice in notices.of(transaction, ANNA.id)}[id_]


def state_of(transaction: Transaction, id_: int) -> str:
    return get(transaction, id_).state


# Claiming


def test_a_claimed_notice_has_an_attempt_of_its_own_and_is_claimed_once(transaction: Transaction) -> None:
    ids = [queue(transaction), queue(transaction)]
    claimed = claim(transaction)
    assert [notice.id for notice in claimed] == ids
    assert len({notice.attempt for notice in claimed}) == 2
    assert {(notice.state, notice.expires_at, notice.fingerprint) for notice in claimed} == {("sending", UNTIL, None)}
    assert claimed == notices.of(transaction, ANNA.id)
    assert claim(transaction) == ()


def test_what_is_not_due_yet_and_what_is_over_the_limit_stays(transaction: Transaction) -> None:
    queue(transaction, at=NOW + SOON)
    ids = [queue(transaction), queue(transaction)]
    assert [notice.id for notice in claim(transaction, limit=1)] == ids[:1]
    assert [notice.id for notice in claim(transaction)] == ids[1:]
    assert [notice.kind for notice in claim(transaction, at=NOW + SOON)] == ["confirm"]


def test_a_reader_who_waits_goes_before_what_a_list_asks(transaction: Transaction) -> None:
    early = queue(transaction, at=NOW - DAY)
    transaction.execute(text("UPDATE notices SET bulk = true"))
    late = queue(transaction)
    assert [notice.id for notice in claim(transaction)] == [late, early]


def test_what_is_skipped_is_written_down_and_never_claimed(transaction: Transaction) -> None:
    id_ = queue(transaction, skipped="blocked")
    assert claim(transaction) == ()
    found = get(transaction, id_)
    assert (found.state, found.reason, found.ended_at) == ("skipped", "blocked", NOW)


def test_many_who_claim_at_once_get_each_notice_once(listed: Store) -> None:
    with listed.writing() as transaction:
        ids = {queue(transaction) for _ in range(40)}

    def some(_: int) -> list[int]:
        with listed.writing() as transaction:
            return [notice.id for notice in claim(transaction, limit=3)]

    with ThreadPoolExecutor(8) as threads:
        claimed = [id_ for found in threads.map(some, range(32)) for id_ in found]
    assert sorted(claimed) == sorted(ids)


def test_on_postgresql_nobody_waits_for_what_another_has_claimed(postgresql_addresses: Callable[[], str]) -> None:
    with closing(Store(postgresql_addresses())) as store:
        put(store, ANNA)
        with store.writing() as transaction:
            first, second = queue(transaction), queue(transaction)
        with store.writing() as mine, store.writing() as other:
            assert [notice.id for notice in claim(mine, limit=1)] == [first]
            assert [notice.id for notice in claim(other, limit=1)] == [second]


# What becomes of an attempt


@pytest.mark.parametrize("state", ["accepted", "refused", "skipped"])
def test_an_end_is_written_once_with_its_moment(transaction: Transaction, state: State) -> None:
    id_, attempt = sealed(transaction)
    told = {"provider_id": "p-1", "reason": "zo is het"}
    assert notices.settle(transaction, id_, attempt, state, at=NOW + SOON, **told)  # type: ignore[arg-type]
    assert not notices.settle(transaction, id_, attempt, "refused", at=NOW)
    found = get(transaction, id_)
    assert (found.state, found.ended_at, found.provider_id, found.reason) == (state, NOW + SOON, "p-1", "zo is het")


@pytest.mark.parametrize("deed", ["settle", "postpone", "replay", "seal"])
def test_a_late_answer_of_another_attempt_changes_nothing(transaction: Transaction, deed: str) -> None:
    id_, _ = sealed(transaction)
    before, other = get(transaction, id_), draw()
    if deed == "settle":
        assert not notices.settle(transaction, id_, other, "accepted", at=NOW)
    elif deed == "postpone":
        assert not notices.postpone(transaction, id_, other, not_before=NOW, counts=True)
    elif deed == "seal":
        assert not notices.seal(transaction, id_, other, fingerprint="e" * 64, expires_at=UNTIL)
    else:
        assert not notices.replay(transaction, id_, other, expires_at=UNTIL)
    assert get(transaction, id_) == before


def test_what_certainly_did_not_leave_waits_again_for_a_new_attempt(transaction: Transaction) -> None:
    id_, attempt = sealed(transaction)
    later = NOW + timedelta(minutes=7)
    assert notices.postpone(transaction, id_, attempt, not_before=later, counts=True, reason="vol")
    assert not notices.settle(transaction, id_, attempt, "accepted", at=NOW)
    assert claim(transaction) == ()
    assert notices.next_due(transaction) == later
    (again,) = claim(transaction, at=later)
    assert (again.tries, again.fingerprint, again.reason) == (1, None, "vol")
    assert again.attempt != attempt
    assert notices.postpone(transaction, id_, again.attempt or "", not_before=later, counts=False)
    assert [notice.tries for notice in claim(transaction, at=later)] == [1]


def test_what_was_sealed_is_not_sealed_again(transaction: Transaction) -> None:
    id_, attempt = sealed(transaction)
    assert not notices.seal(transaction, id_, attempt, fingerprint="e" * 64, expires_at=UNTIL)


def test_whose_sender_is_gone_is_in_doubt_when_it_may_have_left_and_else_waits(transaction: Transaction) -> None:
    doubted, attempt = sealed(transaction)
    unsealed = queue(transaction)
    (late,) = claim(transaction)
    assert notices.overdue(transaction, at=UNTIL) == 0
    assert notices.overdue(transaction, at=UNTIL + SOON) == 1
    assert [notice.id for notice in notices.doubts(transaction)] == [doubted]
    assert state_of(transaction, unsealed) == "waiting"
    assert not notices.seal(transaction, unsealed, late.attempt or "", fingerprint="e" * 64, expires_at=UNTIL)
    assert notices.settle(transaction, doubted, attempt, "accepted", at=NOW)


def test_a_doubt_is_replayed_by_one_and_as_the_same_attempt(transaction: Transaction) -> None:
    id_, attempt = sealed(transaction)
    assert notices.settle(transaction, id_, attempt, "in doubt", at=NOW, reason="geen antwoord")
    again = UNTIL + DAY
    assert notices.replay(transaction, id_, attempt, expires_at=again)
    assert not notices.replay(transaction, id_, attempt, expires_at=again)
    found = get(transaction, id_)
    assert (found.state, found.attempt, found.expires_at, found.ended_at) == ("sending", attempt, again, None)


def test_that_it_never_left_is_not_believed_of_who_does_not_know_of_the_replay(transaction: Transaction) -> None:
    id_, attempt = sealed(transaction)
    notices.settle(transaction, id_, attempt, "in doubt", at=NOW)
    notices.replay(transaction, id_, attempt, expires_at=UNTIL + DAY)
    late = {"not_before": NOW, "counts": False, "expires_at": UNTIL}
    assert not notices.postpone(transaction, id_, attempt, **late)  # type: ignore[arg-type]
    assert not notices.settle(transaction, id_, attempt, "in doubt", at=NOW, expires_at=UNTIL)
    assert state_of(transaction, id_) == "sending"
    assert notices.settle(transaction, id_, attempt, "accepted", at=NOW)


def test_nothing_is_written_of_a_reader_who_is_gone(transaction: Transaction) -> None:
    id_, attempt = sealed(transaction)
    subscribers.remove(transaction, [ANNA.id])
    assert not notices.settle(transaction, id_, attempt, "accepted", at=NOW)
    assert notices.of(transaction, ANNA.id) == ()


# Looking


def test_all_states_are_counted(transaction: Transaction) -> None:
    assert notices.counts(transaction) == dict.fromkeys(get_args(State), 0)
    sealed(transaction)
    queue(transaction)
    queue(transaction, skipped="blocked")
    assert notices.counts(transaction) == dict.fromkeys(get_args(State), 0) | {"sending": 1, "waiting": 1, "skipped": 1}


def test_nothing_is_due_where_nothing_waits(transaction: Transaction) -> None:
    sealed(transaction)
    assert notices.next_due(transaction) is None


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_number_is_that_of_what_a_notice_is_about(transaction: Transaction, kind: Kind) -> None:
    queue(transaction)
    id_ = queue(transaction, kind)
    found = get(transaction, id_)
    about = moves.of(transaction, ANNA.id) if kind in {"move", "moved"} else consents.of(transaction, ANNA.id)
    assert found.number == about[-1].id


# Forgetting


def test_what_ended_or_is_in_doubt_is_forgotten_in_time_and_what_waits_is_not(transaction: Transaction) -> None:
    ended, attempt = sealed(transaction)
    notices.settle(transaction, ended, attempt, "accepted", at=NOW)
    doubted, attempt = sealed(transaction)
    notices.settle(transaction, doubted, attempt, "in doubt", at=NOW)
    waits = queue(transaction, at=NOW - 99 * DAY)
    assert notices.prune(transaction, before=NOW) == 0
    assert notices.prune(transaction, before=NOW + SOON) == 1
    assert notices.prune(transaction, before=UNTIL + SOON) == 1
    assert notices.prune(transaction, before=NOW + 999 * DAY) == 0
    assert [notice.id for notice in notices.of(transaction, ANNA.id)] == [waits]
