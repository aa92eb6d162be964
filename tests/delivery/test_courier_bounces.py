"""A notice that is refused since there is no such address: a hard bounce, and only for whoever has that address."""

from collections.abc import Callable

import pytest
from post_office import REPEATS, Fate, Office, draw
from sqlalchemy import event

from newsletter.audience import address, erasure
from newsletter.providers._base import Capabilities
from newsletter.store import consents, subscribers
from newsletter.store.check import check
from newsletter.store.subscribers import Known

KEY = erasure.EraseKey(secret=b"een sleutel om te vergeten, lang genoeg")


def known(office: Office, who: str = "anna@example.nl") -> Known:
    with office.store.reading() as transaction:
        found = subscribers.find(transaction, who)
    assert found is not None
    return found


def drain(office: Office, *fates: Fate) -> None:
    office.post.fates.extend(fates)
    office.courier.drain()


def moved(office: Office) -> int:
    """Anna moves, and the mail that tells her old address waits; the number of the move."""
    move = office.moves(office.joins(), "anna@example.org")
    assert move is not None
    office.courier.drain()
    with office.store.writing() as transaction:
        address.confirm(transaction, move, office.occasion(), key=None)
    return move


def test_whose_address_does_not_exist_bounced_at_once_and_the_record_does_not_name_it(office: Office) -> None:
    office.sign_up()
    drain(office, "bounce")
    assert office.notice().state == "refused"
    reader = known(office).subscriber
    assert (reader.status, reader.reason) == ("suppressed", "bounced")
    with office.store.reading() as transaction:
        last = consents.of(transaction, reader.id)[-1]
    assert (last.what, last.source, last.note, last.at) == ("bounced", "bounce", "550 5.1.1", office.clock())
    assert check(office.store).findings == ()


def test_any_other_refusal_ends_the_notice_alone(office: Office) -> None:
    office.sign_up()
    drain(office, "refuse")
    assert (office.notice().state, known(office).bounced_at) == ("refused", None)


def test_that_a_new_address_does_not_exist_says_nothing_of_the_reader(office: Office) -> None:
    office.moves(office.joins(), "anna@example.org")
    drain(office, "bounce")
    assert (office.notice().kind, office.notice().state) == ("move", "refused")
    assert known(office).subscriber.status == "confirmed"


def test_that_the_old_address_does_not_exist_any_more_says_nothing_either(office: Office) -> None:
    moved(office)
    drain(office, "bounce")
    last = office.notices("anna@example.org")[-1]
    assert (last.kind, last.state) == ("moved", "refused")
    assert known(office, "anna@example.org").subscriber.status == "confirmed"


def test_not_even_when_he_has_it_back_by_then(office: Office) -> None:
    move = moved(office)

    def moves_back() -> None:
        with office.store.writing() as transaction:
            address.undo(transaction, move, office.occasion())

    office.post.after_guard.append(moves_back)
    drain(office, "bounce")
    assert (office.notice().kind, office.notice().state) == ("moved", "refused")
    assert known(office).bounced_at is None


def test_nor_of_who_has_another_address_by_the_time_it_is_known(office: Office) -> None:
    identity = office.joins(welcome=True)
    move = office.moves(identity, "anna@example.org")
    assert move is not None

    def moves() -> None:
        with office.store.writing() as transaction:
            address.confirm(transaction, move, office.occasion(), key=None)

    office.post.after_guard.append(moves)
    drain(office, "bounce")
    welcome = next(one for one in office.notices("anna@example.org") if one.kind == "welcome")
    assert welcome.state == "refused"
    assert known(office, "anna@example.org").bounced_at is None


def test_what_a_repeated_request_learns_counts_too(office_with: Callable[[Capabilities], Office]) -> None:
    office = office_with(REPEATS)
    office.sign_up()
    drain(office, "lose", "bounce")
    assert known(office).bounced_at is None
    office.clock.later(minutes=1)
    office.courier.drain()
    assert (office.notice().state, known(office).subscriber.reason) == ("refused", "bounced")


def test_whoever_lost_the_attempt_writes_no_bounce(office: Office) -> None:
    office.sign_up()

    def is_taken_back() -> None:
        with office.store.writing() as transaction:
            transaction.exec_driver_sql(f"UPDATE notices SET attempt = '{draw()}'")

    office.post.after_guard.append(is_taken_back)
    drain(office, "bounce")
    assert (office.notice().state, known(office).bounced_at) == ("sending", None)


def test_the_reader_is_held_before_his_notice_as_by_whoever_erases_him(office: Office) -> None:
    office.sign_up()
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def listens() -> None:
        event.listen(office.store.engine, "before_cursor_execute", listen)

    office.post.after_guard.append(listens)
    drain(office, "bounce")
    event.remove(office.store.engine, "before_cursor_execute", listen)
    held = next(number for number, one in enumerate(asked) if "FROM subscribers" in one)
    settled = next(number for number, one in enumerate(asked) if one.startswith("UPDATE notices"))
    assert held < settled


def test_whoever_is_erased_meanwhile_leaves_nothing_behind(office: Office) -> None:
    office.sign_up()

    def is_erased() -> None:
        with office.store.writing() as transaction:
            erasure.erase(transaction, "anna@example.nl", office.occasion(), key=KEY)

    office.post.after_guard.append(is_erased)
    drain(office, "bounce")
    assert office.states() == {}
    assert check(office.store).findings == ()


@pytest.mark.parametrize("fate", ["bounce", "refuse"])
def test_the_next_one_is_mailed(office: Office, fate: Fate) -> None:
    office.sign_up()
    office.sign_up("bram@example.nl")
    drain(office, fate)
    assert office.notice("bram@example.nl").state == "accepted"
