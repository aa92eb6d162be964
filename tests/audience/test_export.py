"""Subscribers as lines of CSV and JSON: an import of them gives the same list, and a spreadsheet calculates nothing."""

import csv
import io
import json
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from listed import everyone, one, put
from moving import NOW, Moving

from newsletter.addresses import key
from newsletter.audience import export
from newsletter.audience.export import Spell, csv_lines, json_lines, spreadsheet_lines
from newsletter.errors import UsageError
from newsletter.model.subscriber import FieldType, Subscriber, Value
from newsletter.store import files, subscribers
from newsletter.store.database import Store
from newsletter.store.schema import subscribers as rows

FIELDS: Mapping[str, FieldType] = {
    "village": "text", "household": "number", "since": "date", "member": "boolean", "first_name": "text",
}  # fmt: skip
OWN = tuple(FIELDS)
JAN = one(
    "Jan@Example.org",
    name='Jan "de Pont" Visser',
    language="nl-BE",
    paused_until=date(2026, 12, 1),
    tags=("oost", "zuid"),
    fields={"household": 0.00001, "member": True, "since": date(2020, 2, 29), "village": "Heuveldam; oost"},
)


def spelt(people: Sequence[Subscriber], spell: Spell = csv_lines) -> list[str]:
    return list(spell(people, OWN))


# What stands in the lines


def test_csv_names_its_columns_and_spells_values_as_people_do() -> None:
    assert spelt([JAN, one("b@example.org", "bounced", joined=None)]) == [
        (
            "address,name,language,status,reason,joined,paused_until,tags,also_opted_out,"
            "village,household,since,member,first_name\n"
        ),
        (
            'Jan@Example.org,"Jan ""de Pont"" Visser",nl-BE,confirmed,,2024-03-12,2026-12-01,"oost, zuid",'
            ",Heuveldam; oost,0.00001,2020-02-29,true,\n"
        ),
        "b@example.org,,,suppressed,bounced,,,,,,,,,\n",
    ]


def test_json_lines_have_every_name_and_null_for_what_is_absent() -> None:
    (line,) = spelt([JAN], json_lines)
    assert json.loads(line) == {
        "address": "Jan@Example.org",
        "name": 'Jan "de Pont" Visser',
        "language": "nl-BE",
        "status": "confirmed",
        "reason": None,
        "joined": "2024-03-12",
        "paused_until": "2026-12-01",
        "tags": ["oost", "zuid"],
        "also_opted_out": [],
        "village": "Heuveldam; oost",
        "household": 0.00001,
        "since": "2020-02-29",
        "member": True,
        "first_name": None,
    }


def test_no_line_holds_an_id() -> None:
    for spell in (csv_lines, json_lines, spreadsheet_lines):
        assert JAN.id not in "".join(spelt([JAN], spell))


# Out and in again

texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12).filter(
    lambda text: text == text.strip()
) | st.sampled_from(
    ["=1+1", "+31 6", "-", "@jan", "'t Hart", "''", '"', 'a "b" c', "a;b", "a,b", "a|b", "[1]", "{}", "null", "ja", "0",
     "😀", "é e\u0301", "a\u00a0b", "\ufeffx", "\\n", "a\\", "#", "2026-01-01", "true", "jan@example.org"]
)  # fmt: skip
addresses = st.builds(
    "{}@{}".format,
    st.sampled_from(["jan", "Jan.DeWit", "=cmd", "+31", "-x", "o'connor", "{a}", "a|b", "x`y", "#1", "%2C"])
    | st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
    st.sampled_from(["example.org", "Heuvel.example.org", "zuiderzée.example.org", "xn--zuiderze-h1a.example.org"]),
)
numbers = (
    st.integers(-(10**15) + 1, 10**15 - 1)
    | st.integers(-(10**9), 10**9).map(lambda n: n / 1000)
    | st.sampled_from([0.00001, 1e-7, -1e-7, 99999999999999.5, 5.0])
)
own: Mapping[str, st.SearchStrategy[Value]] = {
    "village": texts.filter(bool),
    "household": numbers,
    "since": st.dates(),
    "member": st.booleans(),
    "first_name": texts.filter(bool),
}


@st.composite
def people(draw: st.DrawFn) -> Subscriber:
    """A reader as an import may bring him."""
    return one(
        draw(addresses),
        draw(st.sampled_from(["pending", "confirmed", "left", "complained", "bounced", "blocked"])),
        name=draw(texts),
        joined=draw(st.dates()),
        language=draw(st.none() | st.sampled_from(["nl", "nl-BE", "en", "zh-Hans"])),
        paused_until=draw(st.none() | st.dates()),
        tags=tuple(sorted(draw(st.sets(texts.filter(bool), max_size=3)))),
        fields=draw(st.fixed_dictionaries({}, optional=dict(own))),
    )


lists = st.lists(people(), min_size=1, max_size=6, unique_by=lambda one: key(one.address))


