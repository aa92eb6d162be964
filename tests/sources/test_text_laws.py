"""What holds for every pasted text, however mangled."""

import contextlib
import random
import re
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import Unreadable
from newsletter.markup.plain import plain
from newsletter.model.article import Article, Reading
from newsletter.sources import text
from newsletter.sources._base import Document, House
from newsletter.sources._text.lines import read_lines

HOUSE = House(
    sections=(("Binnenland", ()), ("Kerk & religie", ("kerk",))),
    zone=ZoneInfo("Europe/Amsterdam"),
    language="nl",
    root=Path(__file__).parent,
)
PAGES = [path.read_text("utf-8") for path in sorted((Path(__file__).parent / "texts").glob("*.txt"))]
LINES = sorted({line for page in PAGES for line in page.split("\n") if line})
MARK = re.compile(r"^(?:[•●▪◦‣■]\s*|[*-]\s+|\d{1,2}[.)]\s+)")


def read(page: str) -> Reading | None:
    try:
        return text.read(Document(name="a.txt", data=page.encode("utf-8", "ignore")), HOUSE)
    except Unreadable:
        return None


def words(said: str) -> str:
    return " ".join(re.findall(r"\w+", said))


def everything(article: Article) -> str:
    parts = [plain(part.html) for passage in article.passages for part in passage.parts]
    crossheads = [passage.crosshead or "" for passage in article.passages]
    return "\n".join(words(unescape(said)) for said in (*parts, *crossheads))


def assert_accounted(page: str, found: Reading) -> None:
    lines = read_lines(page.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    assert [line.number for line in found.lines] == [line.number for line in lines]
    said = everything(found.article)
    for line, source in zip(found.lines, lines, strict=True):
        if line.use == "body":
            assert words(MARK.sub("", source.text)) in said


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=30), st.sampled_from(["\n", "\n\n", "\r\n"]))
@settings(max_examples=120, deadline=None)
def test_shuffled_lines_are_each_accounted_for(lines: list[str], joint: str) -> None:
    page = joint.join(lines)
    found = read(page)
    if found:
        assert_accounted(page, found)


def mangle(lines: list[str], chance: random.Random) -> list[str]:
    """Lose a line, print one twice, or shuffle them all."""
    at = chance.randrange(len(lines))
    change = chance.choice(("lose", "double", "shuffle"))
    if change == "lose":
        return lines[:at] + lines[at + 1 :]
    if change == "double":
        return lines[:at] + lines[at : at + 1] * 2 + lines[at + 1 :]
    return chance.sample(lines, len(lines))


@given(st.sampled_from(PAGES), st.integers(min_value=0, max_value=10**6), st.integers(min_value=1, max_value=6))
@settings(max_examples=80, deadline=None)
def test_a_page_with_lines_lost_doubled_and_shuffled_is_accounted_for(page: str, seed: int, times: int) -> None:
    chance = random.Random(seed)
    lines = page.split("\n")
    for _ in range(times):
        lines = mangle(lines, chance)
    mangled = "\n".join(lines)
    found = read(mangled)
    if found:
        assert_accounted(mangled, found)


ODD = st.text(st.sampled_from("ab DE09.,:;?!#*_[](){}<>&~`|\\+-=\"'„”–©•\u2002\u00a0\u00ad\t\r\n"), max_size=200)


@given(ODD, st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_characters_are_a_reading_or_a_refusal(odd: str, strange: str) -> None:
    page = f"Dijk houdt stand\n14 oktober 2025\n{odd}\n{strange}\nDe dijk bij Zanddorp houdt het ook deze winter weer."
    page = page.replace("\x00", "")
    found = read(page)
    if found:
        assert_accounted(page, found)


@given(st.binary(max_size=300))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_a_reading_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        text.read(Document(name="a.txt", data=data), HOUSE)


def test_the_same_text_gives_the_same_reading() -> None:
    assert [read(page) for page in PAGES] == [read(page) for page in PAGES]
