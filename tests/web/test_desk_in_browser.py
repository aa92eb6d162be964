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


@pytest.mark.parametrize("path", [SAMPLE, f"{SAMPLE}?part=text", "issues/2026-10-10"])
def test_axe_finds_nothing_serious(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []


def test_nothing_overflows_and_nothing_comes_from_elsewhere(page: Page, address: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2] if "//" in request.url else "data"))
    page.goto(address + SAMPLE, wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert hosts <= {address.split("/")[2], "data"}


def test_the_mail_shows_its_pictures_in_the_frame(page: Page, address: str) -> None:
    page.goto(f"{address}{SAMPLE}?width=375", wait_until="networkidle")
    frame = page.frames[1]
    assert frame.locator("img").count() == 5
    frame.locator("img").first.wait_for()
    assert page.locator("iframe").bounding_box()["width"] == 377  # type: ignore[index]


def test_a_toggle_is_reached_and_pressed_with_the_keyboard(page: Page, address: str) -> None:
    page.goto(address + SAMPLE)
    page.get_by_role("button", name="Dark").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**scheme=dark**")
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
