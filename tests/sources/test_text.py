"""How single lines of a pasted text are read; whole texts stand in test_text_shapes."""

from pathlib import Path

import pytest
from pasted import NEXT_PARAGRAPH, PARAGRAPH, codes, paste, read, sureness, uses

from newsletter.model.article import Article, Author
from newsletter.sources import text
from newsletter.sources._text.kicker import Kicker, read_kicker


def shape(article: Article) -> list[tuple[str | None, list[str]]]:
    return [(passage.crosshead, [part.kind for part in passage.parts]) for passage in article.passages]


def test_the_address_given_wins_over_the_first_line() -> None:
    page = f"https://example.nl/een\n\nDe dijk bij Zanddorp houdt\n\n{PARAGRAPH}\n\n{NEXT_PARAGRAPH}"
    article = read(page, "-", url="https://example.nl/twee").article
    assert (article.url, article.id, article.file) == ("https://example.nl/twee", "de-dijk-bij-zanddorp-houdt", None)


def test_a_picture_beside_the_text_is_that_of_the_caption(tmp_path: Path) -> None:
    (tmp_path / "dijk.jpg").write_bytes(b"picture")
    caption = "De dijk bij Zanddorp. beeld ANP, Els Blom"
    found = read(f"Dijk houdt stand\n14 oktober 2025\n{caption}\n{PARAGRAPH}", "dijk.txt", folder=tmp_path)
    assert [(p.file, p.caption) for p in found.article.pictures] == [(tmp_path / "dijk.jpg", "De dijk bij Zanddorp.")]


def test_a_picture_beside_the_text_needs_no_caption(tmp_path: Path) -> None:
    (tmp_path / "dijk.png").write_bytes(b"picture")
    found = read(f"Dijk houdt stand\n14 oktober 2025\n{PARAGRAPH}", "dijk.txt", folder=tmp_path)
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
    found = paste("Tuinieren", "Dijk bij Zanddorp houdt stand", PARAGRAPH, "14 oktober 2025", NEXT_PARAGRAPH)
    assert found.article.section == "Tuinieren"
    assert codes(found) == ["section-unknown"]
    assert sureness(found)["section"] == "likely"


def test_an_ambiguous_date_is_a_warning_and_no_date() -> None:
    found = paste("Dijk houdt stand", "03/04/2024", PARAGRAPH)
    assert found.article.published is None
    assert [(n.code, n.level, n.line) for n in found.notes] == [("date-ambiguous", "warning", 2)]


def test_a_signature_names_the_author() -> None:
    found = paste("Dijk houdt stand", PARAGRAPH, NEXT_PARAGRAPH, "Marit van der Hoeve")
    assert found.article.authors == (Author(name="Marit van der Hoeve"),)
    assert sureness(found)["authors"] == "likely"


def test_a_signature_below_a_dated_article_names_the_author() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, NEXT_PARAGRAPH, "Marit van der Hoeve")
    assert found.article.authors == (Author(name="Marit van der Hoeve"),)
    assert uses(found)[5] == "field"


def test_a_text_that_stops_halfway_is_truncated() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Het waterschap wil er morgen mee ophouden omdat")
    assert "truncated" in codes(found)
    assert found.to_check


def test_markup_in_a_text_stays_words() -> None:
    odd = "Wie *sterren* of <b>haken</b> {{ typt }} & [zo](x) verder, moet die gewoon terugzien in de krant."
    found = paste("Dijk houdt stand", "14 oktober 2025", odd)
    html = found.article.passages[0].parts[0].html
    assert "&lt;b&gt;haken&lt;/b&gt;" in html
    assert "*sterren*" in html
    assert "{{" not in html


def test_a_kicker_says_by_a_note_how_it_was_cut() -> None:
    found = paste("Binnenlanddijken", "Dijk houdt stand", "14 oktober 2025", PARAGRAPH)
    assert codes(found) == ["kicker-split"]
    assert sureness(found)["topic"] == "likely"


