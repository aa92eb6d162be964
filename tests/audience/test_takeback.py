"""Taking an import back: everything as before, except what readers did themselves since."""

from datetime import date
from pathlib import Path

import pytest
from moving import CONSENT, NOW, ZONE, Moving

from newsletter.audience import consent, preferences
from newsletter.audience.occasion import Occasion
from newsletter.audience.transfer import Manner
from newsletter.errors import UsageError
from newsletter.store import consents, imports
from newsletter.store.database import Store

OPERATOR = Occasion(at=NOW, zone=ZONE, source="operator", text=CONSENT, note="op verzoek")
READER = Occasion(at=NOW, zone=ZONE, source="form", text=CONSENT)
FIRST = "email,name,city,tags\nanna@example.nl,Anna,Zwolle,zuid\nbram@example.nl,Bram,Urk,\n"
SECOND = 'email,name,city,tags\nanna@example.nl,Anna Wit,Kampen,"zuid,oost"\nclaar@example.nl,Claar,,\n'


@pytest.fixture
def moving(tmp_path: Path, store: Store) -> Moving:
    return Moving(tmp_path, store, {"city": "text"})


def test_everything_is_as_it_was_before_the_import(moving: Moving) -> None:
    moving.bring(FIRST)
    before = moving.everyone()
    done = moving.bring(SECOND)
    assert moving.everyone() != before
    result = moving.undo(done.number)
    assert (result.removed, result.restored, result.kept) == (1, 1, 0)
    assert moving.everyone() == before


def test_the_first_import_leaves_an_empty_list(moving: Moving) -> None:
    moving.undo(moving.bring(FIRST).number)
    assert moving.everyone() == {}


def test_opt_outs_of_a_wrong_list_are_taken_back_too(moving: Moving) -> None:
    moving.bring(FIRST)
    before = moving.everyone()
    text = "email,status,reason\nanna@example.nl,left,\nbram@example.nl,suppressed,bounced\n"
    moving.undo(moving.bring(text, Manner()).number)
    assert moving.everyone() == before


@pytest.mark.parametrize("what", ["left", "complained", "bounced", "paused", "blocked"])
def test_who_did_something_since_stays_as_he_is(moving: Moving, what: str) -> None:
    done = moving.bring(FIRST)
    if what == "paused":
        with moving.store.writing() as transaction:
            preferences.pause(transaction, moving.everyone()["anna@example.nl"].id, date(2027, 1, 1), READER)
    else:
        moving.opt_out("anna@example.nl", what)
    anna = moving.everyone()["anna@example.nl"]
    result = moving.undo(done.number)
    assert (result.removed, result.kept) == (1, 1)
    assert moving.everyone() == {"anna@example.nl": anna}


def test_what_he_set_himself_since_is_not_taken_back(moving: Moving) -> None:
    moving.bring("email\nanna@example.nl\n")
    done = moving.bring('email,name,tags\nanna@example.nl,Anna,"oost,zuid"\n')
    anna = moving.everyone()["anna@example.nl"].id
    for name, has in (("Anja", False), ("Anna", True)):
        with moving.store.writing() as transaction:
            preferences.change(transaction, anna, READER, name=name, language=None, tags={"zuid": has})
    moving.undo(done.number)
    now = moving.everyone()["anna@example.nl"]
    assert (now.name, now.tags) == ("Anna", ("zuid",))


def test_what_an_import_found_is_passed_on_to_the_next_one_of_that_column_alone(moving: Moving) -> None:
    moving.bring("email,name\nanna@example.nl,Een\n")
    second = moving.bring("email,name\nanna@example.nl,Twee\n")
    moving.bring("email,name\nanna@example.nl,Vijf\n")
    moving.bring("email,name\nanna@example.nl,Twee\n")
    last = moving.bring("email,name\nanna@example.nl,Zeven\n")
    for done in (second, last):
        moving.undo(done.number)
    assert moving.everyone()["anna@example.nl"].name == "Twee"


def test_what_the_operator_only_tagged_goes_with_the_import(moving: Moving) -> None:
    done = moving.bring(FIRST)
    with moving.store.writing() as transaction:
        anna = moving.everyone()["anna@example.nl"].id
        preferences.tag(transaction, anna, added=["noord"], removed=[], occasion=OPERATOR)
    moving.undo(done.number)
    assert moving.everyone() == {}


def test_who_left_after_a_list_said_so_already_has_still_left(moving: Moving) -> None:
    moving.bring(FIRST)
    done = moving.bring("email,status\nanna@example.nl,left\n", Manner())
    with moving.store.writing() as transaction:
        assert consent.leave(transaction, moving.everyone()["anna@example.nl"].id, READER)
    moving.undo(done.number)
    assert moving.everyone()["anna@example.nl"].status == "left"


def test_who_confirmed_himself_since_is_not_pending_again(moving: Moving) -> None:
    moving.bring("email\nanna@example.nl\n", Manner(double_opt_in=True))
    done = moving.bring("email,name\nanna@example.nl,Anna\n")
    anna = moving.everyone()["anna@example.nl"]
    with moving.store.writing() as transaction:
        consents.write(transaction, anna.id, "confirmed", at=NOW, source="form")
    moving.undo(done.number)
    restored = moving.everyone()["anna@example.nl"]
    assert (restored.status, restored.name) == ("confirmed", "")


def test_what_was_changed_again_since_stays(moving: Moving) -> None:
    moving.bring(FIRST)
    second = moving.bring(SECOND)
    moving.bring("email,name\nanna@example.nl,Anna de Wit\n")
    moving.undo(second.number)
    anna = moving.everyone()["anna@example.nl"]
    assert (anna.name, anna.fields, anna.tags) == ("Anna de Wit", {"city": "Zwolle"}, ("zuid",))


def test_a_restored_reader_has_a_record_of_it(moving: Moving) -> None:
    moving.bring(FIRST)
    second = moving.bring(SECOND)
    moving.undo(second.number)
    with moving.store.reading() as transaction:
        last = consents.of(transaction, moving.everyone()["anna@example.nl"].id)[-1]
    assert (last.what, last.source, last.note) == ("undone", "operator", "import 2: name, field:city, tags")


def test_an_import_is_taken_back_once(moving: Moving) -> None:
    number = moving.bring(FIRST).number
    moving.undo(number)
    with pytest.raises(UsageError, match="taken back already"):
        moving.undo(number)
    with pytest.raises(UsageError, match="no import 7"):
        moving.undo(7)


def test_what_was_forgotten_is_not_taken_back(moving: Moving) -> None:
    number = moving.bring(FIRST).number
    with moving.store.writing() as transaction:
        imports.prune(transaction, NOW.replace(year=2027), at=NOW)
    with pytest.raises(UsageError, match="was forgotten on 2026-11-24") as caught:
        moving.undo(number)
    assert "keep_undo" in caught.value.hint


def test_after_it_was_taken_back_the_same_list_comes_in_anew(moving: Moving) -> None:
    moving.undo(moving.bring(FIRST).number)
    assert moving.bring(FIRST).new == 2


def test_a_long_import_is_taken_back_in_parts(moving: Moving) -> None:
    done = moving.bring("email\n" + "".join(f"lezer{number}@example.nl\n" for number in range(12_000)))
    assert moving.undo(done.number).removed == 12_000
    with moving.store.reading() as transaction:
        found = imports.get(transaction, done.number)
    assert found is not None
    assert (found.state, found.taken_back) == ("undone", 12_000)
