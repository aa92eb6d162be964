"""What a consent record quotes: the page that was shown, whichever it was, and never one that was not."""

from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path

import pytest
from readers_pages import Pages, Visitor, hidden, pages_of, said

from newsletter.model.subscriber import ConsentText
from newsletter.store.database import Store
from newsletter.web.public.guard import HONEYPOT

NEW = "nieuw@example.nl"
BROWSERS = ("nl", "en")

Show = Callable[[Pages, Visitor], str]


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def usual(pages: Pages, visitor: Visitor) -> str:
    return visitor.get("/subscribe").text


def not_taken(pages: Pages, visitor: Visitor) -> str:
    form = hidden(visitor.get("/subscribe").text)
    return visitor.post("/subscribe", {**form, "email": "p.vandam@example"}).text


def once_more(pages: Pages, visitor: Visitor) -> str:
    return visitor.post("/subscribe", {"email": NEW}).text


def sent(pages: Pages, visitor: Visitor) -> str:
    form = hidden(visitor.get("/subscribe").text)
    pages.clock.pass_by(seconds=5)
    return visitor.post("/subscribe", {**form, "email": NEW, HONEYPOT: ""}).text


def expired(pages: Pages, visitor: Visitor) -> str:
    link = pages.links.confirm(pages.signed_up(NEW))
    pages.clock.pass_by(days=8)
    return visitor.get(link).text


def expired_for_who_reads_english(pages: Pages, visitor: Visitor) -> str:
    link = pages.links.confirm(pages.signed_up(NEW, language="en"))
    pages.clock.pass_by(days=8)
    return visitor.get(link).text


def overtaken(pages: Pages, visitor: Visitor) -> str:
    ticket = pages.signed_up(NEW)
    visitor.post(pages.links.unsubscribe(ticket.subscriber))
    return visitor.get(pages.links.confirm(ticket)).text


def unknown(pages: Pages, visitor: Visitor) -> str:
    ticket = pages.signed_up("gewist@example.nl")
    reader = pages.at("gewist@example.nl")
    assert reader is not None
    pages.erased(reader)
    return visitor.get(pages.links.confirm(ticket)).text


def pressed(pages: Pages, visitor: Visitor, page: str, more: Mapping[str, str] | None = None) -> ConsentText | None:
    """Press the button of a page, some seconds later; what the record of it quotes."""
    pages.clock.pass_by(seconds=5)
    to = unescape(page.partition('action="')[2].partition('"')[0])
    answer = visitor.post(to, {**hidden(page), "email": NEW, HONEYPOT: "", **(more or {})})
    assert answer.status_code == 200, answer.text
    reader = pages.at(NEW)
    assert reader is not None
    return pages.records(reader.id)[-1].text


def quoted(text: ConsentText | None) -> str:
    assert text is not None
    return text.text.replace("\N{NO-BREAK SPACE}", " ")


def is_what(page: str, text: ConsentText | None) -> bool:
    """Whether each line of a text stands on a page, an address being left out, and its button is the page's."""
    shown = unescape(said(page)).replace(NEW, "…")
    button = unescape(page.rpartition("</button>")[0].rpartition(">")[2])
    lines = quoted(text).split("\n")
    return all(line in shown for line in lines) and button in lines and len(lines) > 2


@pytest.mark.parametrize("browser", BROWSERS)
@pytest.mark.parametrize(
    "show", [usual, not_taken, once_more, sent, expired, expired_for_who_reads_english, overtaken, unknown]
)
def test_a_record_quotes_the_page_on_which_the_button_was_pressed(pages: Pages, show: Show, browser: str) -> None:
    visitor = Visitor(pages.application, accepts=browser)
    page = show(pages, visitor)
    text = pressed(pages, visitor, page)
    assert is_what(page, text), quoted(text)
    assert NEW not in quoted(text)


@pytest.mark.parametrize("browser", BROWSERS)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_mail_that_is_sent_again_quotes_the_page_that_said_it_was_sent(
    pages: Pages, language: str, browser: str
) -> None:
    visitor = Visitor(pages.application, accepts=browser)
    reader = pages.left(pages.subscribed(NEW, language=language))
    page = visitor.post(f"{pages.links.unsubscribe(reader.id)}/mistake").text
    assert is_what(page, pressed(pages, visitor, page))


@pytest.mark.parametrize("named", ["left", "preferences", "once more", "title", "<b>x</b>", "\0", "x" * 2_000])
def test_a_form_that_names_no_page_of_ours_has_nothing_quoted_but_the_usual_page(pages: Pages, named: str) -> None:
    page = usual(pages, pages.visitor)
    assert is_what(page, pressed(pages, pages.visitor, page, {"page": named}))


def test_every_page_that_subscribes_is_quoted_in_other_words(pages: Pages) -> None:
    texts = []
    for show in (usual, not_taken, once_more, sent, expired, unknown):
        texts.append(quoted(pressed(pages, pages.visitor, show(pages, pages.visitor))))
        reader = pages.at(NEW)
        assert reader is not None
        pages.erased(reader)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("link", ["unsubscribe", "preferences"])
def test_who_comes_back_is_quoted_the_page_on_which_he_said_so(pages: Pages, link: str, language: str) -> None:
    reader = pages.left(pages.subscribed(NEW, language=language))
    page = pages.visitor.get(getattr(pages.links, link)(reader.id)).text
    text = pressed(pages, pages.visitor, page)
    assert is_what(page, text), quoted(text)
    assert NEW not in quoted(text)
