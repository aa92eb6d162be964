"""Whole texts in the shapes in which newspapers print them; beside each stands what it should give.

A ``.toml`` names every field that the text has, and no other; a time in it is wall time. An author who is no person,
or has a role, carries that in brackets. ``body`` gives each crosshead, and kind and first five words of each part.
Of lines it names those that are neither field nor body, of sureness what is not sure.
"""

import tomllib
from pathlib import Path

import pytest
from pasted import HOUSE, TEXTS, read, refusal, sureness, uses
from written_out import written_out

from newsletter.model.article import Reading

EXPECTED = {path: tomllib.loads(path.with_suffix(".toml").read_text("utf-8")) for path in TEXTS}
READ = [path for path in TEXTS if "refused" not in EXPECTED[path]]
REFUSED = [path for path in TEXTS if "refused" in EXPECTED[path]]


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", READ, ids=stem)
def test_a_text_gives_exactly_the_fields_it_has(path: Path) -> None:
    found = read(path.read_bytes(), path.name)
    assert written_out(found.article, HOUSE, ("caption", "credit")) | account(found) == EXPECTED[path]


@pytest.mark.parametrize("path", REFUSED, ids=stem)
def test_a_text_that_is_no_article_is_refused(path: Path) -> None:
    error = refusal(path.read_bytes())
    assert (error.code, error.line) == (EXPECTED[path]["refused"], EXPECTED[path].get("line"))


def account(found: Reading) -> dict[str, object]:
    """Return what else the reading says: notes with their lines, lines left out of the article, what is not sure."""
    notes = [f"{note.code} {note.line}" if note.line else note.code for note in found.notes]
    left_out = {
        use: [number for number, its in uses(found).items() if its == use]
        for use in ("furniture", "duplicate", "tag", "unplaced")
    }
    unsure = {how: [f for f, its in sureness(found).items() if its == how] for how in ("likely", "check")}
    return {key: value for key, value in {"notes": notes, **left_out, **unsure}.items() if value}
