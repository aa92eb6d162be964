"""Moving a list in: what would happen, what happens, and by what right."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from databases import Fresh
from moving import CONSENT, KEY, NOW, ZONE, Moving

from newsletter.audience import consent, erasure
from newsletter.audience.occasion import Occasion
from newsletter.audience.transfer import Manner
from newsletter.errors import ConfigError, ContentError
from newsletter.store import consents, files, imports, notices, subscribers
from newsletter.store.database import Store

OPERATOR = Occasion(at=NOW, zone=ZONE, source="operator", text=CONSENT, note="op verzoek")
READER = Occasion(at=NOW, zone=ZONE, source="one-click")


@pytest.fixture
def moving(tmp_path: Path, store: Store) -> Moving:
    return Moving(tmp_path, store, {"city": "text", "children": "number", "member": "boolean", "since": "date"})


def identity(moving: Moving, key: str) -> str:
    return moving.everyone()[key].id


def test_new_readers_are_confirmed_on_the_ground_that_was_given(moving: Moving) -> None:
    done = moving.bring('email,name,joined,tags,city\nAnna@Example.nl,Anna Wit,2024-03-12,"zuid, oost",Zwolle\n')
    (anna,) = moving.everyone().values()
    assert (anna.address, anna.name, anna.status, anna.source) == ("Anna@Example.nl", "Anna Wit", "confirmed", "import")
    assert (anna.joined, anna.tags, anna.fields) == (date(2024, 3, 12), ("oost", "zuid"), {"city": "Zwolle"})
    with moving.store.reading() as transaction:
        (record,) = consents.of(transaction, anna.id)
    assert (record.what, record.source, record.text) == ("imported", "import", CONSENT)
    assert (record.number, record.file, record.line, record.at) == (done.number, "lezers.csv", 2, NOW)


def test_who_has_no_day_of_joining_joins_on_the_day_of_the_import(moving: Moving) -> None:
    moving.bring("email\nanna@example.nl\n")
    assert moving.everyone()["anna@example.nl"].joined == date(2026, 11, 24)


def test_a_double_stands_in_the_refused_lines_under_the_column_of_addresses(moving: Moving) -> None:
    moving.bring("naam,email\nAnna,anna@example.nl\nAnna,anna@example.nl\n")
    header, double = (moving.folder / "lezers.csv.rejected.csv").read_text("utf-8").splitlines()
    assert (header, double) == ("line,reason,naam,email", "3,It stands on line 2 already.,,anna@example.nl")


def test_refused_lines_that_cannot_be_written_down_are_told_of_in_a_sentence(moving: Moving) -> None:
    with pytest.raises(ContentError, match="The refused lines cannot be written to") as refused:
        moving.survey("email\nanna@example.nl\ngeen adres\n", name="a" * 245 + ".csv")
    assert "under a short name" in refused.value.hint


def test_who_had_left_does_not_join_on_the_day_of_the_import(moving: Moving) -> None:
    moving.bring("email,status,left,bounced\nanna@example.nl,,2025-03-04,\nbram@example.nl,,,yes\n")
    assert {one.joined for one in moving.everyone().values()} == {None}


def test_with_double_opt_in_new_readers_are_asked_and_not_confirmed(moving: Moving) -> None:
    moving.bring("email\nanna@example.nl\nbram@example.nl\n", Manner(double_opt_in=True))
    assert {one.status for one in moving.everyone().values()} == {"pending"}
    with moving.store.reading() as transaction:
        assert notices.counts(transaction)["waiting"] == 2
        (record,) = consents.of(transaction, identity(moving, "anna@example.nl"))
    assert record.text is None
    with moving.store.writing() as transaction:
        confirmed = consent.confirm(transaction, record.id, Occasion(at=NOW, zone=ZONE, source="form"), key=None)
    assert confirmed.status == "confirmed"


def test_a_survey_says_how_many_would_become_readers_without_a_ground(moving: Moving) -> None:
    text = "email,status\nanna@example.nl,confirmed\nbram@example.nl,\nclaar@example.nl,left\n"
    assert moving.survey(text, Manner()).unwarranted == 2
    assert moving.survey(text, Manner(double_opt_in=True)).unwarranted == 0


def test_a_survey_changes_nothing(moving: Moving) -> None:
    moving.survey("email\nanna@example.nl\n")
    assert moving.everyone() == {}


def test_what_changes_is_told_column_by_column(moving: Moving) -> None:
    moving.bring("email,name,city\nanna@example.nl,Anna,Zwolle\nbram@example.nl,Bram,Urk\n")
    survey = moving.survey("email,name,city,tags\nanna@example.nl,Anna Wit,Zwolle,zuid\nBRAM@example.nl,Bram,Urk,\n")
    assert (survey.changes, survey.unchanged, dict(survey.changed)) == (1, 1, {"name": 1, "tags": 1})


def test_an_empty_cell_takes_nothing_away(moving: Moving) -> None:
    moving.bring("email,name,city,tags\nanna@example.nl,Anna,Zwolle,zuid\n")
    before = moving.everyone()
    moving.bring("email,name,city,tags\nanna@example.nl,,,\n")
    assert moving.everyone() == before


def test_own_fields_of_every_kind_come_in_and_are_unchanged_the_second_time(moving: Moving) -> None:
    text = "email,children,member,since\nanna@example.nl,3,ja,2019-05-01\n"
    moving.bring(text)
    assert moving.everyone()["anna@example.nl"].fields == {"children": 3, "member": True, "since": "2019-05-01"}
    assert moving.survey(text).unchanged == 1


@pytest.mark.parametrize("how", ["left", "complained", "bounced", "blocked", "erased"])
def test_no_list_brings_back_who_opted_out(moving: Moving, how: str) -> None:
    moving.bring("email,name\nanna@example.nl,Anna\n")
    moving.opt_out("anna@example.nl", how)
    before = moving.everyone()
    survey = moving.survey("email,name,status\nANNA@example.nl,Nieuw,confirmed\n")
    assert dict(survey.stayed) == {how: 1}
    done = moving.bring("email,name,status\nANNA@example.nl,Nieuw,confirmed\n")
    assert (done.new, done.changed, done.stayed) == (0, 0, 1)
    assert moving.everyone() == before


def test_who_opted_out_elsewhere_has_opted_out_here(moving: Moving) -> None:
    moving.bring("email\nanna@example.nl\nbram@example.nl\n")
    moving.bring(
        "email,status,reason\nanna@example.nl,left,\nbram@example.nl,suppressed,complained\n"
        "claar@example.nl,left,\ndirk@example.nl,suppressed,bounced\n",
        Manner(),
    )
    everyone = moving.everyone().values()
    assert [(one.address[:4], one.status, one.reason) for one in everyone] == [
        ("anna", "left", None),
        ("bram", "suppressed", "complained"),
        ("claa", "left", None),
        ("dirk", "suppressed", "bounced"),
    ]


def test_an_opt_out_that_is_known_already_is_unchanged(moving: Moving) -> None:
    text = "email,status,reason\nanna@example.nl,left,\nbram@example.nl,suppressed,bounced\n"
    moving.bring(text, Manner())
    assert moving.survey(text, Manner()).unchanged == 2


def test_a_complaint_counts_also_of_who_left(moving: Moving) -> None:
    moving.bring("email,status\nanna@example.nl,left\n", Manner())
    moving.bring("email,status,reason\nanna@example.nl,suppressed,complained\n", Manner())
    assert moving.everyone()["anna@example.nl"].reason == "complained"


def test_a_ground_confirms_who_was_pending(moving: Moving) -> None:
    moving.bring("email\nanna@example.nl\n", Manner(double_opt_in=True))
    moving.bring("email\nanna@example.nl\n")
    anna = moving.everyone()["anna@example.nl"]
    assert anna.status == "confirmed"
    with moving.store.reading() as transaction:
        assert [record.what for record in consents.of(transaction, anna.id)] == ["imported", "confirmed"]


def test_refused_lines_are_written_beside_the_list_with_number_and_reason(moving: Moving) -> None:
    done = moving.bring("email,name\nanna@example.nl,Anna\ngeen adres,Bram\nanna@EXAMPLE.nl,Anna\n")
    assert (done.new, done.rejected) == (1, 2)
    file = moving.folder / "lezers.csv.rejected.csv"
    rows = list(csv.reader(file.read_text("utf-8").splitlines()))
    assert rows[0] == ["line", "reason", "email", "name"]
    assert [row[0] for row in rows[1:]] == ["3", "4"]
    assert rows[1][2:] == ["geen adres", "Bram"]
    assert rows[2][1] == "It stands on line 2 already."
    assert file.stat().st_mode & 0o077 == 0
    with moving.store.reading() as transaction:
        assert {(Path(path).name, kind) for path, kind in files.every(transaction)} == {
            ("lezers.csv", "list"),
            ("lezers.csv.rejected.csv", "rejects"),
        }


def test_a_double_far_away_in_a_long_list_is_found(moving: Moving) -> None:
    lines = "".join(f"lezer{number}@example.nl\n" for number in range(12_000))
    survey = moving.survey(f"email\n{lines}LEZER7@example.nl\n")
    assert (survey.new.total(), survey.rejected["double"]) == (12_000, 1)


def test_without_the_erase_key_nothing_is_imported_once_somebody_was_erased(moving: Moving) -> None:
    moving.bring("email\nanna@example.nl\n", key=None)
    with moving.store.writing() as transaction:
        erasure.erase(transaction, "anna@example.nl", OPERATOR, key=KEY)
    with pytest.raises(ConfigError, match="NEWSLETTER_ERASE_KEY is not set"):
        moving.survey("email\nbram@example.nl\n", key=None)
    with pytest.raises(ConfigError, match="is not the key"):
        moving.survey("email\nbram@example.nl\n", key=erasure.EraseKey(secret=b"een andere sleutel"))


class Killed(BaseException):
    """Stands for a process that ends in the middle of things."""


def broken_off(moving: Moving, text: str, after: int) -> None:
    """Import a list and break off after some chunks."""
    chunks = iter(range(after))

    def progress(_: int) -> None:
        if next(chunks, None) is None:
            raise Killed

    with moving.surveying(text, key=None) as survey, pytest.raises(Killed):
        moving.apply(survey, key=None, progress=progress)


def test_an_import_that_was_broken_off_goes_on_where_it_was(moving: Moving) -> None:
    text = "email\n" + "".join(f"lezer{number}@example.nl\n" for number in range(12_000))
    broken_off(moving, text, after=1)
    assert len(moving.everyone()) == 10_000
    with moving.surveying(text, key=None) as survey:
        assert survey.broken_off is not None
        assert survey.broken_off.done == 10_000
        done = moving.apply(survey, key=None)
    assert (done.number, done.new, done.unchanged, done.lines) == (1, 12_000, 0, 12_000)
    assert len(moving.everyone()) == 12_000
    with moving.store.reading() as transaction:
        assert imports.find_open(transaction, survey.fingerprint) is None
        assert sum(subscribers.counts(transaction).values()) == 12_000


def test_the_same_list_in_another_manner_is_another_import(moving: Moving) -> None:
    text = "email\n" + "".join(f"lezer{number}@example.nl\n" for number in range(6_000))
    broken_off(moving, text, after=0)
    assert moving.survey(text, Manner(double_opt_in=True)).broken_off is None


@pytest.fixture
def two(fresh: Fresh, tmp_path: Path) -> Iterator[tuple[Moving, Moving]]:
    store = fresh()
    other = Store(store.file or store.engine.url.render_as_string(hide_password=False))
    one = Moving(tmp_path, store)
    yield one, Moving(tmp_path, other, numbers=one.numbers)
    other.close()


def test_two_that_import_the_same_list_share_the_work(two: tuple[Moving, Moving]) -> None:
    one, other = two
    text = "email\n" + "".join(f"lezer{number}@example.nl\n" for number in range(12_000))
    broken_off(one, text, after=0)
    with other.surveying(text, key=None) as survey:
        done = other.apply(survey, key=None)
    assert done.new == 12_000
    assert len(one.everyone()) == 12_000
