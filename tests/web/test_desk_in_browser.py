"""The desk as a person with a browser, a keyboard or a screen reader meets it."""

import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from newsletter import app, build, workspace
from newsletter.web import preview

pytestmark = pytest.mark.browser
SAMPLE = "issues/2026-10-03"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample, which was rehearsed, and an issue that cannot be built."""
    folder = tmp_path_factory.mktemp("paper")
    workspace.init(folder)
    (folder / "issues" / "2026-10-10" / "articles").mkdir(parents=True)
    (folder / "issues" / "2026-10-10" / "articles" / "kim.md").write_text("---\ntitle: Kim: de reis\n---\nx\n", "utf-8")
    space = workspace.find(folder)
    built = build.build(space, "2026-10-03")
    with app.mailing(space, built) as mailing:
        app.rehearse(space, built, mailing, keep_all=False, progress=lambda _: None)
    return folder


@pytest.fixture(scope="module")
def address(paper: Path) -> str:
    """Where its preview runs."""
    return served(paper)


def served(root: Path) -> str:
    """Run a preview, in a thread that ends with the tests' process; return its address."""
    told: list[str] = []
    ready = threading.Event()

    def tell(where: str) -> None:
        told.append(where)
        ready.set()

    serving = {"root": root, "issue": None, "port": 0, "ready": tell}
    threading.Thread(target=preview.serve, kwargs=serving, daemon=True).start()
    assert ready.wait(300)
    return told[0]


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page in a window of so many pixels, by day or by night."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


SCREENS = ((375, "dark"), (1280, "light"))
"""Both widths and both schemes; what a page is made of has the same colours at any width."""
PLACES = [
    *product(SCREENS, (SAMPLE, f"{SAMPLE}/outbox/2", "issues/2026-10-10")),
    *(
        pytest.param(screen, path, marks=pytest.mark.proof)
        for screen, path in (
            ((375, "light"), SAMPLE),
            ((1280, "dark"), SAMPLE),
            *product(
                SCREENS,
                (
                    f"{SAMPLE}?part=text&issues=all",
                    f"{SAMPLE}?part=source&width=600",
                    f"{SAMPLE}?part=message",
                    f"{SAMPLE}?part=message&headers=raw",
                    f"{SAMPLE}?scheme=forced&pictures=off&direction=rtl",
                    f"{SAMPLE}/outbox",
                    f"{SAMPLE}/outbox?find=niemand",
                    f"{SAMPLE}/outbox/99",
                ),
            ),
        )
    ),
]


@pytest.mark.parametrize(("page", "path"), PLACES, indirect=["page"], ids=str)
def test_a_page_fits_the_window_asks_nobody_else_and_has_nothing_serious_for_axe(
    page: Page, address: str, path: str
) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2] if "//" in request.url else "data"))
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert hosts <= {address.split("/")[2], "data"}
    for details in page.locator("details").all():
        details.evaluate("details => { details.open = true }")
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []


@pytest.mark.parametrize("path", [SAMPLE, f"{SAMPLE}/outbox"])
@pytest.mark.parametrize("width", [375, 900])
def test_in_one_column_every_control_is_as_high_as_a_finger(
    browser: Browser, address: str, width: int, path: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address + path)
    low = page.evaluate(
        "[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]"
        ".filter(control => control.checkVisibility() && control.getBoundingClientRect().height < 44)"
        ".map(control => control.textContent || control.name)"
    )
    page.close()
    assert low == []


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
    desktop.get_by_role("button", name="Dark", exact=True).focus()
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**scheme=dark**")
    desktop.locator("button[aria-pressed=true]", has_text="Dark").wait_for()
    assert desktop.evaluate("document.activeElement.textContent") == "Dark"


