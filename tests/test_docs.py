"""The pages of the documentation that the code itself knows say what the code says."""

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = runpy.run_path(str(DOCS / "generate.py"))["pages"]()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name], "run `make docs`"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for link in re.findall(r"\]\(((?!https?:)[^)#]+)", page.read_text("utf-8")):
        assert (DOCS / link).exists(), link


def test_every_value_that_a_template_is_given_is_explained() -> None:
    source = (DOCS.parent / "newsletter" / "rendering" / "edition.py").read_text("utf-8")
    given = re.findall(r'^            "(\w+)":', source, re.MULTILINE)
    explained = (DOCS / "templates.md").read_text("utf-8")
    assert given
    assert [name for name in given if f"`{name}" not in explained and f"{name}`" not in explained] == []


@pytest.mark.parametrize("page", ["extending.md", "adding-a-provider.md"])
def test_every_file_that_the_documentation_names_is_there(page: str) -> None:
    named = re.findall(r"`((?:tests|newsletter|docs)/[\w./]+\.py)`", (DOCS / page).read_text("utf-8"))
    assert named
    assert [name for name in named if not (DOCS.parent / name).exists()] == []
