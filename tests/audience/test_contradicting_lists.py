"""Lists that contradict each other, themselves, or their readers: an opt-out wins, and nobody is mailed by no right."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from moving import CONSENT, CONSENTED, KEY, NOW, ZONE, Moving, standing_of

from newsletter.audience import consent, erasure, preferences
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.audience.replay import replay
from newsletter.audience.transfer import Manner
from newsletter.errors import ConsentError
from newsletter.store import consents, subscribers
from newsletter.store.check import check
from newsletter.store.database import Store
from newsletter.store.subscribers import Known

ANNA = "anna@example.nl"
OPERATOR = Occasion(at=NOW, zone=ZONE, source="operator", text=CONSENT)
READER = Occasion(at=NOW, zone=ZONE, source="form", text=CONSENT)
PLAIN = f"email\n{ANNA}\n"
LEFT = f"email,status\n{ANNA},left\n"


@pytest.fixture
def moving(tmp_path: Path, store: Store) -> Moving:
    return Moving(tmp_path, store, {"city": "text"})


def standing(moving: Moving) -> str | None:
    anna = moving.everyone().get(ANNA)
    return anna and (anna.reason or anna.status)


def known(moving: Moving) -> Known:
    with moving.store.reading() as transaction:
        found = subscribers.find(transaction, ANNA)
    assert found is not None
    return found


def against(moving: Moving) -> set[str]:
    """All ways in which she opted out."""
    now = known(moving)
    since = {"complained": now.complained_at, "bounced": now.bounced_at, "blocked": now.blocked_at}
    return {out for out, moment in since.items() if moment} | ({"left"} & {now.consent})


def signs_up(moving: Moving) -> int:
    with moving.store.writing() as transaction:
        request = consent.sign_up(transaction, Newcomer(address=ANNA), READER, key=KEY, draw=moving.draw)
    assert request is not None
    return request


def is_erased(moving: Moving) -> None:
    with moving.store.writing() as transaction:
        erasure.erase(transaction, ANNA, OPERATOR, key=KEY)


# One list


@pytest.mark.parametrize("between", [0, 6_000])
def test_an_opt_out_counts_wherever_it_stands_in_a_list(moving: Moving, between: int) -> None:
    others = "".join(f"lezer{number}@example.nl,\n" for number in range(between))
    done = moving.bring(f"email,status\n{ANNA},confirmed\n{others}ANNA@example.nl,left\n{ANNA},complained\n{ANNA},\n")
    assert (done.new, done.rejected) == (between + 1, 3)
    assert standing(moving) == "complained"
    reasons = (moving.folder / "lezers.csv.rejected.csv").read_text("utf-8").splitlines()[1:]
    assert ["That he opted out counts." in reason for reason in reasons] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "outs"),
    [
        (f"email,left,bounced\n{ANNA},yes,yes\n", {"left", "bounced"}),
        (f"email,status\n{ANNA},left\n{ANNA},bounced\n", {"left", "bounced"}),
        (f"email,status,left\n{ANNA},blocked,2024-01-01\n", {"left", "blocked"}),
        (f"email,status,bounced,left\n{ANNA},blocked,yes,yes\n", {"left", "blocked", "bounced"}),
    ],
)
@pytest.mark.parametrize("was", ["unknown", "a reader", "gone"])
def test_of_several_ways_of_opting_out_none_is_lost(moving: Moving, text: str, outs: set[str], was: str) -> None:
    if was != "unknown":
        moving.bring(PLAIN)
    if was == "gone":
        moving.bring(LEFT, name="weg.csv")
    first = moving.bring(text, Manner(), name="eerste.csv")
    assert against(moving) == outs
    with moving.store.reading() as transaction:
        assert replay(consents.of(transaction, moving.everyone()[ANNA].id)) == standing_of(known(moving))
    assert check(moving.store).findings == ()
    second = moving.bring(text, Manner(), name="tweede.csv")
    assert second.unchanged == 1
    moving.undo(first.number)
    assert against(moving) == outs
    moving.undo(second.number)
    assert standing(moving) == {"unknown": None, "a reader": "confirmed", "gone": "left"}[was]


def test_a_bounce_that_is_lifted_brings_nobody_back_who_left_as_well(moving: Moving) -> None:
    moving.bring(PLAIN)
    moving.bring(f"email,left,bounced\n{ANNA},yes,yes\n", Manner())
    with moving.store.writing() as transaction:
        consent.lift(transaction, ANNA, replace(OPERATOR, note="nieuwe mailbox"))
    assert standing(moving) == "left"


@pytest.mark.parametrize("rest", ["language\n{},unsubscribed,Dutch", "joined\n{},unsubscribed,03/04/2024"])
def test_of_a_line_that_cannot_be_read_the_opt_out_counts(moving: Moving, rest: str) -> None:
    moving.bring(PLAIN)
    with moving.surveying(f"email,status,{rest}\n".format(ANNA), Manner()) as survey:
        assert (survey.changes, survey.rejected.total(), survey.lines) == (1, 0, 1)
        assert "only the opt-out is imported" in survey.notes[-1]
        assert survey.rejects is not None
        assert "That he opted out counts." in survey.rejects.read_text("utf-8")
        moving.apply(survey, Manner())
    assert standing(moving) == "left"


def test_no_in_the_place_of_the_day_of_joining_tells_that_he_left(moving: Moving) -> None:
    moving.bring(PLAIN)
    moving.bring(f"email,subscribed\n{ANNA},no\n", Manner())
    assert standing(moving) == "left"


def test_an_opt_out_counts_in_a_double_that_cannot_be_read(moving: Moving) -> None:
    moving.bring(f"email,status,language\n{ANNA},subscribed,nl\n{ANNA},unsubscribed,Dutch\n")
    assert standing(moving) == "left"


# A list and its readers


def test_a_list_ends_no_pause_and_brings_back_no_tag_that_he_took_off_himself(moving: Moving) -> None:
    moving.bring(f"email,tags\n{ANNA},zuid\n")
    anna = moving.everyone()[ANNA].id
    with moving.store.writing() as transaction:
        preferences.change(transaction, anna, READER, name="", language=None, tags={"zuid": False})
        preferences.pause(transaction, anna, date(2027, 6, 1), READER)
    moving.bring(f'email,tags,paused until\n{ANNA},"oost,zuid",2024-01-01\n', name="oud.csv")
    now = moving.everyone()[ANNA]
    assert (now.tags, now.paused_until) == (("oost",), date(2027, 6, 1))
    moving.bring(f"email,paused until\n{ANNA},2028-01-01\n", name="nieuw.csv")
    assert moving.everyone()[ANNA].paused_until == date(2028, 1, 1)


def test_an_old_list_does_not_confirm_who_was_erased_and_has_yet_to_confirm_a_new_sign_up(moving: Moving) -> None:
    moving.bring(PLAIN)
    is_erased(moving)
    request = signs_up(moving)
    assert moving.bring(PLAIN).stayed == 1
    assert standing(moving) == "pending"
    with moving.store.writing() as transaction, pytest.raises(ConsentError, match="had himself erased"):
        consent.add(transaction, Newcomer(address=ANNA), OPERATOR, key=KEY, draw=moving.draw)
    with moving.store.writing() as transaction:
        consent.confirm(transaction, request, READER, key=KEY)
    assert standing(moving) == "confirmed"


def test_who_leaves_again_after_a_new_sign_up_cannot_confirm_that(moving: Moving) -> None:
    moving.bring(PLAIN)
    anna = moving.everyone()[ANNA].id
    with moving.store.writing() as transaction:
        assert consent.leave(transaction, anna, READER)
    request = signs_up(moving)
    with moving.store.writing() as transaction:
        assert consent.leave(transaction, anna, READER)
        assert not consent.leave(transaction, anna, READER)
    with moving.store.writing() as transaction, pytest.raises(ConsentError, match="something else has happened"):
        consent.confirm(transaction, request, READER, key=KEY)


# Two lists, taken back


def test_an_opt_out_that_two_lists_brought_stays_until_both_are_taken_back_or_he_signs_up(moving: Moving) -> None:
    moving.bring(PLAIN)
    first = moving.bring(LEFT, Manner())
    assert moving.bring(LEFT, Manner()).unchanged == 1
    with moving.store.reading() as transaction:
        story = consents.of(transaction, moving.everyone()[ANNA].id)
    assert [(record.what, record.number) for record in story] == [("imported", 1), ("left", 2), ("repeated", 3)]
    moving.undo(first.number)
    assert standing(moving) == "left"
    moving.bring(PLAIN)
    assert standing(moving) == "left"


def test_a_reader_whom_one_list_brought_and_another_said_had_left_is_still_out_when_the_first_goes(
    moving: Moving,
) -> None:
    first, second = moving.bring(PLAIN), moving.bring(LEFT, Manner())
    moving.undo(first.number)
    assert standing(moving) == "left"
    moving.undo(second.number)
    assert standing(moving) is None


def test_who_opted_out_himself_needs_no_list_to_repeat_it(moving: Moving) -> None:
    moving.bring(PLAIN)
    anna = moving.everyone()[ANNA].id
    with moving.store.writing() as transaction:
        consent.leave(transaction, anna, READER)
    moving.bring(LEFT, Manner())
    with moving.store.reading() as transaction:
        assert [record.what for record in consents.of(transaction, anna)] == ["imported", "left"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_two_lists_taken_back_leave_everything_as_before_in_either_order(moving: Moving, newest_first: bool) -> None:
    moving.bring(f"email,name,city\n{ANNA},Anna,Zwolle\n")
    before = moving.everyone()
    second = moving.bring(f"email,name,city,tags\n{ANNA},Anna Wit,Urk,zuid\n")
    third = moving.bring(f"email,name,tags\n{ANNA},Anna de Wit,oost\n")
    for number in sorted([second.number, third.number], reverse=newest_first):
        moving.undo(number)
    assert moving.everyone() == before


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("said", ["left", "bounced"])
def test_whom_only_lists_confirmed_that_are_taken_back_is_confirmed_by_nobody(
    moving: Moving, said: str, newest_first: bool
) -> None:
    signs_up(moving)
    confirmed = moving.bring(PLAIN, CONSENTED)
    out = moving.bring(f"email,status\n{ANNA},{said}\n", Manner())
    for number in sorted([confirmed.number, out.number], reverse=newest_first):
        moving.undo(number)
    assert standing(moving) == "pending"
