"""What every template keeps to, with every issue; a new one joins by standing in ``templates/``."""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import examples
import pytest
from lxml.html import HtmlElement
from pages import EVERY, bytes_before, page_of

from newsletter.model.mail import Edition, Message, Slot
from newsletter.rendering import template

TEMPLATES = template.names(Path(__file__).parent.parent.parent)
Made = tuple[Edition, Message, HtmlElement]
Make = Callable[[str, str], Made]


@pytest.fixture(scope="module")
def make(root: Path) -> Make:
    """``make(template, issue)``: rendered once, merged for the sample reader, and read back."""

    def make(name: str, issue: str) -> Made:
        edition = examples.rendered(issue, root, newsletter={"template": name})
        message = examples.message_for(edition, examples.config(root))
        return edition, message, page_of(message)

    return cache(make)


@pytest.fixture(params=[(name, issue) for name in TEMPLATES for issue in EVERY], ids="-".join)
def made(request: pytest.FixtureRequest, make: Make) -> Made:
    return make(*request.param)


def test_there_is_a_template() -> None:
    assert "digest" in TEMPLATES


def test_the_frame_names_language_and_direction_twice(made: Made) -> None:
    edition, _, page = made
    direction = "rtl" if edition.language == "ar" else "ltr"
    for element in (page, page.body[0]):
        assert (element.get("lang"), element.get("dir")) == (edition.language, direction)
    assert page.body[0].get("role") == "article"


def test_the_frame_says_its_charset_first_and_has_a_title(made: Made) -> None:
    edition, message, page = made
    assert message.html.startswith("<!DOCTYPE html>\n<html")
    assert page.head[0].get("content") == "text/html; charset=utf-8"
    assert page.findtext(".//title") == edition.subject
    assert page.xpath("//meta[@name='viewport'] | //meta[@name='color-scheme']/@content")[-1] == "light dark"


def test_every_table_says_what_it_is_for(made: Made) -> None:
    tables = made[2].findall(".//table")
    assert tables
    assert {table.get("role") for table in tables} <= {"presentation", "table"}


def test_every_picture_has_words_and_whole_sizes(made: Made) -> None:
    for img in made[2].iter("img"):
        assert img.get("alt") is not None
        assert int(img.get("width")) > 0
        assert int(img.get("height")) > 0
        assert re.fullmatch(r"https://beeld\.invalid/[0-9a-f]{20}\.(jpg|png)", img.get("src"))


def test_pictures_of_the_page_and_of_the_edition_are_the_same(made: Made) -> None:
    edition, _, page = made
    assert {img.get("src").rpartition("/")[2] for img in page.iter("img")} == {p.name for p in edition.pictures}


def test_every_link_has_words_and_a_whole_address(made: Made) -> None:
    for link in made[2].iter("a"):
        name = link.text_content().strip() or "".join(img.get("alt", "") for img in link.iter("img"))
        assert name
        assert re.match(r"(https|mailto):", link.get("href"))


def test_style_sheets_are_small_and_hold_no_rule_within_a_rule(made: Made) -> None:
    sheets = [style.text or "" for style in made[2].iter("style")]
    assert sum(len(sheet.encode()) for sheet in sheets) < 16_384
    for sheet in sheets:
        depth = 0
        for mark in re.findall(r"@|[{}]", sheet):
            depth += {"{": 1, "}": -1}.get(mark, 0)
            assert mark != "@" or depth == 0
        assert depth == 0


def test_what_is_retained_beats_what_is_inline(made: Made) -> None:
    sheets = " ".join(style.text or "" for style in made[2].iter("style"))
    declared = [d for rule in re.findall(r"\{([^{}]+)\}", sheets) for d in rule.split(";") if d.strip()]
    assert [d for d in declared if not d.strip().endswith("!important")] == []


def test_it_can_be_left_before_gmail_clips_and_in_both_parts(made: Made) -> None:
    edition, message, _ = made
    assert bytes_before(edition, "unsubscribe") < 90_000
    assert message.unsubscribe in message.html
    assert message.unsubscribe in message.text


def test_headings_do_not_skip_a_level(made: Made) -> None:
    levels = [int(e.tag[1]) for e in made[2].iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert levels.count(1) == 1


def test_nothing_is_hidden_scripted_or_fetched_but_pictures(made: Made) -> None:
    html = made[1].html
    assert not re.search(
        r"display:\s*none|visibility:\s*hidden|<script|<link|@import|@font-face|data:image|url\(", html
    )


def test_no_empty_heading_link_or_zero_is_printed(made: Made) -> None:
    for element in made[2].iter("h1", "h2", "h3", "h4", "p", "b", "small"):
        assert element.text_content().strip() or element.find(".//img") is not None
    assert "0 min" not in made[1].html
    assert not re.search(r"\bNone\b|\bundefined\b|\{\{|\{%", made[1].html + made[1].text)


def test_every_article_of_the_issue_stands_in_both_parts(
    made: Made, root: Path, request: pytest.FixtureRequest
) -> None:
    _, message, page = made
    html = squeezed(page.text_content())
    text = squeezed(message.text)
    for placement in examples.ISSUES[request.node.callspec.params["made"][1]](root).placements:
        title = squeezed(placement.article.title)
        assert title in html
        assert title in text


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_sizes_name_every_article_and_add_up(made: Made, root: Path, request: pytest.FixtureRequest) -> None:
    edition, _, _ = made
    issue = examples.ISSUES[request.node.callspec.params["made"][1]](root)
    sizes = dict(edition.sizes)
    assert {p.article.id for p in issue.placements} <= set(sizes)
    tokens = sum(len(p) for p in edition.html if isinstance(p, str))
    assert sum(sizes.values()) >= tokens
    assert all(size > 0 for size in sizes.values())


def test_fields_are_cut_out_completely(made: Made) -> None:
    edition, message, _ = made
    assert {p.field for p in (*edition.html, *edition.text) if isinstance(p, Slot)} >= {"unsubscribe", "why"}
    assert not re.search(r"mf[0-9a-f]{32}", message.html + message.text)


def test_lines_of_the_text_part_are_at_most_72_wide(made: Made) -> None:
    for line in made[1].text.split("\n"):
        assert len(line) <= 72 or len(line.split()) == 1 or re.match(r"\[\d+\] \S+$", line), line
        assert line == line.rstrip()


def test_links_of_the_text_part_are_numbered_without_gap(made: Made) -> None:
    numbers = [int(n) for n in re.findall(r"^\[(\d+)\] \S+$", made[1].text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert set(map(int, re.findall(r"\[(\d+)\]", made[1].text))) == set(numbers)


def test_text_and_page_lead_to_the_same_addresses(made: Made) -> None:
    _, message, page = made
    on_page = {link.get("href") for link in page.iter("a")}
    in_text = set(re.findall(r"^\[\d+\] (\S+)$", message.text, re.MULTILINE))
    assert in_text == on_page