@pytest.mark.parametrize("title", ["Politiek is mooi werk", "Binnenlandse wegen dicht", "Kerken lopen vol in Zanddorp"])
def test_a_title_that_begins_like_a_section_is_no_kicker(title: str) -> None:
    assert paste(title, "14 oktober 2025", PARAGRAPH).article.title == title


def test_without_anchor_title_and_lead_are_a_guess() -> None:
    third = "De school blijft dicht tot maandag, en de bakker bezorgt zolang met de roeiboot van zijn zwager."
    found = paste("De dijk bij Zanddorp houdt", PARAGRAPH, NEXT_PARAGRAPH, third)
    assert sureness(found) == {"title": "likely", "lead": "check"}
    assert found.to_check


def test_a_caption_in_the_body_needs_punctuation_before_its_credit() -> None:
    sentence = "De kijker zag op het beeld Marit van der Hoeve"
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, sentence, NEXT_PARAGRAPH)
    assert found.article.pictures == ()
    assert uses(found)[4] == "body"


def test_a_caption_printed_twice_in_the_body_is_taken_once() -> None:
    caption = "De dijk bij Zanddorp. beeld ANP, Els Blom"
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, caption, caption, NEXT_PARAGRAPH)
    assert len(found.article.pictures) == 1
    assert codes(found) == ["caption-in-body", "duplicate-caption"]


def test_two_captions_are_two_pictures_and_their_number_goes() -> None:
    first, second = "De dijk. beeld ANP, Els Blom", "De molen. beeld RD"
    found = paste("Dijk houdt stand", "14 oktober 2025", first, second, "2", PARAGRAPH)
    assert [p.caption for p in found.article.pictures] == ["De dijk.", "De molen."]
    assert uses(found)[5] == "furniture"


def test_a_number_that_begins_a_sentence_makes_no_list() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "1. april was het al zover, meldt het waterschap.")
    assert shape(found.article) == [(None, ["paragraph", "paragraph"])]


def test_a_list_that_starts_anew_is_another_list() -> None:
    lines = ["1. Kijk goed uit.", "2. Loop dan door.", "- Neem brood mee.", "- En water ook."]
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, *lines)
    assert shape(found.article) == [(None, ["paragraph", "list", "list"])]


def test_a_list_that_counts_anew_is_written_apart() -> None:
    lines = ["1. Kijk goed uit.", "2. Loop dan door.", "1. Neem brood mee.", "2. En water ook."]
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, *lines)
    assert "2. Loop dan door.\n\n1. Neem brood mee." in found.body


def test_a_pull_quote_whose_words_stand_in_the_body_is_left_out() -> None:
    quote = "Geen reden tot zorg, al blijft het dorp voorlopig afgesloten voor doorgaand verkeer"
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, quote, NEXT_PARAGRAPH)
    assert uses(found)[4] == "duplicate"


def test_of_two_equal_pull_quotes_the_first_stays() -> None:
    quote = "Wij hebben hier wel vaker met natte voeten op het droge gewacht, hoor"
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, quote, NEXT_PARAGRAPH, quote, f"{PARAGRAPH} Toch.")
    assert (uses(found)[4], uses(found)[6]) == ("body", "duplicate")


def test_a_pull_quote_of_its_own_words_is_a_quotation() -> None:
    quote = "Wij hebben hier wel vaker met natte voeten op het droge gewacht, hoor"
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, quote, NEXT_PARAGRAPH)
    assert shape(found.article) == [(None, ["paragraph", "quote", "paragraph"])]
    assert codes(found) == ["pull-quote"]


def test_a_short_odd_line_is_kept_with_a_note() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Ja of nee,", NEXT_PARAGRAPH)
    assert "Ja of nee," in found.body
    assert codes(found) == ["short-line"]


def test_a_line_without_words_is_unplaced() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "* * *", NEXT_PARAGRAPH)
    assert uses(found)[4] == "unplaced"


