"""What the tests of pages share: a newsroom with domains of its own, and pages put together in place."""

from dataclasses import replace
from pathlib import Path

import pytest
from pasted import HOUSE as NEWSROOM

from newsletter.errors import Unreadable
from newsletter.model.article import Reading
from newsletter.sources import html
from newsletter.sources._base import Document, House

HOUSE = replace(NEWSROOM, own=("example.nl", "example.org"))
ADDRESS = "https://www.example.nl/artikel/12"
PROSE = (
    "Aan de dijk bij Zanddorp wordt deze week dag en nacht gewerkt met klei uit een put bij Heuvelrade, zegt men.",
    "Volgens de dijkgraaf is er geen reden tot zorg, al blijft het dorp voorlopig afgesloten voor doorgaand verkeer.",
)


def page(*body: str, head: str = "") -> bytes:
    """Return a page with an article of two paragraphs, and what is given around them."""
    text = "".join(f"<p>{words}</p>" for words in PROSE)
    inner = "".join(body) or f"<article><h1>De dijk houdt</h1>{text}</article>"
    return f'<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8">{head}<body>{inner}</body></html>'.encode()


def article(inner: str) -> bytes:
    """Return a page whose article holds this HTML between its two paragraphs."""
    return page(f"<article><h1>De dijk houdt</h1><p>{PROSE[0]}</p>{inner}<p>{PROSE[1]}</p></article>")


def read(
    data: bytes,
    *,
    house: House = HOUSE,
    address: str | None = ADDRESS,
    url: str | None = None,
    charset: str | None = None,
    name: str = "page.html",
    folder: Path | None = None,
) -> Reading:
    """Read a page as if it had been fetched; with ``address`` None as if it lay on disk."""
    document = Document(name=address or name, data=data, address=address, url=url, charset=charset, folder=folder)
    return html.read(document, house)


def refusal(data: bytes, **settings: object) -> Unreadable:
    """Return why a page is not read."""
    with pytest.raises(Unreadable) as caught:
        read(data, **settings)
    assert caught.value.hint
    return caught.value


def codes(found: Reading) -> list[str]:
    """Return the codes of the notes, in order."""
    return [note.code for note in found.notes]


def evidence(found: Reading, field: str) -> tuple[str, str]:
    """Return how surely a field was found, and why."""
    return next((e.sureness, e.why) for e in found.evidence if e.field == field)