def test_without_script_a_toggle_works_as_well(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(address + SAMPLE)
    page.get_by_role("button", name="Message").click()
    page.get_by_role("heading", name="Parts", exact=True).wait_for()
    assert page.url.endswith("?part=message")
    assert not page.get_by_role("button", name="Keys").is_visible()
    context.close()


def test_keys_choose_and_are_listed(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    desktop.keyboard.press("p")
    desktop.wait_for_url("**width=375")
    desktop.keyboard.press("?")
    assert "Forced dark" in desktop.get_by_role("dialog").inner_text()
    desktop.keyboard.press("Escape")
    desktop.keyboard.press("k")
    desktop.wait_for_url("**/issues/2026-10-10?width=375")


def test_choices_that_follow_at_once_upon_each_other_all_hold(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    for key in "pdk":
        desktop.keyboard.press(key)
    desktop.wait_for_url("**/issues/2026-10-10?**")
    assert "width=375" in desktop.url
    assert "scheme=dark" in desktop.url


def test_keys_are_heard_from_within_the_mail(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    desktop.frame_locator("iframe").locator("h1").click()
    desktop.keyboard.press("f")
    desktop.wait_for_url("**scheme=forced")


def test_a_choice_that_finds_no_preview_says_so(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    desktop.route("**/issues/**", lambda route: route.abort())
    desktop.keyboard.press("d")
    desktop.locator("#status", has_text="The preview has stopped. Start it again with newsletter preview.").wait_for()


def test_a_key_typed_into_a_field_is_only_that(desktop: Page, address: str) -> None:
    desktop.goto(f"{address}{SAMPLE}/outbox")
    desktop.get_by_role("searchbox").press_sequentially("jpd?")
    assert desktop.get_by_role("searchbox").input_value() == "jpd?"


def test_another_reader_is_merged_without_a_new_page(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    desktop.get_by_role("combobox").select_option("2")
    desktop.wait_for_url("**reader=2")
    desktop.frame_locator("iframe").last.get_by_text("jc.oconnor@example.com").wait_for()
    desktop.go_back()
    desktop.frame_locator("iframe").last.get_by_text("a.vandenberg@example.org").wait_for()


def test_what_is_saved_shows_by_itself_at_the_line_that_was_read(desktop: Page, address: str, paper: Path) -> None:
    article = paper / SAMPLE / "articles" / "pont-naar-school.md"
    text = article.read_text("utf-8")
    desktop.add_init_script(_HEARD)
    desktop.goto(address + SAMPLE)
    desktop.locator("html[data-heard]").wait_for()
    desktop.locator("iframe").evaluate("frame => frame.contentWindow.scrollTo(0, 600)")
    desktop.get_by_role("button", name="Source").focus()
    article.write_text(text.replace("title: ", "title: Vandaag nog ", 1), "utf-8")
    desktop.locator("#status", has_text="shown").wait_for()
    assert "Vandaag nog" in desktop.frames[1].locator("h2").first.inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert desktop.locator("iframe").evaluate("frame => frame.contentWindow.scrollY") == 600
    assert desktop.evaluate("document.activeElement.textContent") == "Source"
    article.write_text(text.replace("title: ", "title: Nu: ", 1), "utf-8")
    desktop.get_by_role("alert").get_by_text("pont-naar-school.md, line 2").wait_for()
    assert "Not built since" in desktop.locator("#status").inner_text()
    article.write_text(text, "utf-8")
    desktop.get_by_role("alert").wait_for(state="detached")


# How long after a save it shows can only be said of what is saved once the page was told how its issue is.
_HEARD = """window.EventSource = class extends EventSource {
    constructor(address) {
        super(address)
        this.addEventListener("edition", () => { document.documentElement.dataset.heard = "" })
    }
}"""


def test_a_page_that_is_hidden_hears_nothing_and_catches_up_when_it_is_seen(
    desktop: Page, address: str, paper: Path
) -> None:
    intro = paper / SAMPLE / "intro.md"
    text = intro.read_text("utf-8")
    with desktop.expect_response(lambda answer: answer.url.endswith("/events")):
        desktop.goto(address + SAMPLE)
    with desktop.expect_event("requestfailed", lambda request: request.url.endswith("/events")):
        desktop.evaluate(_HIDDEN, True)
    intro.write_text("Goedemorgen, allemaal.\n", "utf-8")
    with desktop.expect_response(lambda answer: answer.url.endswith("/events")):
        desktop.evaluate(_HIDDEN, False)
    desktop.frame_locator("iframe").last.get_by_text("Goedemorgen, allemaal.").wait_for()
    intro.write_text(text, "utf-8")
    desktop.frame_locator("iframe").last.get_by_text("Goedemorgen, allemaal.").wait_for(state="detached")


_HIDDEN = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true })
    document.dispatchEvent(new Event("visibilitychange"))
}"""


def test_a_workspace_whose_configuration_is_mended_shows_its_issue_by_itself(desktop: Page, tmp_path: Path) -> None:
    workspace.init(tmp_path)
    file = tmp_path / "newsletter.toml"
    text = file.read_text("utf-8")
    file.write_text("[newsletter\n", "utf-8")
    desktop.goto(served(tmp_path))
    desktop.get_by_text("this page follows by itself").wait_for()
    file.write_text(text, "utf-8")
    desktop.wait_for_url("**/issues/2026-10-03")


def test_a_number_or_the_handle_makes_the_mail_any_width(desktop: Page, address: str) -> None:
    desktop.goto(address + SAMPLE)
    desktop.get_by_role("spinbutton").fill("500")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**width=500")
    desktop.get_by_title("The mail, 500 px wide, light").wait_for()
    assert desktop.locator("iframe").evaluate("frame => frame.contentWindow.innerWidth") == 500
    desktop.locator(".sizer").evaluate("sizer => { sizer.style.width = '430px' }")
    desktop.wait_for_url("**width=430")
    assert desktop.get_by_role("spinbutton").input_value() == "430"


def test_the_message_of_a_rehearsal_shows_its_pictures(desktop: Page, address: str) -> None:
    desktop.goto(f"{address}{SAMPLE}/outbox/2", wait_until="load")
    assert desktop.frames[1].evaluate("[...document.images].map(image => image.naturalWidth > 0)") == [True] * 5
