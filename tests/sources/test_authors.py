"""Bylines, as newspapers print them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.article import Author
from newsletter.sources._authors import LONGEST_BYLINE, looks_like_byline, read_authors


def names(text: str) -> list[str]:
    return [author.name for author in read_authors(text)]


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("Marit van der Hoeve", ["Marit van der Hoeve"]),
        ("Door Marit van der Hoeve", ["Marit van der Hoeve"]),
        ("Tekst: Marit van der Hoeve", ["Marit van der Hoeve"]),
        ("By Ruth O’Mara and Tom Field", ["Ruth O’Mara", "Tom Field"]),
        ("Joris Kuiper en J. P. Otterloo", ["Joris Kuiper", "J. P. Otterloo"]),
        ("A. Blom, B. Smit en C. de Wit", ["A. Blom", "B. Smit", "C. de Wit"]),
        ("Joris Kuiper & Els Blom", ["Joris Kuiper", "Els Blom"]),
        ("ANP/AFP", ["ANP", "AFP"]),
        ("Joris Kuiper <j.kuiper@example.nl>", ["Joris Kuiper"]),
        ("Joris KuiperKopieer naar clipboard", ["Joris Kuiper"]),
        ("Joris Kuiper en Joris Kuiper", ["Joris Kuiper"]),
        ("Joris Kuiper, Executive Director", ["Joris Kuiper"]),
        ("", []),
        ("Door", ["Door"]),
    ],
)
def test_a_byline_is_cut_into_names(byline: str, expected: list[str]) -> None:
    assert names(byline) == expected


@pytest.mark.parametrize(
    "desk",
    [
        "Kerkredactie",
        "Webredactie",
        "Redactie muziek",
        "Onze redactie economie",
        "Economieredactie",
        "Newsroom",
    ],
)
def test_a_desk_is_no_person(desk: str) -> None:
    assert read_authors(desk) == (Author(name=desk, kind="desk"),)


def test_our_reporter_is_a_desk_without_the_preposition() -> None:
    assert read_authors("Van onze verslaggever") == (Author(name="Onze verslaggever", kind="desk"),)


@pytest.mark.parametrize("agency", ["ANP", "Reuters", "AP", "AFP", "Associated Press"])
def test_an_agency_is_no_person(agency: str) -> None:
    assert read_authors(agency) == (Author(name=agency, kind="agency"),)


def test_lower_case_words_after_a_comma_are_a_role() -> None:
    assert read_authors("Jan Kok, oud-dijkgraaf en schrijver") == (
        Author(name="Jan Kok", role="oud-dijkgraaf en schrijver"),
    )


def test_a_minister_with_a_small_ds_is_a_second_author() -> None:
    assert names("Jan Kok, ds. P. van Dam") == ["Jan Kok", "ds. P. van Dam"]


@pytest.mark.parametrize(
    ("line", "sureness"),
    [
        ("Door Marit van der Hoeve", "sure"),
        ("Kerkredactie", "sure"),
        ("ANP", "sure"),
        ("Joris Kuiper, ANP", "sure"),
        ("Marit van der Hoeve", "likely"),
        ("Jan-Willem in ’t Veld", "likely"),
        ("J. P. Otterloo", "likely"),
        ("J.P. van de Water-Blom", "likely"),
        ("ds. H. van ’t Hof", "likely"),
        ("prof. dr. E. Zandstra", "likely"),
        ("Élodie d’Hondt", "likely"),
        ("Şebnem Öztürk", "likely"),
        ("A. Blom, B. Smit en C. de Wit", "likely"),
    ],
)
def test_a_byline_is_recognised(line: str, sureness: str) -> None:
    assert looks_like_byline(line) == sureness


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Wapenhandel",
        "Door storm beschadigd dorp krijgt hulp",
        "Den Haag",
        "De Bilt",
        "Nieuwe brug",
        "Dijk bij Zanddorp houdt stand",
        "8 september 2023 19:29",
        "Jan Kok liep naar huis.",
        "Kerk & religie",
        "Els Blom " * 12,
    ],
)
def test_other_lines_are_no_byline(line: str) -> None:
    assert looks_like_byline(line) is None


@given(st.text(max_size=120))
def test_any_text_gives_names_that_stand_in_it(text: str) -> None:
    looks_like_byline(text)
    words = " ".join(text.split()).casefold()
    assert all(author.name.casefold() in words for author in read_authors(text))


def test_a_long_line_is_no_byline_whatever_it_says() -> None:
    assert looks_like_byline("Door " + "Els Blom, " * (LONGEST_BYLINE // 8)) is None
