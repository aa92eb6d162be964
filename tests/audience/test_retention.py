"""What is kept long enough is forgotten, each kind in its own time, and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from deeds import Deeds
from sqlalchemy import text
from tended import KEY, NOW, contents, occasion, tended

from newsletter.audience import consent
from newsletter.audience.address import CONFIRM_WITHIN, UNDO_WITHIN
from newsletter.audience.consent import Newcomer
from newsletter.audience.retention import KEEP_CALLS, KEEP_NOTICES, Pruned, prune
from newsletter.audience.takeback import take_back
from newsletter.errors import ConsentError, UsageError
from newsletter.store import consents, gates, imports, subscribers, webhooks
from newsletter.store.check import check
from newsletter.store.database import Store
from newsletter.store.webhooks import Called

NOTHING = Pruned(origins=0, pending=0, imports=0)
SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(days=400)

Prune = Callable[..., Pruned]


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> Store:
    """A store in which much happened, all of it now."""
    tended(store, tmp_path)
    return store


@pytest.fixture
def pruned_by(store: Store) -> Prune:
    """``pruned_by(moment)``: what is forgotten then; times that are not given are longer than that."""

    def prune_(now: datetime, **keep: int) -> Pruned:
        longer = {"keep_origin": 1_000, "keep_pending": 1_000, "keep_undo": 1_000}
        return prune(store, now=now, **{**longer, **keep})

    return prune_


@pytest.fixture
def pruned(kept: Store, pruned_by: Prune) -> Prune:
    """The same, after much has happened."""
    return pruned_by


def on_the_list(store: Store) -> dict[str, str]:
    """Everybody's status by the part of his address before the @."""
    with store.reading() as transaction:
        return {one.key.partition("@")[0]: one.subscriber.status for one in subscribers.every(transaction)}


def test_the_network_address_of_a_sign_up_is_cut_in_time(kept: Store, pruned: Prune) -> None:
    with kept.reading() as transaction:
        before = {
            known.subscriber.id: consents.of(transaction, known.subscriber.id)
            for known in subscribers.every(transaction)
        }
    assert pruned(NOW + timedelta(days=30), keep_origin=30) == NOTHING
    assert pruned(NOW + timedelta(days=30, seconds=1), keep_origin=30) == Pruned(origins=2, pending=0, imports=0)
    with kept.reading() as transaction:
        for identity, records in before.items():
            now = consents.of(transaction, identity)
            assert [(one.what, one.at, one.note) for one in now] == [(one.what, one.at, one.note) for one in records]
            assert {one.origin for one in now} == {None}


def test_with_no_days_an_address_is_cut_at_the_next_moment(pruned: Prune) -> None:
    assert pruned(NOW + timedelta(seconds=1), keep_origin=0).origins == 2


def test_whoever_was_asked_and_did_not_confirm_is_removed_in_time(kept: Store, pruned: Prune) -> None:
    before = on_the_list(kept)
    assert pruned(NOW + timedelta(days=30), keep_pending=30).pending == 0
    assert pruned(NOW + timedelta(days=31), keep_pending=30).pending == 1
    assert on_the_list(kept) == {name: status for name, status in before.items() if name != "gijs"}


def test_whoever_is_still_to_be_asked_stays(kept: Store, pruned: Prune) -> None:
    assert pruned(LATER, keep_pending=30).pending == 1
    assert {name for name, status in on_the_list(kept).items() if status == "pending"} == {"jan", "lies"}
    with kept.writing() as transaction:
        transaction.execute(text("DELETE FROM notices"))
    assert pruned(LATER, keep_pending=30).pending == 2


def test_whoever_is_pending_and_blocked_stays_blocked(kept: Store, pruned: Prune) -> None:
    pruned(LATER, keep_pending=30)
    assert on_the_list(kept)["spam"] == "suppressed"


def test_whoever_asked_again_has_his_time_anew(kept: Store, pruned: Prune) -> None:
    again = occasion("form", NOW + timedelta(days=25))
    with kept.writing() as transaction:
        consent.sign_up(transaction, Newcomer(address="gijs@example.nl"), again, key=KEY, draw=lambda: "")
        transaction.execute(text("DELETE FROM notices"))
    assert pruned(NOW + timedelta(days=31), keep_pending=30).pending == 2
    assert on_the_list(kept)["gijs"] == "pending"


def test_of_whom_is_removed_the_records_stay(kept: Store, pruned: Prune) -> None:
    records = contents(kept)["consents"]
    pruned(LATER, keep_pending=30)
    assert contents(kept)["consents"] == records


def test_what_an_import_changed_is_forgotten_in_time_and_then_it_cannot_be_taken_back(
    kept: Store, pruned: Prune
) -> None:
    assert pruned(NOW + timedelta(days=90), keep_undo=90).imports == 0
    assert contents(kept)["import_changes"]
    later = NOW + timedelta(days=91)
    assert pruned(later, keep_undo=90).imports == 3
    assert contents(kept)["import_changes"] == []
    with pytest.raises(UsageError, match=f"forgotten on {later:%Y-%m-%d}"):
        take_back(kept, 1, occasion("operator", later), progress=lambda _: None)


