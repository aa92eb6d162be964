"""`subscribers export`: a list for programs and spreadsheets, and all that is known of one reader."""

import csv
import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from commandline import Typed
from listed import SINCE, one, put

from newsletter import workspace
from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.store import files
from newsletter.store.database import Store

PEOPLE = (
    one("zoe@example.nl", name="Zoë", tags=("zuid",), fields={"village": "=1+1"}),
    one("bram@example.nl", "bounced"),
    one("cees@example.nl", "left", tags=("zuid",)),
)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace with an own field."""
    workspace.init(tmp_path, empty=True)
    file = tmp_path / "newsletter.toml"
    toml = file.read_text("utf-8").replace("[readers]", '[readers]\nfields = { village = "text" }')
    file.write_text(toml, "utf-8")
    return tmp_path


@pytest.fixture
def store(paper: Path, sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    """The workspace's list of three."""
    sqlite_addresses().rename(paper / "newsletter.db")
    with closing(Store(paper / "newsletter.db")) as store:
        put(store, *PEOPLE)
        yield store


@pytest.fixture
def exported(paper: Path, store: Store, typed_in: Typed) -> Typed:
    """``exported("--format", "jsonl")``: what the command ends with and says on stdout and stderr."""
    return partial(typed_in, paper, "subscribers", "export")


def test_csv_is_printed_with_everybody_whatever_his_status(exported: Typed) -> None:
    code, out, said = exported()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, said) == (0, "")
    assert [(row["address"], row["status"], row["reason"]) for row in rows] == [
        ("bram@example.nl", "suppressed", "bounced"),
        ("cees@example.nl", "left", ""),
        ("zoe@example.nl", "confirmed", ""),
    ]
    assert rows[2]["village"] == "=1+1"


def test_json_lines_are_an_object_a_line(exported: Typed) -> None:
    _, out, _ = exported("--format", "jsonl", "--where", "tag('zuid')")
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["", "Zoë"]


def test_for_a_spreadsheet_it_says_that_it_is_utf_8_and_calculates_nothing(exported: Typed) -> None:
    _, out, _ = exported("--for-spreadsheet")
    assert out.startswith("\ufeffaddress,")
    assert "'=1+1" in out


def test_what_is_printed_is_utf_8_whatever_the_terminal_reads(paper: Path, store: Store) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "newsletter", "subscribers", "export"],
        cwd=paper,
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert "zoe@example.nl,Zoë" in done.stdout.decode("utf-8")


def test_a_file_is_written_for_its_owner_and_remembered(exported: Typed, paper: Path, store: Store) -> None:
    code, out, said = exported("--output", "uit.csv", "--where", "tag('zuid')")
    assert (code, out) == (0, "")
    assert said == "uit.csv is written; only you may read it.\n"
    file = paper / "uit.csv"
    assert len(file.read_text("utf-8").splitlines()) == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with store.reading() as transaction:
        assert files.every(transaction) == ((str(file.resolve()), "export"),)


def test_a_file_that_is_there_stays_as_it_is(exported: Typed, paper: Path) -> None:
    (paper / "uit.csv").write_text("van mij", "utf-8")
    code, _, said = exported("--output", "uit.csv")
    assert (code, said.splitlines()[0]) == (2, "uit.csv is there already, and nothing is overwritten.")
    assert (paper / "uit.csv").read_text("utf-8") == "van mij"


def test_everything_of_one_reader_is_what_the_store_knows_of_him_and_of_nobody_else(
    exported: Typed, store: Store
) -> None:
    told = Occasion(at=SINCE, zone=ZoneInfo("Europe/Amsterdam"), source="one-click", origin="192.0.2.7")
    with store.writing() as transaction:
        consent.leave(transaction, PEOPLE[0].id, told)
    code, out, said = exported("Zoe@Example.nl", "--everything")
    data = json.loads(out)
    assert (code, said) == (0, "")
    assert data["subscriber"]["fields"] == {"village": "=1+1"}
    assert [(record["what"], record["origin"]) for record in data["records"]] == [("left", "192.0.2.7")]
    assert "bram@example.nl" not in out


def test_everything_of_one_reader_may_go_into_a_file_that_is_remembered(
    exported: Typed, paper: Path, store: Store
) -> None:
    assert exported("zoe@example.nl", "--everything", "--output", "zoe.json")[0] == 0
    assert json.loads((paper / "zoe.json").read_text("utf-8"))["subscriber"]["name"] == "Zoë"
    with store.reading() as transaction:
        assert files.every(transaction) == ((str((paper / "zoe.json").resolve()), "export"),)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("zoe@example.nl",), "--everything and ADDRESS belong together."),
        (("--everything",), "--everything and ADDRESS belong together."),
        (("zoe@example.nl", "--everything", "--where", "tag('zuid')"), "--where chooses among all"),
        (("weg@example.nl", "--everything"), "Nobody on the list has the address weg@example.nl."),
    ],
)
def test_half_a_question_is_refused(exported: Typed, options: tuple[str, ...], sentence: str) -> None:
    code, out, said = exported(*options)
    assert (code, out) == (2, "")
    assert said.startswith(sentence)


def test_json_is_no_spreadsheet(exported: Typed) -> None:
    code, _, said = exported("--format", "jsonl", "--for-spreadsheet")
    assert (code, said.splitlines()[0]) == (2, "A spreadsheet reads CSV.")
