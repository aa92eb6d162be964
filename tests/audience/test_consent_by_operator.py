"""What the operator does to one reader: add, ask, block, lift, pause, tag; and what lists said of him before."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from deeds import NUMBERS, Deeds
from moving import CONSENTED, Moving

from newsletter.audience.consent import BOUNCE_RESTS
from newsletter.audience.transfer import Manner
from newsletter.errors import ConsentError, UsageError
from newsletter.model.subscriber import ConsentText, Subscriber
from newsletter.store import imports
from newsletter.store.database import Store

# Blocking


def test_an_address_that_nobody_has_can_be_blocked(deeds: Deeds) -> None:
    assert deeds.block().reason == "blocked"
    (record,) = deeds.records()
    assert (record.what, record.source, record.note) == ("blocked", "operator", "dreigbrief")


def test_blocking_twice_is_one_block_and_keeps_the_first_reason(deeds: Deeds) -> None:
    deeds.block()
    deeds.block(reason="nog eens")
    assert [record.note for record in deeds.records()] == ["dreigbrief"]


def test_no_sign_up_lifts_a_block(deeds: Deeds) -> None:
    request = deeds.sign_up()
    deeds.block()
    assert deeds.sign_up() is None
    with pytest.raises(ConsentError):
        deeds.confirm(request)
    deeds.later(days=400)
    assert deeds.sign_up() is None


def test_a_block_can_be_taken_back_and_what_was_there_is_there(deeds: Deeds) -> None:
    deeds.joins()
    deeds.block()
    assert deeds.lift().status == "confirmed"
    assert deeds.block().reason == "blocked"


@pytest.mark.parametrize("reason", ["", None])
def test_a_block_and_its_lifting_need_a_reason(deeds: Deeds, reason: str) -> None:
    with pytest.raises(UsageError, match="reason"):
        deeds.block(reason=reason)
    deeds.block()
    with pytest.raises(UsageError, match="reason"):
        deeds.lift(reason=reason)
    assert deeds.standing() == "blocked"


# The operator adds


def test_whoever_is_added_is_confirmed_by_the_text_that_says_what_he_consented_to(deeds: Deeds) -> None:
    one = deeds.add(name="Anna Wit", language="nl", text="Aan de balie, 12 maart 2026, Heuveldam")
    assert (one.status, one.name, one.language, one.source) == ("confirmed", "Anna Wit", "nl", "operator")
    (record,) = deeds.records()
    assert record.text == ConsentText(text="Aan de balie, 12 maart 2026, Heuveldam", version="1")


def test_adding_twice_alike_changes_nothing(deeds: Deeds) -> None:
    first = deeds.add(name="Anna Wit", language="nl")
    assert deeds.add(name="Anna Wit", language="nl") == first
    assert deeds.add() == first
    assert deeds.story() == ["added"]


@pytest.mark.parametrize("adds", [Deeds.add, Deeds.ask])
@pytest.mark.parametrize("is_known", [Deeds.joins, Deeds.sign_up, Deeds.ask])
def test_who_is_known_gets_the_name_and_the_language_that_the_operator_adds_him_with(
    deeds: Deeds, is_known: Callable[[Deeds], object], adds: Callable[..., Subscriber]
) -> None:
    is_known(deeds)
    before = deeds.known()
    one = adds(deeds, name="Anna Wit", language="en")
    assert (one.name, one.language) == ("Anna Wit", "en")
    record = deeds.records()[-1]
    assert (record.what, record.source, record.note, record.text) == ("changed", "operator", "name, language", None)
    assert before is not None
    assert (one.id, one.joined is None) == (before.subscriber.id, before.subscriber.joined is None)


def test_what_the_operator_does_not_name_stays_as_the_reader_has_it(deeds: Deeds) -> None:
    deeds.joins()
    deeds.prefer(name="Anna Wit", language="en")
    assert deeds.add().name == "Anna Wit"
    one = deeds.add(name="Anna de Wit")
    assert (one.name, one.language) == ("Anna de Wit", "en")
    assert deeds.records()[-1].note == "name"


def test_who_opted_out_keeps_the_name_he_had(deeds: Deeds) -> None:
    deeds.add(name="Anna Wit")
    deeds.leave()
    with pytest.raises(ConsentError):
        deeds.add(name="Een ander")
    known = deeds.known()
    assert known is not None
    assert (known.subscriber.name, deeds.story()) == ("Anna Wit", ["added", "left"])


def test_adding_somebody_who_is_pending_confirms_him_and_his_link_nothing_more(deeds: Deeds) -> None:
    request = deeds.sign_up()
    assert deeds.add().status == "confirmed"
    deeds.leave()
    with pytest.raises(ConsentError):
        deeds.confirm(request)


@pytest.mark.parametrize("opt_out", ["leave", "complain", "bounce", "block"])
@pytest.mark.parametrize("how", ["add", "ask"])
def test_nobody_who_opted_out_or_is_suppressed_is_added(deeds: Deeds, opt_out: str, how: str) -> None:
    deeds.joins()
    getattr(deeds, opt_out)()
    before, waiting = deeds.records(), deeds.notices()
    with pytest.raises(ConsentError, match=deeds.anna) as refused:
        getattr(deeds, how)()
    assert (deeds.records(), deeds.notices()) == (before, waiting)
    assert ("--lift" in refused.value.hint) == (opt_out in {"bounce", "block"})


def test_whoever_is_asked_is_pending_until_he_answers(deeds: Deeds) -> None:
    assert deeds.ask().status == "pending"
    (record,) = deeds.records()
    assert [notice.kind for notice in deeds.notices()] == ["confirm"]
    assert deeds.confirm(record.id).status == "confirmed"
    deeds.leave()
    with pytest.raises(ConsentError):
        deeds.confirm(record.id)


def test_nobody_is_asked_twice_while_the_first_notice_waits(deeds: Deeds) -> None:
    deeds.ask()
    deeds.ask()
    assert (deeds.story(), len(deeds.notices())) == (["added"], 1)


def test_whoever_is_confirmed_is_not_asked(deeds: Deeds) -> None:
    assert deeds.add() == deeds.ask()
    assert deeds.notices() == ()


# Pausing and tags


def test_a_pause_lasts_until_its_day_and_can_be_ended(deeds: Deeds) -> None:
    deeds.joins()
    assert [deeds.pause(date(2026, 4, 1)), deeds.pause(date(2026, 4, 1))] == [True, False]
    known = deeds.known()
    assert known is not None
    assert (known.subscriber.status, known.subscriber.paused_until) == ("confirmed", date(2026, 4, 1))
    assert [deeds.pause(None), deeds.pause(None)] == [True, False]
    told = [(record.what, record.note) for record in deeds.records()[2:]]
    assert told == [("paused", "until 2026-04-01"), ("resumed", None)]


@pytest.mark.parametrize("day", [date(2026, 3, 12), date(2026, 3, 1)])
def test_a_pause_ends_in_the_future(deeds: Deeds, day: date) -> None:
    deeds.joins()
    with pytest.raises(UsageError, match="not in the future"):
        deeds.pause(day)


def test_a_pause_that_is_over_is_not_given_again(deeds: Deeds) -> None:
    deeds.joins()
    deeds.pause(date(2026, 4, 1))
    deeds.later(days=60)
    with pytest.raises(UsageError, match="not in the future"):
        deeds.pause(date(2026, 4, 1))


def test_whoever_gets_no_mail_anyway_is_not_paused(deeds: Deeds) -> None:
    deeds.sign_up()
    with pytest.raises(UsageError, match="has not confirmed and gets no mail anyway"):
        deeds.pause(date(2026, 4, 1))


def test_tags_are_added_and_taken_and_the_record_says_which(deeds: Deeds) -> None:
    deeds.joins()
    assert deeds.tag("zuid", "oost")
    assert deeds.tag("noord", "oost", removed=("zuid", "west"))
    assert not deeds.tag("noord", removed=("west",))
    known = deeds.known()
    assert known is not None
    assert known.subscriber.tags == ("noord", "oost")
    assert [record.note for record in deeds.records()[2:]] == ["+oost, +zuid", "+noord, -zuid"]


# What lists said, and the deed itself


@pytest.mark.parametrize(
    ("says", "opt_out", "what"),
    [
        ("unsubscribed", "leave", "left"),
        ("complained", "complain", "complained"),
        ("bounced", "bounce", "bounced"),
        ("blocked", "block", "blocked"),
    ],
)
def test_an_opt_out_that_a_list_told_is_written_down_when_it_happens_itself(
    deeds: Deeds, tmp_path: Path, says: str, opt_out: str, what: str
) -> None:
    deeds.joins()
    a_list_says(deeds, says, tmp_path)
    getattr(deeds, opt_out)()
    getattr(deeds, opt_out)()
    told = [(record.what, record.source == "import") for record in deeds.records()[2:]]
    assert told == [(what, True), (what, False)]


def test_a_block_outlives_the_list_that_had_told_it_before(deeds: Deeds, tmp_path: Path) -> None:
    deeds.joins()
    moving = a_list_says(deeds, "blocked", tmp_path)
    deeds.block()
    moving.undo(last_import(deeds.store))
    assert deeds.standing() == "blocked"


@pytest.mark.parametrize("known_before", [True, False])
def test_a_bounce_that_came_with_a_list_counts_like_any_other(deeds: Deeds, tmp_path: Path, known_before: bool) -> None:
    if known_before:
        deeds.joins()
    a_list_says(deeds, "bounced", tmp_path)
    assert deeds.sign_up() is None
    deeds.now += BOUNCE_RESTS
    deeds.joins()
    deeds.bounce()
    deeds.now += BOUNCE_RESTS
    assert deeds.sign_up() is None


@pytest.mark.parametrize("says", ["unsubscribed", "bounced"])
def test_that_a_list_brought_somebody_who_opted_out_can_be_confirmed_by_nothing(
    deeds: Deeds, tmp_path: Path, says: str
) -> None:
    a_list_says(deeds, says, tmp_path)
    (record,) = deeds.records()
    with pytest.raises(ConsentError, match="no such sign-up"):
        deeds.confirm(record.id)


def test_whom_a_list_brought_and_who_is_asked_confirms_by_that(deeds: Deeds, tmp_path: Path) -> None:
    a_list_says(deeds, "", tmp_path, Manner(double_opt_in=True))
    (record,) = deeds.records()
    assert len(deeds.notices()) == 1
    assert deeds.confirm(record.id).status == "confirmed"


def a_list_says(deeds: Deeds, status: str, folder: Path, manner: Manner = CONSENTED) -> Moving:
    """Have a list say something of Anna."""
    moving = Moving(folder, deeds.store, numbers=NUMBERS, now=deeds.now)
    moving.bring(f"email,status\n{deeds.anna},{status}\n", manner)
    return moving


def last_import(store: Store) -> int:
    """The number of the newest import."""
    with store.reading() as transaction:
        return imports.every(transaction)[0].number
