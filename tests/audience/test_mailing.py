"""Whom a rehearsal is for: who of a list or a file is copied into its own list, and who is left out and why."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from listed import SINCE, everyone, one, put

from newsletter.audience import mailing
from newsletter.audience.mailing import Mailing
from newsletter.config import Config
from newsletter.errors import ContentError
from newsletter.store import erased, quotas, subscribers
from newsletter.store.database import Store

DAY = date(2026, 11, 28)
SOUTH = "tag('zuid')"

Reach = Callable[..., Mailing]


@pytest.fixture
def own(sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    """The list of a rehearsal's own."""
    with closing(Store(sqlite_addresses())) as own:
        yield own


@pytest.fixture
def reach(store: Store, own: Store, config: Callable[..., Config]) -> Reach:
    """``reach("south")``: whom an issue would go to, from a list of either kind."""
    paper = config(segments={"south": SOUTH})
    return lambda named=None: mailing.of_list(store, own, named, paper, issue="2026-11-28", day=DAY)


def addresses(store: Store) -> list[str]:
    return [reader.address for reader in everyone(store)]


def test_the_confirmed_are_mailed_and_all_others_are_counted_by_the_reason(
    store: Store, own: Store, reach: Reach
) -> None:
    others = ["pending", "left", "left", "complained", "bounced", "blocked", "blocked", "blocked"]
    put(store, *(one(f"{n}@example.nl", status) for n, status in enumerate([*others, "confirmed", "confirmed"])))
    with store.writing() as transaction:
        erased.add(transaction, "5e" * 32, SINCE)
    found = reach()
    assert (found.readers, addresses(own)) == (2, ["8@example.nl", "9@example.nl"])
    assert found.left_out == {"pending": 1, "left": 2, "complained": 1, "bounced": 1, "blocked": 3, "erased": 1}


def test_who_pauses_is_copied_and_counted_with_the_day_from_which_he_is_mailed(
    store: Store, own: Store, reach: Reach
) -> None:
    days = {"a": None, "b": date(2026, 11, 28), "c": date(2026, 11, 29), "d": date(2027, 1, 2), "e": date(2026, 12, 5)}
    put(store, *(one(f"{name}@example.nl", paused_until=until) for name, until in days.items()))
    found = reach()
    assert (found.readers, found.left_out) == (2, {"paused": 3})
    assert found.pauses == (date(2026, 11, 29), date(2027, 1, 2))
    assert {reader.address[0]: reader.paused_until for reader in everyone(own)} == days


def test_what_stands_in_the_mail_is_copied_and_nothing_else(store: Store, own: Store, reach: Reach) -> None:
    anna = one("Anna@Jalapeño.example.nl", name="Anna", tags=("zuid",), fields={"stad": "Heuveldam"}, language="en")
    put(store, anna)
    reach()
    (copied,) = everyone(own)
    assert (copied.id, copied.address, copied.name, copied.joined) == (anna.id, anna.address, anna.name, anna.joined)
    assert (copied.tags, copied.fields, copied.language) == ((), {}, None)


def test_a_long_list_is_copied_a_few_at_a_time(
    store: Store, own: Store, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribers, "AT_ONCE", 2)
    monkeypatch.setattr(mailing, "_AT_ONCE", 3)
    put(store, *(one(f"{n}@example.nl") for n in range(8)))
    assert reach().readers == 8
    assert addresses(own) == addresses(store)


def test_with_a_segment_whom_it_does_not_name_is_counted_as_outside(store: Store, own: Store, reach: Reach) -> None:
    put(store, one("a@example.nl", tags=("zuid",)), one("b@example.nl", "left", tags=("zuid",)), one("c@example.nl"))
    with store.writing() as transaction:
        erased.add(transaction, "5e" * 32, SINCE)
    found = reach("south")
    assert (addresses(own), found.left_out) == (["a@example.nl"], {"left": 1, "outside": 1})
    assert found.source.startswith("south in ")


def test_the_days_on_which_was_sent_come_along(store: Store, own: Store, reach: Reach) -> None:
    put(store, one("a@example.nl"))
    with store.writing() as transaction:
        quotas.spend(transaction, date(2026, 11, 26), 4)
    reach()
    with own.reading() as transaction:
        assert quotas.used(transaction) == {date(2026, 11, 26): 4}


@pytest.mark.parametrize("named", [None, "south"])
def test_readers_and_those_left_out_are_all_subscribers(store: Store, reach: Reach, named: str | None) -> None:
    statuses = ["confirmed", "pending", "left", "complained", "bounced", "blocked"]
    put(
        store,
        *(one(f"{status}-plain@example.nl", status) for status in statuses),
        *(one(f"{status}-south@example.nl", status, tags=("zuid",)) for status in statuses),
        *(one(f"{status}-paused@example.nl", status, paused_until=date(2027, 1, 1)) for status in statuses),
    )
    found = reach(named)
    assert found.readers + sum(found.left_out.values()) == 3 * len(statuses)


@pytest.mark.parametrize(("named", "whom"), [(None, ""), ("south", "south in "), ("status == 'left'", "left")])
def test_a_rehearsal_for_nobody_says_what_to_do(store: Store, reach: Reach, named: str | None, whom: str) -> None:
    put(store, one("a@example.nl", "left"), one("b@example.nl", paused_until=date(2026, 12, 1)))
    with pytest.raises(ContentError, match=f"no confirmed reader to mail: .*{whom}") as caught:
        reach(named)
    assert "newsletter subscribers list --count" in caught.value.hint


def test_who_left_according_to_a_file_is_not_mailed_either(own: Store, tmp_path: Path) -> None:
    file = tmp_path / "leden.csv"
    lines = (
        "a@example.nl,confirmed,",
        "b@example.nl,left,",
        "c@example.nl,confirmed,2027-01-01",
        "A@Example.nl,confirmed,",
    )
    file.write_text("\n".join(("email,status,paused_until", *lines)), "utf-8")
    found = mailing.of_file(file, own, day=DAY)
    assert (found.readers, found.left_out, found.pauses) == (1, {"left": 1, "paused": 1}, (date(2027, 1, 1),) * 2)
    assert [(reject.line, reject.kind) for reject in found.rejects] == [(5, "double")]
    assert addresses(own) == ["a@example.nl", "c@example.nl"]
