"""What the tests of delivery share: an office on either database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from post_office import PLAIN, Office

from newsletter.providers._base import Capabilities
from newsletter.store.database import Store


@pytest.fixture
def office_with(store: Store, tmp_path: Path) -> Callable[[Capabilities], Office]:
    """``office_with(REPEATS)``: one whose provider can do more."""
    return lambda capabilities: Office(store, tmp_path, capabilities=capabilities)


@pytest.fixture
def office(office_with: Callable[[Capabilities], Office]) -> Office:
    """One whose provider can do no more than take a mail."""
    return office_with(PLAIN)
