"""The template *letter* on a screen: readable, wide enough and nowhere too wide, in every light."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import examples
import pytest
from axe_playwright_python.sync_playwright import Axe
from eyes import SCHEMES, measure, opened
from playwright.sync_api import Browser

from newsletter.model.article import Part, Passage
from newsletter.model.issue import Issue
from newsletter.model.mail import Message
from newsletter.rendering.edition import render

pytestmark = pytest.mark.browser

Letters = Callable[[str], Message]
RULES = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
SIZES = "[...new Set([...document.querySelectorAll('td, td *')].map(e => getComputedStyle(e).fontSize))]"
TYPE = {
    375: {"14px", "16px", "17px", "18px", "22px", "28px", "0px"},
    720: {"14px", "16px", "17px", "20px", "24px", "34px", "0px"},
}
"""The sizes of the art direction; the double rule under the masthead has none."""


def whole(root: Path) -> Issue:
    """An issue without introduction, whose opening is the letter: every kind of part in its body."""
    body = examples.everything(root).sections[0].placements[4].article.passages
    footnote = Part(kind="other", html="<hr><ol><li>Een noot.<sup>1</sup></li></ol>")
    opening = examples.placed(
        "opening", lead=examples.LEAD, pictures=examples.picture(root, "dijk.png"),
        passages=(*body, Passage(crosshead=examples.COMPOUND, parts=(footnote,))),
    )  # fmt: skip
    return examples.issue(*examples.mixed(root).flow, opening=opening, introduction_html="")


@pytest.fixture(scope="module")
def letter_of(root: Path) -> Letters:
    """``letter_of("mixed")``: an issue of `examples`, or ``"whole"``, as a letter; rendered once."""
    settings = examples.config(root, newsletter={"template": "letter"})

    def make(name: str) -> Message:
        if name == "whole":
            return examples.message_for(render(whole(root), settings), settings)
        return examples.message_for(examples.rendered(name, root, newsletter={"template": "letter"}), settings)

    return cache(make)


NAMES = ("whole", "everything", "one_article", "arabic")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_a_letter_can_be_read(browser: Browser, letter_of: Letters, name: str, scheme: str) -> None:
    for width in (375, 720):
        with opened(browser, letter_of(name), width, scheme) as page:
            ratio, text = measure(page).contrast
        assert ratio >= 4.5, f"{text} at {width}"


@pytest.mark.parametrize("name", [*NAMES, "endless_words"])
def test_a_letter_fits_and_its_links_can_be_touched(browser: Browser, letter_of: Letters, name: str) -> None:
    for width in (320, 375, 720):
        with opened(browser, letter_of(name), width) as page:
            seen = measure(page)
        assert seen.overflow < 1, width
        assert seen.low == [], width


@pytest.mark.parametrize("name", ["whole", "endless_words"])
def test_a_letter_fits_a_phone_that_drops_style_sheets(browser: Browser, letter_of: Letters, name: str) -> None:
    with opened(browser, letter_of(name), 375) as page:
        page.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")
        assert measure(page).overflow < 1


@pytest.mark.parametrize("width", TYPE)
@pytest.mark.parametrize("name", ["whole", "everything"])
def test_a_letter_has_no_other_sizes_than_the_art_direction(
    browser: Browser, letter_of: Letters, name: str, width: int
) -> None:
    with opened(browser, letter_of(name), width) as page:
        assert set(page.evaluate(SIZES)) <= TYPE[width]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["whole", "arabic"])
def test_accessibility_rules_find_nothing_serious_in_a_letter(
    browser: Browser, letter_of: Letters, name: str, scheme: str
) -> None:
    with opened(browser, letter_of(name), 375, scheme) as page:
        violations = Axe().run(page, options=RULES).response["violations"]
    found = [(v["id"], v["nodes"][0]["html"]) for v in violations if v["impact"] in {"serious", "critical"}]
    assert found == []
