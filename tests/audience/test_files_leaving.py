"""Who has left is told by lists in many ways; a column that may tell it is never passed over."""

from pathlib import Path

import pytest
from moving import CONSENTED, Moving
from reading_lists import opened

from newsletter.audience.files import Row
from newsletter.audience.transfer import Manner
from newsletter.errors import UsageError
from newsletter.store.database import Store


@pytest.fixture
def moving(tmp_path: Path, store: Store) -> Moving:
    return Moving(tmp_path, store)


def statuses(folder: Path, header: str, cells: list[str]) -> list[str | None]:
    file = folder / "leden.csv"
    lines = [f"lezer{number}@example.nl;{cell}" for number, cell in enumerate(cells)]
    file.write_text("\n".join([f"E-mail;{header}", *lines, ""]), "utf-8")
    with opened(file) as reading:
        rows = [row for row in reading if isinstance(row, Row)]
    assert len(rows) == len(cells)
    return [row.status for row in rows]


@pytest.mark.parametrize(
    "header",
    [
        "Afmelddatum",
        "Afgemeld op",
        "Datum afmelding",
        "Uitschrijfdatum",
        "Opgezegd op",
        "Unsubscribed at",
        "Opt-out date",
    ],
)
def test_a_date_of_leaving_tells_that_he_left(tmp_path: Path, header: str) -> None:
    assert statuses(tmp_path, header, ["12-03-2024", "2024-03-12", ""]) == ["left", "left", None]


@pytest.mark.parametrize("header", ["Afgemeld", "Uitgeschreven", "Opgezegd", "Unsubscribed", "Opt-out", "Opted out"])
def test_yes_or_no_tells_whether_he_left(tmp_path: Path, header: str) -> None:
    assert statuses(tmp_path, header, ["ja", "1", "nee", "0", ""]) == ["left", "left", None, None, None]


@pytest.mark.parametrize("header", ["Nieuwsbrief", "Newsletter", "Actief", "Active", "Opt-in"])
def test_whoever_does_not_want_it_has_left_and_whoever_does_has_not_consented_by_that(
    tmp_path: Path, header: str
) -> None:
    assert statuses(tmp_path, header, ["nee", "false", "ja", "Weekbrief", ""]) == ["left", "left", None, None, None]


@pytest.mark.parametrize("header", ["Ontvangt nieuwsbrief", "Toestemming", "Accepts marketing", "Actief", "Opt-in"])
@pytest.mark.parametrize("no", ["N", "off", "afgemeld", "unsubscribed", "inactief", "geen", "Ingetrokken"])
def test_no_is_said_in_many_words(tmp_path: Path, header: str, no: str) -> None:
    assert statuses(tmp_path, header, [no, "J", "on", "aangemeld"]) == ["left", None, None, None]


@pytest.mark.parametrize("header", ["Do not email", "Left"])
def test_a_column_that_forbids_mail_tells_that_he_left(tmp_path: Path, header: str) -> None:
    assert statuses(tmp_path, header, ["Y", "n", "2024-03-12", "0000-00-00 00:00:00"]) == ["left", None, "left", None]


@pytest.mark.parametrize("header", ["Subscription status", "Status nieuwsbrief"])
def test_a_status_may_stand_under_a_longer_name(tmp_path: Path, header: str) -> None:
    assert statuses(tmp_path, header, ["unsubscribed", "bounced", "subscribed"]) == ["left", "suppressed", "confirmed"]


def test_of_several_columns_that_say_whether_he_wants_it_the_worst_counts(tmp_path: Path) -> None:
    assert statuses(tmp_path, "Nieuwsbrief;Actief", ["ja;nee", "nee;ja", "ja;ja"]) == ["left", "left", None]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Email status", "bounced"),
        ("Global status", "unsubscribed"),
        ("Mailing toegestaan", "nee"),
        ("Mailing", "0"),
        ("Disabled", "1"),
        ("Verwijderd", "ja"),
        ("Opmerking", "Afgemeld"),
    ],
)
def test_a_column_in_which_somebody_seems_to_have_left_has_to_be_explained(
    moving: Moving, header: str, cell: str
) -> None:
    text = f"email;{header}\nanna@example.nl;{cell}\n"
    with pytest.raises(UsageError, match=f"“{header}” may tell who left"):
        moving.survey(text)
    assert moving.bring(text, Manner(text=CONSENTED.text, columns={header: "ignore"})).new == 1


@pytest.mark.parametrize(("header", "cells"), [("Marital status", ["married", ""]), ("Emails sent", ["0", "12"])])
def test_a_column_that_only_sounds_like_it_is_not_asked_about(moving: Moving, header: str, cells: list[str]) -> None:
    lines = "".join(f"lezer{number}@example.nl;{cell}\n" for number, cell in enumerate(cells))
    assert moving.bring(f"email;{header}\n{lines}").new == len(cells)


@pytest.mark.parametrize("header", ["Reden van opzegging", "Unsubscribe reason", "Klachten", "Hard bounces", "Spam"])
def test_a_column_that_may_tell_who_left_has_to_be_explained(moving: Moving, header: str) -> None:
    text = f"email;{header}\nanna@example.nl;te vaak\n"
    with pytest.raises(UsageError, match=f"“{header}” may tell who left") as refused:
        moving.survey(text)
    assert f'--map "{header}=ignore"' in refused.value.hint
    assert moving.bring(text, Manner(text=CONSENTED.text, columns={header: "ignore"})).new == 1


def test_of_two_columns_that_tell_it_none_is_passed_over(moving: Moving) -> None:
    with pytest.raises(UsageError, match="“Afgemeld” may tell who left"):
        moving.survey("email;Afgemeld;Afmelddatum\nanna@example.nl;nee;2024-03-12\n")
