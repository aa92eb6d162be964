"""What stands in an article, introduction or block: tables, lists, rules and code as the mail carries them."""

from pathlib import Path

import examples
import pytest
from lxml.html import HtmlElement
from pages import page_of, rows
from shown import Show, message_with, style

from newsletter.model.article import Author, Part, PartKind, Passage, Picture
from newsletter.model.issue import Block, Placement

TABLE = (
    "<table><thead><tr><th>Dorp</th><th align='right'>Stemmen</th></tr></thead>"
    "<tbody><tr><td>Heuveldam</td><td align='right'>120</td></tr></tbody></table>"
)


def full(kind: PartKind, html: str, **fields: object) -> Placement:
    """An article printed whole, of one part."""
    return examples.placed("full", passages=(Passage(parts=(Part(kind=kind, html=html),)),), **fields)  # type: ignore[arg-type]


def table_in(page: HtmlElement) -> HtmlElement:
    (table,) = (table for table in page.iter("table") if table.get("class") == "data")
    return table


def test_the_picture_of_an_article_printed_whole_is_no_cell_of_a_table(show: Show, root: Path) -> None:
    (cell,) = rows(show(full("table", TABLE, pictures=examples.picture(root))), "beside")
    assert style(cell, "padding") == "6px 0 8px 16px"
    assert style(cell, "border-bottom") is None


def test_a_cell_keeps_the_alignment_it_was_given(show: Show) -> None:
    head, figure = table_in(show(full("table", TABLE))).xpath(".//*[@align='right']")
    assert style(head, "text-align") == "right"
    assert style(figure, "text-align") in {None, "right"}


def test_a_table_is_mirrored_from_right_to_left(show: Show, root: Path) -> None:
    page = show(full("table", TABLE), newsletter={"language": "ar"})
    assert {style(cell, "padding") for cell in table_in(page).iter("td", "th")} == {"4px 0 4px 12px"}


@pytest.mark.parametrize("template", ["digest", "letter"])
def test_a_table_in_the_introduction_looks_like_any_other(show: Show, root: Path, template: str) -> None:
    issue = examples.issue(introduction_html=f"<p>Geachte lezer,</p>{TABLE}")
    cell = table_in(show(issue, newsletter={"template": template})).find(".//td")
    assert (style(cell, "font"), style(cell, "border-bottom")) == ("14px/20px Arial,sans-serif", "1px solid #D9D7D1")


@pytest.mark.parametrize("template", ["digest", "letter"])
def test_a_list_is_indented_by_its_margin_which_word_knows(show: Show, template: str) -> None:
    issue = examples.issue(
        Block(id="w", kind="word", html="<ul><li>w</li></ul>"),
        Block(id="a", kind="sponsor", html="<ol><li>a</li></ol>"),
        opening=full("list", "<ul><li>o</li></ul>") if template == "letter" else None,
        introduction_html="" if template == "letter" else "<ul><li>i</li></ul>",
    )
    lists = list(show(issue, newsletter={"template": template}).iter("ul", "ol"))
    assert len(lists) == 3
    for element in lists:
        assert "24px" in (style(element, "margin") or "")
        assert style(element, "padding") == "0"


@pytest.mark.parametrize("template", ["digest", "letter"])
def test_a_list_in_a_word_for_the_week_begins_where_its_lines_begin(show: Show, template: str) -> None:
    page = show(Block(id="w", kind="word", html="<ul><li>w</li></ul>"), newsletter={"template": template})
    (words,) = page.iter("ul")
    assert style(words, "text-align") == "left"
    assert style(words, "font") == "italic 24px/34px Georgia,serif"


def test_code_runs_from_left_to_right_in_every_language(show: Show) -> None:
    page = show(full("code", "<pre><code>peil --nu</code></pre>"), newsletter={"language": "ar"})
    (code,) = page.iter("pre")
    assert (code.get("dir"), style(code, "text-align")) == ("ltr", "left")


@pytest.mark.parametrize("template", ["digest", "letter"])
def test_word_pads_buttons_and_rows_of_links_too(show: Show, root: Path, template: str) -> None:
    page = show(examples.opening(root), examples.placed("link", "b"), newsletter={"template": template})
    assert [style(row, "mso-padding-alt") for row in rows(page, "button")] == ["13px 24px"]
    assert {style(row, "mso-padding-alt") for row in rows(page, "link")} == {"11px 0"}


PHOTO = {"caption": "De school in het hart van Zijlwaard", "credit": "foto Berend Beets"}


def test_an_article_printed_whole_names_its_author_and_whose_picture_it_shows(show: Show, root: Path) -> None:
    page = show(full("paragraph", "<p>x</p>", authors=(Author(name="Hanna Wierda"),),
                     pictures=examples.picture(root, **PHOTO)))  # fmt: skip
    (row,) = rows(page, "full")
    (caption,) = row.find_class("caption")
    (byline,) = row.find_class("byline")
    assert caption.text_content() == "De school in het hart van Zijlwaard. Foto Berend Beets"
    assert byline.text_content().replace("\N{NO-BREAK SPACE}", " ") == "Door Hanna Wierda · 4 min. lezen"


def test_an_article_printed_whole_without_author_and_caption_leaves_no_line_for_them(show: Show, root: Path) -> None:
    bare = examples.picture(root)
    bare = (Picture(file=bare[0].file, alt=bare[0].alt),)
    (row,) = rows(show(full("paragraph", "<p>x</p>", minutes=None, pictures=bare)), "full")
    assert not row.find_class("caption")
    assert not row.find_class("byline")


@pytest.mark.parametrize("template", ["digest", "letter"])
def test_an_advert_says_its_title_once(root: Path, template: str) -> None:
    advert = Block(id="a", kind="sponsor", title="Koop een 'boek'", html="<p>Tekst.</p>", url="https://example.org/")
    message = message_with(root, advert, newsletter={"template": template})
    (link,) = (a for a in page_of(message).iter("a") if a.get("href") == "https://example.org/")
    assert link.text_content() == "Koop een ‚boek’"
    assert message.html.count("‚boek’") == message.text.count("‚boek’") == 1


def test_what_an_adverts_link_says_has_its_typographic_marks(root: Path) -> None:
    advert = Block(id="a", kind="sponsor", title="Boek", link="Lees 'alles'", url="https://example.org/")
    message = message_with(root, advert)
    assert "Lees ‚alles’</a>" in message.html
    assert "Lees ‚alles’" in message.text


def test_the_text_part_of_an_article_printed_whole_names_author_and_picture(root: Path) -> None:
    placement = full("paragraph", "<p>x</p>", authors=(Author(name="Hanna Wierda"),),
                     pictures=examples.picture(root, **PHOTO))  # fmt: skip
    text = message_with(root, placement).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Foto Berend Beets\nDoor Hanna Wierda · 4 min. lezen\n\nx\n" in text
