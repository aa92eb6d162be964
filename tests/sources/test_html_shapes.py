"""Whole pages in the shapes in which sites print them; beside each stands what it should give.

A ``.toml`` names every field that the page has, and no other, as for pasted texts; ``address`` is where it was fetched
from, a page without one lies on disk. Of sureness it names what is to be checked. All hosts here are the paper's own.
"""

import tomllib
from pathlib import Path

import pytest
from webpages import HOUSE
from written_out import written_out

from newsletter.errors import Unreadable
from newsletter.model.article import Reading
from newsletter.sources import html
from newsletter.sources._base import Document

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))
EXPECTED = {path: tomllib.loads(path.with_suffix(".toml").read_text("utf-8")) for path in PAGES}
READ = [path for path in PAGES if "refused" not in EXPECTED[path]]
REFUSED = [path for path in PAGES if "refused" in EXPECTED[path]]


def stem(path: Path) -> str:
    return path.stem


def read(path: Path) -> Reading:
    address = EXPECTED[path].get("address")
    return html.read(Document(name=address or path.name, data=path.read_bytes(), address=address), HOUSE)


@pytest.mark.parametrize("path", READ, ids=stem)
def test_a_page_gives_exactly_the_fields_it_has(path: Path) -> None:
    expected = {key: value for key, value in EXPECTED[path].items() if key != "address"}
    assert fields(read(path)) == expected


@pytest.mark.parametrize("path", REFUSED, ids=stem)
def test_a_page_that_is_no_article_is_refused(path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        read(path)
    assert (caught.value.code, bool(caught.value.hint)) == (EXPECTED[path]["refused"], True)


def fields(found: Reading) -> dict[str, object]:
    """Return what a reading has; what is absent, or as always, is left out."""
    more = {
        "notes": [note.code for note in found.notes],
        "check": [evidence.field for evidence in found.evidence if evidence.sureness == "check"],
    }
    pictured = ("caption", "credit", "alt", "url")
    return written_out(found.article, HOUSE, pictured) | {key: value for key, value in more.items() if value}
