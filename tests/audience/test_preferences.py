"""Preferences: what a reader changes is written down, what he does not name stays, and saving twice is saving once."""

import pytest
from deeds import Deeds

from newsletter.audience.reading.values import LONGEST_NAME
from newsletter.errors import UsageError
from newsletter.model.subscriber import Subscriber


@pytest.fixture
def anna(deeds: Deeds) -> Subscriber:
    """Anna, who has joined, and whom the newsroom knows as somebody of the north."""
    deeds.joins()
    deeds.tag("noord")
    return _now(deeds)


def _now(deeds: Deeds) -> Subscriber:
    known = deeds.known()
    assert known is not None
    return known.subscriber


def test_name_language_and_tags_are_changed_and_written_down_each(deeds: Deeds, anna: Subscriber) -> None:
    assert deeds.prefer("Anna Wit", "nl", {"zuid": True, "noord": False})
    now = _now(deeds)
    assert (now.id, now.name, now.language, now.tags) == (anna.id, "Anna Wit", "nl", ("zuid",))
    told = [(record.what, record.source, record.note) for record in deeds.records()[-2:]]
    assert told == [("changed", "form", "name, language"), ("tagged", "form", "+zuid, -noord")]


def test_only_what_is_new_is_written_down(deeds: Deeds, anna: Subscriber) -> None:
    deeds.prefer("Anna Wit", "nl")
    assert deeds.prefer("Anna Wit", "en")
    assert [(record.what, record.note) for record in deeds.records()[-2:]] == [
        ("changed", "name, language"),
        ("changed", "language"),
    ]


def test_saving_what_is_so_already_changes_nothing(deeds: Deeds, anna: Subscriber) -> None:
    chosen = ("Anna Wit", "nl", {"zuid": True, "oost": False})
    deeds.prefer(*chosen)
    before = deeds.records()
    assert not deeds.prefer(*chosen)
    assert deeds.records() == before


def test_tags_that_are_not_named_stay(deeds: Deeds, anna: Subscriber) -> None:
    deeds.prefer(tags={"zuid": True})
    assert _now(deeds).tags == ("noord", "zuid")


def test_a_name_can_be_taken_back(deeds: Deeds, anna: Subscriber) -> None:
    deeds.prefer("Anna Wit", "nl")
    assert deeds.prefer()
    assert (_now(deeds).name, _now(deeds).language) == ("", None)


def test_a_name_is_kept_without_the_space_around_it(deeds: Deeds, anna: Subscriber) -> None:
    deeds.prefer("  Anna  Wit ")
    assert _now(deeds).name == "Anna  Wit"


def test_what_nobody_sees_is_no_part_of_a_name(deeds: Deeds, anna: Subscriber) -> None:
    deeds.prefer("Anna\u202e \u200bWit\ufeff")
    assert _now(deeds).name == "Anna Wit"


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Anna\ufffdWit", "nl"),
        ("Anna\r\nBcc: bram@example.nl", "nl"),
        ("Anna\x00Wit", "nl"),
        ("Anna \ud800", "nl"),
        ("A" * (LONGEST_NAME + 1), "nl"),
        ("Anna", "klingon"),
        ("Anna", "nl\n"),
    ],
)
def test_what_is_no_name_or_language_is_refused_and_nothing_is_kept(
    deeds: Deeds, anna: Subscriber, name: str, language: str
) -> None:
    before = deeds.known(), deeds.records()
    with pytest.raises(UsageError):
        deeds.prefer(name, language, {"zuid": True})
    assert (deeds.known(), deeds.records()) == before


def test_of_an_unknown_id_nothing_is_made(deeds: Deeds) -> None:
    assert not deeds.prefer("Anna Wit", "nl", {"zuid": True})
    assert deeds.standing() == "nobody"


@pytest.mark.parametrize("lost", ["leave", "complain", "bounce", "block"])
def test_who_gets_no_mail_is_left_alone(deeds: Deeds, anna: Subscriber, lost: str) -> None:
    getattr(deeds, lost)()
    before = deeds.known(), deeds.records()
    assert not deeds.prefer("Anna Wit", "nl", {"zuid": True})
    assert (deeds.known(), deeds.records()) == before
