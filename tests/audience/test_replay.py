"""How somebody stands, read from the records of his consent alone."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.audience.replay import Standing, replay
from newsletter.model.subscriber import ConsentRecord, ConsentText, Source, What

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
CONSENT = ConsentText(text="Ja, ik wil de Weekbrief ontvangen.", version="1")

Told = tuple[What, Source, str | None]
"""What happened, through what, and the note of it."""


def standing(*told: Told) -> Standing | None:
    records = [
        ConsentRecord(
            id=number, subscriber="a" * 32, at=NOW + timedelta(days=number), what=what, source=source, note=note
        )
        for number, (what, source, note) in enumerate(told)
    ]
    return replay(records)


@pytest.mark.parametrize(
    ("told", "consent"),
    [
        ([("signed up", "form", None)], "pending"),
        ([("added", "operator", None)], "pending"),
        ([("imported", "import", None)], "confirmed"),
        ([("imported", "import", "as pending")], "pending"),
        ([("imported", "import", "as left")], "left"),
        ([("imported", "import", "as pending"), ("confirmed", "import", "consent")], "confirmed"),
        ([("signed up", "form", None), ("confirmed", "form", None)], "confirmed"),
        ([("imported", "import", None), ("left", "one-click", None)], "left"),
        ([("imported", "import", "as left"), ("imported", "import", None)], "left"),
        ([("imported", "import", "as left"), ("confirmed", "import", "consent")], "left"),
        ([("imported", "import", "as left"), ("signed up", "form", None)], "left"),
        ([("imported", "import", "as left"), ("signed up", "form", None), ("confirmed", "form", None)], "confirmed"),
        ([("imported", "import", None), ("repeated", "import", "left")], "left"),
        ([("paused", "form", None)], "confirmed"),
        ([("signed up", "form", None), ("tagged", "operator", "+zuid")], "pending"),
    ],
)
def test_the_last_that_counts_says_what_he_wants(told: list[Told], consent: str) -> None:
    assert standing(*told) == Standing(consent=consent)  # type: ignore[arg-type]


def test_what_came_back_after_a_move_is_lifted_by_the_record_that_says_so() -> None:
    stolen: list[Told] = [("imported", "import", None), ("moved", "form", None), ("bounced", "bounce", "550 5.1.1")]
    assert standing(*stolen, ("moved back", "form", None), ("lifted", "form", "x")) == Standing(consent="confirmed")


@pytest.mark.parametrize("told", [[], [("tagged", "operator", "+zuid")], [("paused", "operator", None)]])
def test_of_whom_nothing_is_said_but_by_the_way_is_not_to_be_known(told: list[Told]) -> None:
    assert standing(*told) is None


def test_whom_the_operator_adds_with_a_consent_is_a_reader() -> None:
    added = ConsentRecord(id=1, subscriber="a" * 32, at=NOW, what="added", source="operator", text=CONSENT)
    assert replay([added]) == Standing(consent="confirmed")


@pytest.mark.parametrize("way", ["complained", "bounced", "blocked"])
def test_what_stands_against_somebody_dates_from_when_it_was_first_told(way: What) -> None:
    against = {f"{way}_at": NOW}
    assert standing((way, "import", None), (way, "import", None)) == Standing(**against)  # type: ignore[arg-type]
    assert standing(("imported", "import", f"as {way}")) == Standing(**against)  # type: ignore[arg-type]


def test_a_reader_who_confirms_takes_away_what_he_may_and_not_a_block() -> None:
    lost: list[Told] = [("complained", "complaint", None), ("bounced", "bounce", None), ("blocked", "operator", "x")]
    blocked = NOW + timedelta(days=2)
    assert standing(*lost, ("confirmed", "form", None)) == Standing(consent="confirmed", blocked_at=blocked)
    assert standing(*lost, ("lifted", "operator", "x")) == Standing(complained_at=NOW)
