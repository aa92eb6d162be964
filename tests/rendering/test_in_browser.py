"""The mail on a screen: readable, wide enough and nowhere too wide, in every light."""

from collections.abc import Callable

import examples
import pytest
from axe_playwright_python.sync_playwright import Axe
from eyes import SCHEMES, measure, opened
from pages import EVERY
from playwright.sync_api import Browser

from newsletter.model.mail import Message

pytestmark = pytest.mark.browser

Messages = Callable[[str], Message]
RULES = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
"""These two are for pages: a mail stands inside the page of its reader's mail client."""


@pytest.mark.parametrize("name", ["reference", "everything", "arabic"])
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (375, "light"),
        (720, "dark"),
        pytest.param(375, "dark", marks=pytest.mark.proof),
        pytest.param(720, "light", marks=pytest.mark.proof),
    ],
)
def test_accessibility_rules_find_nothing_serious(
    browser: Browser, message_of: Messages, name: str, width: int, scheme: str
) -> None:
    with opened(browser, message_of(name), width, scheme) as page:
        violations = Axe().run(page, options=RULES).response["violations"]
    found = [(v["id"], v["nodes"][0]["html"]) for v in violations if v["impact"] in {"serious", "critical"}]
    assert found == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["everything", "arabic"])
def test_every_text_can_be_read(browser: Browser, message_of: Messages, name: str, scheme: str) -> None:
    for width in (375, 720):
        with opened(browser, message_of(name), width, scheme) as page:
            ratio, text = measure(page).contrast
        assert ratio >= 4.5, f"{text} at {width}"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("colour", ["#F2B705", "#D4002A", "#0B2A5B", "#00FF00", "#808080"])
def test_every_text_can_be_read_in_any_brand(browser: Browser, root, config, colour: str, scheme: str) -> None:  # type: ignore[no-untyped-def]
    settings = config(brand={"colour": colour})
    message = examples.message_for(examples.render(examples.everything(root), settings), settings)
    with opened(browser, message, 375, scheme) as page:
        ratio, text = measure(page).contrast
    assert ratio >= 4.5, text


def test_the_measure_sees_what_cannot_be_read(browser: Browser, message_of: Messages) -> None:
    with opened(browser, message_of("empty"), 375) as page:
        page.evaluate("document.querySelector('h1').style.color = '#DDDDDD'")
        assert measure(page).contrast == (pytest.approx(1.36, abs=0.02), "De Heuvelbode")


@pytest.mark.parametrize("name", EVERY)
def test_nothing_sticks_out(browser: Browser, message_of: Messages, name: str) -> None:
    for width in (320, 375, 720):
        with opened(browser, message_of(name), width) as page:
            assert measure(page).overflow < 1, width


def test_nothing_sticks_out_on_a_phone_that_drops_style_sheets(browser: Browser, message_of: Messages) -> None:
    for name in ("reference", "endless_words"):
        with opened(browser, message_of(name), 375) as page:
            page.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")
            assert measure(page).overflow < 1, name


@pytest.mark.parametrize("name", EVERY)
def test_links_outside_running_text_are_tall_enough_to_touch(browser: Browser, message_of: Messages, name: str) -> None:
    for width in (375, 720):
        with opened(browser, message_of(name), width) as page:
            assert measure(page).low == [], width


def test_the_link_to_the_web_version_is_tall_enough_to_touch(browser: Browser, root, config) -> None:  # type: ignore[no-untyped-def]
    edition = examples.rendered("mixed", root, web_version=True)
    for width in (375, 720):
        with opened(browser, examples.message_for(edition, config()), width) as page:
            assert measure(page).low == [], width


BOX = """selector => {
  const box = document.querySelector(selector).getBoundingClientRect()
  return [box.left, box.right, box.width] }"""


@pytest.mark.parametrize(("width", "shown"), [(375, 104), (720, 176)])
def test_a_storys_picture_stands_at_the_end_and_grows_with_the_screen(
    browser: Browser, message_of: Messages, width: int, shown: int
) -> None:
    with opened(browser, message_of("mixed"), width) as page:
        left, right, wide = page.evaluate(BOX, ".beside img")
        column = page.evaluate(BOX, ".column")
    assert wide == shown
    assert right == pytest.approx(column[1], abs=1)
    assert left > column[0]


@pytest.mark.parametrize("width", [375, 720])
def test_from_right_to_left_the_picture_is_left_and_text_begins_right(
    browser: Browser, message_of: Messages, width: int
) -> None:
    first_letter = """() => {
      const range = document.createRange(), text = document.querySelector('.story b').firstChild
      range.setStart(text, 0); range.setEnd(text, 1); return range.getBoundingClientRect().right }"""
    with opened(browser, message_of("arabic"), width) as page:
        picture, column = page.evaluate(BOX, ".beside img"), page.evaluate(BOX, ".column")
        assert picture[0] == pytest.approx(column[0], abs=1)
        assert page.evaluate(first_letter) == pytest.approx(column[1], abs=2)
        assert page.evaluate("getComputedStyle(document.querySelector('.story p')).textAlign") == "right"


def test_the_column_is_592_wide_and_pictures_are_never_stretched(browser: Browser, message_of: Messages) -> None:
    ratios = "[...document.images].map(i => [i.clientWidth / i.clientHeight, i.naturalWidth / i.naturalHeight])"
    for width in (375, 720):
        with opened(browser, message_of("reference"), width) as page:
            assert page.evaluate(BOX, ".column")[2] == (592 if width == 720 else 335)
            assert all(shown == pytest.approx(real, rel=0.01) for shown, real in page.evaluate(ratios))


def test_the_dark_scheme_is_the_readers_choice(browser: Browser, message_of: Messages) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, message_of("mixed"), 375, "light") as page:
        assert page.evaluate(ground) == "rgb(255, 255, 255)"
    with opened(browser, message_of("mixed"), 375, "dark") as page:
        assert page.evaluate(ground) == "rgb(23, 23, 22)"
