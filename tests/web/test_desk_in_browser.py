"""The desk as a person with a browser, a keyboard or a screen reader meets it."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from newsletter import workspace
from newsletter.web import preview

pytestmark = pytest.mark.browser
SAMPLE = "issues/2026-10-03"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A running preview of the sample; its thread ends with the tests' process."""
    folder = tmp_path_factory.mktemp("paper")
    workspace.init(folder)
    (folder / "issues" / "2026-10-10" / "articles").mkdir(parents=True)
    (folder / "issues" / "2026-10-10" / "articles" / "kim.md").write_text("---\ntitle: Kim: de reis\n---\nx\n", "utf-8")
    told: list[str] = []
    ready = threading.Event()

    def tell(where: str) -> None:
        told.append(where)
        ready.set()

    serving = {"root": folder, "issue": None, "port": 0, "ready": tell}
    threading.Thread(target=preview.serve, kwargs=serving, daemon=True).start()
    assert ready.wait(20)
    return told[0]


@pytest.fixture(params=[(375, "light"), (375, "dark"), (1280, "light"), (1280, "dark")], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", [SAMPLE, f"{SAMPLE}?part=text", "issues/2026-10-10"])
def test_axe_finds_nothing_serious(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []


def test_nothing_overflows_and_nothing_comes_from_elsewhere(page: Page, address: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2] if "//" in request.url else "data"))
    page.goto(address + SAMPLE)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert hosts <= {address.split("/")[2], "data"}


def test_the_mail_shows_its_pictures_in_the_frame(desktop: Page, address: str) -> None:
    desktop.goto(f"{address}{SAMPLE}?width=375")
    frame = desktop.frames[1]
    assert frame.locator("img").count() == 5
    frame.locator("img").first.wait_for()
    assert frame.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert frame.evaluate("innerWidth") == 375


def test_blocked_pictures_leave_their_words(desktop: Page, address: str) -> None:
    desktop.goto(f"{address}{SAMPLE}?pictures=off")
    shown = desktop.frames[1].evaluate("[...document.images].map(image => [image.naturalWidth, image.alt.length > 0])")
    assert shown == [[0, True]] * 5


def test_the_mail_is_as_dark_as_was_asked_whatever_the_browser_prefers(desktop: Page, address: str) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        desktop.goto(f"{address}{SAMPLE}?scheme={scheme}")
        grounds.append(desktop.frames[1].evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(255, 255, 255)", "rgb(23, 23, 22)"]


def test_beside_a_long_list_the_mail_stays_in_sight(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    assert desktop.evaluate("document.documentElement.scrollHeight") == 900
    assert desktop.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")
    assert desktop.frames[1].evaluate("innerWidth") == 720


def test_a_toggle_is_reached_and_pressed_with_the_keyboard(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    desktop.get_by_role("button", name="Dark").focus()
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**scheme=dark**")
    assert desktop.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
