"""Whom `--where` and `--to` name."""

from collections.abc import Callable

import pytest
from listed import one, put

from newsletter.audience import selection
from newsletter.config import Config
from newsletter.errors import ConfigError, SegmentError, UsageError
from newsletter.segment import parse
from newsletter.store import subscribers
from newsletter.store.database import Store

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
