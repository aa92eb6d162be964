"""Workspaces in which one types."""

from pathlib import Path

import pytest
from short_issue import put

from newsletter import workspace


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample issue. Tests that change it take ``paper``."""
    root = tmp_path_factory.mktemp("sample")
    workspace.init(root)
    return root


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace of a test's own, with one short issue."""
    root = tmp_path / "paper"
    workspace.init(root, empty=True)
    put(root, "pont", "---\ntitle: De pont vaart weer\nsection: Binnenland\n---\n\nHet water zakt.\n")
    (root / "sample-readers.csv").write_text("email,name\nlezer@example.nl,Jan\n", "utf-8")
    return root
