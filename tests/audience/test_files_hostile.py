"""Hostile lists, one of each class: the good lines are read, the bad ones named, and memory stays flat."""

import json
import os
import struct
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from reading_lists import LISTS, opened, sheet, write_workbook, write_zip

from newsletter.audience.files import Reject, Row
from newsletter.audience.reading.tables import MOST_COLUMNS
from newsletter.errors import ContentError

GOOD = "goed@example.nl"
MEGABYTE = 1 << 20
Make = Callable[[Path], object]


def text(content: str | bytes) -> Make:
    return lambda file: file.write_bytes(content.encode() if isinstance(content, str) else content)


def names_that_differ(count: int) -> str:
    return "".join(json.dumps({f"k{number}": number}) + "\n" for number in range(count))


READ_ON = {
    "null bytes": (text(f"email,name\nx@example.nl,A\0B\n{GOOD},\n"), "The name holds a line break or another control"),
    "null bytes in an address": (text(f"email,name\nx\0@example.nl,\n{GOOD},\n"), "invalid characters before the @"),
    "header injection": (
        text(f'email,name\nx@example.nl,"Anna\r\nBcc: allen@example.nl"\n{GOOD},\n'),
        "The name holds a line break or another control",
    ),
    "header injection in an address": (text(f'email,name\n"x@example.nl\nBcc: y",\n{GOOD},\n'), "invalid character"),
    "look-alike domain": (text(f"email,name\nx@exаmple.nl,\n{GOOD},\n"), "mixes letters of different alphabets"),
    "mixed encodings": (text(b"email,name\nx@example.nl,\xc3\x28\x81\n" + f"{GOOD},\n".encode()), "neither in UTF-8"),
    "quotes that never close": (text(f'email,name\nx@example.nl,"Anna\n{GOOD},\n'), "A quotation mark opens on this"),
    "quotes that never close, and many lines after them": (
        text(f'email,name\nx@example.nl,"Anna\n{GOOD},\n' + "\n" * 100_000),
        "A quotation mark opens on this",
    ),
    "a long line": (text(f"email,name\nx@example.nl,{'x' * MEGABYTE}\n{GOOD},\n"), "has more than 65,536 characters."),
    "10,000 values in a line": (text(f"email,name\nx@example.nl{',x' * 10_000}\n{GOOD},\n"), "10,001 values for 2"),
    "a nested JSON bomb": (
        text('{"email": ' + "[" * 30_000 + "\n" + json.dumps({"email": GOOD}) + "\n"),
        "The line is no JSON object",
    ),
    "half a character in JSON": (
        text('{"email": "x@example.nl", "name": "\\ud800"}\n' + json.dumps({"email": GOOD}) + "\n"),
        "The line is no JSON object",
    ),
    "an endless number in JSON": (
        text('{"email": ' + "9" * 5000 + "}\n" + json.dumps({"email": GOOD}) + "\n"),
        "The line is no JSON object",
    ),
    "a status that would be consent": (text(f"email,status\nx@example.nl,OK\n{GOOD},\n"), "is no status that is known"),
    "a very long address": (text(f"email,name\n{'x' * 60_000}@example.nl,\n{GOOD},\n"), "has 60,011 characters"),
}


@pytest.mark.parametrize("kind", READ_ON)
def test_a_hostile_line_is_rejected_with_its_reason_and_the_next_one_read(tmp_path: Path, kind: str) -> None:
    make, reason = READ_ON[kind]
    make(tmp_path / "lezers.csv")
    tracemalloc.start()
    with opened(tmp_path / "lezers.csv") as reading:
        reject, row = reading
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(reject, Reject)
    assert reason in reject.reason
    assert isinstance(row, Row)
    assert row.address == GOOD
    assert peak < 8 * MEGABYTE


def test_a_line_of_a_gigabyte_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "lezers.csv"
    with file.open("wb") as out:
        out.write(b"email,name\n")
        out.seek(1 << 30, os.SEEK_CUR)
        out.write(f"\n{GOOD},\n".encode())
    before = getrusage(RUSAGE_SELF).ru_maxrss
    with opened(file) as reading:
        reject, row = reading
    assert isinstance(reject, Reject)
    assert reject.reason == "The line has more than 65,536 characters."
    assert (row.line, row.address) == (3, GOOD)
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_a_formula_is_a_name_like_any_other(tmp_path: Path) -> None:
    text("email,name\nx@example.nl,\"=cmd|' /C calc'!A0\"\n")(tmp_path / "lezers.csv")
    with opened(tmp_path / "lezers.csv") as reading:
        assert [one.name for one in reading if isinstance(one, Row)] == ["=cmd|' /C calc'!A0"]