@pytest.mark.parametrize(("spell", "name"), [(csv_lines, "uit.csv"), (json_lines, "uit.jsonl")])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(list_=lists)
@example(list_=[JAN])
def test_an_import_of_an_export_gives_the_same_list(
    tmp_path: Path, store: Store, spell: Spell, name: str, list_: list[Subscriber]
) -> None:
    moving = Moving(tmp_path, store, FIELDS)
    put(store, *list_)
    before = everyone(store)
    clear(store)
    done = moving.bring("".join(spell(before, OWN)), name=name)
    assert done.origin == "newsletter"
    assert (done.new, done.rejected) == (len(before), 0)
    assert [replace(one, id="") for one in everyone(store)] == [replace(one, id="") for one in before]
    clear(store)


@pytest.mark.parametrize(("spell", "name"), [(csv_lines, "uit.csv"), (json_lines, "uit.jsonl")])
def test_every_way_of_opting_out_goes_out_and_comes_in_again(
    tmp_path: Path, store: Store, spell: Spell, name: str
) -> None:
    moving = Moving(tmp_path, store)
    moving.bring("email\nanna@example.org\nbram@example.org\n")
    for how in ("left", "bounced"):
        moving.opt_out("anna@example.org", how)
    for how in ("blocked", "complained"):
        moving.opt_out("bram@example.org", how)
    before = standings(store)
    with store.reading() as transaction:
        text = "".join(spell(export.chosen(transaction, None), ()))
    clear(store)
    moving.bring(text, name=name)
    assert standings(store) == before


def standings(store: Store) -> dict[str, tuple[str, bool, bool, bool]]:
    with store.reading() as transaction:
        return {
            known.key: (
                known.consent if known.consent == "left" else "not left",
                known.complained_at is not None,
                known.bounced_at is not None,
                known.blocked_at is not None,
            )
            for known in subscribers.every(transaction)
        }


def clear(store: Store) -> None:
    with store.writing() as transaction:
        transaction.execute(rows.delete())


def test_a_name_with_a_line_break_is_refused_on_the_way_in_and_costs_nobody_else(tmp_path: Path, store: Store) -> None:
    moving = Moving(tmp_path, store)
    done = moving.bring("".join(csv_lines([one("a@example.org", name="Jan\nPiet"), one("b@example.org")], ())))
    assert (done.new, done.rejected) == (1, 1)


# In a spreadsheet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+31 6 1234", "'+31 6 1234"),
        ("-2+3", "'-2+3"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("Jan;=1+1", "Jan;'=1+1"),
        ('Jan";=1+1', "Jan\";'=1+1"),
        ("Jan, -Piet", "Jan,' -Piet"),
        ("Anne-Marie = 1", "Anne-Marie = 1"),
        ("'t Hart", "'t Hart"),
    ],
)
def test_nothing_is_calculated(text: str, shown: str) -> None:
    _, line = spreadsheet_lines([one("a@example.org", name=text)], ())
    assert next(csv.reader([line]))[1] == shown


def test_the_address_is_defused_too_and_a_negative_number_stays_one() -> None:
    lines = spelt([one("=cmd@example.org", fields={"household": -3, "village": "-3+1"})], spreadsheet_lines)
    (row,) = csv.DictReader(io.StringIO("".join(lines).removeprefix("\ufeff")))
    assert (row["address"], row["household"], row["village"]) == ("'=cmd@example.org", "-3", "'-3+1")


@given(list_=st.lists(people(), max_size=3))
def test_whatever_a_spreadsheet_takes_for_a_separator_no_cell_begins_with_a_formula(list_: list[Subscriber]) -> None:
    text = "".join(spelt(list_, spreadsheet_lines))
    assert text.startswith("\ufeff")
    for separator in ",;\t":
        cells = (cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row)
        assert not [cell for cell in cells if cell.lstrip()[:1] in {*"=+@"}]


# Into a file


def written(store: Store, file: Path) -> None:
    export.write_file(store, file, export.of_many(csv_lines, (), None), at=NOW)


def test_a_file_is_its_owner_s_alone_and_is_remembered(store: Store, tmp_path: Path) -> None:
    put(store, one("b@example.org"), one("a@example.org", name="Zoë"))
    file = tmp_path / "uit.csv"
    written(store, file)
    assert file.read_text("utf-8") == "".join(csv_lines(everyone(store), ()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with store.reading() as transaction:
        assert files.every(transaction) == ((str(file.resolve()), "export"),)


def test_a_file_that_is_there_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "uit.csv"
    file.write_text("van mij", "utf-8")
    with pytest.raises(UsageError, match=r"uit\.csv is there already"):
        written(store, file)
    assert file.read_text("utf-8") == "van mij"
    with store.reading() as transaction:
        assert files.every(transaction) == ()


def test_of_somebody_who_is_not_there_no_file_is_made(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nobody on the list has the address"):
        export.write_file(store, tmp_path / "uit.json", export.of_one("a@example.org"), at=NOW)
    assert not (tmp_path / "uit.json").exists()


def test_more_readers_than_are_read_at_a_time_are_all_written_in_order(store: Store, tmp_path: Path) -> None:
    count = subscribers.AT_ONCE + 3
    put(store, *(one(f"{n:05}@example.org") for n in range(count)))
    written(store, tmp_path / "uit.csv")
    lines = (tmp_path / "uit.csv").read_text("utf-8").splitlines()[1:]
    assert [line[:5] for line in lines] == [f"{n:05}" for n in range(count)]
