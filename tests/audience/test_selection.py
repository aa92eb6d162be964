"""Whom `--where` and `--to` name, and whom of them a send reaches."""

from collections.abc import Callable
from datetime import date

import pytest
from listed import SINCE, one, put

from newsletter.audience import selection
from newsletter.audience.mailing import Mailing, sort_out
from newsletter.config import Config
from newsletter.errors import ConfigError, ContentError, SegmentError, UsageError
from newsletter.segment import parse
from newsletter.store import erased, subscribers
from newsletter.store.database import Store

DAY = date(2026, 11, 28)
SOUTH = "tag('zuid') and joined > 2020-01-01"
SEGMENTS = {"south": SOUTH, "large": "household >= 4", "broken": "tag('zuid') and jioned > 2020-01-01"}

Configured = Callable[..., Config]


@pytest.fixture
def paper(config: Configured) -> Config:
    """A newspaper that knows the size of households and has named three segments, one of them badly."""
    return config(readers={"fields": {"household": "number"}}, segments=SEGMENTS)


# What was meant


def test_a_name_means_the_expression_of_the_configuration(paper: Config) -> None:
    assert selection.segment("south", paper) == parse(SOUTH, {})


def test_an_expression_may_ask_for_own_fields(paper: Config) -> None:
    assert selection.segment("household >= 4", paper) == selection.segment("large", paper)


@pytest.mark.parametrize(
    ("name", "hint"), [("suoth", "Did you mean `south`?"), ("noord-west", "There are: south, large, broken.")]
)
def test_a_name_that_is_not_there_is_told_with_the_nearest(paper: Config, name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        selection.segment(name, paper)
    assert (caught.value.sentence, caught.value.hint) == (f"There is no segment “{name}”.", hint)


def test_where_no_segment_is_named_at_all_it_is_said_where_to_name_one(config: Configured) -> None:
    with pytest.raises(UsageError) as caught:
        selection.segment("south", config())
    assert "[segments] in newsletter.toml" in caught.value.hint


def test_a_mistake_in_the_configuration_is_one_of_the_configuration(paper: Config) -> None:
    with pytest.raises(ConfigError, match=r"newsletter\.toml: `segments\.broken`: Column 17: `jioned`") as caught:
        selection.segment("broken", paper)
    assert caught.value.hint == "Did you mean `joined`?"


def test_a_mistake_on_the_command_line_is_one_of_usage(paper: Config) -> None:
    with pytest.raises(SegmentError, match="Column 1: `jioned`") as caught:
        selection.segment("jioned > 2020-01-01", paper)
    assert (caught.value.exit_code, caught.value.column) == (2, 1)


def test_no_name_means_everybody(paper: Config) -> None:
    assert selection.condition(None, paper) is None


def test_the_store_finds_whom_a_name_means(store: Store, paper: Config) -> None:
    put(store, one("a@example.nl", tags=("zuid",)), one("b@example.nl", fields={"household": 5}))
    with store.reading() as transaction:
        found = subscribers.every(transaction, selection.condition("large", paper))
        assert [known.key for known in found] == ["b@example.nl"]


# Whom a send reaches


def reached(store: Store, paper: Config, named: str | None = None) -> Mailing:
    with store.reading() as transaction:
        return selection.mailing(transaction, named, paper, day=DAY, place="newsletter.db")


def test_the_confirmed_are_mailed_and_all_others_are_counted_by_the_reason(store: Store, paper: Config) -> None:
    others = ["pending", "left", "left", "complained", "bounced", "blocked", "blocked", "blocked"]
    put(store, *(one(f"{n}@example.nl", status) for n, status in enumerate([*others, "confirmed", "confirmed"])))
    with store.writing() as transaction:
        erased.add(transaction, "5e" * 32, SINCE)
    mailing = reached(store, paper)
    assert [reader.address for reader in mailing.readers] == ["8@example.nl", "9@example.nl"]
    assert mailing.left_out == {
        "pending": 1, "left": 2, "complained": 1, "bounced": 1, "blocked": 3, "erased": 1,
    }  # fmt: skip
    assert mailing.source == "newsletter.db"


def test_who_pauses_is_mailed_again_from_the_day_he_named(store: Store, paper: Config) -> None:
    days = {"a": None, "b": date(2026, 11, 28), "c": date(2026, 11, 29), "d": date(2027, 1, 2), "e": date(2026, 12, 5)}
    put(store, *(one(f"{name}@example.nl", paused_until=until) for name, until in days.items()))
    mailing = reached(store, paper)
    assert [reader.address for reader in mailing.readers] == ["a@example.nl", "b@example.nl"]
    assert mailing.left_out == {"paused": 3}
    assert mailing.pauses == (date(2026, 11, 29), date(2027, 1, 2))


def test_with_a_segment_whom_it_does_not_name_is_counted_as_outside(store: Store, paper: Config) -> None:
    put(
        store,
        one("a@example.nl", tags=("zuid",)),
        one("b@example.nl", "left", tags=("zuid",)),
        one("c@example.nl"),
        one("d@example.nl", "left"),
    )
    with store.writing() as transaction:
        erased.add(transaction, "5e" * 32, SINCE)
    mailing = reached(store, paper, "south")
    assert [reader.address for reader in mailing.readers] == ["a@example.nl"]
    assert mailing.left_out == {"left": 1, "outside": 2}
    assert mailing.source == "south in newsletter.db"


@pytest.mark.parametrize("named", [None, "south"])
def test_readers_and_those_left_out_are_all_subscribers(store: Store, paper: Config, named: str | None) -> None:
    statuses = ["confirmed", "pending", "left", "complained", "bounced", "blocked"]
    put(
        store,
        *(one(f"{status}-plain@example.nl", status) for status in statuses),
        *(one(f"{status}-south@example.nl", status, tags=("zuid",)) for status in statuses),
        *(one(f"{status}-paused@example.nl", status, paused_until=date(2027, 1, 1)) for status in statuses),
    )
    mailing = reached(store, paper, named)
    assert len(mailing.readers) + sum(mailing.left_out.values()) == 3 * len(statuses)


@pytest.mark.parametrize(
    ("named", "whom"), [(None, r"newsletter\.db"), ("south", r"south in newsletter\.db"), ("status == 'left'", "left")]
)
def test_a_send_for_nobody_says_what_to_do(store: Store, paper: Config, named: str | None, whom: str) -> None:
    put(store, one("a@example.nl", "left"), one("b@example.nl", paused_until=date(2026, 12, 1)))
    with pytest.raises(ContentError, match=f"no confirmed reader to mail: .*{whom}") as caught:
        reached(store, paper, named)
    assert "newsletter subscribers list --count" in caught.value.hint


def test_who_left_according_to_a_file_is_not_mailed_either() -> None:
    people = [one("a@example.nl"), one("b@example.nl", "left"), one("c@example.nl", paused_until=date(2027, 1, 1))]
    mailing = sort_out(people, DAY, "leden.csv")
    assert mailing.readers == people[:1]
    assert mailing.left_out == {"left": 1, "paused": 1}
