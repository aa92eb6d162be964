"""Who may be mailed: what each deed of a reader, his server or the operator makes of it, on both databases."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from deeds import NOW, SHOWN, ZONE, Deeds, draw

from newsletter.audience import consent
from newsletter.audience.asking import CONFIRM_WITHIN
from newsletter.audience.consent import BOUNCE_RESTS, Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.errors import ConsentError, UsageError
from newsletter.model.subscriber import ConsentText
from newsletter.store import subscribers

SOON = timedelta(seconds=1)


# Signing up and confirming


def test_a_sign_up_is_pending_until_it_is_confirmed(deeds: Deeds) -> None:
    request = deeds.sign_up(name="Anna Wit", language="nl")
    assert deeds.standing() == "pending"
    one = deeds.confirm(request)
    assert (one.status, one.name, one.language, one.source) == ("confirmed", "Anna Wit", "nl", "form")
    assert (one.address, one.joined) == (deeds.anna, date(2026, 3, 12))
    assert deeds.story() == ["signed up", "confirmed"]


def test_a_sign_up_stores_the_notice_that_asks(deeds: Deeds) -> None:
    deeds.sign_up()
    assert [(notice.kind, notice.queued_at) for notice in deeds.notices()] == [("confirm", NOW)]


def test_a_record_keeps_the_exact_text_its_version_the_origin_and_the_moment(deeds: Deeds) -> None:
    deeds.sign_up()
    (record,) = deeds.records()
    assert (record.text, record.origin, record.at, record.source) == (SHOWN, "192.0.2.1", NOW, "form")


def test_two_versions_of_a_text_are_kept_apart_and_one_is_kept_once(deeds: Deeds) -> None:
    texts = [
        ConsentText(text="Ja.", version="1"),
        ConsentText(text="Ja!", version="1"),
        ConsentText(text="Ja.", version="2"),
    ]
    with deeds.store.writing() as transaction:
        for number, text in enumerate([*texts, *texts]):
            occasion = Occasion(at=NOW, zone=ZONE, source="form", text=text)
            newcomer = Newcomer(address=f"lezer{number}@example.nl")
            consent.sign_up(transaction, newcomer, occasion, key=None, draw=draw)
    kept = [deeds.records(f"lezer{number}@example.nl")[0].text for number in range(6)]
    assert kept == [*texts, *texts]


def test_a_text_of_many_pages_is_kept_whole(deeds: Deeds) -> None:
    pages = "".join(Random(1).choices("abcdefghijklmnop -", k=40_000)).strip()
    deeds.add(text=pages)
    (record,) = deeds.records()
    assert record.text == ConsentText(text=pages, version="1")


def test_joining_is_on_the_day_in_the_newsletter_s_zone(deeds: Deeds) -> None:
    deeds.now = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
    assert deeds.joins().joined == date(2026, 3, 13)


def test_the_address_is_kept_as_written_and_another_spelling_is_the_same_reader(deeds: Deeds) -> None:
    first = deeds.joins(deeds.anna.title())
    assert first.address == deeds.anna.title()
    assert deeds.sign_up() is None
    assert deeds.add(deeds.anna.upper()).id == first.id


def test_what_is_no_address_is_refused_and_nothing_is_kept(deeds: Deeds) -> None:
    with deeds.store.reading() as transaction:
        before = subscribers.count(transaction)
    for wrong in ("anna", "anna@", "anna@example", "anna@example.nl\nBcc: bram@example.nl", ""):
        for deed in (deeds.sign_up, deeds.add, deeds.ask, deeds.block):
            with pytest.raises(UsageError):
                deed(wrong)
    with deeds.store.reading() as transaction:
        assert subscribers.count(transaction) == before


def test_whoever_is_confirmed_signs_up_for_nothing_and_is_told_so(deeds: Deeds) -> None:
    deeds.joins()
    deeds.mail_leaves()
    deeds.later(days=1)
    before = deeds.known()
    assert deeds.sign_up() is None
    assert (deeds.story(), deeds.known()) == (["signed up", "confirmed", "asked again"], before)
    told = deeds.notices()[-1]
    assert (told.kind, told.state, told.number) == ("already", "waiting", deeds.records()[-1].id)


@pytest.mark.parametrize("against", ["block", "bounce"])
def test_who_cannot_be_asked_has_the_same_written_and_gets_no_mail(deeds: Deeds, against: str) -> None:
    deeds.joins()
    getattr(deeds, against)()
    deeds.later(days=1)
    before = deeds.known()
    assert deeds.sign_up() is None
    assert deeds.known() == before
    record, notice = deeds.records()[-1], deeds.notices()[-1]
    assert (record.what, record.text, record.origin) == ("asked again", SHOWN, "192.0.2.1")
    assert (notice.kind, notice.state, notice.number) == ("confirm", "skipped", record.id)
    assert (notice.reason, notice.ended_at) == ({"block": "blocked", "bounce": "bounced"}[against], deeds.now)
    with pytest.raises(ConsentError):
        deeds.confirm(record.id)


def test_a_sign_up_that_asked_nothing_confirms_nothing_later(deeds: Deeds) -> None:
    deeds.block()
    deeds.sign_up()
    deeds.lift()
    with pytest.raises(ConsentError, match="no such sign-up"):
        deeds.confirm(deeds.records()[1].id)
    assert deeds.standing() == "pending"


def test_a_welcome_is_queued_with_the_confirmation_where_it_is_wanted(deeds: Deeds) -> None:
    deeds.confirm(deeds.sign_up(), welcome=True)
    welcome = deeds.notices()[-1]
    assert (welcome.kind, welcome.state, welcome.number) == ("welcome", "waiting", deeds.records()[-1].id)


def test_confirming_works_once(deeds: Deeds) -> None:
    request = deeds.sign_up()
    deeds.confirm(request)
    with pytest.raises(ConsentError, match="has been used"):
        deeds.confirm(request)
    assert deeds.story() == ["signed up", "confirmed"]


def test_of_two_sign_ups_either_confirms_and_then_neither(deeds: Deeds) -> None:
    first, second = deeds.sign_up(), deeds.sign_up()
    assert deeds.confirm(first).status == "confirmed"
    for request in (first, second):
        with pytest.raises(ConsentError):
            deeds.confirm(request)


def test_a_sign_up_can_be_confirmed_for_seven_days_and_not_a_second_longer(deeds: Deeds) -> None:
    request = deeds.sign_up()
    deeds.now += CONFIRM_WITHIN + SOON
    with pytest.raises(ConsentError, match="too old"):
        deeds.confirm(request)
    assert deeds.standing() == "pending"
    deeds.now -= SOON
    assert deeds.confirm(request).status == "confirmed"


@pytest.mark.parametrize("request_", [0, 999_999])
def test_there_is_nothing_to_confirm_where_nobody_signed_up(deeds: Deeds, request_: int) -> None:
    deeds.joins()
    with pytest.raises(ConsentError, match="no such sign-up"):
        deeds.confirm(request_)


def test_only_what_asks_can_be_confirmed(deeds: Deeds) -> None:
    deeds.joins()
    deeds.leave()
    for record in deeds.records():
        with pytest.raises(ConsentError):
            deeds.confirm(record.id)
    assert deeds.standing() == "left"


# Leaving and coming back


def test_leaving_is_at_once_and_ends_a_pause(deeds: Deeds) -> None:
    deeds.joins()
    deeds.pause(date(2026, 4, 1))
    assert deeds.leave()
    known = deeds.known()
    assert known is not None
    assert (known.subscriber.status, known.subscriber.paused_until) == ("left", None)


def test_leaving_twice_is_one_leaving(deeds: Deeds) -> None:
    deeds.joins()
    assert [deeds.leave(), deeds.leave()] == [True, False]
    assert deeds.story() == ["signed up", "confirmed", "left"]


def test_whoever_has_not_confirmed_yet_may_leave_and_the_old_link_confirms_nothing(deeds: Deeds) -> None:
    request = deeds.sign_up()
    assert deeds.leave()
    with pytest.raises(ConsentError):
        deeds.confirm(request)
    assert deeds.standing() == "left"


def test_an_old_confirm_link_never_confirms_again_someone_who_left(deeds: Deeds) -> None:
    unused, used = deeds.sign_up(), deeds.sign_up()
    deeds.confirm(used)
    deeds.leave()
    for request in (unused, used):
        with pytest.raises(ConsentError):
            deeds.confirm(request)
    assert deeds.standing() == "left"


def test_a_sign_up_of_somebody_who_left_changes_nothing_until_it_is_confirmed(deeds: Deeds) -> None:
    deeds.joins()
    deeds.leave()
    before = deeds.known()
    deeds.later(days=3)
    request = deeds.sign_up(name="Een ander", language="en")
    assert deeds.known() == before
    one = deeds.confirm(request)
    assert (one.status, one.joined) == ("confirmed", date(2026, 3, 15))


def test_leaving_again_overtakes_a_sign_up_since(deeds: Deeds) -> None:
    deeds.joins()
    deeds.leave()
    request = deeds.sign_up()
    assert deeds.leave()
    with pytest.raises(ConsentError):
        deeds.confirm(request)


def test_a_complaint_gives_way_to_an_own_confirmed_sign_up_alone(deeds: Deeds) -> None:
    deeds.joins()
    assert [deeds.complain(), deeds.complain()] == [True, False]
    assert deeds.standing() == "complained"
    for other in (deeds.add, deeds.ask, deeds.lift):
        with pytest.raises((ConsentError, UsageError)):
            other()
    request = deeds.sign_up()
    assert deeds.standing() == "complained"
    assert deeds.confirm(request).status == "confirmed"


def test_a_complaint_overtakes_a_sign_up_that_is_not_confirmed_yet(deeds: Deeds) -> None:
    deeds.joins()
    deeds.complain()
    request = deeds.sign_up()
    assert deeds.complain()
    with pytest.raises(ConsentError):
        deeds.confirm(request)


def test_whoever_complained_and_left_comes_back_by_one_sign_up(deeds: Deeds) -> None:
    deeds.joins()
    deeds.leave()
    deeds.complain()
    assert deeds.joins().status == "confirmed"


def test_of_unknown_ids_nothing_is_made(deeds: Deeds) -> None:
    assert not any([deeds.leave(), deeds.complain(), deeds.bounce(), deeds.tag("zuid"), deeds.pause(date(2026, 5, 1))])
    assert deeds.standing() == "nobody"


# Bouncing


def test_a_bounce_is_told_once(deeds: Deeds) -> None:
    deeds.joins()
    assert [deeds.bounce(), deeds.bounce()] == [True, False]
    assert deeds.standing() == "bounced"


def test_an_address_that_bounced_rests_for_thirty_days_and_then_its_reader_may_confirm(deeds: Deeds) -> None:
    deeds.joins()
    deeds.bounce()
    deeds.now += BOUNCE_RESTS - SOON
    assert deeds.sign_up() is None
    assert deeds.notices()[-1].state == "skipped"
    deeds.now += SOON
    assert deeds.joins().status == "confirmed"


def test_a_bounced_reader_comes_back_by_himself_once(deeds: Deeds) -> None:
    deeds.joins()
    deeds.bounce()
    deeds.now += BOUNCE_RESTS
    deeds.joins()
    deeds.bounce()
    deeds.later(days=400)
    assert deeds.sign_up() is None
    assert deeds.lift().status == "confirmed"


def test_a_bounce_that_the_operator_lifted_does_not_count_as_coming_back(deeds: Deeds) -> None:
    deeds.joins()
    deeds.bounce()
    deeds.lift()
    deeds.leave()
    deeds.joins()
    deeds.bounce()
    deeds.now += BOUNCE_RESTS
    assert deeds.joins().status == "confirmed"


def test_the_notice_that_came_back_begins_the_rest_anew(deeds: Deeds) -> None:
    deeds.joins()
    deeds.bounce()
    deeds.now += BOUNCE_RESTS
    request = deeds.sign_up()
    assert deeds.bounce()
    with pytest.raises(ConsentError):
        deeds.confirm(request)
    deeds.later(days=29)
    assert deeds.sign_up() is None


def test_a_bounce_overtakes_a_sign_up_that_is_not_confirmed_yet(deeds: Deeds) -> None:
    request = deeds.sign_up()
    deeds.bounce()
    with pytest.raises(ConsentError):
        deeds.confirm(request)


@pytest.mark.parametrize(("first", "then"), [(None, "pending"), ("confirm", "confirmed"), ("leave", "left")])
def test_lifting_a_bounce_gives_back_what_was_there_before(deeds: Deeds, first: str | None, then: str) -> None:
    request = deeds.sign_up()
    if first:
        deeds.confirm(request)
    if first == "leave":
        deeds.leave()
    deeds.bounce()
    assert deeds.lift(reason="postbus was vol").status == then
    last = deeds.records()[-1]
    assert (last.what, last.source, last.note) == ("lifted", "operator", "postbus was vol")


def test_lifting_a_bounce_leaves_a_complaint(deeds: Deeds) -> None:
    deeds.joins()
    deeds.bounce()
    deeds.complain()
    assert deeds.lift().reason == "complained"


def test_where_nothing_stands_against_an_address_nothing_is_lifted(deeds: Deeds) -> None:
    deeds.joins()
    deeds.leave()
    with pytest.raises(UsageError, match="neither blocked nor bounced"):
        deeds.lift()
    with pytest.raises(UsageError, match="Nobody on the list"):
        deeds.lift("bram@example.nl")
