"""What every source keeps to; a new one joins by standing in the folder."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import plugins, sources
from newsletter.errors import Unreadable
from newsletter.model.article import Picture, Reading
from newsletter.sources._base import MAX_BYTES, Document, House, Source

HOUSE = House(
    sections=(("Binnenland", ()), ("Opinie", ("opinion",))),
    zone=ZoneInfo("Europe/Amsterdam"),
    language="nl",
    root=Path("/nergens"),
)
ALL = dict(zip(plugins.names("newsletter.sources"), sources.sources(), strict=True))
each = pytest.mark.parametrize("source", ALL.values(), ids=ALL.keys())

ARTICLE = """# Binnenland

De pont van Ommerhaar vaart weer

Na drie weken stilte ligt de pont niet langer aan de kade.

Anna Kok

20 november 2026 19:29

De schipper legt het touw om de paal en wacht tot de laatste fietser aan boord is. Dan pas gaat de klep omhoog.

Aan boord

De overkant ligt er stil bij, zegt hij, maar dat verandert als de school straks uitgaat en de kinderen komen.
"""

FORMATS = {".html": f"<html><body><h1>De pont vaart weer</h1><p>{ARTICLE.rpartition('Aan boord')[0]}</p></body></html>"}
"""The article where a format has its own idea of one."""


def article_for(source: Source) -> bytes:
    return FORMATS.get(source.SUFFIXES[0], ARTICLE).encode()


def document(source: Source, data: bytes) -> Document:
    return Document(name=f"kim{source.SUFFIXES[0]}", data=data)


def outcome(source: Source, data: bytes) -> Reading | Unreadable:
    try:
        return source.read(document(source, data), HOUSE)
    except Unreadable as error:
        return error


@each
def test_it_names_the_endings_of_its_files_and_shares_none(source: Source) -> None:
    others = [suffix for other in ALL.values() if other is not source for suffix in other.SUFFIXES]
    assert source.SUFFIXES
    assert all(s.startswith(".") and s == s.lower() and s not in others for s in source.SUFFIXES)


@each
@pytest.mark.parametrize("data", [b"", b"\n \n", b"\x00\x01\x02", b"x\n" * MAX_BYTES])
def test_what_is_no_article_is_refused_with_the_files_name_and_a_hint(source: Source, data: bytes) -> None:
    error = outcome(source, data)
    assert isinstance(error, Unreadable)
    assert error.file == f"kim{source.SUFFIXES[0]}"
    assert error.code
    assert error.hint


@each
def test_an_article_has_a_title_an_id_and_its_file(source: Source) -> None:
    reading = source.read(document(source, article_for(source)), HOUSE)
    assert (reading.article.id, reading.article.file) == ("kim", f"kim{source.SUFFIXES[0]}")
    assert reading.article.title
    assert reading.article.passages
    assert "schipper" in reading.body


@each
@given(text=st.lists(st.sampled_from([*ARTICLE.split("\n"), "---", "title: x", "```", "{{ x }}", "<b>"]), max_size=30))
def test_any_text_is_read_or_refused_and_reading_it_twice_gives_the_same(source: Source, text: list[str]) -> None:
    data = "\n".join(text).encode()
    first, second = outcome(source, data), outcome(source, data)
    if isinstance(first, Reading):
        assert first == second
        assert_sound(first)
    else:
        assert str(first) == str(second)


def assert_sound(reading: Reading) -> None:
    article = reading.article
    moments = (article.published, article.modified, article.not_before, article.expires)
    assert article.title == " ".join(article.title.split())
    assert all(m is None or m.utcoffset() == timedelta(0) for m in moments)
    assert all(p.crosshead for p in article.passages[1:])
    fields = [evidence.field for evidence in reading.evidence]
    assert len(fields) == len(set(fields))
    assert all(hasattr(article, field) or hasattr(Picture, field) for field in fields)
    numbers = [line.number for line in reading.lines]
    assert numbers == sorted(set(numbers))


def test_the_ending_of_a_name_leads_to_its_source() -> None:
    for source in ALL.values():
        for suffix in source.SUFFIXES:
            name = f"map/KIM{suffix.upper()}"
            reading = sources.read(Document(name=name, data=article_for(source)), HOUSE)
            assert reading == source.read(Document(name=name, data=article_for(source)), HOUSE)
            assert suffix in sources.suffixes()


def test_without_an_ending_the_text_says_what_it_is() -> None:
    markdown = sources.read(Document(name="-", data=b"---\ntitle: De pont\n---\nTekst.\n"), HOUSE)
    assert (markdown.article.title, markdown.lines) == ("De pont", ())


def test_a_name_with_a_strange_ending_that_holds_no_text_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"kim\.docx: this is a document of Word"):
        sources.read(Document(name="kim.docx", data=b"PK\x03\x04\x00"), HOUSE)
