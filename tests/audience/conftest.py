"""A list of readers that the tests of a module share, since each is about an Anna of its own."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from deeds import Deeds

from newsletter.store.database import Store


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest) -> Iterator[Store]:
    """One store for a module's tests, on either database."""
    with closing(Store(request.getfixturevalue(f"{request.param}_addresses")())) as store:
        yield store


@pytest.fixture
def deeds(shared: Store) -> Deeds:
    """What is done to it."""
    return Deeds(shared)
