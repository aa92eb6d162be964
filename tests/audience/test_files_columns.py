"""What each column of a list is: by its name in English or Dutch, or as the user says; and what is not read is said."""

from datetime import date
from pathlib import Path

import pytest
from reading_lists import opened

from newsletter.audience.files import Reading, Row
from newsletter.errors import NewsletterError, UsageError
from newsletter.model.subscriber import FieldType

FIELDS: dict[str, FieldType] = {"city": "text", "children": "number", "member_since": "date", "member": "boolean"}


def written(folder: Path, text: str) -> Path:
    file = folder / "lezers.csv"
    file.write_text(text, "utf-8")
    return file


def only_row(reading: Reading) -> Row:
    (row,) = reading
    assert isinstance(row, Row)
    return row


def test_dutch_columns_are_known(tmp_path: Path) -> None:
    text = "E-mailadres;Voornaam;Tussenvoegsel;Achternaam;Aangemeld op;Taal;Groepen;Gepauzeerd tot\n"
    text += "x@example.nl;Anna;de;Wit;12-03-2024;nl;zuid, oost;24-12-2026\n"
    with opened(written(tmp_path, text)) as reading:
        row = only_row(reading)
        assert reading.columns == {
            "E-mailadres": "address", "Voornaam": "first_name", "Tussenvoegsel": "infix", "Achternaam": "last_name",
            "Aangemeld op": "joined", "Taal": "language", "Groepen": "tags", "Gepauzeerd tot": "paused_until",
        }  # fmt: skip
    assert (row.name, row.joined, row.language) == ("Anna de Wit", date(2024, 3, 12), "nl")
    assert (row.tags, row.paused_until) == (("oost", "zuid"), date(2026, 12, 24))


def test_a_reader_without_infix_has_no_gap_in_his_name(tmp_path: Path) -> None:
    with opened(written(tmp_path, "email,voornaam,tussenvoegsel,achternaam\nx@example.nl,Anna,,Wit\n")) as reading:
        assert only_row(reading).name == "Anna Wit"


def test_a_column_of_whole_names_goes_before_its_parts(tmp_path: Path) -> None:
    with opened(written(tmp_path, "email,first name,name\nx@example.nl,Anna,A. de Wit\n")) as reading:
        assert reading.columns["first name"] == "ignored: “name” is read as the whole name"
        assert only_row(reading).name == "A. de Wit"


def test_a_postal_address_is_not_taken_for_a_mail_address(tmp_path: Path) -> None:
    with opened(written(tmp_path, "Adres,E-mail\nDorpsweg 1,x@example.nl\n")) as reading:
        assert reading.columns == {"Adres": "ignored: “E-mail” is read as address", "E-mail": "address"}
        assert only_row(reading).address == "x@example.nl"


def test_own_fields_are_found_by_their_names_and_have_their_types(tmp_path: Path) -> None:
    text = "email,City,Children,Member since,member\nx@example.nl,Zuiderwold,2,12-03-2024,ja\n"
    with opened(written(tmp_path, text), FIELDS) as reading:
        assert only_row(reading).fields == {
            "city": "Zuiderwold", "children": 2, "member_since": date(2024, 3, 12), "member": True,
        }  # fmt: skip


def test_an_own_field_goes_before_what_else_its_name_could_mean(tmp_path: Path) -> None:
    with opened(written(tmp_path, "email,groep\nx@example.nl,zuid\n"), {"groep": "text"}) as reading:
        row = only_row(reading)
    assert (row.tags, row.fields) == ((), {"groep": "zuid"})


def test_an_empty_value_says_nothing(tmp_path: Path) -> None:
    with opened(written(tmp_path, "email,name,joined,city,tags\nx@example.nl, ,,,\n"), FIELDS) as reading:
        row = only_row(reading)
    assert (row.name, row.joined, row.status, row.tags, row.fields) == (None, None, None, (), {})


def test_an_unknown_column_is_ignored_and_the_nearest_name_suggested(tmp_path: Path) -> None:
    with opened(written(tmp_path, "email,citty,Schoenmaat\nx@example.nl,,\n"), FIELDS) as reading:
        assert reading.columns["citty"] == "ignored. Did you mean `city`?"
        assert reading.columns["Schoenmaat"] == "ignored"


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with opened(written(tmp_path, "email,email,,\nx@example.nl,y@example.nl,,\n")) as reading:
        assert [*reading.columns] == ["email", "email (2)", "(no name)", "(no name) (2)"] == [*reading.header]
        assert only_row(reading).address == "x@example.nl"


def test_what_the_user_says_of_a_column_wins(tmp_path: Path) -> None:
    file = written(tmp_path, "email,privé,plaats,naam\nx@example.nl,thuis@example.nl,Zuiderwold,Wit\n")
    with opened(file, FIELDS, {"PRIVÉ": "address", "Plaats": "City", "naam": "last name"}) as reading:
        row = only_row(reading)
    assert (row.address, row.fields, row.name) == ("thuis@example.nl", {"city": "Zuiderwold"}, "Wit")


@pytest.mark.parametrize(
    ("columns", "sentence", "hint"),
    [
        ({"plats": "city"}, "The list has no column “plats”.", "Did you mean `Plaats`?"),
        ({"x": "city"}, "The list has no column “x”.", "There are: email, Plaats."),
        (
            {"Plaats": "dorp"},
            "“dorp” is nothing that a list says of a reader.",
            'A field of your own stands first under [readers], as in fields = { dorp = "text" }. Else it can say:',
        ),
        ({"Plaats": "citty"}, "“citty” is nothing that a list says of a reader.", "Did you mean `city`?"),
    ],
)
def test_what_the_user_says_must_be_there(tmp_path: Path, columns: dict[str, str], sentence: str, hint: str) -> None:
    file = written(tmp_path, "email,Plaats\nx@example.nl,Zuiderwold\n")
    with pytest.raises(UsageError) as caught, opened(file, FIELDS, columns):
        pass
    assert caught.value.sentence == sentence
    assert caught.value.hint.startswith(hint)


def test_a_column_of_addresses_with_a_name_of_its_own_is_named_by_the_user(tmp_path: Path) -> None:
    file = written(tmp_path, "Contact\nx@example.nl\n")
    with pytest.raises(NewsletterError, match="no column of addresses; it has: Contact") as caught, opened(file):
        pass
    assert "--map" in caught.value.hint
    with opened(file, columns={"Contact": "address"}) as reading:
        assert only_row(reading).address == "x@example.nl"


def test_an_own_field_called_as_something_else_is_does_not_take_its_column(tmp_path: Path) -> None:
    text = "email,unsubscribed_at,left\nx@example.nl,2024-02-03,12\n"
    with opened(written(tmp_path, text), {"left": "number"}) as reading:
        row = only_row(reading)
    assert (row.status, row.fields) == ("left", {"left": 12})
