"""What holds for every page in every state, in both languages."""

import base64
import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from every_page import every_page
from readers_pages import WEB, Visitor, pages_of, said, title

from newsletter.store.database import Store
from newsletter.words import load

VOID = {"meta", "input", "link", "br"}
PRIVACY = "https://example.nl/privacy"


@pytest.fixture(scope="module")
def shown(sqlite_addresses: object, tmp_path_factory: pytest.TempPathFactory) -> object:
    """``shown("nl")``: every page, by the name of its state."""

    @cache
    def show(language: str) -> dict[str, str]:
        store = Store(sqlite_addresses())  # type: ignore[operator]
        web = {"url": WEB, "privacy": PRIVACY, "contact": "https://example.nl/contact"}
        pages = pages_of(store, tmp_path_factory.mktemp("pages"), web=web)
        try:
            return every_page(pages, language)
        finally:
            store.close()

    return show


@pytest.fixture(params=["nl", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pages(shown: object, language: str) -> dict[str, str]:
    found: dict[str, str] = shown(language)  # type: ignore[operator]
    return found


class Reader(HTMLParser):
    """Reads a page and notes what is not closed, the ids, and what labels and descriptions point to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.pointers: list[str] = []
        self.unlabelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) != len(attrs):
            self.wrong.append(f"twice in <{tag}>")
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.pointers += [given[name] or "" for name in ("for", "aria-describedby") if name in given]
        is_seen = tag == "input" and given.get("type") != "hidden"
        if is_seen and not {"aria-label", "id"} & given.keys() and "label" not in self.open:
            self.unlabelled.append(str(given.get("name")))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def test_both_languages_have_the_same_states(shown: object) -> None:
    dutch, english = shown("nl"), shown("en")  # type: ignore[operator]
    assert dutch.keys() == english.keys()
    assert len(dutch) > 45


def test_every_page_is_well_formed_and_labelled(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        read = Reader(page)
        assert (name, read.wrong, read.open, read.unlabelled) == (name, [], [], [])
        assert (name, len(read.ids)) == (name, len(set(read.ids)))
        assert (name, {*read.pointers} - {*read.ids}) == (name, set())


def test_every_page_has_its_language_one_heading_and_a_title_of_its_own(pages: dict[str, str], language: str) -> None:
    for page in pages.values():
        assert page.startswith(f'<!DOCTYPE html>\n<html lang="{language}" dir="ltr">')
        head = re.sub(r"\s+", " ", page.partition("<title>")[2].partition("</title>")[0])
        assert head == f"{title(page)} · De Heuvelbode"
        assert '<meta name="robots" content="noindex">' in page
    assert len({title(page) for page in pages.values()}) > 20


def test_every_page_is_without_script_cookie_and_foreign_host(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert "<script" not in page
        assert " style=" not in page
        assert not re.search(r"\bon[a-z]+=", page.replace("&#34;", ""))
        loaded = re.findall(r'<(?:link|img|script|iframe)\b[^>]*(?:href|src)="([^"]*)"', page)
        assert (name, loaded) == (name, [])
        hosts = set(re.findall(r'(?:href|action)="https?://([^/"]+)', page))
        assert hosts == {"example.nl"}


def test_every_page_says_who_publishes_it_and_leads_to_its_privacy_statement(pages: dict[str, str]) -> None:
    for page in pages.values():
        foot = page.partition("<footer>")[2]
        assert "Postbus 12, 1234 AB Heuveldam" in foot
        assert f'<a href="{PRIVACY}">Privacy</a>' in foot


def test_no_page_leaves_a_word_untranslated(shown: object) -> None:
    english = {key for key in load("nl").catalogue if len(key) > 12 and "{" not in key}
    for name, page in shown("nl").items():  # type: ignore[operator]
        left = [key for key in english if key in said(page)]
        assert (name, left) == (name, [])


def test_a_page_has_one_filled_button_at_most_and_no_exclamation_mark(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        filled = [tag for tag in re.findall(r'<button[^>]*>|<a class="button[^>]*>', page) if "second" not in tag]
        assert (name, len(filled)) in {(name, 0), (name, 1)}
        assert "!" not in said(page.replace("&lt;!", ""))


def test_the_style_is_the_same_everywhere_small_and_named_by_the_policy(
    store: Store, tmp_path: Path, pages: dict[str, str]
) -> None:
    styles = {re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1] for page in pages.values()}  # type: ignore[index]
    assert len(styles) == 1
    sheet = styles.pop()
    assert len(sheet.encode()) < 4_096
    hash_ = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    answer = pages_of(store, tmp_path).visitor.get("/subscribe")
    assert f"style-src 'sha256-{hash_}'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_brand_has_its_own_colours(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, brand={"colour": "#D4002A"})
    page = pages.visitor.get("/subscribe").text
    assert "--accent:#C50027" in page
    assert "--accent:#D79DA9" in page


def test_the_page_for_subscribing_leads_to_the_other_language(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path)
    page = pages.visitor.get("/subscribe").text
    assert '<a href="/subscribe?lang=en" hreflang="en" lang="en">English</a>' in page
    english = pages.visitor.get("/subscribe?lang=en").text
    assert 'action="/subscribe?lang=en"' in english
    assert '<a href="/subscribe?lang=nl" hreflang="nl" lang="nl">Nederlands</a>' in english


def test_a_language_that_is_not_offered_is_not_spoken(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, pages={"languages": ["nl"]})
    english = Visitor(pages.application, accepts="en")
    page = english.get("/subscribe?lang=en").text
    assert '<html lang="nl"' in page
    assert "English" not in page
