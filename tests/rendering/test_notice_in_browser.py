"""Notices on a screen: readable, wide enough and nowhere too wide, in every light."""

from dataclasses import replace
from pathlib import Path

import examples
import pytest
from axe_playwright_python.sync_playwright import Axe
from eyes import SCHEMES, measure, opened
from noticed import KINDS, NEWEST, READER, notice
from playwright.sync_api import Browser
from test_in_browser import RULES

from newsletter.rendering.notice import Kind

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_can_be_read(browser: Browser, root: Path, kind: Kind, scheme: str) -> None:
    for width in (375, 720):
        with opened(browser, notice(kind, root, web_version=NEWEST), width, scheme) as page:
            ratio, text = measure(page).contrast
        assert ratio >= 4.5, f"{text} at {width}"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("colour", ["#F2B705", "#D4002A", "#0B2A5B", "#00FF00", "#808080"])
def test_every_text_can_be_read_in_any_brand(browser: Browser, root: Path, colour: str, scheme: str) -> None:
    with opened(browser, notice("confirm", root, brand={"colour": colour}), 375, scheme) as page:
        ratio, text = measure(page).contrast
    assert ratio >= 4.5, text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_sticks_out_and_links_are_tall_enough_to_touch(browser: Browser, root: Path, kind: Kind) -> None:
    for language in ("nl", "en"):
        message = notice(kind, root, subscriber=replace(READER, language=language))
        for width in (320, 375, 720):
            with opened(browser, message, width) as page:
                seen = measure(page)
            assert seen.overflow < 1, width
            assert seen.low == [], width


def test_a_name_without_end_breaks_rather_than_sticks_out(browser: Browser, root: Path) -> None:
    with opened(browser, notice("confirm", root, newsletter={"name": examples.COMPOUND}), 320) as page:
        assert measure(page).overflow < 1


def test_nothing_sticks_out_on_a_phone_that_drops_style_sheets(browser: Browser, root: Path) -> None:
    with opened(browser, notice("moved", root), 375) as page:
        page.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")
        assert measure(page).overflow < 1


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        *((kind, "light") for kind in KINDS),
        *(pytest.param(kind, "dark", marks=pytest.mark.proof if kind != "confirm" else ()) for kind in KINDS),
    ],
)
def test_accessibility_rules_find_nothing_serious(browser: Browser, root: Path, kind: Kind, scheme: str) -> None:
    for width in (375, 720):
        with opened(browser, notice(kind, root), width, scheme) as page:
            violations = Axe().run(page, options=RULES).response["violations"]
        assert [v["id"] for v in violations if v["impact"] in {"serious", "critical"}] == []


def test_the_dark_scheme_is_the_readers_choice(browser: Browser, root: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    for scheme, colour in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(23, 23, 22)")):
        with opened(browser, notice("confirm", root), 375, scheme) as page:
            assert page.evaluate(ground) == colour
