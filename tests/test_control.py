"""What the operator does to runs, where it meets somebody else who writes, and a database that is not what it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import examples
import ledgered
import listed
import pytest
from ledgered import AT

from newsletter import addresses, control
from newsletter.audience.erasure import EraseKey
from newsletter.delivery import audit, plan, settle
from newsletter.errors import UsageError
from newsletter.model.ledger import Run
from newsletter.store import attempts, deliveries, runs
from newsletter.store.attempts import Intent, Sender
from newsletter.store.database import Store, Transaction

NOW = AT + timedelta(hours=1)
KEY = EraseKey(secret=b"de sleutel ligt bij de buren")


@pytest.fixture
def begun(store: Store) -> Run:
    """A run of three readers, one of whom is being mailed."""
    listed.put(store, *(listed.one(f"{name}@example.nl") for name in ("anna", "bram", "cees")))
    run = ledgered.begun(store)
    with store.writing() as transaction:
        intent, by = Intent(seqs=(1,), fingerprint="f" * 64), Sender(worker="heuvel", account="0123456789abcdef")
        attempts.open_(transaction, run.id, [intent], by, at=AT, expires_at=NOW)
    return run


def now(store: Store, run: Run) -> Run:
    with store.reading() as transaction:
        found = runs.get(transaction, run.id)
    assert found is not None
    return found


def breaches(store: Store) -> int:
    with store.reading() as transaction:
        return audit.audit(transaction, at=NOW).breaches


class Meanwhile(Store):
    """A store into which somebody else writes right after it was read for the first time."""

    def __init__(self, store: Store, deed: Callable[[Transaction], object]) -> None:
        self.__dict__.update(store.__dict__)
        self._deeds = [deed]

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with super().reading() as transaction:
            yield transaction
        while self._deeds:
            with self.writing() as transaction:
                self._deeds.pop()(transaction)


def test_a_run_that_somebody_changes_meanwhile_is_paused_as_it_is_then(store: Store, begun: Run) -> None:
    changing = Meanwhile(store, lambda transaction: runs.change(transaction, begun.id, {"sending"}, first=2))
    paused = control.pause(changing, None, who="joke", reason="")
    assert (paused.state, paused.first, paused.sentence) == ("paused", 2, "Paused by joke.")


def test_a_run_that_ends_meanwhile_is_not_paused(store: Store, begun: Run) -> None:
    control.cancel(store, str(begun.id), at=NOW)
    with pytest.raises(UsageError, match="is cancelled"):
        control.pause(store, None, who="joke", reason="")
    with store.reading() as transaction:
        assert deliveries.counts(transaction, begun.id)["sending"] == 1
    assert breaches(store) == 0


def test_a_number_is_a_run_s_and_else_an_issue_s(store: Store) -> None:
    with store.writing() as transaction:
        first, second = ledgered.press(transaction, issue="612"), ledgered.press(transaction, issue="1")
        assert control.find(transaction, "612") == control.find(transaction, "1") == first
        assert control.find(transaction, None) == second


def test_in_a_restored_database_all_who_wait_or_are_under_way_are_in_doubt_and_a_second_time_it_is_none(
    store: Store, begun: Run
) -> None:
    with store.writing() as transaction:
        ledgered.press(transaction, issue="2026-12-05")
    taken = control.restored(store, sent=900, who="joke", reason="the disk broke", at=NOW)
    assert (taken.doubted, taken.paused) == ({begun.id: 2}, (2,))
    assert now(store, begun).state == "finished with doubts"
    with store.reading() as transaction:
        assert deliveries.counts(transaction, begun.id)["in doubt"] == 3
        assert min(one.id for one in attempts.doubts(transaction) if one.worker == "restored") == 901
    assert breaches(store) == 0
    with pytest.raises(UsageError, match="knows 901 requests to the provider, and this machine has made 900"):
        control.restored(store, sent=900, who="joke", reason="again", at=NOW)


def test_whoever_was_put_in_doubt_so_can_be_sent_it_again(store: Store, begun: Run) -> None:
    control.restored(store, sent=9, who="joke", reason="the disk broke", at=NOW)
    assert settle.send_again(store, begun.id, reason="not in its log", who="joke", at=NOW) == 3
    assert now(store, begun).state == "sending"
    assert breaches(store) == 0


@pytest.fixture
def frozen(store: Store) -> Run:
    """A run of one reader that is about to be checked."""
    listed.put(store, listed.one("anna@example.nl"))
    with store.writing() as transaction:
        run = ledgered.press(transaction)
    assert plan.freeze(store, run, examples.config(Path("/")), at=AT)
    return run


@pytest.mark.parametrize("how", [settle.send_again, settle.assume_accepted])
def test_a_run_that_was_frozen_and_had_not_begun_may_have_begun_and_is_still_checked_before_it_goes_on(
    store: Store, frozen: Run, how: Callable[..., int]
) -> None:
    taken = control.restored(store, sent=9, who="joke", reason="the disk broke", at=NOW)
    assert (taken.doubted, taken.paused) == ({frozen.id: 1}, (frozen.id,))
    assert how(store, frozen.id, reason="the log says so", who="joke", at=NOW) == 1
    stands = now(store, frozen)
    assert (stands.state, stands.why, stands.checked_at, stands.started_at) == ("paused", "operator", None, None)
    assert breaches(store) == 0
    assert control.resume(store, None, examples.config(Path("/")), at=NOW).state == "checking"


def test_a_database_that_knows_all_that_was_sent_from_it_was_not_restored(store: Store, begun: Run) -> None:
    with pytest.raises(UsageError, match="knows 1 requests to the provider, and this machine has made 1 from it"):
        control.restored(store, sent=1, who="joke", reason="a mistake", at=NOW)
    assert now(store, begun) == begun
    with store.reading() as transaction:
        assert deliveries.counts(transaction, begun.id)["waiting"] == 2


def test_a_request_that_may_still_leave_is_waited_for(store: Store, begun: Run) -> None:
    with store.reading() as transaction:
        assert control.in_question(transaction) == 3
        control.refuse_under_way(transaction, NOW)
        with pytest.raises(UsageError, match="may still be under way"):
            control.refuse_under_way(transaction, NOW - timedelta(seconds=1))


def test_a_reader_is_found_by_the_address_that_he_had_and_by_the_one_that_he_has(store: Store, begun: Run) -> None:
    with store.writing() as transaction:
        transaction.exec_driver_sql(
            "UPDATE subscribers SET address = 'nieuw@example.org', key = 'nieuw@example.org' "
            "WHERE key = 'anna@example.nl'"
        )
        for address in ("Anna@example.nl", "nieuw@example.org"):
            (part,) = control.parts(transaction, [begun], address, None)
            assert part.delivery.address == "anna@example.nl"


def test_an_erased_reader_is_found_with_the_key_alone_and_without_a_name(store: Store, begun: Run) -> None:
    with store.writing() as transaction:
        one = deliveries.get(transaction, begun.id, 1)
        assert one is not None
        assert one.address is not None
        deliveries.forget(transaction, one.subscriber, KEY.hash)
        transaction.exec_driver_sql(f"DELETE FROM subscribers WHERE id = '{one.subscriber}'")
        assert addresses.key(one.address) == one.address
        assert control.parts(transaction, [begun], one.address, None) == ()
        (part,) = control.parts(transaction, [begun], one.address, KEY)
    assert (part.delivery.address, [attempt.seqs for attempt in part.attempts]) == (None, [(1,)])


def test_only_what_was_asked_for_is_looked_through(store: Store, begun: Run) -> None:
    with store.writing() as transaction:
        other = ledgered.press(transaction, issue="2026-12-05")
        assert control.chosen(transaction, begun.issue) == (begun,)
        assert control.chosen(transaction, None) == (other,)
        assert control.parts(transaction, [other], "anna@example.nl", None) == ()
        ledger = control.ledger(transaction, begun, states=("waiting",), domain="example.nl")
        assert [one.seq for one in ledger] == [2, 3]
