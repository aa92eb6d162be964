"""The link to leave works from every mail ever sent, also when its reader is on the list under another id by now."""

from pathlib import Path

import ledgered
import pytest
from readers_pages import Pages, pages_of, said, title

from newsletter.audience.erasure import EraseKey
from newsletter.model.subscriber import Subscriber
from newsletter.store import subscribers
from newsletter.store.database import Store

ADDRESS = "p.vandam@example.nl"


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def one_click(pages: Pages, reader: Subscriber) -> int:
    """A mail program leaves by the link of a reader's mail."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    link = pages.links.unsubscribe(reader.id)
    return pages.visitor.ask("POST", link, b"List-Unsubscribe=One-Click", headers).status_code


def mailed(pages: Pages) -> Subscriber:
    """A reader who was sent an issue, among others."""
    others = [pages.subscribed(f"lezer{number}@example.nl") for number in range(3)]
    reader = pages.subscribed(ADDRESS)
    ledgered.mail(pages.store)
    assert reader.id not in {other.id for other in others}
    return reader


def taken_back(pages: Pages) -> Subscriber:
    """The same, who is not on the list any more: the import that brought him was taken back."""
    reader = mailed(pages)
    with pages.store.writing() as transaction:
        subscribers.remove(transaction, [reader.id])
    return reader


def brought_again(pages: Pages) -> tuple[Subscriber, Subscriber]:
    """The same, brought by another list: as he was, and as he is."""
    before = taken_back(pages)
    return before, pages.subscribed(ADDRESS)


def erased(pages: Pages) -> Subscriber:
    """A reader who was sent an issue and had himself erased."""
    return pages.erased(mailed(pages))


def erased_and_back(pages: Pages) -> tuple[Subscriber, Subscriber]:
    """The same, who has signed up again and confirmed: as he was, and as he is."""
    before, ticket = erased(pages), pages.signed_up(ADDRESS)
    pages.visitor.post(pages.links.confirm(ticket))
    now = pages.at(ADDRESS)
    assert now is not None
    assert now.status == "confirmed"
    return before, now


BACK = pytest.mark.parametrize("back", [brought_again, erased_and_back])


@BACK
def test_one_click_of_an_earlier_mail_leaves(pages: Pages, back: object) -> None:
    before, now = back(pages)  # type: ignore[operator]
    assert before.id != now.id
    assert [one_click(pages, before) for _ in range(2)] == [200, 200]
    assert pages.now(now).status == "left"
    assert [(one.what, one.source) for one in pages.records(now.id)][-1] == ("left", "one-click")
    assert [one.what for one in pages.records(now.id)].count("left") == 1
    others = [pages.at(f"lezer{number}@example.nl") for number in range(3)]
    assert {other.status for other in others if other} == {"confirmed"}


@BACK
def test_the_page_of_an_earlier_mail_asks_and_leaves_as_ever(pages: Pages, back: object) -> None:
    before, now = back(pages)  # type: ignore[operator]
    link = pages.links.unsubscribe(before.id)
    asks = pages.visitor.get(link)
    assert (title(asks.text), ADDRESS in asks.text) == ("Wilt u zich afmelden?", True)
    assert pages.now(now).status == "confirmed"
    answer = pages.visitor.post(link)
    assert (title(answer.text), f"<b>{ADDRESS}</b>" in answer.text) == ("U bent afgemeld", True)
    assert pages.now(now).status == "left"
    assert title(pages.visitor.get(link).text) == "U bent afgemeld"
    assert title(pages.visitor.post(f"{link}/mistake").text) == "Nog één stap"


@pytest.mark.parametrize("gone", [taken_back, erased])
def test_whose_address_nobody_has_is_told_that_he_gets_no_mail(pages: Pages, gone: object) -> None:
    before = gone(pages)  # type: ignore[operator]
    assert one_click(pages, before) == 200
    for answer in (pages.visitor.get, pages.visitor.post):
        page = answer(pages.links.unsubscribe(before.id)).text
        assert (title(page), "u krijgt dus geen mail" in said(page)) == ("U bent afgemeld", True)


@pytest.mark.parametrize("key", [None, EraseKey(secret=b"een sleutel die niet de goede is")])
def test_where_that_is_not_known_it_is_not_said(pages: Pages, tmp_path: Path, key: EraseKey | None) -> None:
    """Without the key nobody knows whether who was erased is back."""
    before, now = erased_and_back(pages)
    others = pages_of(pages.store, tmp_path)
    others = Pages(others.config, others.store, erase_key=key)
    page = others.visitor.post(others.links.unsubscribe(before.id)).text
    assert title(page) == "Deze link is van niemand meer"
    assert "krijgt dus geen mail" not in said(page)
    assert "Gebruik dan de link in de nieuwste." in said(page)
    assert pages.now(now).status == "confirmed"


def test_whoever_was_erased_and_asks_again_is_asked_all_the_same(pages: Pages) -> None:
    """He has not confirmed, so he gets no mail; an old mail does not answer for him."""
    before = erased(pages)
    ticket = pages.signed_up(ADDRESS)
    assert one_click(pages, before) == 200
    pages.visitor.post(pages.links.confirm(ticket))
    assert (pages.at(ADDRESS) or before).status == "confirmed"
