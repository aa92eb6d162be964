"""A notice whose reason is gone when its turn comes is not sent, and says why."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import ledgered
import pytest
from emptied import versed
from post_office import Office, draw

from newsletter.audience import address, consent, erasure, preferences, recording
from newsletter.audience.consent import Newcomer
from newsletter.errors import ConsentError
from newsletter.model.subscriber import ConsentText, What
from newsletter.store import runs, subscribers
from newsletter.store.database import Store, Transaction

Deed = Callable[[Office, Transaction, str], object]

TEXT = ConsentText(text="Aan de balie", version="1")


@pytest.fixture
def store(sqlite_addresses: Callable[[], Path], sql_known: Store) -> Iterator[Store]:
    """A file will do: what is tried here asks the database for nothing that differs."""
    with closing(versed(Store(sqlite_addresses()), sql_known)) as store:
        yield store


def did(office: Office, deed: Deed, who: str = "anna@example.nl") -> None:
    identity = office.identity(who)
    with office.store.writing() as transaction:
        deed(office, transaction, identity)


def leaves(office: Office, transaction: Transaction, identity: str) -> None:
    consent.leave(transaction, identity, office.occasion())


def complains(office: Office, transaction: Transaction, identity: str) -> None:
    consent.complain(transaction, identity, office.occasion())


def bounces(office: Office, transaction: Transaction, identity: str) -> None:
    consent.bounce(transaction, identity, office.occasion())


def is_blocked(office: Office, transaction: Transaction, identity: str) -> None:
    known = subscribers.get(transaction, identity)
    assert known is not None
    occasion = office.occasion()
    because = type(occasion)(at=occasion.at, zone=occasion.zone, source="operator", note="dreigbrief")
    consent.block(transaction, known.subscriber.address, because, key=None, draw=draw)


def is_added(office: Office, transaction: Transaction, _identity: str) -> None:
    occasion = office.occasion()
    at_the_desk = type(occasion)(at=occasion.at, zone=occasion.zone, source="operator", text=TEXT)
    consent.add(transaction, Newcomer(address="anna@example.nl"), at_the_desk, key=None, draw=draw)


def pauses(office: Office, transaction: Transaction, identity: str) -> None:
    preferences.pause(transaction, identity, date(2026, 12, 1), office.occasion())


def is_erased(office: Office, transaction: Transaction, _identity: str) -> None:
    key = erasure.EraseKey(secret=b"een sleutel om te vergeten, lang genoeg")
    erasure.erase(transaction, "anna@example.nl", office.occasion(), key=key)


def outcome(office: Office) -> tuple[str, str]:
    office.courier.drain()
    return office.notice().state, office.notice().reason


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (leaves, "left since"),
        (complains, "complained since"),
        (bounces, "bounced since"),
        (is_blocked, "blocked since"),
        (is_added, "confirmed already"),
    ],
)
def test_nobody_is_asked_any_more_after(office: Office, deed: Deed, why: str) -> None:
    office.sign_up()
    did(office, deed)
    assert outcome(office) == ("skipped", why)
    assert not office.post.asked


@pytest.mark.parametrize(("record", "why"), [("moved", "moved since"), ("moved back", "moved back since")])
def test_nobody_is_asked_at_an_address_that_he_has_no_more(office: Office, record: What, why: str) -> None:
    office.sign_up()
    did(office, lambda office, transaction, one: recording.write(transaction, one, record, office.occasion()))
    assert outcome(office) == ("skipped", why)


def test_nobody_is_asked_what_he_has_confirmed(office: Office) -> None:
    office.confirm(office.sign_up())
    assert outcome(office) == ("skipped", "confirmed already")


def test_nobody_is_asked_a_week_later(office: Office) -> None:
    office.sign_up()
    office.clock.later(days=7)
    office.post.fates.append("defer")
    assert outcome(office) == ("waiting", "450 4.2.0 greylisted")
    office.clock.later(hours=1)
    assert outcome(office) == ("skipped", "too old")


def test_whoever_was_erased_is_gone_with_his_notice(office: Office) -> None:
    office.sign_up()
    did(office, is_erased)
    office.courier.drain()
    assert office.states() == {}
    assert not office.post.asked


def test_whoever_is_erased_while_his_notice_is_sent_leaves_nothing_behind(office: Office) -> None:
    office.sign_up()
    office.post.before_guard.append(lambda: did(office, is_erased))
    office.courier.drain()
    assert office.states() == {}


@pytest.mark.parametrize("deed", [leaves, complains])
def test_who_comes_back_by_himself_is_asked_though_he_had_gone(office: Office, deed: Deed) -> None:
    office.joins()
    did(office, deed)
    office.clock.later(days=2)
    request = office.sign_up()
    assert outcome(office) == ("accepted", "")
    assert office.confirm(request)


@pytest.mark.parametrize("deed", [leaves, complains, bounces, is_blocked])
def test_a_link_to_confirm_is_sent_only_when_it_would_work(office: Office, deed: Deed) -> None:
    """What decides about the link is asked, and not a list of ours."""
    request = office.sign_up()
    did(office, deed)
    office.courier.drain()
    with pytest.raises(ConsentError):
        office.confirm(request)
    assert office.notice().state == "skipped"


@pytest.mark.parametrize("deed", [leaves, complains, bounces, is_blocked])
@pytest.mark.parametrize("kind", ["already", "welcome"])
def test_nobody_is_told_of_a_subscription_he_ended(office: Office, kind: str, deed: Deed) -> None:
    office.joins(welcome=kind == "welcome")
    if kind == "already":
        office.clock.later(days=2)
        office.sign_up()
    assert office.notice().kind == kind
    did(office, deed)
    state, why = outcome(office)
    assert state == "skipped"
    assert why.endswith(" since")


@pytest.mark.parametrize("kind", ["already", "welcome"])
def test_old_news_is_not_told(office: Office, kind: str) -> None:
    office.joins(welcome=kind == "welcome")
    if kind == "already":
        office.clock.later(days=2)
        office.sign_up()
    office.clock.later(days=7, seconds=1)
    assert outcome(office) == ("skipped", "too old")


def test_a_pause_holds_no_notice(office: Office) -> None:
    office.joins(welcome=True)
    did(office, pauses)
    assert outcome(office) == ("accepted", "")


def test_a_new_address_is_asked_and_the_old_one_told_with_links_that_work(office: Office) -> None:
    identity = office.joins()
    move = office.moves(identity, "anna@example.org")
    assert move is not None
    office.courier.drain()
    with office.store.writing() as transaction:
        address.confirm(transaction, move, office.occasion(), key=None)
    office.courier.drain()
    asked, told = office.post.taken[-2:]
    assert (asked.edition.issue, asked.subscriber.address) == ("move", "anna@example.org")
    assert (told.edition.issue, told.subscriber.address) == ("moved", "anna@example.nl")
    assert "https://weekbrief.example.nl/move/" in asked.html
    assert "https://weekbrief.example.nl/back/" in told.html


@pytest.mark.parametrize("deed", [leaves, complains, bounces, is_blocked])
def test_nobody_is_asked_about_a_new_address_once_he_left(office: Office, deed: Deed) -> None:
    move = office.moves(office.joins(), "anna@example.org")
    assert move is not None
    did(office, deed)
    office.courier.drain()
    assert office.notice().state == "skipped"
    with office.store.writing() as transaction, pytest.raises(ConsentError):
        address.confirm(transaction, move, office.occasion(), key=None)


def test_nobody_is_asked_about_a_new_address_after_two_days(office: Office) -> None:
    office.moves(office.joins(), "anna@example.org")
    office.clock.later(days=2, seconds=1)
    assert outcome(office) == ("skipped", "too old")


def test_nobody_is_asked_about_a_new_address_that_he_moved_to(office: Office) -> None:
    move = office.moves(office.joins(), "anna@example.org")
    assert move is not None
    with office.store.writing() as transaction:
        address.confirm(transaction, move, office.occasion(), key=None)
    office.courier.drain()
    states = [(one.kind, one.state, one.reason) for one in office.notices("anna@example.org")]
    assert states[-2:] == [("move", "skipped", "moved already"), ("moved", "accepted", "")]


@pytest.mark.parametrize(("deed", "state"), [(leaves, "accepted"), (complains, "accepted"), (is_blocked, "skipped")])
def test_the_old_address_is_told_though_whoever_has_the_new_one_left_there(
    office: Office, deed: Deed, state: str
) -> None:
    """Whoever took a subscription over could else cover his tracks; going back is still possible."""
    identity = office.joins()
    move = office.moves(identity, "anna@example.org")
    assert move is not None
    office.courier.drain()
    with office.store.writing() as transaction:
        address.confirm(transaction, move, office.occasion(), key=None)
        deed(office, transaction, identity)
    office.courier.drain()
    assert office.notices("anna@example.org")[-1].state == state


def test_the_old_address_is_not_told_of_what_it_has_undone(office: Office) -> None:
    move = office.moves(office.joins(), "anna@example.org")
    assert move is not None
    office.courier.drain()
    with office.store.writing() as transaction:
        address.confirm(transaction, move, office.occasion(), key=None)
        address.undo(transaction, move, office.occasion())
    assert outcome(office) == ("skipped", "moved back already")


def test_the_old_address_is_told_for_as_long_as_it_can_undo(office: Office) -> None:
    move = office.moves(office.joins(), "anna@example.org")
    assert move is not None
    office.courier.drain()
    with office.store.writing() as transaction:
        address.confirm(transaction, move, office.occasion(), key=None)
    office.clock.later(days=14)
    office.post.fates.append("defer")
    office.courier.drain()
    office.clock.later(hours=1)
    office.courier.drain()
    last = office.notices("anna@example.org")[-1]
    assert (last.state, last.tries, last.reason) == ("skipped", 1, "too old")


def test_a_welcome_leads_to_the_newest_issue_that_readers_see(office: Office) -> None:
    def welcomed(who: str) -> str:
        office.joins(who, welcome=True)
        office.courier.drain()
        return office.post.taken[-1].html

    assert "/issues/" not in welcomed("anna@example.nl")
    with office.store.writing() as transaction:
        run = ledgered.press(transaction)
    assert "/issues/" not in welcomed("bram@example.nl")
    with office.store.writing() as transaction:
        runs.change(transaction, run.id, ["scheduled"], state="sending", started_at=office.clock())
    assert "https://weekbrief.example.nl/issues/2026-11-28" in welcomed("cees@example.nl")
