"""A doubt is settled by what the provider knows, or by the operator; and nobody is mailed twice for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import examples
import pytest
from doubtful import DAY, LOOKS_UP, PLAIN, REPEATS, Doubtful, Post, doubtful
from providers.fakes.resend_api import FakeResend, Fault
from sqlalchemy import update
from told_off import AT, ERASE_KEY, NAMES, address_of

from newsletter.audience import address, consent, erasure, preferences
from newsletter.delivery import settle
from newsletter.delivery.account import account
from newsletter.delivery.settle import Settler
from newsletter.errors import UsageError
from newsletter.links import Key
from newsletter.providers._base import InDoubt
from newsletter.providers.resend import Resend, Settings
from newsletter.store import attempts, events, runs, schema
from newsletter.store.database import Store
from newsletter.store.events import Told

MINUTE = timedelta(minutes=1)
ALL_ACCEPTED = dict.fromkeys(NAMES, "accepted")
ALL_IN_DOUBT = dict.fromkeys(NAMES, "in doubt")

Make = Callable[..., Doubtful]


@pytest.fixture
def make(store: Store, tmp_path: Path) -> Make:
    """``make(REPEATS)``: a request without an answer, at a provider that can do so much."""
    return lambda capabilities, **changes: doubtful(store, tmp_path, Post(capabilities), **changes)


def post_of(doubt: Doubtful) -> Post:
    assert isinstance(doubt.provider, Post)
    return doubt.provider


def attempt_of(doubt: Doubtful) -> str:
    """The state of its attempt."""
    with doubt.scene.store.reading() as transaction:
        found = attempts.get(transaction, doubt.attempt.id)
    assert found is not None
    return found.state


# The same request once more.


@pytest.mark.parametrize("arrived", [True, False])
def test_a_request_made_once_more_settles_the_doubt_whether_it_had_arrived_or_not(make: Make, *, arrived: bool) -> None:
    doubt = make(REPEATS, send=arrived)
    doubt.settle()
    assert doubt.states() == ALL_ACCEPTED
    assert sorted(post_of(doubt).taken) == sorted(message.delivery for message in doubt.messages)
    assert set(post_of(doubt).asked) == {doubt.run.attempt_id(doubt.attempt.id)}
    assert (attempt_of(doubt), doubt.scene.run(doubt.run).state) == ("settled", "finished")
    assert doubt.scene.delivery(doubt.run, "anna").provider_id == "post-1"
    assert doubt.said("anna") == [("asked once more", "")]


def test_it_is_not_made_once_more_while_the_first_may_be_under_way(make: Make) -> None:
    doubt = make(REPEATS)
    assert doubt.settle(after=4 * MINUTE) == AT + 5 * MINUTE
    assert (doubt.states(), len(post_of(doubt).asked)) == (ALL_IN_DOUBT, 1)


def test_a_reader_who_was_refused_is_refused_and_gone(make: Make, store: Store, tmp_path: Path) -> None:
    post = Post(REPEATS, refuses=frozenset({address_of("bram")}))
    doubt = doubtful(store, tmp_path, post)
    doubt.settle()
    assert doubt.states() == {**ALL_ACCEPTED, "bram": "refused"}
    assert doubt.scene.status("bram") == ("suppressed", "bounced")


def test_an_answer_that_is_lost_again_leaves_the_doubt_and_it_is_asked_later(make: Make) -> None:
    doubt = make(REPEATS)
    post_of(doubt).lost = True
    later = doubt.settle()
    assert (doubt.states(), len(post_of(doubt).taken)) == (ALL_IN_DOUBT, 4)
    assert later == AT + 11 * MINUTE
    post_of(doubt).lost = False
    doubt.settle(after=12 * MINUTE)
    assert (doubt.states(), len(post_of(doubt).taken)) == (ALL_ACCEPTED, 4)


def cancel(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        runs.change(transaction, doubt.run.id, {"sending"}, state="cancelled")


def pause(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        runs.change(transaction, doubt.run.id, {"sending"}, state="paused", why="operator")


def leave(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        consent.leave(transaction, doubt.scene.ids["dora"], doubt.scene.occasion())


def stay_away(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        until = (AT + 30 * DAY).date()
        preferences.pause(transaction, doubt.scene.ids["dora"], until, doubt.scene.occasion())


def move(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        asked = address.ask(
            transaction, doubt.scene.ids["dora"], "dora@example.nl", doubt.scene.occasion(), key=ERASE_KEY
        )
        address.confirm(transaction, asked or 0, doubt.scene.occasion(), key=ERASE_KEY)


def erase(doubt: Doubtful) -> None:
    with doubt.scene.store.writing() as transaction:
        erasure.erase(transaction, address_of("dora"), doubt.scene.occasion(), key=ERASE_KEY)


def rename(doubt: Doubtful) -> None:
    """What is kept of a reader is not what was sent."""
    with doubt.scene.store.writing() as transaction:
        transaction.execute(update(schema.deliveries).values(name="Iemand anders"))


def send_otherwise(doubt: Doubtful) -> None:
    """One of the readers belongs to a later request by now."""
    with doubt.scene.store.writing() as transaction:
        row = schema.deliveries.c.seq == doubt.attempt.seqs[-1]
        transaction.execute(update(schema.deliveries).where(row).values(attempt=doubt.attempt.id + 1))


@pytest.mark.parametrize("forbid", [cancel, pause, leave, stay_away, move, erase, rename, send_otherwise])
def test_a_request_is_never_made_once_more_when_something_stands_against_it(
    make: Make, forbid: Callable[[Doubtful], None]
) -> None:
    doubt = make(REPEATS, send=False)
    forbid(doubt)
    doubt.settle()
    assert post_of(doubt).asked == []
    assert "in doubt" in doubt.states().values()


def test_it_is_never_made_once_more_by_another_account(make: Make) -> None:
    doubt = make(REPEATS)
    other = doubt.config.model_copy(update={"send": doubt.config.send.model_copy(update={"provider": "smtp"})})
    doubt.settle(config=other)
    assert len(post_of(doubt).asked) == 1


def test_another_key_is_another_account_and_another_secret_for_its_calls_is_not(tmp_path: Path) -> None:
    def account_with(**secrets: str) -> str:
        variables = {f"NEWSLETTER_RESEND_{name.upper()}": secret for name, secret in secrets.items()}
        config = examples.config(tmp_path, send={"provider": "resend"}, secrets={"variables": variables})
        return account(config, Key(secret=b"een geheim van zestig schapen"))

    assert account_with(key="re_1", webhook="whsec_AAAA") == account_with(key="re_1")
    assert account_with(key="re_1") != account_with(key="re_2")


@pytest.mark.parametrize("column", ["opened_at", "ended_at"])
def test_it_is_never_made_once_more_by_a_clock_that_was_set_back(make: Make, column: str) -> None:
    doubt = make(REPEATS)
    other = doubt.scene.sent({"anna": "accepted"}, issue="issue-9")
    with doubt.scene.store.writing() as transaction:
        row = schema.attempts.c.run == other.id
        transaction.execute(update(schema.attempts).where(row).values({column: AT + 9 * MINUTE}))
    doubt.settle(after=8 * MINUTE)
    assert (doubt.states()["bram"], len(post_of(doubt).asked)) == ("in doubt", 1)
    doubt.settle(after=20 * MINUTE)
    assert doubt.states()["bram"] == "accepted"


def test_who_has_another_secret_since_still_asks_once_more_while_he_keeps_the_old_one(make: Make) -> None:
    doubt = make(REPEATS)
    doubt.keys = (Key(secret=b"een nieuw geheim van zestig schapen"), *doubt.keys)
    doubt.settle()
    assert doubt.states() == ALL_ACCEPTED
    assert len(post_of(doubt).taken) == 4


def test_an_edition_that_is_not_what_was_pressed_ends_nothing_else_that_settles(make: Make, store: Store) -> None:
    doubt = make(REPEATS)
    with store.writing() as transaction:
        transaction.execute(update(schema.editions).values(subject="Iets anders"))
    assert doubt.settle() is not None
    assert (doubt.states(), len(post_of(doubt).asked)) == (ALL_IN_DOUBT, 1)


@pytest.mark.parametrize("after", [23 * 60 + 41, 23 * 60 + 59, 24 * 60 + 1])
def test_it_is_never_made_once_more_near_the_end_of_what_the_provider_promises(make: Make, after: int) -> None:
    doubt = make(REPEATS)
    doubt.settle(after=after * MINUTE)
    assert len(post_of(doubt).asked) == 1


@pytest.mark.parametrize("minutes", [18 * 60, 17 * 60 + 56])
def test_it_is_never_made_once_more_on_a_quiet_day_or_so_shortly_before_that_it_might_reach_into_it(
    make: Make, minutes: int
) -> None:
    doubt = make(REPEATS, newsletter={"quiet": ["sunday"]})
    doubt.settle(after=minutes * MINUTE)
    assert len(post_of(doubt).asked) == 1
    doubt.settle(after=17 * 60 * MINUTE)
    assert doubt.states() == ALL_ACCEPTED


def test_a_run_that_is_sent_on_a_quiet_day_for_a_reason_settles_on_it_too(make: Make) -> None:
    doubt = make(REPEATS, newsletter={"quiet": ["sunday"]}, quiet="de dijk staat op breken")
    doubt.settle(after=20 * 60 * MINUTE)
    assert doubt.states() == ALL_ACCEPTED


def test_two_who_settle_at_the_same_time_do_not_both_ask(make: Make) -> None:
    doubt = make(REPEATS)
    post_of(doubt).lost = True
    doubt.settle()
    doubt.settle(after=7 * MINUTE)
    assert len(post_of(doubt).asked) == 2


# A look-up.


def test_a_look_up_settles_what_the_provider_took_and_waits_until_it_means_something(make: Make) -> None:
    doubt = make(LOOKS_UP)
    doubt.settle(after=9 * MINUTE)
    assert doubt.states() == ALL_IN_DOUBT
    doubt.settle(after=11 * MINUTE)
    assert (doubt.states(), len(post_of(doubt).taken)) == (ALL_ACCEPTED, 4)
    assert doubt.said("anna") == [("looked up", "")]


def test_whoever_sees_a_doubt_for_the_first_time_looks_up_nothing_however_old_it_seems(make: Make) -> None:
    doubt = make(LOOKS_UP)
    doubt.clock.now = AT + 60 * MINUTE
    newcomer = Settler(
        doubt.scene.store, lambda: doubt.provider, doubt.config, doubt.keys, clock=doubt.clock, ticks=doubt.clock.ticks
    )
    newcomer.settle(Event())
    assert doubt.states() == ALL_IN_DOUBT
    doubt.clock.now += 11 * MINUTE
    newcomer.settle(Event())
    assert doubt.states() == ALL_ACCEPTED


def test_what_the_provider_never_took_waits_again(make: Make) -> None:
    doubt = make(LOOKS_UP, send=False)
    doubt.settle(after=11 * MINUTE)
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")
    assert (attempt_of(doubt), doubt.scene.run(doubt.run).state) == ("settled", "sending")


def test_what_the_provider_never_took_of_a_run_that_was_broken_off_is_skipped(make: Make) -> None:
    doubt = make(LOOKS_UP, send=False)
    cancel(doubt)
    doubt.settle(after=11 * MINUTE)
    assert doubt.states() == dict.fromkeys(NAMES, "skipped")


def test_a_look_up_is_made_though_a_reader_has_left_since_it_sends_nothing(make: Make) -> None:
    doubt = make(replace(REPEATS, look_up=True))
    leave(doubt)
    doubt.settle(after=11 * MINUTE)
    assert doubt.states() == ALL_ACCEPTED
    assert len(post_of(doubt).taken) == 4


@pytest.mark.parametrize("change", [erase, rename, send_otherwise])
def test_those_who_remain_of_a_request_are_looked_up_without_the_others(
    make: Make, change: Callable[[Doubtful], None]
) -> None:
    doubt = make(LOOKS_UP)
    change(doubt)
    doubt.settle(after=11 * MINUTE)
    assert {**doubt.states(), "dora": ""} == {**ALL_ACCEPTED, "dora": ""}
    assert (doubt.states()["dora"] == "accepted") == (change is rename)


# What is told, and what nobody can tell.


def test_what_was_told_before_it_was_a_doubt_settles_it_and_nobody_is_asked(make: Make) -> None:
    doubt = make(REPEATS)
    call = doubt.scene.calls()
    with doubt.scene.store.writing() as transaction:
        told = [
            Told(webhook=1, kind="delivered", at=AT, run=doubt.run.id, seq=seq, subscriber="0" * 32)
            for seq in doubt.attempt.seqs
        ]
        events.add(transaction, told)
    assert call
    doubt.settle()
    assert doubt.states() == ALL_ACCEPTED
    assert len(post_of(doubt).asked) == 1
    assert doubt.said("anna") == [("told of", "")]


@pytest.mark.parametrize(("hours", "again"), [(1, True), (71, True), (73, False)])
def test_where_nothing_can_be_asked_it_stays_a_doubt_and_after_three_days_only_the_operator_knows(
    make: Make, hours: int, *, again: bool
) -> None:
    doubt = make(PLAIN)
    assert bool(doubt.settle(after=hours * 60 * MINUTE)) == again
    assert (doubt.states(), len(post_of(doubt).asked)) == (ALL_IN_DOUBT, 1)


def test_without_any_doubt_there_is_nothing_to_come_back_for(make: Make) -> None:
    doubt = make(REPEATS)
    assert doubt.settle() is not None
    assert doubt.settle(after=20 * MINUTE) is None


# The operator.


def decide(doubt: Doubtful, how: Callable[..., int], *, reason: str = "de post zag ze", after: int = 6) -> int:
    return how(doubt.scene.store, doubt.run.id, reason=reason, who="joke", at=AT + after * MINUTE)


def test_the_operator_has_them_count_as_accepted_for_a_reason_that_is_kept(make: Make) -> None:
    doubt = make(PLAIN)
    assert decide(doubt, settle.assume_accepted) == 4
    assert doubt.states() == ALL_ACCEPTED
    assert doubt.said("anna") == [("assumed accepted", "joke: de post zag ze")]
    assert (attempt_of(doubt), doubt.scene.run(doubt.run).state) == ("settled", "finished")


def test_the_operator_has_them_sent_again_for_a_reason_that_is_kept(make: Make) -> None:
    doubt = make(PLAIN)
    assert decide(doubt, settle.send_again) == 4
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")
    assert doubt.said("anna") == [("sent again", "joke: de post zag ze")]
    assert (attempt_of(doubt), doubt.scene.run(doubt.run).state) == ("settled", "sending")


def test_who_was_told_of_is_not_sent_it_again(make: Make) -> None:
    doubt = make(PLAIN)
    doubt.scene.tell(doubt.scene.event(doubt.run, "anna", "delivered"))
    assert decide(doubt, settle.send_again) == 3
    assert doubt.states() == {**dict.fromkeys(NAMES, "waiting"), "anna": "accepted"}


def test_who_had_the_issue_otherwise_and_who_was_erased_is_not_sent_it_again(make: Make) -> None:
    doubt = make(PLAIN)
    erase(doubt)
    other = doubt.scene.sent({"anna": "accepted", "bram": "skipped", "cees": "skipped"}, issue="issue-9")
    with doubt.scene.store.writing() as transaction:
        # As after he moved, and a run of the same issue went to his new address.
        its = (schema.deliveries.c.run == other.id, schema.deliveries.c.state == "accepted")
        moved = {"issue": doubt.run.issue, "key": "anders@example.org"}
        transaction.execute(update(schema.deliveries).where(*its).values(moved))
        transaction.execute(update(schema.runs).where(schema.runs.c.id == other.id).values(issue=doubt.run.issue))
    assert decide(doubt, settle.send_again) == 2
    with doubt.scene.store.reading() as transaction:
        states = {one: doubt.scene.delivery(doubt.run, one).state for one in NAMES}
        assert attempts.doubts(transaction, doubt.run.id)
    assert states == {"anna": "in doubt", "bram": "waiting", "cees": "waiting", "dora": "in doubt"}


@pytest.mark.parametrize("how", [settle.assume_accepted, settle.send_again])
def test_nothing_is_decided_without_a_reason_or_a_doubt_or_while_a_request_may_be_under_way(
    make: Make, how: Callable[..., int]
) -> None:
    doubt = make(PLAIN)
    with pytest.raises(UsageError, match="A reason is missing"):
        decide(doubt, how, reason=" ")
    with pytest.raises(UsageError, match="may still be under way"):
        decide(doubt, how, after=4)
    assert doubt.states() == ALL_IN_DOUBT
    decide(doubt, settle.assume_accepted)
    with pytest.raises(UsageError, match="Nobody of run 1 is in doubt"):
        decide(doubt, how)


def test_nobody_is_sent_again_what_was_broken_off(make: Make) -> None:
    doubt = make(PLAIN)
    cancel(doubt)
    with pytest.raises(UsageError, match="is cancelled"):
        decide(doubt, settle.send_again)
    assert decide(doubt, settle.assume_accepted) == 4
    assert doubt.scene.run(doubt.run).state == "cancelled"


# On the wire.


@pytest.mark.parametrize("fault", [Fault.SILENCE_AFTER, Fault.GARBLED_AFTER, Fault.ERROR_500_AFTER, Fault.RESET])
def test_resend_answers_the_same_request_as_it_did_and_mails_nobody_twice(
    store: Store, tmp_path: Path, fault: Fault
) -> None:
    fake = FakeResend(domains=("example.nl",))
    fake.order(fault)
    provider = Resend(Settings.model_validate({"key": "re_proef"}), transport=fake.transport())
    doubt = doubtful(store, tmp_path, provider, send=False)
    with pytest.raises(InDoubt):
        provider.send(doubt.run.attempt_id(doubt.attempt.id), doubt.messages, lambda: True)
    doubt.settle()
    assert doubt.states() == ALL_ACCEPTED
    assert sorted(mail["to"][0] for mail in fake.mails) == sorted(map(address_of, NAMES))
