"""What the worker does: runs from their moment to their end, through holds and quiet days, with the real engine."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import listed
import pytest
from dispatched import EDITION, TESTERS, Clock, Dispatch, at
from saturday import MONDAY, OCCASION, ONCE, READERS, SATURDAY, on_the_list
from sqlalchemy import update

from newsletter import control, mime
from newsletter.audience import consent
from newsletter.errors import ConfigError
from newsletter.providers._base import NotSent, ReaderAtFault, RequestRefused, ThrottledUntil
from newsletter.store import deliveries, subscribers
from newsletter.store.database import Store
from newsletter.store.schema import editions


def test_a_run_is_sent_when_its_moment_comes(office: Dispatch) -> None:
    office.clock.later(hours=-1)
    office.press(SATURDAY)
    office.turn()
    assert (office.stands(), on_the_list(office)) == ("scheduled", Counter())
    office.clock.later(hours=1)
    office.turn()
    assert (office.stands(), on_the_list(office)) == ("finished", ONCE)
    assert office.run().started_at == SATURDAY


def test_testers_have_it_first_and_whoever_subscribes_gets_his_own_too(held: Dispatch) -> None:
    held.press(SATURDAY)
    held.turn()
    assert held.stands() == "paused (hold)"
    assert held.post.mails() == {("test", "chef@example.org"): 1, ("test", "redactie@example.org"): 1}
    held.clock.later(minutes=9, seconds=59)
    held.turn()
    assert on_the_list(held) == Counter()
    held.clock.later(seconds=1)
    held.turn()
    assert (held.stands(), held.counts()) == ("finished", {"accepted": 3})
    assert on_the_list(held) == ONCE


def test_the_testers_mail_is_that_of_the_list_but_marked_and_with_links_of_nobody(held: Dispatch) -> None:
    run = held.press(SATURDAY)
    held.turn()
    held.clock.later(minutes=10)
    held.turn()
    ((_, test), *_), chefs = held.post.taken, [m for _, m in held.post.taken if m.subscriber.address == READERS[2]]
    own = chefs[-1]
    assert test.edition.subject == f"[TEST] {own.edition.subject}"
    assert b"X-Newsletter-Test: yes" in mime.to_bytes(test)
    assert test.unsubscribe == "https://weekbrief.example.nl/leave"
    assert test.edition.html == own.edition.html
    assert not test.delivery.startswith(run.token)


def test_a_run_cancelled_within_the_hold_goes_to_nobody_else(held: Dispatch) -> None:
    held.press(SATURDAY)
    held.turn()
    with held.store.writing() as transaction:
        deliveries.skip_waiting(transaction, 1, "cancelled")
    held.change(state="cancelled", ended_at=SATURDAY)
    held.clock.later(hours=1)
    held.turn()
    assert (on_the_list(held), held.counts()) == (Counter(), {"skipped": 3})


def test_testers_who_were_not_reached_are_mailed_a_little_later_and_the_hold_begins_then(held: Dispatch) -> None:
    held.post.errors = [NotSent("nobody there"), ThrottledUntil("not now", until=SATURDAY)]
    held.press(SATURDAY)
    held.turn()
    assert (held.stands(), held.run().held_at) == ("paused (hold)", None)
    assert held.run().sentence == "The testers could not be mailed: nobody there"
    for _ in range(2):
        held.clock.later(minutes=1)
        held.turn()
    assert held.run().held_at == held.clock()
    assert held.post.mails().total() == len(TESTERS)
    assert len(set(held.post.asked)) == 1


def test_a_provider_that_refuses_the_testers_mail_pauses_the_run(held: Dispatch) -> None:
    held.post.errors = [RequestRefused("401: no such key.", "Set another.")]
    held.press(SATURDAY)
    held.turn()
    assert (held.stands(), held.run().sentence) == ("paused (provider)", "401: no such key. Set another.")


def test_a_tester_who_is_at_fault_does_not_keep_the_others_from_it(held: Dispatch) -> None:
    fault = ReaderAtFault("422: one of them is no address.")
    held.post.errors = [fault, fault]
    held.press(SATURDAY)
    held.turn()
    assert (held.stands(), held.post.mails()) == ("paused (hold)", {("test", "redactie@example.org"): 1})
    assert held.run().sentence == "Of 2 testers 1 have it; the mails to the others were not taken."


def test_a_worker_that_died_while_it_mailed_the_testers_is_followed_by_one_that_mails_them(held: Dispatch) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    held.press(SATURDAY)
    held.post.during = die
    with suppress(Killed):
        held.turn()
    held.post.during, held.worker = (lambda: None), held.new_worker()
    held.turn()
    assert held.post.taken == []
    held.clock.later(minutes=10)
    held.turn()
    assert (held.stands(), held.run().held_at) == ("paused (hold)", held.clock())
    assert held.post.mails().total() == len(TESTERS)


def test_of_two_workers_one_mails_the_testers(held: Dispatch) -> None:
    other = held.new_worker()
    held.press(SATURDAY)
    held.post.during = lambda: other.turn(held.stop)
    held.turn()
    other.turn(held.stop)
    assert held.post.mails().total() == len(TESTERS)


def test_a_run_due_on_sunday_is_sent_on_monday(held: Dispatch) -> None:
    held.press(at("2026-11-29 05:00"))
    held.clock.now = at("2026-11-29 05:00")
    held.turn()
    assert (held.stands(), held.run().until) == ("paused (quiet)", MONDAY)
    held.clock.now = at("2026-11-29 22:59")
    held.turn()
    assert held.post.taken == []
    held.clock.now = MONDAY
    held.turn()
    assert (held.stands(), held.post.mails().total()) == ("paused (hold)", len(TESTERS))
    held.clock.later(minutes=10)
    held.turn()
    assert (held.stands(), on_the_list(held)) == ("finished", ONCE)


def test_a_run_under_way_on_saturday_at_midnight_goes_on_on_monday_and_mails_nobody_on_sunday(
    store: Store, tmp_path: Path
) -> None:
    office = Dispatch(store, tmp_path, Clock(at("2026-11-28 22:50")), {"send": {"rate": "6/min", "connections": 1}})
    office.readers(*(f"lezer{n}@example.nl" for n in range(20)))
    office.press(office.clock())
    while office.clock() < at("2026-11-28 23:30"):
        office.turn()
        office.clock.later(seconds=30)
    assert office.stands() == "paused (quiet)"
    waiting = office.counts()["waiting"]
    assert 0 < waiting < 20
    assert max(moment for moment, _ in office.post.taken) < at("2026-11-28 22:56")
    office.clock.now = MONDAY
    while office.stands() != "finished":
        office.turn()
        office.clock.later(seconds=30)
    assert set(on_the_list(office).values()) == {1}
    assert office.counts() == {"accepted": 20}
    office.close()


def test_a_hold_that_reaches_into_sunday_is_over_on_monday(held: Dispatch) -> None:
    held.clock.now = at("2026-11-28 22:55")
    held.press(held.clock())
    held.turn()
    assert held.stands() == "paused (hold)"
    held.clock.now = at("2026-11-28 23:05")
    held.turn()
    assert (held.stands(), held.run().until) == ("paused (quiet)", MONDAY)
    held.clock.now = MONDAY
    held.turn()
    assert (held.stands(), on_the_list(held)) == ("finished", ONCE)
    assert held.post.mails().total() == len(READERS) + len(TESTERS)


def test_a_reader_whose_pause_ends_before_a_run_really_begins_gets_it(held: Dispatch) -> None:
    held.clock.now = at("2026-11-28 22:55")
    sunday, monday, tuesday = date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1)
    back = {"dirk@example.nl": sunday, "eva@example.nl": monday, "fred@example.nl": tuesday, "gerda@example.nl": sunday}
    listed.put(held.store, *(listed.one(address, paused_until=day) for address, day in back.items()))
    held.press(held.clock())
    held.turn()
    assert held.counts() == {"waiting": 3, "skipped": 4}
    with held.store.writing() as transaction:
        known = subscribers.find(transaction, "gerda@example.nl")
        assert known
        consent.leave(transaction, known.subscriber.id, OCCASION)
    for moment in (at("2026-11-28 23:05"), MONDAY):
        held.clock.now = moment
        held.turn()
    assert held.stands() == "finished"
    assert on_the_list(held) == Counter([*READERS, "dirk@example.nl", "eva@example.nl"])
    assert held.counts() == {"accepted": 5, "skipped": 2}


def test_with_a_reason_it_is_sent_on_sunday_hold_and_all(held: Dispatch) -> None:
    held.clock.now = at("2026-11-29 05:00")
    held.press(held.clock(), quiet="de dijk is door")
    held.turn()
    assert held.stands() == "paused (hold)"
    held.clock.later(minutes=10)
    held.turn()
    assert (held.stands(), on_the_list(held)) == ("finished", ONCE)


@pytest.mark.parametrize("sunday", ["2026-03-28 23:00", "2026-10-24 22:00"])
def test_on_a_sunday_on_which_the_clock_changes_nobody_is_mailed_from_midnight_to_midnight(
    held: Dispatch, sunday: str
) -> None:
    held.clock.now = at(sunday)
    held.press(held.clock())
    monday = {"03": at("2026-03-29 22:00"), "10": at("2026-10-25 23:00")}[sunday[5:7]]
    held.turn()
    assert held.run().until == monday
    held.clock.now = monday
    held.turn()
    assert held.stands() == "paused (hold)"


def test_a_run_whose_worker_was_away_too_long_expires_and_mails_nobody(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.clock.later(hours=6)
    office.turn()
    assert (office.stands(), office.post.taken) == ("expired", [])


def test_a_run_that_expires_in_its_hold_skips_those_who_wait(held: Dispatch) -> None:
    held.press(SATURDAY)
    held.turn()
    held.clock.later(hours=7)
    held.turn()
    assert (held.stands(), held.counts(), on_the_list(held)) == ("expired", {"skipped": 3}, Counter())


def test_a_run_that_has_begun_goes_on_whenever_a_worker_comes(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.post.errors = [NotSent("nobody there")]
    office.turn()
    office.clock.now = at("2026-12-07 05:00")
    office.turn()
    assert (office.stands(), on_the_list(office)) == ("finished", ONCE)


def test_a_reader_whose_message_cannot_be_made_pauses_the_run_and_it_goes_on_without_him(office: Dispatch) -> None:
    listed.put(office.store, listed.one("slecht@example.org", name="Jan\r\nBcc: x@example.org"))
    office.press(SATURDAY)
    office.turn()
    assert (office.stands(), office.post.taken) == ("paused (faults)", [])
    office.change(state="checking")
    office.turn()
    assert (office.stands(), on_the_list(office)) == ("finished", ONCE)
    assert office.counts() == {"accepted": 3, "skipped": 1}


def test_a_run_that_cannot_be_understood_any_more_pauses_and_others_go_on(office: Dispatch) -> None:
    office.press(SATURDAY, segment="zuid")
    office.press(SATURDAY)
    office.turn()
    assert office.stands(1) == "paused (faults)"
    assert "There is no segment “zuid”." in office.run(1).sentence
    assert office.stands(2) == "finished"


def test_a_run_over_which_the_program_stumbles_pauses_and_others_go_on(office: Dispatch) -> None:
    other = replace(EDITION, issue="2026-11-21", subject="Een eerder nummer")
    office.press(SATURDAY, edition=other)
    office.press(SATURDAY)
    with office.store.writing() as transaction:
        spoilt = update(editions).where(editions.c.fingerprint == other.fingerprint)
        transaction.execute(spoilt.values(html=[17]))
    office.turn()
    assert (office.stands(1), office.stands(2)) == ("paused (faults)", "finished")
    assert office.run(1).sentence == "The program stumbled over it (TypeError); the log says where."


def test_a_provider_that_cannot_mail_the_testers_as_it_is_set_up_pauses_the_run(held: Dispatch) -> None:
    def refuse() -> None:
        raise ConfigError("NEWSLETTER_RESEND_KEY is not set.")

    held.post.during = refuse
    held.press(SATURDAY)
    held.turn()
    assert (held.stands(), held.run().sentence) == ("paused (provider)", "NEWSLETTER_RESEND_KEY is not set.")


def test_a_hold_that_is_paused_and_resumed_still_lasts_as_long(held: Dispatch) -> None:
    held.press(SATURDAY)
    held.turn()
    until = held.run().until
    control.pause(held.store, "1", who="chef", reason="een tikfout?")
    held.clock.later(minutes=2)
    control.resume(held.store, "1", held.config, at=held.clock())
    held.turn()
    assert (held.stands(), held.run().until, on_the_list(held)) == ("paused (hold)", until, Counter())
    held.clock.later(minutes=8)
    held.turn()
    assert (held.stands(), held.post.mails().total()) == ("finished", len(READERS) + len(TESTERS))


def test_a_hold_that_is_resumed_itself_is_over(held: Dispatch) -> None:
    held.press(SATURDAY)
    held.turn()
    held.clock.later(minutes=1)
    control.resume(held.store, "1", held.config, at=held.clock())
    held.turn()
    assert (held.stands(), on_the_list(held)) == ("finished", ONCE)


def test_whoever_leaves_after_the_freeze_gets_nothing(held: Dispatch) -> None:
    held.press(SATURDAY)
    held.turn()
    with held.store.writing() as transaction:
        known = subscribers.find(transaction, "anna@example.nl")
        assert known
        consent.leave(transaction, known.subscriber.id, OCCASION)
    held.clock.later(minutes=10)
    held.turn()
    assert on_the_list(held) == Counter(READERS[1:])


def test_a_run_whose_readers_have_all_left_is_finished(office: Dispatch) -> None:
    office.press(SATURDAY)
    with office.store.writing() as transaction:
        for known in list(subscribers.every(transaction)):
            consent.leave(transaction, known.subscriber.id, OCCASION)
    office.turn()
    assert (office.stands(), office.run().total) == ("finished", 0)


def test_it_looks_again_when_something_is_due(office: Dispatch) -> None:
    assert office.turn() == SATURDAY.replace(second=10)
    office.press(SATURDAY.replace(second=4))
    assert office.turn() == SATURDAY.replace(second=4)
