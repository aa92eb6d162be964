"""What holds for every pasted text, however mangled."""

import contextlib
import random
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html
from pasted import HOUSE, TEXTS, read

from newsletter.errors import Unreadable
from newsletter.issue.write import write_article
from newsletter.model.article import Article, Line, Reading
from newsletter.sources import markdown
from newsletter.sources._base import Document
from newsletter.sources._text.lines import normalise

PAGES = {path.stem: path.read_text("utf-8") for path in TEXTS}
LINES = sorted({line for page in PAGES.values() for line in page.split("\n") if line})
MARK = re.compile(r"^(?:[•●▪◦‣■]\s*|[*-]\s+|\d{1,2}[.)]\s+)")
ODD = st.text(st.sampled_from("ab DE09.,:;?!#*_[](){}<>&~`|\\+-=\"'„”–©•\u2002\u00a0\u00ad\t\r\n"), max_size=200)
TITLE, END = "Dijk houdt stand\n14 oktober 2025\n", "\nDe dijk bij Zanddorp houdt het ook deze winter weer."


def reading(page: str) -> Reading | None:
    """Read a page, None when it is refused; anything else that is raised fails the test."""
    try:
        return read(page)
    except Unreadable:
        return None


def assert_accounted(page: str, found: Reading) -> None:
    """Assert that the reading answers for every line of the page."""
    lines = page.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    said = [(number, line) for number, line in enumerate(lines, start=1) if normalise(line)]
    assert [(line.number, line.text) for line in found.lines] == said
    body, fields = letters(words_of_body(found.article)), letters(*words_of_fields(found.article))
    for line in found.lines:
        if line.use == "body":
            assert letters(MARK.sub("", normalise(line.text))) in body
        elif line.use == "field" and line.what not in {"published", "modified", "authors"}:
            assert said_by(line, fields), line
    assert_what_was_placed_is_there(found)


def said_by(line: Line, fields: str) -> bool:
    """A kicker, a labelled title and a caption with its credit are several fields on one line."""
    return all(letters(word) in fields for word in re.findall(r"\w+", normalise(line.text))) or line.what == "section"


def assert_what_was_placed_is_there(found: Reading) -> None:
    article = found.article
    has = {"published": article.published, "modified": article.modified, "authors": article.authors}
    doubtful = any(note.code == "date-ambiguous" for note in found.notes)
    for what in {line.what for line in found.lines if line.use == "field"} & has.keys():
        assert has[what] or doubtful, what


def words_of_body(article: Article) -> str:
    parts = [
        str(html.fromstring(part.html).xpath("string()")) for passage in article.passages for part in passage.parts
    ]
    return "\n".join((*parts, *(passage.crosshead or "" for passage in article.passages)))


def words_of_fields(article: Article) -> list[str]:
    named = (article.section, article.topic, article.label, article.title, article.lead, article.url)
    authors = [f"{author.name} {author.role or ''}" for author in article.authors]
    pictures = [f"{picture.caption or ''} {picture.credit or ''}" for picture in article.pictures]
    return [*(field or "" for field in named), *authors, *pictures]


def letters(*said: str) -> str:
    """Return letters and figures only: a list has no bullets, and Markdown no two blanks."""
    return re.sub(r"\W+", "", "\n".join(said))


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=30), st.sampled_from(["\n", "\n\n", "\r\n"]))
@settings(max_examples=120, deadline=None)
def test_shuffled_lines_are_each_accounted_for(lines: list[str], joint: str) -> None:
    page = joint.join(lines)
    if found := reading(page):
        assert_accounted(page, found)


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
        assert_accounted(page, found)


@pytest.mark.parametrize("name", PAGES)
def test_every_line_of_a_text_is_accounted_for(name: str) -> None:
    if found := reading(PAGES[name]):
        assert_accounted(PAGES[name], found)


@given(ODD, st.text(max_size=120))
@example("", "\x1f\x85\u2028a\x0b")
@settings(max_examples=150, deadline=None)
def test_any_characters_are_a_reading_or_a_refusal(odd: str, strange: str) -> None:
    page = f"{TITLE}{odd}\n{strange}{END}".replace("\x00", "")
    if found := reading(page.encode("utf-8", "ignore").decode()):
        assert_accounted(page.encode("utf-8", "ignore").decode(), found)


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
