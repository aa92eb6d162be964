"""The readers' pages as a person meets them: on any screen, by day and by night, with large letters or a keyboard."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from every_page import every_page
from playwright.sync_api import Browser, Page, Route
from readers_pages import WEB, Pages, pages_of

from newsletter.store.database import Store

Answer = TypeVar("Answer")

pytestmark = pytest.mark.browser

SCREENS = (
    *((320, "light"), (720, "dark")),
    *(
        pytest.param(*screen, marks=pytest.mark.proof)
        for screen in ((320, "dark"), (375, "light"), (375, "dark"), (720, "light"))
    ),
)
COMMON = ("subscribe: incomplete", "preferences: saved", "leave", "confirm: expired", "pause: on", "a token of nobody")
"""Between them they have everything that a page is made of."""

MEASURE = """() => {
  const low = [...document.querySelectorAll('a, button, input:not([type=hidden]), .choices label')]
    .filter(one => one.checkVisibility() && !one.closest('.sweet') && !one.matches('.choices input'))
    .filter(one => one.getBoundingClientRect().height < 44).map(one => one.textContent || one.name)
  return { over: document.documentElement.scrollWidth - innerWidth, low }
}"""

OUTLINE = """() => {
  const one = document.activeElement, style = getComputedStyle(one)
  return [one.tagName, one.name || one.textContent.trim(), style.outlineStyle, style.outlineWidth, style.outlineOffset]
}"""


@pytest.fixture(scope="module")
def pages(sqlite_addresses: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    web = {"url": WEB, "privacy": "https://example.nl/privacy", "contact": "https://example.nl/contact"}
    store = Store(sqlite_addresses())
    yield pages_of(store, tmp_path_factory.mktemp("pages"), web=web)
    store.close()


@pytest.fixture(scope="module")
def shown(pages: Pages) -> Callable[[str], dict[str, str]]:
    """``shown("nl")``: every page, by the name of its state."""
    return cache(lambda language: apart(every_page, pages, language))


def apart(work: Callable[..., Answer], *arguments: object) -> Answer:
    """Do something in a thread of its own: Playwright holds this one's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *arguments).result()


