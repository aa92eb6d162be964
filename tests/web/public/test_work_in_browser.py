"""A form that asks for a calculation, in a real browser: with script, without, and where the script cannot work."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from open_paper import OpenPaper, opened
from playwright.sync_api import Browser, Page, expect

from newsletter.web.public import guard
from newsletter.words import Words, load

pytestmark = pytest.mark.browser
DONE = "Your browser has made the calculation that keeps robots out."
NO_SCRIPT = "Your browser runs no script. The form works all the same, after a minute."
FAILED = (
    "Your browser could not make the calculation that keeps robots out. The form works all the same, after a minute."
)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory, sqlite_addresses: object) -> Iterator[OpenPaper]:
    assert callable(sqlite_addresses)
    with opened(tmp_path_factory.mktemp("paper"), sqlite_addresses(), proof_of_work="true") as paper:
        yield paper


@pytest.fixture
def words() -> Words:
    return load("nl")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="nl-NL", viewport={"width": 375, "height": 800})
    yield context.new_page()
    context.close()


def is_in_the_mail(paper: OpenPaper, address: str) -> bool:
    return paper.mail_to(address).link("confirm").startswith(paper.web)


def test_a_browser_calculates_by_itself_and_its_reader_notices_nothing(
    page: Page, paper: OpenPaper, words: Words
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/", 3)[2]))
    page.goto(f"{paper.web}/subscribe")
    button = page.get_by_role("button", name=words("Subscribe"))
    before = button.bounding_box()
    page.get_by_label(words("E-mail address")).fill("joke@example.org")
    expect(page.get_by_text(words(DONE))).to_be_visible()
    assert button.bounding_box() == before
    assert Axe().run(page).violations_count == 0
    paper.clock.pass_by(seconds=5)
    button.click()
    expect(page.get_by_text("joke@example.org")).to_be_visible()
    assert is_in_the_mail(paper, "joke@example.org")
    assert complaints == []
    assert hosts == {paper.web.removeprefix("http://")}


def test_a_button_pressed_before_the_calculation_is_done_waits_for_it(
    page: Page, paper: OpenPaper, words: Words
) -> None:
    page.goto(f"{paper.web}/subscribe")
    paper.clock.pass_by(seconds=5)
    page.get_by_label(words("E-mail address")).fill("early@example.org")
    page.get_by_label(words("E-mail address")).press("Enter")
    expect(page.get_by_text("early@example.org")).to_be_visible()
    assert is_in_the_mail(paper, "early@example.org")


def test_without_script_the_form_works_after_a_minute(browser: Browser, paper: OpenPaper, words: Words) -> None:
    context = browser.new_context(locale="nl-NL", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{paper.web}/subscribe")
    assert words(NO_SCRIPT) in page.content()  # Playwright switches scripts off and shows no <noscript>
    page.get_by_label(words("E-mail address")).fill("slow@example.org")
    paper.clock.pass_by(seconds=5)
    page.get_by_role("button", name=words("Subscribe")).click()
    expect(page.get_by_text(words(guard.UNSOLVED))).to_be_visible()
    expect(page.get_by_label(words("E-mail address"))).to_have_value("slow@example.org")
    paper.clock.pass_by(seconds=61)
    page.get_by_role("button", name=words("Subscribe")).click()
    assert is_in_the_mail(paper, "slow@example.org")
    context.close()


def test_where_the_worker_cannot_run_the_form_says_so_and_is_as_slow(
    page: Page, paper: OpenPaper, words: Words
) -> None:
    page.route("**/pbkdf2.js", lambda route: route.abort())
    page.goto(f"{paper.web}/subscribe")
    expect(page.get_by_text(words(FAILED))).to_be_visible()
    page.get_by_label(words("E-mail address")).fill("odd@example.org")
    paper.clock.pass_by(seconds=61)
    page.get_by_role("button", name=words("Subscribe")).click()
    assert is_in_the_mail(paper, "odd@example.org")


def test_a_second_press_loses_nothing(page: Page, paper: OpenPaper, words: Words) -> None:
    page.goto(f"{paper.web}/subscribe")
    page.get_by_label(words("E-mail address")).fill("twice@example.org")
    expect(page.get_by_text(words(DONE))).to_be_visible()
    paper.clock.pass_by(seconds=5)
    page.get_by_role("button", name=words("Subscribe")).dblclick()
    expect(page.get_by_text("twice@example.org")).to_be_visible()
    assert is_in_the_mail(paper, "twice@example.org")
