"""Readers in doubt, on either database."""

from pathlib import Path

import pytest
from doubtful import Post, doubtful
from unsettled import Make

from newsletter.store.database import Store


@pytest.fixture
def make(store: Store, tmp_path: Path) -> Make:
    """``make(REPEATS)``: a request without an answer, at a provider that can do so much."""
    return lambda capabilities, **changes: doubtful(store, tmp_path, Post(capabilities), **changes)
