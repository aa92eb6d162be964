"""Articles in the digest: what each placement shows, and what it does when something is missing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import examples
import pytest
from pages import page_of, rows, words_in
from shown import Show, style

from newsletter.model.article import Author
from newsletter.model.mail import Message


def test_an_article_without_address_has_no_link_and_keeps_its_place(show: Show, root: Path) -> None:
    kinds = ("opening", "story", "brief", "link", "full")
    page = show(*(examples.placed(kind, kind, url=None, pictures=examples.picture(root)) for kind in kinds))
    assert all("weekbrief.example.nl" in link.get("href") for link in page.iter("a"))
    assert not rows(page, "button")
    assert words_in(page).count(examples.TITLE) == 5


def test_an_article_with_an_address_links_title_picture_and_button(show: Show, root: Path) -> None:
    page = show(examples.opening(root))
    links = [a for a in page.iter("a") if a.get("href") == "https://example.nl/nieuws/dijkwacht"]
    assert len(links) == 3
    assert words_in(links[-1]) == "Lees het hele verhaal"


def test_addresses_on_ones_own_site_get_what_is_to_be_added(show: Show) -> None:
    stories = (examples.placed("brief"), examples.placed("brief", "weg", url="https://example.org/x?a=1#b"))
    page = show(*stories, links={"own": ["example.nl", "example.org"], "append": "utm_source=brief&b=1"})
    found = {a.get("href") for a in page.iter("a")}
    assert "https://example.nl/nieuws/dijk?utm_source=brief&b=1" in found
    assert "https://example.org/x?a=1&utm_source=brief&b=1#b" in found


def test_an_address_that_has_what_is_to_be_added_keeps_its_own(show: Show) -> None:
    story = examples.placed("brief", url="https://example.nl/x?utm_source=web&q=1")
    page = show(story, links={"own": ["example.nl"], "append": "utm_source=brief&utm_medium=email"})
    assert "https://example.nl/x?utm_source=web&q=1&utm_medium=email" in {a.get("href") for a in page.iter("a")}


def test_a_caption_without_a_picture_file_is_not_shown(message_of: Callable[[str], Message]) -> None:
    message = message_of("no_pictures")
    assert "onderschrift" not in message.html
    assert "foto De Heuvelbode" not in message.html.casefold()
    assert not page_of(message).findall(".//img")


def test_caption_and_credit_stand_below_the_openings_picture(show: Show, root: Path) -> None:
    (caption,) = rows(show(examples.opening(root)), "caption")
    assert words_in(caption) == "Op weg naar gemaal De Lange Arm bij Kromwaarde. Illustratie De Heuvelbode"


def test_a_picture_without_words_is_no_link(show: Show, root: Path) -> None:
    page = show(examples.placed("story", pictures=examples.picture(root, alt=None)))
    (img,) = page.iter("img")
    assert img.get("alt") == ""
    assert img.getparent().tag == "td"


def test_a_decorative_picture_shows_no_words(show: Show, root: Path) -> None:
    page = show(examples.placed("story", pictures=examples.picture(root, decorative=True)))
    assert [img.get("alt") for img in page.iter("img")] == [""]


def test_a_story_shows_its_picture_small_and_at_the_end(show: Show, root: Path) -> None:
    page = show(examples.placed("story", pictures=examples.picture(root)))
    (img,) = page.iter("img")
    (table,) = (t for t in page.iter("table") if "float" in (t.get("class") or ""))
    assert (img.get("width"), img.get("height")) == ("104", "78")
    assert (table.get("align"), style(table, "float")) == ("right", "right")


@pytest.mark.parametrize("kind", ["brief", "link"])
def test_briefs_and_links_show_no_picture(show: Show, root: Path, kind: str) -> None:
    assert not show(examples.placed(kind, pictures=examples.picture(root))).findall(".//img")  # type: ignore[arg-type]


def test_a_placement_may_leave_its_picture_out(show: Show, root: Path) -> None:
    hidden = replace(examples.placed("story", pictures=examples.picture(root)), show_picture=False)
    assert not show(hidden).findall(".//img")


@pytest.mark.parametrize(
    ("fields", "kicker"),
    [
        ({"topic": "onderwijs"}, "Onderwijs"),
        ({"topic": "onderwijs", "label": "nieuws"}, "Nieuws"),
        ({"kind": "opinion", "authors": (Author(name="J. Kok", role="boer"),), "topic": "x"}, "J. Kok, boer"),
        ({"kind": "opinion", "authors": (Author(name="J. Kok"),)}, "J. Kok"),
        ({"kind": "opinion", "topic": "commentaar"}, "Commentaar"),
    ],
)
def test_the_kicker(show: Show, fields: dict[str, object], kicker: str) -> None:
    heading = show(examples.placed("story", **fields)).find(".//h3")
    assert words_in(heading) == f"{kicker} {examples.TITLE}".replace(f"{kicker} ", kicker)


def test_without_kicker_the_link_is_tall_enough_to_touch(show: Show) -> None:
    heading = show(examples.placed("brief")).find(".//h3")
    assert heading.find(".//br") is None
    assert style(heading.find("a"), "padding") == "9px 0"
    (row,) = rows(show(examples.placed("brief")), "article")
    assert style(row, "padding") == "9px 0 22px"


def test_without_teaser_the_time_stands_alone(show: Show) -> None:
    (row,) = rows(show(examples.placed("brief", teaser=None)), "article")
    assert [words_in(p) for p in row.iter("p")] == ["4 min. lezen"]


@pytest.mark.parametrize("minutes", [None, 0])
def test_without_time_none_is_shown(show: Show, minutes: int | None) -> None:
    page = show(examples.placed("brief", minutes=minutes), examples.placed("opening", "kop", minutes=minutes))
    assert not page.findall(".//small")
    assert "min." not in words_in(page)


def test_without_teaser_and_time_there_is_no_paragraph(show: Show) -> None:
    (row,) = rows(show(examples.placed("brief", teaser=None, minutes=None)), "article")
    assert not row.findall(".//p")
    assert style(row, "padding") == "9px 0 13px"


@pytest.mark.parametrize(
    ("authors", "minutes", "byline"),
    [
        (("Hanna Wierda",), 7, "Door Hanna Wierda · 7 min. lezen"),
        (("A", "B", "C"), None, "Door A, B en C"),
        ((), 7, "7 min. lezen"),
    ],
)
def test_the_byline(show: Show, authors: tuple[str, ...], minutes: int | None, byline: str) -> None:
    written = tuple(Author(name=name) for name in authors)
    (row,) = rows(show(examples.placed("opening", authors=written, minutes=minutes)), "byline")
    assert words_in(row) == byline


def test_without_author_and_time_there_is_no_byline(show: Show) -> None:
    page = show(examples.placed("opening", minutes=None))
    assert not rows(page, "byline")
    assert style(rows(page, "action")[0], "padding") == "20px 0 0"


def test_an_opening_shows_its_teaser_or_else_its_lead(show: Show) -> None:
    assert words_in(rows(show(examples.placed("opening", lead="Een lead.")), "lead")[0]) == examples.TEASER
    assert words_in(rows(show(examples.placed("opening", lead="Een lead.", teaser=None)), "lead")[0]) == "Een lead."
    assert not rows(show(examples.placed("opening", teaser=None)), "lead")


def test_an_opinion_piece_is_set_in_italics(show: Show) -> None:
    title = show(examples.placed("story", kind="opinion")).find(".//h3//b")
    assert (style(title, "font-style"), style(title, "font-weight")) == ("italic", "normal")


def test_a_full_placement_prints_its_body_with_crossheads(message_of: Callable[[str], Message]) -> None:
    row = next(r for r in rows(page_of(message_of("everything")), "full"))
    assert [words_in(h) for h in row.iter("h4")] == ["Tussenkop"]
    assert [words_in(li) for li in row.iter("li")] == ["een sluis", "twee gemalen"]
    assert row.find(".//table").get("role") == "table"
    assert row.find(".//strong") is None
    assert words_in(row.find(".//pre")) == "peil --nu"


def test_a_section_without_articles_and_a_lone_link_need_no_special_case(show: Show) -> None:
    page = show(examples.placed("link"))
    assert [words_in(h) for h in page.iter("h2")] == ["Binnenland"]
    assert len(rows(page, "link")) == 1
