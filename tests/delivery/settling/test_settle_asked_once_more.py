"""A doubt is settled by the same request once more, where nothing stands against it; and nobody is mailed twice."""

from collections.abc import Callable
from pathlib import Path

import examples
import pytest
from doubtful import REPEATS, Doubtful, Post, doubtful
from meanwhile import cancel, erase, leave, move, pause, rename, send_otherwise, stay_away
from providers.fakes.resend_api import FakeResend, Fault
from sqlalchemy import update
from told_off import AT, NAMES, address_of
from unsettled import ALL_ACCEPTED, ALL_IN_DOUBT, MINUTE, Make, attempt_of, post_of

from newsletter.delivery.account import account
from newsletter.links import Key
from newsletter.providers._base import InDoubt
from newsletter.providers.resend import Resend, Settings
from newsletter.store import schema
from newsletter.store.database import Store


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
