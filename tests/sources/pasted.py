"""What the tests of pasted texts share: a newsroom, the texts of ``texts/``, and lines pasted in place."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from newsletter.errors import Unreadable
from newsletter.model.article import Article, Line, Reading
from newsletter.sources import text
from newsletter.sources._base import Document, House
from newsletter.sources._text.lines import in_utf_8, normalise

TEXTS = sorted((Path(__file__).parent / "texts").glob("*.txt"))
HOUSE = House(
    sections=(
        ("Buitenland", ()),
        ("Binnenland", ()),
        ("Politiek", ()),
        ("Kerk & religie", ("kerk", "religie")),
        ("Opinie", ()),
    ),
    zone=ZoneInfo("Europe/Amsterdam"),
    language="nl",
    root=Path(__file__).parent,
)
PARAGRAPH = (
    "Aan de dijk bij Zanddorp wordt deze week dag en nacht gewerkt. Het waterschap laat vrachtwagens klei aanvoeren "
    "uit een put bij Heuvelrade en verwacht dat de zwakke plek voor het weekeinde dicht is."
)
NEXT_PARAGRAPH = (
    "Volgens de dijkgraaf is er geen reden tot zorg, al blijft het dorp voorlopig afgesloten voor doorgaand verkeer. "
    "Wie er niet woont, wordt bij de oude molen teruggestuurd."
)


def read(page: str | bytes, name: str = "pasted.txt", *, folder: Path | None = None, url: str | None = None) -> Reading:
    """Read a page as if it lay in a file."""
    data = page if isinstance(page, bytes) else page.encode("utf-8", "ignore")
    return text.read(Document(name=name, data=data, folder=folder, url=url), HOUSE)


def words_of(path: Path) -> str:
    """Return the text of a fixture; one of them is Windows text."""
    return in_utf_8(Document(name=path.name, data=path.read_bytes()))[0].data.decode().replace("\r\n", "\n")


def paste(*lines: str) -> Reading:
    """Read lines that stand directly under each other."""
    return read("\n".join(lines))


def refusal(page: str | bytes) -> Unreadable:
    """Return why a page is not read."""
    with pytest.raises(Unreadable) as caught:
        read(page)
    return caught.value


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a moment of the newsroom's wall clock as aware UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=HOUSE.zone).astimezone(UTC)


def sureness(found: Reading) -> dict[str, str]:
    """Return how surely each field was found."""
    return {evidence.field: evidence.sureness for evidence in found.evidence}


def codes(found: Reading) -> list[str]:
    """Return the codes of the notes, in order."""
    return [note.code for note in found.notes]


def uses(found: Reading) -> dict[int, str]:
    """Return what became of each line."""
    return {line.number: line.use for line in found.lines}


def unaccounted(page: str, found: Reading) -> list[str]:
    """Return the lines of a page that its reading does not answer for exactly once, or whose words it lost."""
    lines = page.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    said = [(number, line) for number, line in enumerate(lines, start=1) if normalise(line)]
    if [(line.number, line.text) for line in found.lines] != said:
        return [f"{len(said)} lines, of which {len(found.lines)} are accounted for"]
    body, fields = _letters(*_words_of_body(found.article)), _letters(*_words_of_fields(found.article))
    lost = [line for line in found.lines if line.use == "body" and _letters(_unmarked(line.text)) not in body]
    lost += [line for line in found.lines if line.use == "field" and not _is_said(line, fields, found)]
    return [f"{line.number} {line.what}: {line.text}" for line in lost]


_MARK = re.compile(r"^(?:[•●▪◦‣■]\s*|[*-]\s+|\d{1,2}[.)]\s+)")


def _unmarked(line: str) -> str:
    return _MARK.sub("", normalise(line))


def _is_said(line: Line, fields: str, found: Reading) -> bool:
    """A kicker, a labelled title and a caption with its credit are several fields on one line."""
    article = found.article
    read_as = {"published": article.published, "modified": article.modified, "authors": article.authors}
    if line.what in read_as:
        return bool(read_as[line.what]) or any(note.code == "date-ambiguous" for note in found.notes)
    return line.what == "section" or all(_letters(word) in fields for word in re.findall(r"\w+", normalise(line.text)))


def _words_of_body(article: Article) -> list[str]:
    parts = [
        str(html.fromstring(part.html).xpath("string()")) for passage in article.passages for part in passage.parts
    ]
    return [*parts, *(passage.crosshead or "" for passage in article.passages)]


def _words_of_fields(article: Article) -> list[str]:
    named = (article.section, article.topic, article.label, article.title, article.lead, article.place, article.url)
    authors = [f"{author.name} {author.role or ''}" for author in article.authors]
    pictures = [f"{picture.caption or ''} {picture.credit or ''}" for picture in article.pictures]
    return [*(field or "" for field in named), *authors, *pictures]


def _letters(*said: str) -> str:
    """Return letters and figures only: a list has no bullets, Markdown no two blanks, a label no capitals."""
    return re.sub(r"\W+", "", "\n".join(said)).casefold()
