"""What the tests of the worker share: an office of three readers, on either database, and a crowd."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from crowd import Crowd
from dispatched import TESTERS, Clock, Dispatch
from saturday import READERS, SATURDAY

from newsletter.store.database import Store


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Iterator[Dispatch]:
    """Three readers, of whom one is a tester too; no testers are configured."""
    office = Dispatch(store, tmp_path, Clock(SATURDAY))
    office.readers(*READERS)
    yield office
    office.close()


@pytest.fixture
def held(store: Store, tmp_path: Path) -> Iterator[Dispatch]:
    """The same with two testers and a hold of ten minutes."""
    office = Dispatch(store, tmp_path, Clock(SATURDAY), {"send": {"testers": list(TESTERS)}})
    office.readers(*READERS)
    yield office
    office.close()


@pytest.fixture
def crowd(postgresql_addresses: Callable[[], str], tmp_path: Path) -> Iterator[Crowd]:
    """Whoever works on one PostgreSQL; nobody is on the list yet."""
    with closing(Store(postgresql_addresses())) as store:
        crowd = Crowd(store, tmp_path)
        yield crowd
        crowd.office.close()
