"""What stands in an article on a screen: wide tables, rules and lists, and the logo at night."""

from dataclasses import replace
from pathlib import Path

import examples
import pytest
from axe_playwright_python.sync_playwright import Axe
from eyes import measure, opened
from playwright.sync_api import Browser, Page
from shown import issue_of, message_with

from newsletter.model.article import Part, Passage
from newsletter.model.issue import Placement
from newsletter.model.mail import Message

pytestmark = pytest.mark.browser

ADDRESS = "https://example.nl/een/lang/adres/zonder/einde/" + "abcdefghij" * 6
WIDE = (
    f"<table><tr>{''.join(f'<th>Gemeente {n}</th>' for n in range(8))}</tr>"
    f"<tr><td>1</td><td><a href='{ADDRESS}'>{ADDRESS}</a></td></tr></table><hr>"
)
BOX = """selector => {
  const box = document.querySelector(selector).getBoundingClientRect()
  return [box.left, box.right] }"""
TEMPLATES = {"digest": "full", "letter": "opening"}


def article(template: str, html: str, **fields: object) -> Placement:
    """An article that this template prints whole."""
    body = (Passage(parts=(Part(kind="other", html=html),)),)
    return examples.placed(TEMPLATES[template], passages=body, **fields)  # type: ignore[arg-type]


def printed_whole(root: Path, template: str, html: str = WIDE) -> Message:
    """An issue without introduction, of one article with a wide table and a rule."""
    issue = replace(issue_of(article(template, html)), introduction_html="")
    return message_with(root, issue, newsletter={"template": template})


def painted(page: Page, selector: str, name: str) -> str:
    """A property as the browser computes it."""
    script = "([selector, name]) => getComputedStyle(document.querySelector(selector)).getPropertyValue(name)"
    return str(page.evaluate(script, [selector, name]))


@pytest.mark.parametrize("width", [320, 375, 720])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_wide_table_scrolls_by_itself(browser: Browser, root: Path, template: str, width: int) -> None:
    with opened(browser, printed_whole(root, template), width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(BOX, ".data")[1] <= page.evaluate(BOX, ".column")[1]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_wide_table_can_be_scrolled_without_a_mouse(browser: Browser, root: Path, template: str) -> None:
    without_link = WIDE.replace(f"<a href='{ADDRESS}'>{ADDRESS}</a>", "2")
    with opened(browser, printed_whole(root, template, without_link), 375) as page:
        violations = Axe().run(page).response["violations"]
    assert [v["id"] for v in violations if v["impact"] in {"serious", "critical"}] == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_heads_of_a_table_and_a_rule_are_dark_at_night(browser: Browser, root: Path, template: str) -> None:
    with opened(browser, printed_whole(root, template), 375, "dark") as page:
        assert measure(page).contrast[0] >= 4.5
        assert painted(page, "th", "border-bottom-color") == painted(page, ".data td", "border-bottom-color")
        assert painted(page, "th", "border-bottom-color") == painted(page, "hr", "background-color")


@pytest.mark.parametrize("width", [375, 720])
def test_the_picture_of_an_article_printed_whole_stands_on_the_edge(browser: Browser, root: Path, width: int) -> None:
    pictures = examples.picture(root, caption="Aansprakelijkheidsverzekeringsmaatschappij", credit="foto Berend Beets")
    message = message_with(root, article("digest", "<p>Kort.</p>", pictures=pictures))
    with opened(browser, message, width) as page:
        picture, column = page.evaluate(BOX, ".beside img"), page.evaluate(BOX, ".column")
        caption = page.evaluate(BOX, ".beside .caption")
    assert picture[1] == pytest.approx(column[1], abs=0.5)
    assert caption == pytest.approx(picture, abs=0.5)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_logo_stands_on_the_paper_at_night(browser: Browser, tmp_path: Path, template: str) -> None:
    examples.pictures_in(tmp_path)
    issue = examples.empty(tmp_path)
    message = message_with(tmp_path, issue, newsletter={"template": template}, brand={"logo": "dijk.png"})
    with opened(browser, message, 375, "dark") as page:
        assert painted(page, ".logo", "background-color") == painted(page, "body", "background-color")


@pytest.mark.parametrize("introduction", ["", "<p>Geachte lezer,</p>"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_short_title_without_kicker_is_tall_enough_to_touch(
    browser: Browser, root: Path, template: str, introduction: str
) -> None:
    issue = replace(issue_of(examples.placed("opening", title="Mist")), introduction_html=introduction)
    message = message_with(root, issue, newsletter={"template": template})
    with opened(browser, message, 375) as page:
        assert measure(page).low == []