@contextmanager
def opened(browser: Browser, *, width: int = 375, scheme: str = "light", zoom: int = 100) -> Iterator[Page]:
    """A window of so many pixels; ``zoom`` is of letters, in percent, as a reader sets it in his browser."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    if zoom != 100:
        session = context.new_cdp_session(page)
        session.send("Page.enable")
        session.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * zoom // 100, "fixed": 13 * zoom // 100}})
    yield page
    context.close()


def answered_by(page: Page, pages: Pages) -> list[str]:
    """Have the application answer a browser; return what the browser complains of, and whom else it asks."""
    wrong: list[str] = []

    def answer(route: Route) -> None:
        request = route.request
        if not request.url.startswith(WEB):
            wrong.append(request.url)
            route.abort()
            return
        headers = {"content-type": request.headers.get("content-type", "")}
        body = request.post_data_buffer or b""
        given = apart(pages.visitor.ask, request.method, request.url.removeprefix(WEB), body, headers)
        headers = {name: value for name, value in given.headers.items() if name != "content-length"}
        route.fulfill(status=given.status_code, headers=headers, body=given.content)

    page.on("console", lambda message: wrong.append(message.text))
    page.route("**/*", answer)
    return wrong


@pytest.mark.parametrize("language", ["nl", pytest.param("en", marks=pytest.mark.proof)])
def test_axe_finds_nothing_in_any_state(
    browser: Browser, shown: Callable[[str], dict[str, str]], language: str
) -> None:
    with opened(browser) as page:
        for name, html in shown(language).items():
            page.set_content(html)
            found = Axe().run(page).response["violations"]
            assert (name, [violation["id"] for violation in found]) == (name, [])


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_axe_finds_nothing_on_any_screen_by_day_or_by_night(
    browser: Browser, shown: Callable[[str], dict[str, str]], width: int, scheme: str
) -> None:
    with opened(browser, width=width, scheme=scheme) as page:
        for name in COMMON:
            page.set_content(shown("nl")[name])
            found = Axe().run(page).response["violations"]
            assert (name, [violation["id"] for violation in found]) == (name, [])


@pytest.mark.parametrize(
    ("language", "width"),
    [
        *product(["nl"], [320, 375, 720]),
        ("en", 320),
        *(pytest.param("en", width, marks=pytest.mark.proof) for width in (375, 720)),
    ],
)
def test_every_page_fits_its_window_and_what_is_pressed_is_as_high_as_a_finger(
    browser: Browser, shown: Callable[[str], dict[str, str]], width: int, language: str
) -> None:
    with opened(browser, width=width) as page:
        for name, html in shown(language).items():
            page.set_content(html)
            assert (name, page.evaluate(MEASURE)) == (name, {"over": 0, "low": []})


def test_letters_twice_as_large_fit_the_narrowest_window(
    browser: Browser, shown: Callable[[str], dict[str, str]]
) -> None:
    with opened(browser, width=320, zoom=200) as page:
        for name, html in shown("nl").items():
            page.set_content(html)
            assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)") == 56
            assert (name, page.evaluate(MEASURE)["over"]) == (name, 0)
            cut = page.evaluate(
                "[...document.querySelectorAll('button, .button, input:not([type=hidden], .sweet *)')]"
                ".filter(one => one.scrollHeight > one.clientHeight + 1).map(one => one.textContent || one.name)"
            )
            assert (name, cut) == (name, [])


@pytest.mark.parametrize("name", ["preferences: saved", "leave", "subscribe: incomplete", "pause: on"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, shown: Callable[[str], dict[str, str]], name: str
) -> None:
    with opened(browser) as page:
        page.set_content(shown("nl")[name])
        reachable = page.evaluate(
            "[...document.querySelectorAll('a, button, input:not([type=hidden], [tabindex])')]"
            ".filter(one => one.type != 'radio' || one.checked).length"
        )
        places = set()
        for _ in range(reachable + 6):
            page.keyboard.press("Tab")
            tag, place, *outline = page.evaluate(OUTLINE)
            if tag != "BODY":
                assert (place, outline) == (place, ["solid", "3px", "3px"])
                places.add((tag, place))
        assert len(places) >= reachable


def test_the_browser_keeps_to_the_policy_and_asks_nobody_else(browser: Browser, pages: Pages) -> None:
    with opened(browser) as page:
        wrong = answered_by(page, pages)
        page.goto(f"{WEB}/subscribe")
        assert page.evaluate("getComputedStyle(document.querySelector('button')).backgroundColor") == "rgb(31, 90, 76)"
        pages.clock.pass_by(seconds=5)
        page.get_by_label("E-mailadres").fill("browser@example.org")
        page.get_by_role("button", name="Aanmelden").click()
        page.get_by_role("heading", name="Nog één stap").wait_for()
        assert wrong == []


def test_preferences_are_saved_with_the_keyboard_alone(browser: Browser, pages: Pages) -> None:
    reader = pages.subscribed("toetsen@example.nl", language="nl")
    with opened(browser) as page:
        wrong = answered_by(page, pages)
        page.goto(pages.links.preferences(reader.id))
        for key in ("Tab", "Space", "Tab", "Tab", "ArrowDown", "Tab", "Enter"):
            page.keyboard.press(key)
        page.get_by_role("status").wait_for()
        assert "Your preferences are saved." in page.get_by_role("status").inner_text()
        assert pages.now(reader).tags == ("zuid",)
        assert pages.now(reader).language == "en"
        assert wrong == []


def test_a_browser_that_calculates_subscribes_within_the_policy(
    browser: Browser, sqlite_addresses: Callable[[], Path], tmp_path: Path
) -> None:
    store = Store(sqlite_addresses())
    pages = pages_of(store, tmp_path, pages={"proof_of_work": True})
    with opened(browser) as page:
        wrong = answered_by(page, pages)
        page.goto(f"{WEB}/subscribe")
        assert Axe().run(page).response["violations"] == []
        page.get_by_text("Uw browser heeft de berekening gemaakt").wait_for()
        pages.clock.pass_by(seconds=5)
        page.get_by_label("E-mailadres").fill("rekent@example.org")
        page.get_by_role("button", name="Aanmelden").click()
        page.get_by_role("heading", name="Nog één stap").wait_for()
        assert wrong == []
    store.close()
