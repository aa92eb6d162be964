"""What holds for every pasted text, however mangled."""

import contextlib
import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pasted import HOUSE, TEXTS, read, unaccounted, words_of

from newsletter.errors import Unreadable
from newsletter.issue.write import write_article
from newsletter.model.article import Article, Reading
from newsletter.sources import markdown
from newsletter.sources._base import Document

PAGES = {path.stem: words_of(path) for path in TEXTS}
LINES = sorted({line for page in PAGES.values() for line in page.split("\n") if line})
ODD = st.text(st.sampled_from("ab DE09.,:;?!#*_[](){}<>&~`|\\+-=\"'„”–©•\u2002\u00a0\u00ad\t\r\n"), max_size=200)
TITLE, END = "Dijk houdt stand\n14 oktober 2025\n", "\nDe dijk bij Zanddorp houdt het ook deze winter weer."


def reading(page: str) -> Reading | None:
    """Read a page, None when it is refused; anything else that is raised fails the test."""
    try:
        return read(page)
    except Unreadable:
        return None


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=30), st.sampled_from(["\n", "\n\n", "\r\n"]))
@settings(max_examples=120, deadline=None)
def test_shuffled_lines_are_each_accounted_for(lines: list[str], joint: str) -> None:
    page = joint.join(lines)
    if found := reading(page):
        assert unaccounted(page, found) == []


def mangle(lines: list[str], chance: random.Random) -> list[str]:
    """Lose a line, print one twice, or shuffle them all; the last line is not lost."""
    if len(lines) == 1:
        return lines
    at = chance.randrange(len(lines))
    change = chance.choice(("lose", "double", "shuffle"))
    if change == "lose":
        return lines[:at] + lines[at + 1 :]
    if change == "double":
        return lines[:at] + lines[at : at + 1] * 2 + lines[at + 1 :]
    return chance.sample(lines, len(lines))


@given(st.sampled_from(sorted(PAGES)), st.randoms(use_true_random=False), st.integers(min_value=1, max_value=6))
@settings(max_examples=120, deadline=None)
def test_a_page_with_lines_lost_doubled_and_shuffled_is_accounted_for(
    name: str, chance: random.Random, times: int
) -> None:
    lines = PAGES[name].split("\n")
    for _ in range(times):
        lines = mangle(lines, chance)
    page = "\n".join(lines)
    if found := reading(page):
        assert unaccounted(page, found) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_line_of_a_text_is_accounted_for(name: str) -> None:
    if found := reading(PAGES[name]):
        assert unaccounted(PAGES[name], found) == []


@given(ODD, st.text(max_size=120))
@example("", "\x1f\x85\u2028a\x0b")
@settings(max_examples=150, deadline=None)
def test_any_characters_are_a_reading_or_a_refusal(odd: str, strange: str) -> None:
    page = f"{TITLE}{odd}\n{strange}{END}".replace("\x00", "")
    if found := reading(page.encode("utf-8", "ignore").decode()):
        assert unaccounted(page.encode("utf-8", "ignore").decode(), found) == []


@given(st.binary(max_size=300))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_a_reading_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert read(data).article.title


def written_and_read(page: str) -> tuple[Article, Article]:
    """Return the article of a page, and the one that its Markdown file gives."""
    found = read(page)
    with tempfile.TemporaryDirectory() as folder:
        file = write_article(Path(folder), found, replace=False, zone=HOUSE.zone)
        document = Document(name=file.name, data=file.read_bytes(), folder=Path(folder))
        return found.article, markdown.read(document, HOUSE).article


def assert_same(article: Article, again: Article) -> None:
    """Assert that nothing but the name of the file differs, and the captions after the first."""
    assert replace(again, id=article.id, file=article.file, pictures=()) == replace(article, pictures=())
    first, its = article.pictures[:1], again.pictures[:1]
    assert [(p.caption, p.credit) for p in its] == [(p.caption, p.credit) for p in first]


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if reading(page)])
def test_the_markdown_that_is_written_of_a_text_gives_the_same_article(name: str) -> None:
    assert_same(*written_and_read(PAGES[name]))


@given(ODD)
@settings(max_examples=150, deadline=None)
def test_markup_in_a_text_survives_being_written_as_markdown(odd: str) -> None:
    page = f"{TITLE}{END.strip()}\n{odd}{END}"
    if reading(page):
        article, again = written_and_read(page)
        assert again.passages == article.passages
        assert again.title == article.title
