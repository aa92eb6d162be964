"""A workspace with an issue to put articles, blocks and decisions in."""

from pathlib import Path

import pytest
from issue_in_the_making import Paper

from newsletter.config import Config, SectionRule

SECTIONS = (
    SectionRule(name="Binnenland", aliases=("regio",)),
    SectionRule(name="Buitenland"),
    SectionRule(name="Kerk & religie", aliases=("kerk",)),
)


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """An empty issue of 3 October 2026."""
    made = Paper(
        Config.model_validate(
            {
                "newsletter": {"name": "De Heuvelbode", "next_number": 36},
                "publisher": {"name": "Heuvelpers bv"},
                "sender": {"from": "De Heuvelbode <weekbrief@example.nl>"},
                "sections": SECTIONS,
                "root": tmp_path,
            }
        )
    )
    made.folder.mkdir(parents=True)
    return made
