"""Heads of other papers: where they put names, places, credits and dates."""

import pytest
from pasted import NEXT_PARAGRAPH, PARAGRAPH, at, paste, read, uses

from newsletter.model.article import Author, Reading

TITLE = "Dijk bij Zanddorp houdt stand"
LEAD = "Het dorp slaapt slecht, maar droog. De burgemeester is er niet gerust op en de molenaar wel."
DATE = "14 oktober 2025 17:05"


def with_head(*lines: str) -> Reading:
    return read("\n".join((*lines, "", PARAGRAPH, "", NEXT_PARAGRAPH)))


def body_of(found: Reading) -> list[int]:
    return [number for number, use in uses(found).items() if use == "body"]


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Jane Doe, Political correspondent", Author(name="Jane Doe", role="Political correspondent")),
        ("Door Els Blom, verslaggever in Ommeloo", Author(name="Els Blom", role="verslaggever in Ommeloo")),
        ("Tekst en foto’s: Els Blom", Author(name="Els Blom")),
        ("Van een onzer verslaggevers", Author(name="Een onzer verslaggevers", kind="desk")),
        ("Els Blom, Ommeloo", Author(name="Els Blom", role="Ommeloo")),
    ],
)
def test_a_byline_says_what_its_author_is(line: str, author: Author) -> None:
    assert with_head(TITLE, LEAD, line, DATE).article.authors == (author,)


def test_the_office_of_an_author_may_stand_below_the_name() -> None:
    found = with_head(TITLE, LEAD, "Jane Doe", "Religion correspondent, Freeland News", DATE)
    assert found.article.authors == (Author(name="Jane Doe", role="Religion correspondent, Freeland News"),)
    assert body_of(found) == [7, 9]


def test_an_office_below_a_name_that_could_be_a_desk_is_placed_once() -> None:
    found = with_head(TITLE, LEAD, "Els Blom", "Onze correspondent", DATE)
    assert found.article.authors == (Author(name="Els Blom", role="Onze correspondent"),)


def test_the_place_may_stand_below_the_name() -> None:
    found = with_head(TITLE, LEAD, "Van onze redacteur", "Ommeloo")
    assert found.article.place == "Ommeloo"
    assert body_of(found) == [6, 8]


def test_a_line_with_text_below_it_is_no_place() -> None:
    assert with_head(TITLE, LEAD, "Door Els Blom", "Ommeloo", "Het dorp slaapt.").article.place is None


def test_a_name_may_stand_between_label_and_title() -> None:
    found = with_head("Column", "Els de Vries", TITLE, DATE)
    assert (found.article.title, found.article.authors) == (TITLE, (Author(name="Els de Vries"),))


def test_label_and_topic_may_share_a_line() -> None:
    article = with_head("Reportage Dijkbewaking", TITLE, LEAD, DATE).article
    assert (article.label, article.topic, article.title) == ("Reportage", "Dijkbewaking", TITLE)


@pytest.mark.parametrize("title", ["Reportage over de dijk bekroond", "Analyse van een verzakking"])
def test_a_title_that_begins_with_a_label_stays_whole(title: str) -> None:
    article = with_head(title, LEAD, DATE).article
    assert (article.title, article.label) == (title, None)


@pytest.mark.parametrize(
    "lines",
    [["De graafmachines komen om acht uur.", "Beeld Els Blom"], ["Getty Images", "De graafmachines komen om acht uur"]],
)
def test_caption_and_credit_may_stand_on_two_lines(lines: list[str]) -> None:
    (picture,) = with_head(TITLE, LEAD, DATE, "", *lines).article.pictures
    assert (picture.caption or "").rstrip(".") == "De graafmachines komen om acht uur"
    assert picture.credit in lines


def test_a_lone_credit_above_the_text_takes_no_words_of_it() -> None:
    found = with_head(TITLE, LEAD, DATE, "Foto ANP")
    assert [(p.caption, p.credit) for p in found.article.pictures] == [(None, "Foto ANP")]
    assert body_of(found) == [6, 8]


@pytest.mark.parametrize(
    "words",
    [
        "Zanddorp, 14 oktober 2025 – Er wordt gewerkt. ",
        "ZANDDORP, Oct. 14, 2025 — Er wordt gewerkt. ",
        "Zanddorp, 14 oktober 2025. Er wordt gewerkt. ",
    ],
)
def test_place_and_day_may_open_the_text(words: str) -> None:
    article = paste(TITLE, words + PARAGRAPH, NEXT_PARAGRAPH).article
    assert (article.place, article.published, article.lead) == ("Zanddorp", at(2025, 10, 14), None)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("TOLHUIS/ZANDDORP | De klok loopt voor. ", "Tolhuis/Zanddorp"),
        ("PLEASANT FALLS, Ohio (AP) — The light is red. ", "Pleasant Falls, Ohio"),
        ("LONDON, Oct 14 (Reuters) - A ferry came back. ", "London"),
        ("OMMELOO -- De klok loopt voor. ", "Ommeloo"),
    ],
)
def test_a_text_that_opens_with_a_place_has_it_and_no_lead(words: str, place: str) -> None:
    article = paste(TITLE, words + PARAGRAPH, NEXT_PARAGRAPH).article
    assert (article.place, article.lead) == (place, None)


def test_names_may_follow_the_date() -> None:
    article = with_head(TITLE, "Zaterdag 8 november 2025 | 10:00 | Auteur: Karin Boersma").article
    assert (article.published, article.authors) == (at(2025, 11, 8, 10), (Author(name="Karin Boersma"),))


def test_the_day_of_an_event_is_not_when_it_was_published() -> None:
    found = with_head(TITLE, LEAD, "", "Datum: 22 november 2025", "Aanvang: 19.30 uur", "Toegang: gratis")
    assert found.article.published is None
    assert [part.kind for part in found.article.passages[0].parts[:3]] == ["paragraph"] * 3


@pytest.mark.parametrize("line", ["Gisteren, 06:30", "Vandaag om 7.12 uur", "2 hours ago", "een uur geleden"])
def test_a_moment_without_a_day_is_furniture(line: str) -> None:
    found = with_head(TITLE, "Door Els Blom", line)
    assert uses(found)[3] == "furniture"
    assert found.article.published is None


def test_tags_may_stand_on_one_line() -> None:
    for marks in ("dijken, klei", "dijken • klei", "dijken | klei"):
        assert paste(TITLE, PARAGRAPH, NEXT_PARAGRAPH, "Meer over", marks).article.tags == ("dijken", "klei")
