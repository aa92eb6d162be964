"""Notices by their state, each with the address it goes to."""

from datetime import UTC, datetime

from listed import one, put

from newsletter.store import consents, notices
from newsletter.store.database import Store

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANNA = one("anna@example.nl")


def test_notices_in_some_states_are_found_with_their_own_address_or_the_reader_s(store: Store) -> None:
    put(store, ANNA)
    with store.writing() as transaction:
        about = consents.write(transaction, ANNA.id, "signed up", at=NOW, source="form")
        ids = [
            notices.queue(transaction, ANNA.id, "confirm", number=about, key=ANNA.address, at=NOW, **how)
            for how in ({}, {"address": "elders@example.org"}, {"skipped": "blocked"})
        ]
    with store.reading() as transaction:
        waiting = notices.in_states(transaction, "waiting", "in doubt")
        assert [(notice.id, to) for notice, to in waiting] == [(ids[0], ANNA.address), (ids[1], "elders@example.org")]
        assert [notice.id for notice, _ in notices.in_states(transaction, "skipped", "waiting")] == ids
        assert notices.in_states(transaction, "in doubt") == ()
