"""A list of readers as newspapers have it: any spreadsheet's CSV, every line accounted for."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.addresses import key
from newsletter.audience.files import ReaderList, read_list
from newsletter.errors import ContentError

Read = Callable[[str | bytes], ReaderList]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """``read("email\\nx@example.nl")``: write the text to a file and read it."""

    def read(content: str | bytes) -> ReaderList:
        file = tmp_path / "lezers.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_list(file)

    return read


def addresses(readers: ReaderList) -> list[str]:
    return [subscriber.address for subscriber in readers.subscribers]


def test_name_address_and_day_are_read(read: Read) -> None:
    (reader,) = read("email,name,joined\np@example.nl,P. van Dam,2023-03-12\n").subscribers
    assert (reader.address, reader.name, reader.joined) == ("p@example.nl", "P. van Dam", date(2023, 3, 12))
    assert len(reader.id) == 32


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_spreadsheets_csv_is_read(read: Read, separator: str, ending: str, encoding: str) -> None:
    lines = [["Naam", "E-mailadres"], ["Zoë Çelik", "z@example.nl"], ["", "x@example.nl"]]
    content = "".join(separator.join(line) + ending for line in lines)
    assert [(r.name, r.address) for r in read(content.encode(encoding)).subscribers] == [
        ("Zoë Çelik", "z@example.nl"),
        ("", "x@example.nl"),
    ]


@pytest.mark.parametrize("column", ["email", "E-mail", " EMAIL ", "e-mailadres", "Adres", "Email Address"])
def test_the_column_of_addresses_has_many_names(read: Read, column: str) -> None:
    assert addresses(read(f"id,{column}\n1,x@example.nl\n")) == ["x@example.nl"]


def test_a_list_of_addresses_alone_needs_no_separator(read: Read) -> None:
    assert addresses(read("email\nx@example.nl\ny@example.nl")) == ["x@example.nl", "y@example.nl"]


def test_a_line_break_inside_quotes_is_part_of_the_value_and_lines_are_counted_in_the_file(read: Read) -> None:
    readers = read('straat,email\n"Dorpsweg 1\nKromwaarde",a@example.nl\nX,nee\n')
    assert addresses(readers) == ["a@example.nl"]
    assert [(reject.line, reject.address) for reject in readers.rejects] == [(4, "nee")]


@pytest.mark.parametrize("name", ['"Anna\nde Wit"', "Anna\x07"])
def test_a_name_that_no_header_can_hold_is_rejected(read: Read, name: str) -> None:
    (reject,) = read(f"email,name\na@example.nl,{name}\n").rejects
    assert (reject.line, reject.kind) == (2, "invalid")
    assert "control character" in reject.reason


def test_two_spellings_of_one_address_are_double(read: Read) -> None:
    readers = read("email\np@bücher.example\nP@xn--bcher-kva.Example\n")
    assert len(readers.subscribers) == 1
    (reject,) = readers.rejects
    assert (reject.line, reject.kind, reject.reason) == (3, "double", "It stands on line 2 already.")


def test_different_addresses_are_not_double(read: Read) -> None:
    assert len(read("email\np@example.nl\np+brief@example.nl\n").subscribers) == 2


@pytest.mark.parametrize(
    "address",
    ["nee", "", "x@", "@example.nl", "x@example", "a b@example.nl", "x@example..nl", "jörg@example.nl", "x@y@z.nl"],
)
def test_what_is_no_address_is_rejected_with_its_line_and_a_reason(read: Read, address: str) -> None:
    (reject,) = read(f"name,email\nX,{address}\n").rejects
    assert (reject.line, reject.address, reject.kind) == (2, address, "invalid")
    assert reject.reason.endswith(".")


def test_a_day_that_is_none_is_rejected_and_says_how_to_write_it(read: Read) -> None:
    (reject,) = read("email,joined\nx@example.nl,2023-02-30\n").rejects
    assert reject.reason == "“2023-02-30” is no date; write 2026-10-03."


def test_a_line_whose_day_is_none_does_not_make_a_later_one_double(read: Read) -> None:
    readers = read("email,joined\nx@example.nl,morgen\nx@example.nl,2023-03-12\n")
    assert addresses(readers) == ["x@example.nl"]
    assert [reject.kind for reject in readers.rejects] == ["invalid"]


def test_a_line_may_leave_out_what_is_empty_at_its_end(read: Read) -> None:
    assert addresses(read("email,name\nx@example.nl\ny@example.nl,Y,,\n")) == ["x@example.nl", "y@example.nl"]


def test_a_line_with_more_values_than_columns_is_rejected_with_all_it_says(read: Read) -> None:
    (reject,) = read("email,name\nx@example.nl,Wit, Anna de\n").rejects
    assert reject.reason == "The line has 3 values for 2 columns; put quotes around one that holds a separator."
    assert reject.cells == ("x@example.nl", "Wit", " Anna de")


def test_of_a_single_column_it_is_said_in_the_singular(read: Read) -> None:
    (reject,) = read("email\nx@example.nl,Wit\n").rejects
    assert reject.reason.startswith("The line has 2 values for 1 column; ")


def test_an_address_behind_a_name_is_rejected_with_what_to_do(read: Read) -> None:
    (reject,) = read("email\nTom Smit <tom@example.nl>\n").rejects
    assert reject.reason == (
        "The address stands in <…> behind something else; put it alone here, and a name into a column of its own."
    )


def test_empty_lines_are_passed_over(read: Read) -> None:
    readers = read("email,name\n\nx@example.nl\n,\n\ny@example.nl\n , \n")
    assert addresses(readers) == ["x@example.nl", "y@example.nl"]
    assert readers.rejects == ()


def test_a_list_of_names_alone_is_empty(read: Read) -> None:
    assert read("email,name\n") == ReaderList(subscribers=(), rejects=())


@pytest.mark.parametrize("content", ["", "\n", "naam;telefoon\nX;1\n"])
def test_without_a_column_of_addresses_the_error_says_how_to_name_it(read: Read, content: str) -> None:
    with pytest.raises(ContentError, match=r"lezers\.csv:1: no column of addresses") as caught:
        read(content)
    assert "“email”" in caught.value.hint


def test_a_first_line_that_is_a_reader_is_not_lost_in_silence(read: Read) -> None:
    with pytest.raises(ContentError, match=r"lezers\.csv:1: the first line is a reader") as caught:
        read("x@example.nl;X\ny@example.nl;Y\n")
    assert "names the columns" in caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_mark(read: Read, encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    readers = read(f"{mark}email;name\nz@example.nl;Zoë\n".encode(encoding))
    assert [(r.address, r.name) for r in readers.subscribers] == [("z@example.nl", "Zoë")]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"weg\.csv cannot be read"):
        read_list(tmp_path / "weg.csv")


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(read: Read) -> None:
    readers = read('email,name\nx@example.nl,X\ny@example.nl,"Y\nz@example.nl,Z\n')
    assert addresses(readers) == ["x@example.nl", "z@example.nl"]
    (reject,) = readers.rejects
    assert (reject.line, reject.cells) == (3, ('y@example.nl,"Y',))
    assert "quotation mark opens on this line" in reject.reason


def test_the_same_address_has_the_same_id_in_every_list(read: Read) -> None:
    one = read("email\nx@example.nl\n").subscribers[0]
    other = read("name,email\nX,y@example.nl\nX,X@EXAMPLE.nl\n").subscribers[1]
    assert one.id == other.id


cells = st.one_of(
    st.sampled_from(
        ["x@example.nl", "X@example.nl", "y@bücher.example", "nee", "", "a,b", 'a"b', "a\nb", " ", "ß@x.nl"]
    ),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=12),
)


@given(rows=st.lists(st.tuples(cells, cells), max_size=12), separator=st.sampled_from(",;\t"))
def test_subscribers_and_rejects_are_the_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], separator: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([("email", "name"), *rows])
    file = tmp_path_factory.mktemp("lijst") / "lezers.csv"
    file.write_text(out.getvalue(), "utf-8", newline="")
    readers = read_list(file)
    assert len(readers.subscribers) + len(readers.rejects) == sum(any(cell.strip() for cell in row) for row in rows)
    keys = [key(subscriber.address) for subscriber in readers.subscribers]
    assert len(keys) == len(set(keys))
    assert len({subscriber.id for subscriber in readers.subscribers}) == len(keys)
