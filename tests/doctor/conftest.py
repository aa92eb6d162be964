"""A newspaper that is well."""

from pathlib import Path

import pytest
from surgery import ARTICLE, SECRET, configure

from newsletter import workspace
from newsletter.workspace import Workspace


@pytest.fixture
def paper(tmp_path: Path) -> Workspace:
    """A workspace from which a send would succeed."""
    workspace.init(tmp_path, empty=True)
    articles = tmp_path / "issues" / "2026-11-28" / "articles"
    articles.mkdir(parents=True)
    (articles / "pont.md").write_text(ARTICLE, "utf-8")
    configure(tmp_path, "example.nl", "heuvelbode.nl")
    configure(tmp_path, '# provider = "smtp"', 'provider = "smtp"\ntesters = ["redactie@heuvelbode.nl"]')
    return workspace.find(tmp_path, SECRET)
