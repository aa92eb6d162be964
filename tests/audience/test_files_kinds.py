"""Kinds of files: text in any encoding, JSON lines, spreadsheets; each record is a row or a reject."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_lists import opened, rows, sheet, write_workbook

from newsletter.audience.files import Reject, Row
from newsletter.errors import ContentError


def written(folder: Path, content: bytes, name: str = "lezers.csv") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_they_do_on_any_computer(tmp_path: Path, end: bytes) -> None:
    found = rows(written(tmp_path, end.join([b"email,name", b"x@example.nl,X", b"y@example.nl,Y"])))
    assert [(row.line, row.name) for row in found] == [(2, "X"), (3, "Y")]


def test_each_line_is_read_in_the_encoding_it_was_written_in(tmp_path: Path) -> None:
    lines = ["email,name", "a@example.nl,Zoë", "b@example.nl,Renée", "c@example.nl,André"]
    content = b"\n".join(line.encode("cp1252" if number == 2 else "utf-8") for number, line in enumerate(lines))
    with opened(written(tmp_path, content)) as reading:
        assert [row.name for row in reading if isinstance(row, Row)] == ["Zoë", "Renée", "André"]
        assert reading.notes == ("Lines read as Windows-1252, as they are no UTF-8: 1.",)


def test_a_line_in_no_encoding_is_rejected_alone(tmp_path: Path) -> None:
    with opened(written(tmp_path, b"email,name\na@example.nl,\xff\x81\nb@example.nl,B\n")) as reading:
        reject, row = reading
    assert isinstance(reject, Reject)
    assert (reject.line, reject.reason) == (2, "The line is written neither in UTF-8 nor in Windows-1252.")
    assert isinstance(row, Row)


def test_the_separator_is_sought_outside_quotation_marks(tmp_path: Path) -> None:
    (row,) = rows(written(tmp_path, b'"email";"a,b,c,d,e";name\nx@example.nl;;"Wit; Anna"\n'))
    assert row.name == "Wit; Anna"


def test_a_quotation_mark_inside_a_value_is_a_character(tmp_path: Path) -> None:
    assert rows(written(tmp_path, b'email,name\nx@example.nl,Jan "Sjon" de Wit\n'))[0].name == 'Jan "Sjon" de Wit'


def test_a_stray_pair_of_quotation_marks_swallows_no_readers_in_silence(tmp_path: Path) -> None:
    content = b'email,plaats\na@example.nl,"Dorp\nb@example.nl,B\nc@example.nl,Dorp"\nd@example.nl,D\n'
    with opened(written(tmp_path, content)) as reading:
        found = [(one.line, type(one)) for one in reading]
    assert found == [(2, Reject), (3, Reject), (4, Reject), (5, Row)]


def test_an_address_quoted_in_a_note_is_no_reader(tmp_path: Path) -> None:
    content = b'email,opmerking\na@example.nl,"ook genoemd:\nb@example.nl, zijn vrouw\neinde"\nc@example.nl,\n'
    with opened(written(tmp_path, content)) as reading:
        found = list(reading)
    assert [(one.line, type(one)) for one in found] == [(2, Reject), (3, Reject), (4, Reject), (5, Row)]
    assert isinstance(found[1], Reject)
    assert "quoted in the text of line 2" in found[1].reason


def test_of_a_line_between_stray_quotation_marks_the_opt_out_counts(tmp_path: Path) -> None:
    content = b'email,plaats,status\na@example.nl,"Dorp,\nb@example.nl,B,left\nc@example.nl,Dorp",\n'
    with opened(written(tmp_path, content)) as reading:
        (row,) = (one for one in reading if isinstance(one, Row))
    assert (row.address, row.status) == ("b@example.nl", "left")


def test_a_line_for_excel_about_the_separator_is_passed_over(tmp_path: Path) -> None:
    (row,) = rows(written(tmp_path, b"sep=;\nE-mail;Naam\nx@example.nl;Wit, Anna\n"))
    assert (row.line, row.name) == (3, "Wit, Anna")


def test_a_name_with_a_character_that_could_not_be_read_is_refused(tmp_path: Path) -> None:
    with opened(written(tmp_path, "email,name\nx@example.nl,Zo\ufffd\n".encode())) as reading:
        (reject,) = reading
    assert isinstance(reject, Reject)
    assert "could not be read" in reject.reason


def test_json_lines_are_read_by_their_names(tmp_path: Path) -> None:
    content = (
        '{"email": "x@example.nl", "name": "Anna", "tags": ["zuid", "oost, west"], "status": null}\n'
        "\n"
        '{"name": "Bram", "city": "Zuiderwold", "children": 2, "member": true, "email": "y@example.nl", "extra": {}}\n'
    )
    file = written(tmp_path, content.encode(), "lezers.jsonl")
    first, second = rows(file, {"city": "text", "children": "number", "member": "boolean"})
    assert (first.line, first.name, first.tags, first.status) == (1, "Anna", ("oost, west", "zuid"), None)
    assert (second.line, second.fields) == (3, {"city": "Zuiderwold", "children": 2, "member": True})
    with opened(file) as reading:
        assert reading.columns["extra"] == "ignored"


def test_a_json_list_is_refused_with_the_way_to_make_lines_of_it(tmp_path: Path) -> None:
    with (
        pytest.raises(ContentError, match="is one JSON list") as caught,
        opened(written(tmp_path, b'[\n{"email": 1}]')),
    ):
        pass
    assert "jq" in caught.value.hint


def test_a_spreadsheet_gives_its_first_sheet_with_addresses(tmp_path: Path) -> None:
    file = write_workbook(
        tmp_path / "lezers.xlsx",
        Uitleg=sheet([["Lees mij"]]),
        Lezers=sheet([["E-mail", "Naam", "kinderen", "lid"], ["x@example.nl", "Anna & Bram", 2.0, True]]),
    )
    (row,) = rows(file, {"kinderen": "number", "lid": "boolean"})
    assert (row.line, row.name, row.fields) == (2, "Anna & Bram", {"kinderen": 2, "lid": True})


@pytest.mark.parametrize("value", ["2024-03-12", "2024-03-12T10:11:12"])
def test_a_date_in_a_spreadsheet_is_that_day(tmp_path: Path, value: str) -> None:
    cells = f'<c r="A2" t="inlineStr"><is><t>x@example.nl</t></is></c><c r="B2" t="d"><v>{value}</v></c>'
    file = write_workbook(tmp_path / "l.xlsx", Lezers=sheet([["email", "joined"]]) + f'<row r="2">{cells}</row>')
    assert rows(file)[0].joined == date(2024, 3, 12)


def test_empty_rows_of_a_spreadsheet_are_counted_and_passed_over(tmp_path: Path) -> None:
    table = [[""], ["email", "naam"], ["", ""], ["x@example.nl", ""], ["nee", ""]]
    file = write_workbook(tmp_path / "lezers.xlsx", Lezers=sheet(table))
    with opened(file) as reading:
        assert [(one.line, type(one)) for one in reading] == [(4, Row), (5, Reject)]


def test_a_second_sheet_with_addresses_is_not_passed_over(tmp_path: Path) -> None:
    readers = sheet([["email", "naam"], ["x@example.nl", "X"], ["y@example.nl", "Y"]])
    for gone in ([["email", "afgemeld op"], ["y@example.nl", "2024-01-01"]], [["y@example.nl"]]):
        file = write_workbook(tmp_path / "leden.xlsx", Leden=readers, Afgemeld=sheet(gone))
        with pytest.raises(ContentError, match="“Leden” and “Afgemeld”"), opened(file):
            pass


def test_a_sheet_without_addresses_is_named(tmp_path: Path) -> None:
    file = write_workbook(tmp_path / "l.xlsx", Uitleg=sheet([["Lees mij"]]), Leden=sheet([["email"], ["x@example.nl"]]))
    with opened(file) as reading:
        assert len(list(reading)) == 1
        assert reading.notes == ("Not read in it: Uitleg.",)


def test_a_hidden_sheet_is_named_too(tmp_path: Path) -> None:
    gone = sheet([["email", "afgemeld op"], ["y@example.nl", "2024-01-01"]])
    file = write_workbook(
        tmp_path / "leden.xlsx", **{'Weg" state="hidden': gone, "Leden": sheet([["email"], ["x@example.nl"]])}
    )
    with opened(file) as reading:
        assert [row.address for row in reading if isinstance(row, Row)] == ["x@example.nl"]
        assert reading.notes == ("Not read in it: Weg (hidden).",)


cells = st.one_of(
    st.sampled_from(["x@example.nl", "y@bücher.example", "nee", "", " ", "=1+1", "Wit, Anna", "a|b", '"', "1"]),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029\ufffe\uffff"), max_size=8
    ),
)
tables = st.lists(st.tuples(cells, cells, cells), max_size=12)


@given(table=tables, kind=st.sampled_from(["csv", "jsonl", "xlsx"]))
def test_rows_and_rejects_are_the_records(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, str]], kind: str
) -> None:
    file = tmp_path_factory.mktemp("lijst") / f"lezers.{kind}"
    names = ("email", "name", "tags")
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([names, *table])
        file.write_text(out.getvalue(), "utf-8", newline="")
    elif kind == "jsonl":
        file.write_text(
            "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in [names, *table]), "utf-8"
        )
    else:
        write_workbook(file, Lezers=sheet([names, *table]))
    with opened(file) as reading:
        found = list(reading)
    first = 1 if kind == "jsonl" else 2
    records = [number for number, row in enumerate(table, 2) if any(cell.strip() for cell in row)]
    assert [one.line for one in found if one.line >= 2] == records
    assert len(found) == len(records) + (first == 1)


@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("lijst") / "lezers.csv"
    file.write_bytes(b"email,name\n" + content)
    with opened(file) as reading:
        for one in reading:
            assert isinstance(one, Row) or one.reason
            assert "".join(one.cells if isinstance(one, Reject) else (one.address, one.name or "")).encode()