def test_an_own_word_of_the_menu_in_the_middle_is_no_menu() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Archief", NEXT_PARAGRAPH, "Archief", "Contact")
    assert uses(found) == {1: "field", 2: "field", 3: "body", 4: "body", 5: "body", 6: "furniture", 7: "furniture"}


def test_a_language_that_is_not_the_newsletters_is_to_check() -> None:
    words = "The dike has held and the people of the village are back in the houses that they left on Monday."
    found = paste("The dike holds", "14 October 2025", words)
    assert (found.article.language, sureness(found)["language"]) == ("en", "check")


def test_a_paywall_below_a_long_text_is_a_warning() -> None:
    paragraphs = [f"{PARAGRAPH} Dat is {n} keer gezegd." for n in range(4)]
    found = paste("Dijk houdt stand", "14 oktober 2025", *paragraphs, "Log in om verder te lezen")
    assert [(note.code, note.level, note.line) for note in found.notes] == [("paywall", "warning", 7)]


def test_a_text_that_ends_in_two_dots_is_truncated() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Het waterschap wil er morgen mee ophouden..")
    assert codes(found) == ["truncated"]


def test_a_dense_crosshead_stands_above_any_paragraph_of_two_lines() -> None:
    short = "De school blijft dicht tot maandag, en de bakker bezorgt met de roeiboot van zijn neef."
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Roeiboot", short)
    assert shape(found.article) == [(None, ["paragraph"]), ("Roeiboot", ["paragraph"])]


def test_a_title_may_be_a_sentence_when_what_follows_is_clearly_longer() -> None:
    title = "De dijk bij Zanddorp houdt het ook deze winter met klei en met geduld."
    assert paste(title, PARAGRAPH, "14 oktober 2025", NEXT_PARAGRAPH).article.title == title


def test_one_word_of_a_button_between_paragraphs_is_a_crosshead() -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, "Luister", NEXT_PARAGRAPH)
    assert shape(found.article) == [(None, ["paragraph"]), ("Luister", ["paragraph"])]


def test_read_also_takes_one_title_with_it() -> None:
    lines = ["Lees ook", "Brug bij Heuvelrade dicht", "Roeiboot"]
    found = paste("Dijk houdt stand", "14 oktober 2025", PARAGRAPH, *lines, NEXT_PARAGRAPH)
    assert [uses(found)[n] for n in (4, 5, 6)] == ["furniture", "furniture", "body"]


def test_of_two_sections_that_begin_alike_the_longer_one_is_meant() -> None:
    kicker = read_kicker("Buitenlandhaven", (("Buiten", ()), ("Buitenland", ())))
    assert kicker == Kicker(section="Buitenland", topic="haven", split=True)


@pytest.mark.parametrize(
    ("capitals", "place"),
    [("ALPHEN AAN DEN RIJN", "Alphen aan den Rijn"), ("DEN HAAG", "Den Haag"), ("IJMUIDEN", "IJmuiden")],
)
def test_a_place_in_capitals_is_written_as_readers_write_it(capitals: str, place: str) -> None:
    found = paste("Dijk houdt stand", "14 oktober 2025", f"{capitals} (ANP) – {PARAGRAPH}", NEXT_PARAGRAPH)
    assert found.article.place == place


def test_a_name_on_the_last_line_is_no_second_author() -> None:
    found = paste("Dijk houdt stand", "Door Els Blom", "14 oktober 2025", PARAGRAPH, "Marit van der Hoeve")
    assert found.article.authors == (Author(name="Els Blom"),)
    assert uses(found)[5] == "body"


@pytest.mark.parametrize("other", ["---\ntitle: x\n---", "# Kop", "<html>", "Title: Dijk\n", "", "12 34"])
def test_other_formats_are_not_recognised(other: str) -> None:
    assert not text.recognises(other)


def test_plain_text_is_recognised() -> None:
    assert text.recognises("Binnenland\n\nDijk houdt stand")
