"""What a cell may be: strict, and a line that is refused says why."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_lists import ZONE, rejects, rows

from newsletter.audience.reading.values import Unusable, day
from newsletter.model.subscriber import FieldType


def written(folder: Path, column: str, cell: str) -> Path:
    file = folder / "lezers.tsv"
    file.write_text(f"email\t{column}\nx@example.nl\t{cell}\n", "utf-8", newline="")
    return file


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-03-12", date(2024, 3, 12)),
        ("2024-3-2", date(2024, 3, 2)),
        ("2024/03/12", date(2024, 3, 12)),
        ("12-3-2024", date(2024, 3, 12)),
        ("12.03.2024", date(2024, 3, 12)),
        ("12-03-2024 23:30", date(2024, 3, 12)),
        ("28/03/2024", date(2024, 3, 28)),
        ("03/28/2024", date(2024, 3, 28)),
        ("03/03/2024", date(2024, 3, 3)),
        ("2024-03-12 23:30:00", date(2024, 3, 12)),
        ("2024-03-12T23:30:00Z", date(2024, 3, 13)),
        ("2024-03-12T23:30:00.123Z", date(2024, 3, 13)),
        ("2024-03-12T23:30:00+02:00", date(2024, 3, 12)),
        ("2024-03-12 20:30:00-0500", date(2024, 3, 13)),
        ("2024-03-12 23:30:00.123456 +0000 UTC", date(2024, 3, 13)),
    ],
)
def test_a_date_is_read_as_it_is_meant_and_a_moment_falls_on_our_day(tmp_path: Path, cell: str, expected: date) -> None:
    assert rows(written(tmp_path, "joined", cell))[0].joined == expected


@pytest.mark.parametrize(
    "cell",
    ["03/04/2024", "2024-02-30", "12-03-24", "morgen", "20240312", "45363", "2024-03-12 25:00", "2024-03-12T10",
     "12 maart 2024",     "9999-12-31T23:59:59Z", "2024-03-12T10:00:00+99:00", "٢٠٢٤-٠٣-١٢", "0000-01-01"],
)  # fmt: skip
def test_what_may_be_another_day_or_none_is_refused(tmp_path: Path, cell: str) -> None:
    (reject,) = rejects(written(tmp_path, "joined", cell))
    assert f"“{cell}”" in reject.reason
    assert reject.reason.endswith("write 2026-10-03.")


def read(text: str) -> date | str:
    """The day, or the sentence with which it is refused."""
    try:
        return day(text, ZONE, None)
    except Unusable as unusable:
        return str(unusable)


@given(text=st.one_of(st.text(max_size=30), st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,4}[-/.][0-9]{1,4}([T ].{0,20})?")))
def test_any_text_is_a_day_or_is_refused_in_a_sentence(text: str) -> None:
    found = read(text)
    assert isinstance(found, date) or found.endswith("write 2026-10-03.")


@pytest.mark.parametrize(
    ("type_", "cell", "expected"),
    [
        ("number", "1234", 1234),
        ("number", "-12.50", -12.5),
        ("boolean", "Ja", True),
        ("boolean", "ONWAAR", False),
        ("boolean", "0", False),
        ("date", "12-03-2024", date(2024, 3, 12)),
        ("text", " =cmd|' /C calc'!A0 ", "=cmd|' /C calc'!A0"),
    ],
)
def test_an_own_field_is_of_its_type(tmp_path: Path, type_: FieldType, cell: str, expected: object) -> None:
    (row,) = rows(written(tmp_path, "eigen", cell), {"eigen": type_})
    assert row.fields == {"eigen": expected}
    assert type(row.fields["eigen"]) is type(expected)


@pytest.mark.parametrize(
    ("type_", "cell", "said"),
    [
        ("number", "1.234,5", "write 1234 or 1234.5"),
        ("number", "twee", "is no number"),
        ("number", "NaN", "is no number"),
        ("number", "1" * 30, "too many digits"),
        ("boolean", "misschien", "is neither yes nor no"),
        ("date", "morgen", "is no date"),
        ("text", "x" * 1001, "1,001 characters; 1,000 are kept at most"),
        ("text", "een\x07twee", "control character"),
    ],
)
def test_a_value_of_another_type_rejects_its_line(tmp_path: Path, type_: FieldType, cell: str, said: str) -> None:
    (reject,) = rejects(written(tmp_path, "eigen", cell), {"eigen": type_})
    assert said in reject.reason
    assert "eigen" in reject.reason or "“morgen”" in reject.reason


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("zuid", ("zuid",)),
        ("zuid, Oost ,zuid,", ("Oost", "zuid")),
        ("zuid;oost", ("oost", "zuid")),
        ("zuid|oost", ("oost", "zuid")),
        ('"zuid","oost, west"', ("oost, west", "zuid")),
        ('["zuid", "oost, west"]', ("oost, west", "zuid")),
    ],
)
def test_tags_are_read_however_they_are_put_together(tmp_path: Path, cell: str, expected: tuple[str, ...]) -> None:
    quoted = cell.replace('"', '""')
    assert rows(written(tmp_path, "tags", f'"{quoted}"'))[0].tags == expected


@pytest.mark.parametrize("cell", [",".join(map(str, range(101))), "x" * 101, "[1", "[" * 5000, "zuid,een\x07twee"])
def test_too_many_tags_or_none_at_all_reject_the_line(tmp_path: Path, cell: str) -> None:
    (reject,) = rejects(written(tmp_path, "tags", cell))
    assert "tag" in reject.reason


@pytest.mark.parametrize(("cell", "expected"), [("nl", "nl"), ("NL_be", "nl-BE"), ("en-GB", "en-GB")])
def test_a_language_is_its_code(tmp_path: Path, cell: str, expected: str) -> None:
    assert rows(written(tmp_path, "taal", cell))[0].language == expected


@pytest.mark.parametrize("cell", ["Nederlands", "xx", "../..", "nl" * 500])
def test_a_language_that_is_no_code_rejects_the_line(tmp_path: Path, cell: str) -> None:
    (reject,) = rejects(written(tmp_path, "taal", cell))
    assert "no code of a language" in reject.reason


def test_a_name_of_more_than_200_characters_rejects_the_line(tmp_path: Path) -> None:
    (reject,) = rejects(written(tmp_path, "name", "x" * 201))
    assert reject.reason == "The name has 201 characters; 200 are kept at most."


def test_space_and_a_line_end_around_a_name_are_no_fault(tmp_path: Path) -> None:
    assert rows(written(tmp_path, "name", '" Anna de Wit\r\n"'))[0].name == "Anna de Wit"
