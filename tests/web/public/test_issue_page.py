"""An issue on the web: there when its sending has begun, the same for everybody, and nothing in it is anybody's."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import examples
import pytest
from playwright.sync_api import Browser, Request, Route
from readers_pages import NOON, Pages, pages_of, said, title

from newsletter.model.ledger import Draft, Terms
from newsletter.model.mail import Edition
from newsletter.store import editions, runs
from newsletter.store.database import Store

TOKENS = count(1)
TERMS = Terms(
    sender="De Heuvelbode <weekbrief@example.nl>",
    reply_to=None,
    list_id="x",
    feedback_id="x",
    web="https://weekbrief.example.nl",
    inbox=None,
    key="00000000",
    pictures="https://weekbrief.example.nl/pictures/",
)


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


@pytest.fixture
def edition(root: Path) -> Edition:
    return replace(examples.rendered("mixed", root, web_version=True), issue="2026-11-28")


def pressed(pages: Pages, edition: Edition, *, began: datetime | None = None) -> int:
    """A run of an edition; it began at a moment, or has yet to."""
    draft = Draft(
        token=f"{next(TOKENS):016x}",
        issue=edition.issue,
        edition=edition.fingerprint,
        terms=TERMS,
        provider="outbox",
        segment=None,
        due_at=NOON,
        pressed_at=NOON,
        pressed_by="redactie",
        machine="hier",
    )
    with pages.store.writing() as transaction:
        editions.save(transaction, edition, NOON)
        number = runs.press(transaction, draft, allowed_at=NOON)
        if began:
            runs.change(transaction, number, ["scheduled"], state="sending", started_at=began)
    return number


def address_of(pages: Pages, issue: str = "2026-11-28") -> str:
    return pages.links.web_version(issue)


def test_before_sending_begins_there_is_no_more_of_it_than_of_a_name_made_up(pages: Pages, edition: Edition) -> None:
    pressed(pages, edition)
    scheduled, unknown = (pages.visitor.get(address_of(pages, name)) for name in ("2026-11-28", "2026-11-29"))
    assert (scheduled.status_code, unknown.status_code) == (404, 404)
    assert scheduled.text == unknown.text
    assert title(scheduled.text) == "Dit nummer is er niet"
    assert "Misschien moet het nog verschijnen" in said(scheduled.text)
    assert 'href="/subscribe"' in scheduled.text
    assert scheduled.headers["cache-control"] == "no-store"


def test_once_sending_has_begun_it_is_there_for_good(pages: Pages, edition: Edition) -> None:
    number = pressed(pages, edition, began=NOON)
    shown = pages.visitor.get(address_of(pages))
    assert shown.status_code == 200
    assert edition.subject in shown.text
    with pages.store.writing() as transaction:
        runs.change(transaction, number, ["sending"], state="cancelled")
    assert pages.visitor.get(address_of(pages)).text == shown.text


def test_a_mended_edition_takes_the_place_of_the_first_when_it_is_sent(pages: Pages, edition: Edition) -> None:
    pressed(pages, edition, began=NOON)
    mended = replace(edition, html=(*edition.html, "<!-- verbeterd -->"))
    pressed(pages, mended)
    assert "verbeterd" not in pages.visitor.get(address_of(pages)).text
    pressed(pages, mended, began=NOON + timedelta(hours=1))
    assert "verbeterd" in pages.visitor.get(address_of(pages)).text


@pytest.mark.parametrize("name", ["%2e%2e", "%00", "a%2Fb", "x" * 3000, "%FF", "2026-11-28/", "%F0%9F%90%91", "' OR 1"])
def test_no_name_is_more_than_a_name(pages: Pages, edition: Edition, name: str) -> None:
    pressed(pages, edition, began=NOON)
    assert pages.visitor.get(f"{pages.web}/issues/{name}").status_code == 404


def test_it_may_be_kept_for_a_while_runs_nothing_and_asks_nobody_else(pages: Pages, edition: Edition) -> None:
    pressed(pages, edition, began=NOON)
    headers = pages.visitor.get(address_of(pages)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "'self' https://weekbrief.example.nl"
    assert "script-src" not in policy
    assert headers["cache-control"] == "public, max-age=300"
    assert headers["x-robots-tag"] == "noindex"
    assert headers["content-language"] == "nl"
    assert "set-cookie" not in headers


def test_head_says_the_same_without_the_page(pages: Pages, edition: Edition) -> None:
    pressed(pages, edition, began=NOON)
    got, asked = (pages.visitor.ask(method, address_of(pages)) for method in ("GET", "HEAD"))
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers == got.headers
    assert pages.visitor.post(address_of(pages)).status_code == 405


def test_nothing_in_it_is_a_readers_and_what_leads_on_leads_to_subscribing(pages: Pages, edition: Edition) -> None:
    pressed(pages, edition, began=NOON)
    shown = pages.visitor.get(address_of(pages)).text
    assert not re.search(r"/(leave|preferences|issues)\b", shown)
    assert shown.count('href="/subscribe"') == 2
    assert pages.visitor.get("/subscribe").status_code == 200


def test_under_a_path_it_leads_on_under_that_path(store: Store, tmp_path: Path, edition: Edition) -> None:
    pages = pages_of(store, tmp_path, web={"url": "https://example.nl/krant"})
    pressed(pages, edition, began=NOON)
    for path in ("/krant/issues/2026-11-28", "/issues/2026-11-28"):
        shown = pages.visitor.get(path)
        assert shown.status_code == 200
        assert 'href="/krant/subscribe"' in shown.text
        assert 'src="https://example.nl/krant/pictures/' in shown.text


def test_pictures_of_a_host_of_their_own_may_stand_in_it(store: Store, tmp_path: Path, edition: Edition) -> None:
    pages = pages_of(store, tmp_path, pictures={"url": "https://beeld.example.net/brief"})
    pressed(pages, edition, began=NOON)
    shown = pages.visitor.get(address_of(pages))
    assert 'src="https://beeld.example.net/brief/' in shown.text
    assert "img-src 'self' https://beeld.example.net;" in shown.headers["content-security-policy"]
    assert shown.headers["cross-origin-embedder-policy"] == "unsafe-none"


def test_the_newest_issue_is_the_one_that_was_shown_last_for_the_first_time(pages: Pages, edition: Edition) -> None:
    def newest() -> str | None:
        with pages.store.reading() as transaction:
            return editions.newest(transaction)

    later = replace(edition, issue="2026-12-05", preheader="Het volgende nummer")
    pressed(pages, edition)
    assert newest() is None
    pressed(pages, edition, began=NOON)
    pressed(pages, later)
    assert newest() == "2026-11-28"
    pressed(pages, later, began=NOON + timedelta(days=7))
    pressed(pages, edition, began=NOON + timedelta(days=8))
    assert newest() == "2026-12-05"


@pytest.mark.browser
@pytest.mark.parametrize("width", [375, 720])
def test_in_a_browser_its_styles_and_pictures_show(
    sqlite_addresses: Callable[[], Path], root: Path, edition: Edition, browser: Browser, width: int
) -> None:
    pages = pages_of(Store(sqlite_addresses()), root)
    pressed(pages, edition, began=NOON)
    with ThreadPoolExecutor(1) as aside:  # a browser's thread has a loop of its own
        shown = aside.submit(pages.visitor.get, address_of(pages)).result()
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.on("console", lambda message: complaints.append(message.text))
    names = {picture.name: picture.data for picture in edition.pictures}

    def answer(route: Route, request: Request) -> None:
        name = request.url.rpartition("/")[2]
        if name in names:
            route.fulfill(body=names[name], headers={"cross-origin-resource-policy": "cross-origin"})
        else:
            route.fulfill(body=shown.text, headers=dict(shown.headers))

    page.route("**/*", answer)
    page.goto(address_of(pages))
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0) && document.images.length > 0")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") not in {"rgba(0, 0, 0, 0)", ""}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    page.close()
    pages.store.close()
