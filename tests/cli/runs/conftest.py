"""A list of five readers, and a run to them that is under way."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import listed
import pytest
from commandline import Typed
from under_way import SECRET, under_way

from newsletter import workspace
from newsletter.model.ledger import Run
from newsletter.store.database import Store

NAMES = ("anna", "bram", "cees", "dora", "emma")


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_addresses: Callable[[], Path]) -> Path:
    """A workspace with a list of five readers, that was not sent to yet."""
    workspace.init(tmp_path, empty=True)
    (tmp_path / ".env").write_text(f"NEWSLETTER_SECRET={SECRET}\n", "utf-8")
    monkeypatch.setenv("NEWSLETTER_STATE", str(tmp_path / "state"))
    sqlite_addresses().rename(tmp_path / "newsletter.db")
    with closing(Store(tmp_path / "newsletter.db")) as store:
        listed.put(store, *(listed.one(f"{name}@example.nl", name=name.title()) for name in NAMES))
    return tmp_path


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("show", "1")``: what `newsletter runs` ends with, and says."""
    return partial(typed_in, paper, "runs")


@pytest.fixture
def store(paper: Path) -> Iterator[Store]:
    """The workspace's list and ledger."""
    with closing(Store(paper / "newsletter.db")) as store:
        yield store


@pytest.fixture
def begun(store: Store) -> Run:
    """A run under way: one reader accepted, one refused, one in doubt; two wait."""
    return under_way(store)