def test_an_import_that_was_broken_off_may_go_on_for_a_while_and_is_then_forgotten_too(
    kept: Store, pruned: Prune
) -> None:
    with kept.writing() as transaction:
        transaction.execute(text("UPDATE imports SET state = 'open' WHERE id = 3"))
    with kept.reading() as transaction:
        found = imports.get(transaction, 3)
        assert found is not None
        assert imports.find_open(transaction, found.fingerprint) == found
    assert pruned(NOW + imports.GOES_ON, keep_undo=0).imports == 2
    assert contents(kept)["import_changes"]
    assert pruned(NOW + imports.GOES_ON + SECOND, keep_undo=0).imports == 1
    assert contents(kept)["import_changes"] == []
    with kept.reading() as transaction:
        assert imports.find_open(transaction, found.fingerprint) is None  # the same list begins anew
    assert check(kept).findings == ()


def test_of_an_import_that_was_broken_off_it_is_kept_as_long_as_of_others_what_it_changed(
    kept: Store, pruned: Prune
) -> None:
    with kept.writing() as transaction:
        transaction.execute(text("UPDATE imports SET state = 'open' WHERE id = 3"))
    assert pruned(NOW + timedelta(days=90), keep_undo=90).imports == 0
    assert pruned(NOW + timedelta(days=91), keep_undo=90).imports == 3


def test_what_went_on_while_it_was_forgotten_is_forgotten_the_next_time(kept: Store, pruned: Prune) -> None:
    changes = contents(kept)["import_changes"]
    with kept.writing() as transaction:
        transaction.execute(text("UPDATE imports SET pruned_at = started_at"))
    assert changes
    assert pruned(LATER, keep_undo=90).imports == 0
    assert contents(kept)["import_changes"] == []


def test_notices_and_moves_are_forgotten_in_their_own_time(store: Store, pruned_by: Prune) -> None:
    deeds = Deeds(store, now=NOW)
    deeds.joins()
    undone, done = deeds.ask_to_move("anna@example.org"), deeds.ask_to_move("anna.wit@example.org")
    deeds.mail_leaves()
    deeds.move(undone)
    deeds.undo_move(undone)
    deeds.mail_leaves()
    assert pruned_by(NOW + CONFIRM_WITHIN) == NOTHING
    assert pruned_by(NOW + CONFIRM_WITHIN + SECOND) == Pruned(origins=0, pending=0, imports=0, moves=2)
    with pytest.raises(ConsentError, match="no such change"):
        deeds.move(done)
    assert [notice.kind for notice in deeds.notices()] == ["confirm"]
    assert pruned_by(NOW + KEEP_NOTICES) == NOTHING
    assert pruned_by(NOW + KEEP_NOTICES + SECOND) == Pruned(origins=0, pending=0, imports=0, notices=1)


def test_of_a_providers_call_it_is_kept_for_a_while_in_which_words_it_came(store: Store, pruned_by: Prune) -> None:
    calls = [Called(provider="resend", key=key, at=NOW, body='{"to": "anna@example.org"}') for key in ("a", "b")]
    with store.writing() as transaction:
        webhooks.keep(transaction, calls)
        webhooks.applied(transaction, {1: ""}, at=NOW)
    assert pruned_by(NOW + KEEP_CALLS) == NOTHING
    assert pruned_by(NOW + KEEP_CALLS + SECOND) == Pruned(origins=0, pending=0, imports=0, calls=1)


def test_a_move_that_can_be_undone_or_of_which_the_old_address_was_not_told_yet_stays(
    store: Store, pruned_by: Prune
) -> None:
    deeds = Deeds(store, now=NOW)
    deeds.joins()
    asked = deeds.ask_to_move("anna@example.org")
    deeds.mail_leaves()
    deeds.move(asked)
    assert pruned_by(NOW + UNDO_WITHIN).moves == 0
    assert pruned_by(NOW + UNDO_WITHIN + SECOND).moves == 0  # its notice waits
    deeds.mail_leaves()
    assert pruned_by(NOW + UNDO_WITHIN + SECOND).moves == 1


def test_whoever_was_asked_and_of_whom_the_notice_is_still_kept_goes_in_his_time(
    store: Store, pruned_by: Prune
) -> None:
    deeds = Deeds(store, now=NOW)
    deeds.sign_up()
    assert pruned_by(NOW + timedelta(days=8), keep_pending=7).pending == 0  # he is still to be asked
    deeds.mail_leaves()
    assert pruned_by(NOW + timedelta(days=8), keep_pending=7).pending == 1


def test_limits_at_rest_are_forgotten(store: Store, pruned_by: Prune) -> None:
    with store.writing() as transaction:
        gates.take(transaction, "een", at=NOW, every=timedelta(minutes=1), burst=1)
    assert pruned_by(NOW).gates == 0
    assert pruned_by(NOW + timedelta(minutes=1)).gates == 1


def test_a_second_time_there_is_nothing_left_to_forget(pruned: Prune) -> None:
    keep = {"keep_origin": 30, "keep_pending": 30, "keep_undo": 90}
    assert pruned(LATER, **keep) == Pruned(origins=2, pending=1, imports=3)
    assert pruned(LATER, **keep) == NOTHING


def test_what_is_left_is_lawful(kept: Store, pruned: Prune) -> None:
    pruned(LATER, keep_origin=0, keep_pending=7, keep_undo=0)
    assert check(kept).findings == ()
