"""Erasing a reader: what goes, what stays, and that no list and no operator brings him back."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import ledgered
import pytest
from deeds import KEY, NOW, NUMBERS, Deeds
from moving import Moving
from sqlalchemy import select

from newsletter.audience.erasure import EraseKey, erase_reader
from newsletter.errors import ConfigError, ConsentError, UsageError
from newsletter.store import consents, deliveries, erased, imports
from newsletter.store.database import Store
from newsletter.store.schema import metadata

OTHER = EraseKey(secret=b"een heel andere sleutel, van nicht Fien")
EVERYTHING = (
    "email,name,tags,joined\nlies.vandam@example.nl,Lies van Dam,heideroosje,2020-02-03\nbram@example.nl,Bram,zuid,\n"
)
PERSONAL = re.compile("lies|heideroosje|192[.]0[.]2|2020-02-03", re.IGNORECASE)
LIES = "lies.vandam@example.nl"


@pytest.fixture
def deeds(store: Store) -> Deeds:
    """What is done to an empty store, about a reader who is called Lies."""
    return Deeds(store, LIES)


@pytest.fixture
def much(deeds: Deeds, tmp_path: Path) -> Deeds:
    """Lies came by a list, another list changed her, she was tagged, had mail, left, and signed up again."""
    moving = Moving(tmp_path, deeds.store, numbers=NUMBERS)
    moving.bring(EVERYTHING)
    moving.bring(EVERYTHING.replace("Lies van Dam", "Lies van Dam-Wit"))
    deeds.tag("lieskes tuin")
    deeds.move(deeds.ask_to_move("lies@example.org"))
    ledgered.mail(deeds.store)
    deeds.undo_move(deeds.moves("lies@example.org")[0].id)
    ledgered.mail(deeds.store, issue="2026-12-05")
    ledgered.begun(deeds.store, issue="2026-12-12")
    deeds.ask_to_move("lieske@example.org")
    deeds.leave()
    deeds.sign_up()
    deeds.block(reason="Lies belde")
    deeds.lift(reason="Lies belde weer")
    return deeds


def rows(store: Store) -> dict[str, list[str]]:
    """What each table holds, spelt."""
    with store.reading() as transaction:
        return {
            table.name: [repr(tuple(row)) for row in transaction.execute(select(table))]
            for table in metadata.sorted_tables
        }


def test_nothing_in_any_table_tells_of_an_erased_reader(much: Deeds) -> None:
    assert {name for name, told in rows(much.store).items() if any(map(PERSONAL.search, told))} == {
        "subscribers", "tags", "consents", "import_changes", "notices", "moves", "deliveries", "attempts", "answers",
        "webhooks", "events",
    }  # fmt: skip
    assert much.erase()
    assert not [row for told in rows(much.store).values() for row in told if PERSONAL.search(row)]


def test_tags_undo_data_notices_and_moves_go_with_him(much: Deeds) -> None:
    known = much.known()
    assert known is not None
    much.erase()
    assert much.standing() == "nobody"
    told = rows(much.store)
    assert [name for name in told if known.subscriber.id in str(told[name])] == [
        "consents", "deliveries", "events",
    ]  # fmt: skip
    with much.store.reading() as transaction:
        assert list(imports.changes_of(transaction, known.subscriber.id)) == []


def test_in_the_ledger_the_sums_hold_and_who_waits_is_skipped(much: Deeds) -> None:
    known = much.known()
    assert known is not None
    with much.store.reading() as transaction:
        before = [deliveries.counts(transaction, number) for number in (1, 2, 3)]
    much.erase()
    with much.store.reading() as transaction:
        after = [deliveries.counts(transaction, number) for number in (1, 2, 3)]
        his = deliveries.of_subscriber(transaction, known.subscriber.id)
    assert after[:2] == before[:2]
    assert [(one.state, one.reason) for one in his] == [
        ("skipped", "erased"),
        ("refused", "erased"),
        ("refused", "erased"),
    ]
    assert after[2] == {**before[2], "waiting": before[2]["waiting"] - 1, "skipped": 1}


def test_what_an_address_that_nobody_has_any_more_was_sent_is_forgotten(deeds: Deeds) -> None:
    deeds.joins()
    ledgered.mail(deeds.store)
    deeds.move(deeds.ask_to_move("anders@example.org"))
    assert not deeds.erase()
    assert deeds.standing("anders@example.org") == "confirmed"
    assert "lies" not in str(rows(deeds.store)).lower()


def test_what_happened_stays_without_line_origin_and_note(much: Deeds) -> None:
    before, known = much.records(), much.known()
    assert known is not None
    much.erase()
    with much.store.reading() as transaction:
        after = consents.of(transaction, known.subscriber.id)
    assert [(r.id, r.at, r.what, r.source, r.text, r.number) for r in before] == [
        (r.id, r.at, r.what, r.source, r.text, r.number) for r in after[:-1]
    ]
    assert {(r.line, r.origin, r.note) for r in after} == {(None, None, None)}
    assert (after[-1].what, after[-1].at, after[-1].text) == ("erased", NOW, None)


def test_others_stay_as_they_were(much: Deeds) -> None:
    before = much.known("bram@example.nl"), much.records("bram@example.nl")
    much.erase()
    assert (much.known("bram@example.nl"), much.records("bram@example.nl")) == before


def test_what_is_kept_of_the_address_is_a_hash_under_the_key(deeds: Deeds) -> None:
    deeds.joins()
    deeds.erase()
    with deeds.store.reading() as transaction:
        kept = erased.among(transaction, [KEY.hash(LIES), OTHER.hash(LIES)])
    assert kept == {KEY.hash(LIES)}
    assert re.fullmatch("[0-9a-f]{64}", KEY.hash(LIES))


def test_a_reader_erases_himself_by_his_id_and_once(much: Deeds) -> None:
    known = much.known()
    assert known is not None
    assert much.erase_herself()
    assert not [row for told in rows(much.store).values() for row in told if PERSONAL.search(row)]
    with much.store.writing() as transaction:
        assert not erase_reader(transaction, known.subscriber.id, much.occasion("form"), key=None)
        assert erased.count(transaction) == 1


def test_without_the_right_key_a_reader_does_not_erase_himself(deeds: Deeds) -> None:
    deeds.joins()
    deeds.key = None
    with pytest.raises(ConfigError, match="NEWSLETTER_ERASE_KEY is not set"):
        deeds.erase_herself()
    assert deeds.standing() == "confirmed"


def test_what_others_asked_of_his_address_goes_too(deeds: Deeds) -> None:
    deeds.joins("bram@example.nl")
    asked = deeds.ask_to_move(LIES, "bram@example.nl")
    assert not deeds.erase()
    assert deeds.moves("bram@example.nl") == ()
    assert [notice.kind for notice in deeds.notices("bram@example.nl")] == ["confirm"]
    with pytest.raises(ConsentError, match="no such change"):
        deeds.move(asked)
    assert "lies" not in str(rows(deeds.store)).lower()


def test_no_list_brings_back_who_moved_by_his_old_address(deeds: Deeds, tmp_path: Path) -> None:
    deeds.joins()
    deeds.move(deeds.ask_to_move("lies@example.org"))
    assert deeds.erase("lies@example.org")
    done = Moving(tmp_path, deeds.store, numbers=NUMBERS).bring(EVERYTHING, key=KEY)
    assert (done.new, done.stayed) == (1, 1)
    assert deeds.standing() == deeds.standing("lies@example.org") == "nobody"


def test_an_old_address_that_somebody_else_has_by_now_is_left_to_him(deeds: Deeds) -> None:
    deeds.joins()
    deeds.move(deeds.ask_to_move("lies@example.org"))
    deeds.later(days=2)
    deeds.joins(LIES)
    deeds.erase("lies@example.org")
    with deeds.store.reading() as transaction:
        assert erased.count(transaction) == 1
    assert deeds.standing() == "confirmed"


def test_any_spelling_of_the_address_erases_him(deeds: Deeds) -> None:
    deeds.joins("Lies.vanDam@Example.nl")
    assert deeds.erase("LIES.VANDAM@example.NL")
    assert deeds.standing() == "nobody"


def test_erasing_twice_is_one_erasure(deeds: Deeds) -> None:
    deeds.joins()
    assert [deeds.erase(), deeds.erase()] == [True, False]
    with deeds.store.reading() as transaction:
        assert erased.count(transaction) == 1


def test_an_address_that_is_not_on_the_list_can_be_kept_off_it(deeds: Deeds) -> None:
    assert not deeds.erase()
    with pytest.raises(ConsentError):
        deeds.add()


def test_what_is_no_address_is_not_erased(deeds: Deeds) -> None:
    with pytest.raises(UsageError):
        deeds.erase("lies")
    with deeds.store.reading() as transaction:
        assert erased.count(transaction) == 0


# Nothing but his own sign-up brings him back


@pytest.mark.parametrize("how", ["add", "ask", "block"])
def test_the_operator_cannot_add_or_block_who_was_erased(deeds: Deeds, how: str) -> None:
    deeds.joins()
    deeds.erase()
    with pytest.raises(ConsentError, match="had himself erased"):
        getattr(deeds, how)()
    assert deeds.standing() == "nobody"


def test_no_list_brings_him_back(much: Deeds, tmp_path: Path) -> None:
    much.erase()
    done = Moving(tmp_path, much.store, numbers=NUMBERS).bring(EVERYTHING, key=KEY)
    assert (done.new, done.stayed) == (0, 1)
    assert much.standing() == "nobody"


def test_his_own_sign_up_brings_him_back_once_it_is_confirmed(deeds: Deeds) -> None:
    first = deeds.joins().id
    deeds.erase()
    request = deeds.sign_up()
    with deeds.store.reading() as transaction:
        assert erased.count(transaction) == 1
    again = deeds.confirm(request)
    assert (again.status, again.id == first) == ("confirmed", False)
    with deeds.store.reading() as transaction:
        assert erased.count(transaction) == 0
    assert deeds.add() == again


@pytest.mark.parametrize("how", ["add", "ask"])
def test_a_sign_up_that_he_has_not_confirmed_gives_the_operator_no_right(deeds: Deeds, how: str) -> None:
    deeds.joins()
    deeds.erase()
    deeds.sign_up()
    with pytest.raises(ConsentError, match="had himself erased"):
        getattr(deeds, how)()
    assert deeds.standing() == "pending"


def test_a_link_from_before_he_was_erased_leads_to_nothing(deeds: Deeds) -> None:
    request = deeds.sign_up()
    deeds.erase()
    with pytest.raises(ConsentError, match="no such sign-up"):
        deeds.confirm(request)
    deeds.sign_up()
    with pytest.raises(ConsentError, match="no such sign-up"):
        deeds.confirm(request)


def test_leaving_and_complaining_afterwards_find_nobody(deeds: Deeds) -> None:
    deeds.joins()
    deeds.erase()
    assert not any([deeds.leave(), deeds.complain(), deeds.bounce()])


# The key


def test_without_the_key_nobody_is_erased(deeds: Deeds) -> None:
    deeds.joins()
    deeds.key = None
    with pytest.raises(ConfigError, match="NEWSLETTER_ERASE_KEY is not set"):
        deeds.erase()
    assert deeds.standing() == "confirmed"


def test_without_the_key_all_goes_on_while_nobody_was_erased(deeds: Deeds) -> None:
    deeds.key = None
    deeds.joins()
    deeds.block()
    assert deeds.lift().status == "confirmed"


@pytest.mark.parametrize("key", [None, OTHER], ids=["none", "another"])
@pytest.mark.parametrize("how", ["add", "ask", "block", "sign_up", "erase"])
def test_without_the_right_key_nothing_is_done_that_needs_it(deeds: Deeds, key: EraseKey | None, how: str) -> None:
    deeds.erase("bram@example.nl")
    before, deeds.key = rows(deeds.store), key
    with pytest.raises(ConfigError, match="NEWSLETTER_ERASE_KEY"):
        getattr(deeds, how)()
    assert rows(deeds.store) == before


@pytest.mark.parametrize("key", [None, OTHER], ids=["none", "another"])
def test_without_the_right_key_no_sign_up_is_confirmed(deeds: Deeds, key: EraseKey | None) -> None:
    deeds.erase()
    request = deeds.sign_up()
    deeds.key = key
    with pytest.raises(ConfigError):
        deeds.confirm(request)
    assert deeds.standing() == "pending"


def test_leaving_needs_no_key(deeds: Deeds) -> None:
    deeds.joins()
    deeds.erase("bram@example.nl")
    deeds.key = None
    assert deeds.leave()


def test_the_key_is_not_shown(deeds: Deeds) -> None:
    assert repr(KEY) == "EraseKey()"
    deeds.erase()
    assert not [row for told in rows(deeds.store).values() for row in told if "sleutel" in row]


# The file itself


@pytest.fixture
def kept(sqlite_addresses: Callable[[], Path]) -> Iterator[Deeds]:
    """A store that is a file."""
    with closing(Store(sqlite_addresses())) as store:
        yield Deeds(store, LIES)


def test_in_the_file_no_letter_of_him_is_left(kept: Deeds) -> None:
    for number in range(300):
        kept.add(f"lezer{number}@example.nl", name=f"Lezer {number}")
    kept.add(name="Lies van Dam")
    kept.tag("heideroosje")
    kept.leave()
    kept.erase()
    kept.store.close()
    file = kept.store.file
    assert file is not None
    left = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*")).lower()
    assert b"lezer299" in left
    assert [word for word in (b"lies", b"heideroosje") if word in left] == []
