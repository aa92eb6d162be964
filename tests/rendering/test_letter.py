"""The template *letter*: one text, whichever the issue has, signed; then the other articles as links."""

from dataclasses import replace
from pathlib import Path

import examples
import pytest
from lxml.html import HtmlElement
from pages import page_of, rows, words_in

from newsletter.model.article import Author, Part, Passage
from newsletter.model.issue import Issue, Placement, Section
from newsletter.model.mail import Message
from newsletter.rendering.edition import render

BODY = (
    Passage(parts=(Part(kind="paragraph", html="<p>Om zes uur is het <strong>donker</strong>.</p>"),)),
    Passage(
        crosshead="Langs de rivier",
        parts=(Part(kind="paragraph", html='<p>Er is een <a href="https://example.nl/x">kaart</a>.</p>'),),
    ),
)


def letter(issue: Issue, root: Path) -> Message:
    settings = examples.config(root, newsletter={"template": "letter"})
    return examples.message_for(render(issue, settings), settings)


def read(issue: Issue, root: Path) -> HtmlElement:
    return page_of(letter(issue, root))


def with_body(placement: Placement) -> Placement:
    return replace(placement, article=replace(placement.article, passages=BODY))


def digest(root: Path, **fields: object) -> Issue:
    """An issue of an opening with a body and two sections."""
    sections = (
        Section(name="Binnenland", placements=(examples.placed("story", "een", pictures=examples.picture(root)),)),
        Section(name="Economie", placements=(examples.placed("brief", "twee"), examples.placed("link", "drie"))),
    )
    return examples.issue(*sections, opening=with_body(examples.opening(root)), **fields)


def buttons(page: HtmlElement) -> list[str]:
    return [words_in(cell) for cell in rows(page, "button")]


def test_the_introduction_is_the_letter_and_the_opening_follows_with_a_button(root: Path) -> None:
    page = read(digest(root), root)
    assert words_in(rows(page, "letter")[0]).startswith("Geachte lezer,")
    assert words_in(rows(page, "letter")[0]).endswith("De redactie")
    assert words_in(rows(page, "enclosed")[0]).startswith("WaterbeheerDe dijkwachten")
    assert buttons(page) == ["Lees het hele verhaal"]
    assert "donker" not in words_in(page)


def test_without_introduction_the_opening_is_the_letter_whole_and_signed(root: Path) -> None:
    page = read(digest(root, introduction_html=""), root)
    assert words_in(rows(page, "letter")[0]) == (
        "Om zes uur is het donker. Langs de rivier Er is een kaart. Hanna Wierda"
    )
    assert [words_in(h) for h in page.iter("h3")] == ["Langs de rivier"]
    assert page.find(".//h2/a").get("href") == "https://example.nl/nieuws/dijkwacht"
    assert buttons(page) == []


def test_the_letter_s_picture_is_the_opening_s_and_there_is_no_other(root: Path) -> None:
    for introduction in ("", examples.INTRODUCTION):
        pictures = list(read(digest(root, introduction_html=introduction), root).iter("img"))
        assert [(p.get("width"), p.get("height")) for p in pictures] == [("592", "333")]


def test_the_other_articles_follow_as_links_each_once_and_in_order(root: Path) -> None:
    page = read(digest(root), root)
    assert words_in(rows(page, "section")[0]) == "Verder deze week"
    assert [cell.find("a").get("href").rpartition("/")[2] for cell in rows(page, "link")] == ["een", "twee", "drie"]


def test_an_only_article_is_a_finished_letter(root: Path) -> None:
    only = with_body(examples.placed("brief", "brief", authors=(Author(name="Ina Boersma"), Author(name="Bas Kok"))))
    issue = examples.issue(Section(name="Overig", placements=(only,)), introduction_html="")
    page = read(issue, root)
    assert words_in(rows(page, "letter")[0]).endswith("Ina Boersma en Bas Kok")
    assert "Overig" not in words_in(page)
    assert rows(page, "section") == rows(page, "link") == rows(page, "button") == []


def test_a_letter_that_nobody_signed_is_the_editors(root: Path) -> None:
    issue = examples.issue(opening=with_body(examples.placed("opening")), introduction_html="")
    assert words_in(rows(read(issue, root), "letter")[0]).endswith("De redactie")


def test_an_opening_without_body_keeps_its_lead_and_its_button(root: Path) -> None:
    page = read(examples.issue(opening=examples.opening(root), introduction_html=""), root)
    assert words_in(rows(page, "lead")[0]) == examples.LEAD
    assert buttons(page) == ["Lees het hele verhaal"]
    assert rows(page, "letter") == []


def test_a_teaser_cut_from_the_body_does_not_stand_above_it(root: Path) -> None:
    cut = with_body(examples.placed("opening", teaser="Om zes uur is het donker."))
    page = read(examples.issue(opening=cut, introduction_html=""), root)
    assert words_in(page).count("Om zes uur") == 1


def test_strong_words_of_the_letter_are_no_titles(root: Path) -> None:
    page = read(digest(root, introduction_html=""), root)
    strong = next(b for b in page.iter("b") if b.text == "donker")
    assert "font" not in strong.get("style")


def test_blocks_are_kept_with_their_labels(root: Path) -> None:
    page = read(examples.everything(root), root)
    assert [words_in(cell)[:15] for cell in rows(page, "quote")] == ["Woord voor de w"]
    assert [words_in(cell.find("small")) for cell in rows(page, "advert")] == ["Aankondiging", "Advertentie"]


@pytest.mark.parametrize("introduction", ["", examples.INTRODUCTION])
def test_the_text_part_says_the_same_in_the_same_order(root: Path, introduction: str) -> None:
    text = letter(digest(root, introduction_html=introduction), root).text
    order = [
        "DE HEUVELBODE",
        "De dijkwachten",
        "VERDER DEZE WEEK",
        "/een",
        "/drie",
        "U ontvangt deze brief",
        "Afmelden",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert ("Geachte lezer" in text) is bool(introduction)
    assert ("LANGS DE RIVIER" in text.upper()) is not bool(introduction)
    assert max(len(line) for line in text.split("\n") if " " in line and not line.startswith("[")) <= 72
