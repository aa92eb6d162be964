"""The rows that SQL selects for a segment are the subscribers of whom it is true."""

import drawn
from databases import undone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.segment import Segment, matches
from newsletter.store.database import Store, Transaction
from newsletter.store.schema import subscribers
from newsletter.store.segments import where
from newsletter.store.subscribers import Known, insert_one

# The store is empty again after each example, so that they may share one.
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
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
