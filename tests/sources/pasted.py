"""What the tests of pasted texts share: a newsroom, the texts of ``texts/``, and lines pasted in place."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.errors import Unreadable
from newsletter.model.article import Reading
from newsletter.sources import text
from newsletter.sources._base import Document, House

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
