"""`subscribers list`: a sample for people, everything for files and programs, and how many there are."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from commandline import Typed
from listed import one, put

from newsletter import workspace
from newsletter.store.database import Store

PEOPLE = (
    one("Zoe@example.nl", name="Zoë [red]", tags=("oost", "zuid"), fields={"village": "Heuveldam"}),
    one("anna@example.nl", paused_until=date(2026, 12, 5)),
    one("bram@example.nl", "bounced"),
    one("cees@example.nl", "left", tags=("zuid",)),
    one("dora@example.nl", "pending", joined=None),
)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace with a segment and an own field, and no list yet."""
    workspace.init(tmp_path, empty=True)
    file = tmp_path / "newsletter.toml"
    toml = file.read_text("utf-8").replace("[segments]", "[segments]\nsouth = \"tag('zuid')\"")
    file.write_text(toml.replace("[readers]", '[readers]\nfields = { village = "text" }'), "utf-8")
    return tmp_path


@pytest.fixture
def store(paper: Path, sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    """The workspace's list, with nobody on it."""
    sqlite_addresses().rename(paper / "newsletter.db")
    with closing(Store(paper / "newsletter.db")) as store:
        yield store


@pytest.fixture
def listed(paper: Path, typed_in: Typed) -> Typed:
    """``listed("--count")``: what the command ends with and says on stdout and stderr."""
    return partial(typed_in, paper, "subscribers", "list")


def test_everybody_is_shown_by_address_with_what_one_looks_for(listed: Typed, store: Store) -> None:
    put(store, *PEOPLE)
    code, out, said = listed()
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert rows == [
        "address status name joined tags",
        "anna@example.nl confirmed, paused until 2026-12-05 2024-03-12",
        "bram@example.nl bounced 2024-03-12",
        "cees@example.nl left 2024-03-12 zuid",
        "dora@example.nl pending",
        "Zoe@example.nl confirmed Zoë [red] 2024-03-12 oost, zuid",
    ]
    assert said == ""


def test_of_many_the_first_twenty_are_shown_and_how_many_there_are(listed: Typed, store: Store) -> None:
    put(store, *(one(f"{n:02}@example.nl") for n in range(23)))
    _, out, said = listed()
    assert [line[:2] for line in out.splitlines()[1:]] == [f"{n:02}" for n in range(20)]
    assert said.startswith("These are 20 of 23.")
    _, out, said = listed("--all")
    assert (len(out.splitlines()), said) == (24, "")


@pytest.mark.parametrize("where", ["south", "tag('zuid')"])
def test_a_segment_chooses_by_name_or_expression(listed: Typed, store: Store, where: str) -> None:
    put(store, *PEOPLE)
    _, out, _ = listed("--where", where)
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["cees@example.nl", "Zoe@example.nl"]


def test_counting_tells_every_status_and_the_sum(listed: Typed, store: Store) -> None:
    put(store, *PEOPLE, *(one(f"{n}@example.nl") for n in range(1200)))
    _, out, _ = listed("--count")
    assert [line.rstrip() for line in out.splitlines()] == [
        "pending        1",
        "confirmed  1,202",
        "left           1",
        "bounced        1",
        "in all     1,205",
    ]


def test_csv_is_the_whole_list_in_utf_8(listed: Typed, store: Store) -> None:
    put(store, *PEOPLE, *(one(f"{n}@example.nl") for n in range(30)))
    _, out, said = listed("--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (len(rows), said) == (35, "")
    (zoe,) = (row for row in rows if row["address"] == "Zoe@example.nl")
    assert (zoe["name"], zoe["tags"], zoe["village"]) == ("Zoë [red]", "oost, zuid", "Heuveldam")


def test_json_holds_the_counts_and_everything_of_whom_it_shows(listed: Typed, store: Store) -> None:
    put(store, *PEOPLE)
    data = json.loads(listed("--json", "--where", "south")[1])
    assert (data["count"], data["by_status"]) == (2, {"confirmed": 1, "left": 1})
    assert data["subscribers"][1] == {
        "id": PEOPLE[0].id,
        "address": "Zoe@example.nl",
        "name": "Zoë [red]",
        "joined": "2024-03-12",
        "language": None,
        "status": "confirmed",
        "reason": None,
        "paused_until": None,
        "source": "import",
        "tags": ["oost", "zuid"],
        "fields": {"village": "Heuveldam"},
    }
    assert data["subscribers"][0]["status"] == "left"


def test_json_of_a_count_names_nobody(listed: Typed, store: Store) -> None:
    put(store, *PEOPLE)
    assert json.loads(listed("--json", "--count")[1]) == {
        "count": 5,
        "by_status": {"confirmed": 2, "bounced": 1, "left": 1, "pending": 1},
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [((), "Nobody is on the list yet."), (("--where", "south"), "Nobody on the list is meant by that.")],
)
def test_nobody_is_a_sentence(listed: Typed, store: Store, options: tuple[str, ...], sentence: str) -> None:
    code, out, said = listed(*options)
    assert (code, out, said.splitlines()[0].startswith(sentence)) == (0, "", True)


# Mistakes


def test_without_a_list_it_is_said_how_to_get_one_and_none_is_made(listed: Typed, paper: Path) -> None:
    code, _, said = listed()
    assert (code, "newsletter subscribers import FILE" in said) == (5, True)
    assert not (paper / "newsletter.db").exists()


def test_a_mistake_in_an_expression_is_shown_at_its_column(listed: Typed, store: Store) -> None:
    code, _, said = listed("--where", "joined > 'gisteren'")
    assert code == 2
    assert said.splitlines()[0].startswith("Column 10:")
    assert said.splitlines()[2].index("^") == said.splitlines()[1].index("'gisteren'")


def test_csv_and_another_form_at_once_are_refused(listed: Typed, store: Store) -> None:
    assert listed("--csv", "--json")[0] == listed("--csv", "--count")[0] == 2