def zip_bomb(file: Path) -> None:
    write_zip(file, {"subscribed_x.csv": b"email\n" + b"\n" * (64 * MEGABYTE)})


def zip_that_lies(file: Path) -> None:
    """A zip whose directory says that its list has ten bytes."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("lijst.csv", "email\n" + "x@example.nl\n" * 100_000)
        size = archive.infolist()[0].file_size
    file.write_bytes(file.read_bytes().replace(struct.pack("<L", size), struct.pack("<L", 10)))


def locked(file: Path) -> None:
    write_zip(file, {"lijst.csv": "email\n"})
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)


def torn(file: Path) -> None:
    content = bytearray(write_zip(file, {"lijst.csv": (LISTS / "ghost.csv").read_bytes()}).read_bytes())
    content[60:70] = b"\xff" * 10
    file.write_bytes(content)


def two_of_a_name(file: Path) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "email\n")
        archive.writestr("b.csv", "email\n")
    file.write_bytes(packed.getvalue().replace(b"b.csv", b"a.csv"))


def corners(file: Path) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    write_workbook(file, Lezers=cells)


def cells_without_a_place(file: Path) -> None:
    write_workbook(file, Lezers="<row><c/></row>" * 200_000 + "<row>" + "<c/>" * 16_000 + "</row>")


def workbook_bomb(file: Path) -> None:
    write_workbook(file, Lezers=sheet([["email"]]) + " " * (64 * MEGABYTE))


REFUSED: dict[str, tuple[Make, str]] = {
    "a zip bomb": (zip_bomb, "unpacks to 1 files of 64 MB; no list of readers does"),
    "a zip that lies about its size": (zip_that_lies, "is damaged"),
    "a zip with a password": (locked, "is locked with a password"),
    "a damaged zip": (torn, "is damaged"),
    "a zip cut off": (text(b"PK\x03\x04"), "is damaged"),
    "a zip with two files of one name": (two_of_a_name, "is damaged"),
    "an empty zip": (lambda file: write_zip(file, {}), "holds no list of readers"),
    "a spreadsheet of two far cells": (corners, "has a sheet of 1,048,576 rows and 16,384 columns"),
    "a spreadsheet whose cells have no place": (cells_without_a_place, "which is too large"),
    "a spreadsheet bomb": (workbook_bomb, "no list of readers does"),
    "a spreadsheet with nothing in it": (
        lambda file: write_zip(file, {"xl/workbook.xml": "<workbook/>"}),
        "is damaged|no column of addresses",
    ),
    "an old spreadsheet": (text(b"\xd0\xcf\x11\xe0" + b"\0" * 99), "is a spreadsheet of an old kind"),
    "an OpenDocument": (lambda file: write_zip(file, {"META-INF/manifest.xml": ""}), "is a document of another kind"),
    "a picture": (text(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "no column of addresses|is no text"),
    "a PDF": (text(b"%PDF-1.7\n"), "is a PDF"),
    "a program": (text(b"\x7fELF\x02\x01\x01\0\0\0"), "is no text"),
    "an empty file": (text(""), "no column of addresses; it has: nothing"),
    "a first line that is too long": (text("x" * 70_000), "lezers.csv:1: The line has more than 65,536 characters"),
    "10,000 columns": (text("email" + ",x" * 10_000), f"a list has {MOST_COLUMNS:,} columns at most"),
    "JSON with ever other names": (text(names_that_differ(MOST_COLUMNS + 1)), "columns at most"),
    "a folder": (lambda file: file.mkdir(), "is a folder"),
    "a pipe": (os.mkfifo, "is no ordinary file"),
    "no file": (lambda _: None, "cannot be read: No such file"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_hostile_file_is_refused_in_a_sentence_that_names_it(tmp_path: Path, kind: str) -> None:
    make, said = REFUSED[kind]
    file = tmp_path / "lezers.csv"
    make(file)
    tracemalloc.start()
    with pytest.raises(ContentError, match=said) as caught, opened(file) as reading:
        list(reading)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "lezers.csv" in caught.value.sentence or "lezers.csv" in str(caught.value)
    assert caught.value.hint
    assert peak < 24 * MEGABYTE


def test_memory_does_not_grow_with_a_list(tmp_path: Path) -> None:
    peaks = []
    for count in (2_000, 20_000):
        file = tmp_path / f"{count}.csv"
        file.write_text("email,joined\n" + "".join(f"r{n}@example.nl,2024-03-{n % 28 + 1:02}\n" for n in range(count)))
        tracemalloc.start()
        with opened(file) as reading:
            assert sum(isinstance(one, Row) for one in reading) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000
