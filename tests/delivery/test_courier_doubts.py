"""What may have left and may not: never sent again blindly, found out where that is possible, shown where it is not."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from post_office import PLAIN, REMEMBERS, REPEATS, SECRET, Fate, Killed, Office, settings
from sqlalchemy import event

from newsletter.providers._base import Capabilities
from newsletter.store import notices
from newsletter.store.database import Store

Offices = Callable[[Capabilities], Office]


def fates(office: Office, *told: Fate) -> None:
    office.post.fates.extend(told)


def dies(office: Office, fate: Fate) -> None:
    """The process ends in the middle of a request, and another one begins."""
    office.sign_up()
    fates(office, fate)
    with pytest.raises(Killed):
        office.courier.drain()
    office.courier = office.new_courier()


def a_day_goes_by(office: Office) -> None:
    """More than one: the courier looks every 20 minutes at first, then every hour."""
    for minutes in (20,) * 9 + (60,) * 24:
        office.courier.drain()
        office.clock.later(minutes=minutes)


@pytest.mark.parametrize("fate", ["lose", "take and lose"])
def test_without_a_way_to_find_out_a_doubt_stays_and_is_shown(office: Office, fate: Fate) -> None:
    office.sign_up()
    fates(office, fate)
    a_day_goes_by(office)
    assert (office.notice().state, office.notice().reason) == ("in doubt", "no answer")
    assert office.states() == {"in doubt": 1}
    assert len(office.post.asked) == 1


@pytest.mark.parametrize("fate", ["lose", "take and lose", "take and fail"])
def test_a_request_is_repeated_under_its_id_where_that_does_no_harm(office_with: Offices, fate: Fate) -> None:
    office = office_with(REPEATS)
    office.sign_up()
    fates(office, fate)
    office.courier.drain()
    assert office.notice().state == "in doubt"
    office.clock.later(minutes=1)
    office.courier.drain()
    assert office.notice().state == "accepted"
    assert len(office.post.taken) == 1
    first, second = office.post.asked
    assert first == second
    assert not office.post.broken


def test_a_replay_is_the_same_though_a_day_begins_in_between(office_with: Offices) -> None:
    office = office_with(REPEATS)
    office.sign_up()
    fates(office, "take and lose")
    office.courier.drain()
    office.clock.later(hours=20)
    office.courier = office.new_courier()
    office.courier.drain()
    assert office.notice().state == "accepted"
    assert not office.post.broken


def test_nothing_is_repeated_when_the_provider_has_forgotten_its_id(office_with: Offices) -> None:
    office = office_with(REPEATS)
    office.sign_up()
    fates(office, "take and lose")
    office.courier.drain()
    office.clock.later(hours=23, minutes=50)
    a_day_goes_by(office)
    assert office.notice().state == "in doubt"
    assert len(office.post.asked) == 1


def test_replays_that_learn_nothing_leave_the_doubt_and_come_ever_less_often(office_with: Offices) -> None:
    office = office_with(REPEATS)
    office.sign_up()
    told: list[Fate] = ["take and lose", "unreached", "throttle", "refuse request", "lose"]
    fates(office, *told)
    asked = []
    for _ in range(90):
        office.courier.drain()
        asked.append(len(office.post.asked))
        assert office.notice().state == ("accepted" if asked[-1] == 6 else "in doubt")
        office.clock.later(minutes=1)
    assert len(office.post.taken) == 1
    assert asked[-1] == 6
    assert asked.count(5) > asked.count(2)


def test_what_was_never_taken_is_sent_by_the_replay(office_with: Offices) -> None:
    office = office_with(REPEATS)
    office.sign_up()
    fates(office, "lose", "defer")
    office.courier.drain()
    office.clock.later(minutes=1)
    office.courier.drain()
    assert (office.notice().state, office.notice().tries) == ("waiting", 1)


@pytest.mark.parametrize("change", ["template", "account", "provider", "address", "secret"])
def test_what_would_not_be_the_same_to_the_same_provider_is_not_repeated(office_with: Offices, change: str) -> None:
    """Another account never heard of the first request, and would mail the reader once more."""
    office = office_with(REPEATS)
    office.sign_up()
    fates(office, "take and lose")
    office.courier.drain()
    variables = {"NEWSLETTER_SECRET": SECRET}
    config = office.config
    if change == "template":
        folder = office.root / "templates" / "_notices"
        folder.mkdir(parents=True)
        (folder / "confirm.txt").write_text("{{ reader.action }}", "utf-8")
    if change == "account":
        variables |= {"NEWSLETTER_RESEND_KEY": "re_other"}
        config = settings(office.root, send={"provider": "resend"}, secrets={"variables": variables})
    if change == "provider":
        config = settings(office.root, send={"provider": "smtp", "smtp": {"host": "mail.example.nl"}})
    if change == "address":
        config = settings(office.root, sender={"from": "De Heuvelbode <ander@example.nl>"})
    if change == "secret":
        config = settings(office.root, secrets={"variables": {"NEWSLETTER_SECRET": SECRET[::-1]}})
    office.clock.later(minutes=5)
    office.courier = office.new_courier(config=config)
    a_day_goes_by(office)
    assert len(office.post.asked) == 1
    assert office.notice().state == "in doubt"


def test_another_account_is_not_believed_that_it_never_took_it(office_with: Offices) -> None:
    office = office_with(REMEMBERS)
    office.sign_up()
    fates(office, "take and lose")
    office.courier.drain()
    office.post.taken.clear()
    variables = {"NEWSLETTER_SECRET": SECRET, "NEWSLETTER_POST_KEY": "another"}
    config = settings(office.root, send={"provider": "post"}, secrets={"variables": variables})
    office.courier = office.new_courier(config=config)
    a_day_goes_by(office)
    assert office.notice().state == "in doubt"
    assert len(office.post.asked) == 1


def test_a_replay_is_not_made_for_a_reader_who_has_what_it_asks(office_with: Offices) -> None:
    office = office_with(REPEATS)
    request = office.sign_up()
    fates(office, "take and lose")
    office.courier.drain()
    office.confirm(request)
    a_day_goes_by(office)
    assert office.notice().state == "in doubt"
    assert len(office.post.asked) == 1


def test_a_provider_that_remembers_is_asked_after_ten_minutes_and_not_before(office_with: Offices) -> None:
    office = office_with(REMEMBERS)
    office.sign_up()
    fates(office, "take and lose")
    office.courier.drain()
    office.clock.later(minutes=9, seconds=59)
    office.courier.drain()
    assert office.notice().state == "in doubt"
    office.clock.later(seconds=1)
    office.courier = office.new_courier()
    office.courier.drain()
    assert (office.notice().state, office.notice().provider_id) == ("accepted", "found")
    assert len(office.post.asked) == 1


def test_what_the_provider_proves_it_never_took_is_sent(office_with: Offices) -> None:
    office = office_with(REMEMBERS)
    office.sign_up()
    fates(office, "lose")
    a_day_goes_by(office)
    assert office.notice().state == "accepted"
    assert len(office.post.taken) == 1
    assert len(set(office.post.asked)) == 2


def test_a_provider_that_cannot_say_leaves_it_in_doubt(office_with: Offices) -> None:
    office = office_with(REMEMBERS)
    office.post.forgetful = True
    office.sign_up()
    fates(office, "take and lose")
    a_day_goes_by(office)
    assert office.notice().state == "in doubt"
    office.post.forgetful = False
    office.clock.later(hours=72)
    a_day_goes_by(office)
    assert office.notice().state == "in doubt"


@pytest.mark.parametrize("capabilities", [PLAIN, REPEATS, REMEMBERS], ids=["plain", "repeats", "remembers"])
@pytest.mark.parametrize("fate", ["die", "take and die"])
def test_after_a_crash_nothing_is_lost_and_nothing_sent_twice(
    office_with: Offices, capabilities: Capabilities, fate: Fate
) -> None:
    office = office_with(capabilities)
    dies(office, fate)
    assert office.notice().state == "sending"
    office.courier.drain()
    assert office.notice().state == "sending"
    a_day_goes_by(office)
    assert office.notice().state == ("in doubt" if capabilities is PLAIN else "accepted")
    assert len(office.post.taken) == (0 if capabilities is PLAIN and fate == "die" else 1)


def test_a_crash_before_anything_can_have_left_puts_nothing_in_doubt(office: Office) -> None:
    """Claimed, and not sealed: nothing can have left, so it just waits again."""
    office.sign_up()
    at = office.clock()
    with office.store.writing() as transaction:
        notices.claim(transaction, at=at, limit=1, draw=lambda: "a" * 32, expires_at=at + timedelta(minutes=1))
    office.courier.drain()
    assert office.states() == {"sending": 1}
    office.clock.later(minutes=1, seconds=1)
    office.courier.drain()
    assert office.states() == {"accepted": 1}


def test_whoever_woke_up_too_late_sends_nothing(office: Office) -> None:
    """Frozen between intent and last byte until its time was over."""
    office.sign_up()
    office.post.before_guard.append(lambda: office.clock.later(minutes=6))
    office.courier.drain()
    assert not office.post.taken
    assert office.notice().state == "waiting"
    office.clock.later(minutes=6)
    office.courier.drain()
    assert len(office.post.taken) == 1


def test_whoever_woke_up_too_late_does_not_undo_what_another_did_meanwhile(office_with: Offices) -> None:
    """What it knows, that it sent nothing itself, is not the truth any more: another has repeated its request."""
    office = office_with(REPEATS)
    other = office.new_courier()

    def meanwhile() -> None:
        office.clock.later(minutes=6)
        fates(office, "take and lose")
        other.drain()

    office.sign_up()
    office.post.before_guard.append(meanwhile)
    office.courier.drain()
    assert len(office.post.taken) == 1
    assert office.notice().state == "in doubt"
    office.clock.later(minutes=6)
    office.courier.drain()
    assert office.notice().state == "accepted"
    assert len(office.post.taken) == 1


@pytest.mark.parametrize("capabilities", [PLAIN, REPEATS], ids=["plain", "repeats"])
@pytest.mark.parametrize(
    "look", [1, 4, 7, 10, *(pytest.param(n, marks=pytest.mark.proof) for n in (2, 3, 5, 6, 8, 9, 11))]
)
def test_whoever_freezes_at_whatever_step_sends_nothing_twice(
    office_with: Offices, capabilities: Capabilities, look: int
) -> None:
    """It freezes whenever it looks at the clock, until another has taken over what it had."""
    office = office_with(capabilities)
    office.sign_up()
    other = office.new_courier()
    looks = count(1)

    def clock() -> datetime:
        if next(looks) == look:
            office.clock.later(minutes=7)
            other.drain()
        return office.clock()

    office.new_courier(clock=clock).drain()
    assert next(looks) > look or len(office.post.taken) == 1
    a_day_goes_by(office)
    assert office.states() == {"accepted": 1}
    assert len(office.post.taken) == 1


def test_what_is_claimed_while_another_takes_stock_is_not_put_in_doubt(
    postgresql_addresses: Callable[[], str], tmp_path: Path
) -> None:
    """By a process whose clock is behind; couriers that were killed at random moments found this."""
    with (
        closing(Store(postgresql_addresses())) as store,
        closing(Store(store.engine.url.render_as_string(False))) as there,
    ):
        office = Office(store, tmp_path)
        office.sign_up()
        at, interrupted = office.clock(), count()

        def claims(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("UPDATE notices") and not next(interrupted):
                with there.writing() as transaction:
                    assert notices.claim(
                        transaction, at=at, limit=1, draw=lambda: "c" * 32, expires_at=at + timedelta(minutes=1)
                    )

        event.listen(store.engine, "after_cursor_execute", claims)
        office.clock.later(minutes=5)
        office.courier.drain()
        assert office.notice().state == "sending"
        office.courier.drain()
        assert office.notice().state == "accepted"


def test_a_late_answer_still_counts(office: Office) -> None:
    """Its last byte left in time; the answer came when others had put it in doubt."""
    other = office.new_courier()
    office.sign_up()

    def meanwhile() -> None:
        office.clock.later(minutes=6)
        other.drain()
        assert office.notice().state == "in doubt"

    office.post.after_guard.append(meanwhile)
    office.courier.drain()
    assert office.notice().state == "accepted"


def test_two_couriers_never_send_one_notice_both(office: Office) -> None:
    other = office.new_courier()
    for number in range(6):
        office.sign_up(f"lezer{number}@example.nl")
    office.post.before_guard.extend([other.drain, lambda: None])
    office.courier.drain()
    assert office.states() == {"accepted": 6}
    assert set(office.post.mails().values()) == {1}
