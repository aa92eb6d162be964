"""Pasted texts in the shapes in which newspapers print them."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.errors import Unreadable
from newsletter.model.article import Article, Author, Reading
from newsletter.sources import text
from newsletter.sources._base import Document, House

TEXTS = Path(__file__).parent / "texts"
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
    root=TEXTS,
)
PARAGRAPH = (
    "Aan de dijk bij Zanddorp wordt deze week dag en nacht gewerkt. Het waterschap laat vrachtwagens klei aanvoeren "
    "uit een put bij Heuvelrade en verwacht dat de zwakke plek voor het weekeinde dicht is."
)


def reading(name: str) -> Reading:
    return text.read(Document(name=name, data=(TEXTS / name).read_bytes()), HOUSE)


def paste(*lines: str, name: str = "pasted.txt", folder: Path | None = None) -> Reading:
    return text.read(Document(name=name, data="\n".join(lines).encode(), folder=folder), HOUSE)


def refusal(*lines: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        paste(*lines)
    return caught.value


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=HOUSE.zone).astimezone(UTC)  # type: ignore[arg-type,misc]


def shape(article: Article) -> list[tuple[str | None, list[str]]]:
    return [(passage.crosshead, [part.kind for part in passage.parts]) for passage in article.passages]


def uses(found: Reading) -> dict[int, str]:
    return {line.number: line.use for line in found.lines}


def sureness(found: Reading) -> dict[str, str]:
    return {evidence.field: evidence.sureness for evidence in found.evidence}


def codes(found: Reading) -> set[str]:
    return {note.code for note in found.notes}


def test_a_full_page_gives_every_field() -> None:
    found = reading("a-full.txt")
    article = found.article
    assert (article.section, article.topic) == ("Binnenland", "dijken")
    assert article.title == "Zwakke dijk bij Zanddorp houdt het met klei en geduld"
    assert (article.lead or "").startswith("Een verzakking in de rivierdijk")
    assert article.authors == (Author(name="Marit van der Hoeve"),)
    assert (article.published, article.modified) == (at(2025, 10, 14, 17, 5), at(2025, 10, 15, 9, 30))
    assert [(p.caption, p.credit, p.file) for p in article.pictures] == [
        ("Vrachtwagens met klei rijden af en aan op de dijk bij Zanddorp.", "beeld ANP, Els Blom", None)
    ]
    assert shape(article) == [
        (None, ["paragraph", "paragraph"]),
        ("Muskusratten", ["paragraph", "paragraph"]),
        ("Media", ["paragraph"]),
    ]
    assert (article.id, article.file, article.language) == ("a-full", "a-full.txt", "nl")
    assert article.words > 100
    assert not found.to_check


def test_a_full_page_loses_its_furniture_and_no_line() -> None:
    found = reading("a-full.txt")
    assert {n for n, use in uses(found).items() if use == "furniture"} == set(range(26, 42, 2))
    assert "unplaced" not in uses(found).values()
    assert "mailbox" not in found.body
    assert codes(found) == {"kicker-split", "duplicate-caption"}


def test_a_dense_page_has_a_topic_a_desk_a_count_of_pictures_and_tags() -> None:
    found = reading("b-dense.txt")
    article = found.article
    assert (article.section, article.topic, article.tags) == ("Kerk & religie", "synode", ("synode", "kerkgrenzen"))
    assert article.authors == (Author(name="Kerkredactie", kind="desk"),)
    assert article.published == at(2024, 7, 2, 8, 15)
    assert uses(found)[9] == "furniture"
    assert shape(article) == [(None, ["paragraph", "paragraph"]), ("Noordelijke gemeenten", ["paragraph"])]
    assert sureness(found)["crossheads"] == "likely"


def test_a_credit_may_stand_alone_and_a_kicker_may_run_into_a_capital() -> None:
    article = reading("b-tags-no-caption.txt").article
    assert (article.section, article.topic) == ("Politiek", "Kabinetsformatie")
    assert [(p.caption, p.credit) for p in article.pictures] == [(None, "beeld ANP, Robin Vermeulen")]
    assert article.authors == ()


def test_the_title_may_stand_before_the_section() -> None:
    found = reading("c-title-first.txt")
    assert found.article.title == "Orgel van Molenwaard klinkt na tien jaar weer"
    assert found.article.section == "Muziek"
    assert "section-unknown" in codes(found)
    assert sureness(found)["lead"] == "check"
    assert uses(found)[6] == uses(found)[7] == "furniture"


def test_an_agency_opens_with_the_place() -> None:
    article = reading("d-agency.txt").article
    assert article.place == "Den Haag"
    assert article.authors == (Author(name="ANP", kind="agency"),)
    assert (article.lead or "").startswith("DEN HAAG (ANP) –")


def test_an_interview_has_questions_a_list_and_no_pull_quote_twice() -> None:
    found = reading("interview.txt")
    article = found.article
    assert (article.label, article.kind, article.section) == ("Interview", "interview", "Opinie")
    assert [author.name for author in article.authors] == ["Joris Kuiper", "J. P. Otterloo"]
    assert shape(article) == [
        (None, ["question", "paragraph", "question", "paragraph", "question", "paragraph", "list", "paragraph"])
    ]
    assert uses(found)[29] == "duplicate"


def test_an_english_article_says_so() -> None:
    found = reading("english.txt")
    article = found.article
    assert article.language == "en"
    assert sureness(found)["language"] == "check"
    assert [author.name for author in article.authors] == ["Ruth O’Mara", "Tom Field"]
    assert article.modified == at(2025, 10, 15, 9, 30)
    assert [p.credit for p in article.pictures] == ["Photo: Reuters, Ana Silva"]
    assert [passage.crosshead for passage in article.passages] == [None, "Costs and doubts"]


def test_a_section_behind_the_date_and_a_change_on_the_next_line_are_read() -> None:
    found = reading("telegraaf-like.txt")
    article = found.article
    assert (article.section, article.place) == ("Binnenland", "Molenwaard")
    assert (article.published, article.modified) == (at(2025, 10, 14, 13, 22), at(2025, 10, 14, 14, 5))
    assert [passage.crosshead for passage in article.passages] == [None, "'Grote fout'"]
    assert {n for n, use in uses(found).items() if use == "furniture"} == {1, 2, 3, 11, 13, 14, 15}
    assert "link-left-out" in codes(found)


def test_a_column_has_address_label_numbered_crossheads_and_a_caption_between_paragraphs() -> None:
    found = reading("caption-in-body.txt")
    article = found.article
    assert article.url == "https://www.example.nl/artikel/4711-schaatsers"
    assert (article.title, article.label, article.kind) == (
        "Schaatsers wachten op ijs dat niet komt",
        "Column",
        "column",
    )
    assert article.authors == (Author(name="Krijn Verhage"),)
    assert [p.caption for p in article.pictures] == ["Krijn Verhage bij de plas."]
    assert shape(article) == [
        (None, ["paragraph", "paragraph"]),
        ("Stelling 1", []),
        ("Wachten is een deugd", ["paragraph", "list"]),
    ]
    assert article.tags == ("schaatsen", "winter")


def test_the_last_word_of_a_menu_is_a_section_to_check() -> None:
    found = reading("unknown-section.txt")
    assert (found.article.section, found.article.topic) == ("Sport", "Tuinieren")
    assert sureness(found)["section"] == "check"
    assert found.article.authors == (Author(name="Els Blom"),)
    assert found.article.modified == at(2016, 12, 23, 9, 59)


def test_the_address_given_wins_over_the_first_line() -> None:
    lines = f"https://example.nl/een\n\nDe dijk bij Zanddorp houdt\n\n{PARAGRAPH}\n\n{PARAGRAPH}"
    document = Document(name="-", data=lines.encode(), url="https://example.nl/twee")
    article = text.read(document, HOUSE).article
    assert (article.url, article.id, article.file) == ("https://example.nl/twee", "de-dijk-bij-zanddorp-houdt", None)


def test_a_picture_beside_the_text_is_that_of_the_caption(tmp_path: Path) -> None:
    (tmp_path / "dijk.jpg").write_bytes(b"picture")
    caption = "De dijk bij Zanddorp. beeld ANP, Els Blom"
    found = paste("Dijk houdt stand", "14 oktober 2025", caption, PARAGRAPH, name="dijk.txt", folder=tmp_path)
    assert [(p.file, p.caption) for p in found.article.pictures] == [(tmp_path / "dijk.jpg", "De dijk bij Zanddorp.")]


def test_a_picture_beside_the_text_needs_no_caption(tmp_path: Path) -> None:
    (tmp_path / "dijk.png").write_bytes(b"picture")
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, name="dijk.txt", folder=tmp_path)
    assert [p.file for p in found.article.pictures] == [tmp_path / "dijk.png"]


def test_a_lead_that_repeats_as_caption_gives_the_credit_only() -> None:
    lead = "Met vrachtwagens vol klei houdt het waterschap de dijk bij Zanddorp overeind."
    found = paste("Dijk houdt stand", lead, "14 oktober 2025", f"{lead} beeld ANP, Els Blom", PARAGRAPH)
    assert [(p.caption, p.credit) for p in found.article.pictures] == [(None, "beeld ANP, Els Blom")]


def test_a_line_printed_twice_below_the_date_is_a_caption_by_guess() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", "De dijk bij Zanddorp", "De dijk bij Zanddorp", PARAGRAPH)
    assert [p.caption for p in found.article.pictures] == ["De dijk bij Zanddorp"]
    assert "caption-guessed" in codes(found)


def test_a_caption_is_kept_once_when_only_its_second_print_has_the_credit() -> None:
    second = "De dijk bij Zanddorp. beeld ANP, Els Blom"
    found = paste("Dijk houdt stand", "14 oktober 2025", "De dijk bij Zanddorp.", second, PARAGRAPH)
    assert [(p.caption, p.credit) for p in found.article.pictures] == [("De dijk bij Zanddorp.", "beeld ANP, Els Blom")]


def test_a_headline_that_begins_with_a_section_is_a_headline() -> None:
    found = paste("Politieke rust keert terug in Zanddorp", "14 oktober 2025", PARAGRAPH)
    assert (found.article.section, found.article.title) == (None, "Politieke rust keert terug in Zanddorp")


def test_an_alias_leads_to_its_section() -> None:
    assert paste("KERK", "Dijk houdt stand", "14 oktober 2025", PARAGRAPH).article.section == "Kerk & religie"


def test_an_unknown_section_is_kept_as_it_is() -> None:
    found = paste("Tuinieren", "Dijk bij Zanddorp houdt stand", PARAGRAPH, "14 oktober 2025", PARAGRAPH)
    assert found.article.section == "Tuinieren"
    assert "section-unknown" in codes(found)


def test_an_ambiguous_date_is_a_warning_and_no_date() -> None:
    found = paste("Dijk houdt stand", "03/04/2024", PARAGRAPH)
    assert found.article.published is None
    assert [(n.code, n.level, n.line) for n in found.notes] == [("date-ambiguous", "warning", 2)]


def test_a_signature_names_the_author() -> None:
    assert paste("Dijk houdt stand", PARAGRAPH, PARAGRAPH, "Marit van der Hoeve").article.authors == (
        Author(name="Marit van der Hoeve"),
    )


def test_a_text_that_stops_halfway_is_truncated() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Het waterschap wil er morgen mee ophouden omdat")
    assert "truncated" in codes(found)
    assert found.to_check


def test_windows_text_is_read_with_a_warning() -> None:
    data = "Dijk houdt stand\n14 oktober 2025\nDe één zegt dit over de dijk bij Zanddorp, de ander dat.".encode(
        "cp1252"
    )
    found = text.read(Document(name="dijk.txt", data=data), HOUSE)
    assert "De één" in found.body
    assert "encoding-guessed" in codes(found)


def test_utf_16_is_read_as_what_it_says_it_is() -> None:
    data = f"Dijk houdt stand\n14 oktober 2025\n{PARAGRAPH}".encode("utf-16")
    assert text.read(Document(name="dijk.txt", data=data), HOUSE).article.title == "Dijk houdt stand"


def test_markup_in_a_text_stays_words() -> None:
    odd = "Wie *sterren* of <b>haken</b> {{ typt }} & [zo](x) verder, moet die gewoon terugzien in de krant."
    found = paste("Dijk houdt stand", "14 oktober 2025", odd)
    html = found.article.passages[0].parts[0].html
    assert "&lt;b&gt;haken&lt;/b&gt;" in html
    assert "*sterren*" in html
    assert "{{" not in html


def test_long_pages_of_short_lines_with_an_article_in_them_are_a_warning() -> None:
    found = paste("Dijk bij Zanddorp houdt stand", *(f"Kop {n}" for n in range(12)), PARAGRAPH * 2)
    assert "whole-page" in codes(found)


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [
        (("Dijk houdt stand",), "no-body", None),
        (("Dijk houdt stand", "14 oktober 2025"), "no-body", None),
        ((PARAGRAPH, PARAGRAPH), "no-title", 1),
        (("Home", "Krant", "Menu"), "not-an-article", None),
        (("Liveblog", "Volg hier de dijk", "14 oktober 2025 13:00"), "not-an-article", None),
        (tuple(f"Nieuws over dorp {n}" for n in range(14)), "not-an-article", None),
        (
            (
                "Vandaag is het zondag. Een wekelijkse rustdag.",
                "Morgen brengen we u weer op de hoogte.",
                "Hoofdredactie",
            ),
            "not-an-article",
            1,
        ),
        (("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Log in om verder te lezen"), "paywall", 4),
        (("   ", ""), "empty", None),
    ],
)
def test_what_is_no_article_is_refused(lines: tuple[str, ...], code: str, line: int | None) -> None:
    error = refusal(*lines)
    assert (error.code, error.line, error.file) == (code, line, "pasted.txt")
    assert error.hint


def test_binary_files_are_refused() -> None:
    for data in (b"\x89PNG\r\n\x1a\n\0\0", b"\x81\x8d\x8f"):
        with pytest.raises(Unreadable) as caught:
            text.read(Document(name="x.txt", data=data), HOUSE)
        assert caught.value.code == "binary"


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        text.read(Document(name="x.txt", data=b"a" * 300_000), HOUSE)
    assert caught.value.code == "too-large"


@pytest.mark.parametrize("other", ["---\ntitle: x\n---", "# Kop", "<html>", "Title: Dijk\n", "", "12 34"])
def test_other_formats_are_not_recognised(other: str) -> None:
    assert not text.recognises(other)


def test_plain_text_is_recognised() -> None:
    assert text.recognises("Binnenland\n\nDijk houdt stand")
