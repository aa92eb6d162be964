"""What the tests of the inbox share: a list with two readers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from emptied import versed
from inbox_mails import ANNA, BRAM, Post
from listed import put

from newsletter.store.database import Store


@pytest.fixture
def post(store: Store) -> Post:
    """Two confirmed readers, and the clerk."""
    put(store, ANNA, BRAM)
    return Post(store)


@pytest.fixture
def small_post(sqlite_addresses: Callable[[], Path], sql_known: Store) -> Iterator[Post]:
    """The same on SQLite alone, for tables of many mails: what they test is how a mail is read."""
    with closing(versed(Store(sqlite_addresses()), sql_known)) as store:
        put(store, ANNA, BRAM)
        yield Post(store)
