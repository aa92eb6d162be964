"""What shows an issue to the tests of its mail."""

from pathlib import Path

import pytest
from lxml.html import HtmlElement
from pages import page_of
from shown import Show, message_with

from newsletter.model.issue import Block, Issue, Placement


@pytest.fixture
def show(root: Path) -> Show:
    """``show(issue or placements…)``: the page that readers get."""

    def show(*parts: Issue | Placement | Block, web_version: bool = False, **tables: dict[str, object]) -> HtmlElement:
        return page_of(message_with(root, *parts, web_version=web_version, **tables))

    return show
