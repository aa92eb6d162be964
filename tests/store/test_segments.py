"""The rows that SQL selects for a segment are the subscribers of whom it is true."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import drawn
import pytest
from databases import undone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from newsletter.model.subscriber import Subscriber, Value
from newsletter.segment import Segment, Tagged, matches, parse
from newsletter.store.database import Store, Transaction
from newsletter.store.schema import subscribers
from newsletter.store.segments import where
from newsletter.store.subscribers import Known, insert_one

# The store is empty again after each example, so that they may share one.
shared = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
lists = st.lists(drawn.known(), min_size=1, max_size=8, unique_by=(lambda one: one.key, lambda one: one.subscriber.id))


def selected(transaction: Transaction, segment: Segment) -> set[str]:
    return set(transaction.scalars(select(subscribers.c.id).where(where(segment))))


@shared
@given(list_=lists, segments=st.lists(drawn.segments, min_size=1, max_size=10))
def test_sql_and_the_plain_evaluation_agree(store: Store, list_: list[Known], segments: list[Segment]) -> None:
    with undone(store) as transaction:
        for one in list_:
            insert_one(transaction, one)
        for segment in segments:
            expected = {one.subscriber.id for one in list_ if matches(segment, one.subscriber)}
            assert selected(transaction, segment) == expected


def reader(**known: Any) -> Known:
    subscriber = Subscriber(id="5e" * 16, address="Anna@Example.org", **known)
    return Known(subscriber=subscriber, key="anna@example.org", consent="confirmed")


@pytest.mark.parametrize(
    ("fields", "expression", "expected"),
    [
        ({}, "plaats == ''", False),
        ({}, "plaats != 'Heuvel'", True),
        ({}, "not leeftijd > 12", True),
        ({"plaats": "Heuvel"}, "plaats in ('Dal', 'Heuvel')", True),
        ({"plaats": "heuvel"}, "plaats == 'Heuvel'", False),
        ({"plaats": "a"}, "plaats > 'Z'", True),
        ({"plaats": "a%"}, "plaats == 'a_'", False),
        ({"plaats": 12}, "plaats == '12'", False),
        ({"plaats": True}, "plaats in ('true', '1')", False),
        ({"plaats": date(2026, 1, 1)}, "plaats == '2026-01-01'", True),
        ({"leeftijd": 9}, "leeftijd < 10", True),
        ({"leeftijd": 12.0}, "leeftijd == 12", True),
        ({"leeftijd": "12"}, "leeftijd == 12", False),
        ({"leeftijd": "twaalf"}, "leeftijd < 13 or leeftijd >= 13", False),
        ({"leeftijd": True}, "leeftijd == 1", False),
        ({"leeftijd": 10**400}, "leeftijd > 12", True),
        ({"leeftijd": -(2**63)}, "leeftijd < -999999999999999", True),
        ({"leeftijd": 0.1}, "leeftijd in (0.10, 3)", True),
        ({"sinds": date(2026, 1, 2)}, "sinds > 2026-01-01", True),
        ({"sinds": "2026-01-02"}, "sinds == 2026-01-02", True),
        ({"sinds": "lang geleden"}, "sinds > 2026-01-01", False),
        ({"sinds": "2026-01-02\n"}, "sinds > 2026-01-01", False),
        ({"sinds": "lang-ge-le"}, "sinds > 2026-01-01", False),
        ({"sinds": "2026-01-2"}, "sinds > 2026-01-01", False),
        ({"sinds": 20260102}, "sinds > 2026-01-01", False),
        ({"lid": True}, "lid == true", True),
        ({"lid": False}, "lid in (true, false)", True),
        ({"lid": False}, "lid != false", False),
        ({"lid": "true"}, "lid == true", False),
        ({"lid": 1}, "lid == true", False),
    ],
)
def test_a_value_that_is_absent_or_of_another_type_equals_nothing(
    store: Store, fields: Mapping[str, Value], expression: str, expected: bool
) -> None:
    segment, known = parse(expression, drawn.FIELDS), reader(fields=fields)
    with undone(store) as transaction:
        insert_one(transaction, known)
        assert bool(selected(transaction, segment)) is matches(segment, known.subscriber) is expected


@pytest.mark.parametrize("expression", ["name > 'Z'", "plaats <= 'Z'", "sinds >= 2026-01-01"])
def test_postgresql_is_told_to_order_text_by_code_points_whatever_order_it_was_made_with(expression: str) -> None:
    # The server of the tests knows no other order in which this could be seen to matter.
    assert 'COLLATE "C"' in str(where(parse(expression, drawn.FIELDS)).compile(dialect=postgresql.dialect()))


def test_the_longest_and_the_deepest_expression_can_be_asked(store: Store) -> None:
    nested = "(name = 'a' or " * 24 + "name = 'b'" + " and joined > 2026-01-01)" * 24
    long = " or ".join(["leeftijd=1"] * 142)
    with store.reading() as transaction:
        for expression in (nested, long, f"leeftijd in ({','.join('1' * 990)})"):
            assert selected(transaction, parse(expression, drawn.FIELDS)) == set()


def test_what_stands_in_a_literal_is_a_parameter_and_no_sql(store: Store) -> None:
    evil = "'); DROP TABLE subscribers; --"
    query = select(subscribers.c.id).where(where(Tagged(tag=evil)))
    assert evil not in str(query.compile(store.engine))
    with store.reading() as transaction:
        assert transaction.scalars(query).all() == []
