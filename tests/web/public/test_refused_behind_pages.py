"""What a page cannot do for a reason that is no fault of its visitor: he is told so, and nothing was changed."""

import logging
from pathlib import Path

import pytest
from readers_pages import Pages, hidden, pages_of, title
from sqlalchemy import update
from tended import contents

from newsletter.audience.erasure import EraseKey
from newsletter.model.subscriber import Subscriber
from newsletter.store import schema
from newsletter.store.database import Store

OTHER = EraseKey(secret=b"sleutel die een ander proces gebruikt")


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def test_where_processes_have_different_erase_keys_a_page_says_that_it_is_our_fault(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    reader, ticket = pages.subscribed(), pages.signed_up()
    move = pages.moving(reader)
    pages.erased(pages.subscribed("gewist@example.nl"))
    other = Pages(pages.config, pages.store, erase_key=OTHER)
    form = hidden(other.visitor.get("/subscribe").text)
    other.clock.pass_by(seconds=10)
    before = _but_gates(contents(pages.store))
    for link, typed in (
        ("/subscribe", {**form, "email": "lezer@example.org"}),
        (pages.links.confirm(ticket), {}),
        (pages.links.address(reader.id), {"email": "nieuw.huis@example.nl"}),
        (pages.links.move(move), {}),
    ):
        answer = other.visitor.post(link, typed)
        assert (answer.status_code, title(answer.text)) == (503, "Hier ging iets mis"), link
        assert answer.headers["retry-after"] == "60"
    erase = other.visitor.post(pages.links.erase(reader.id))
    assert (erase.status_code, title(erase.text)) == (503, "Uw gegevens zijn nog niet gewist")
    assert _but_gates(contents(pages.store)) == before
    assert other.slept == [0.3, 0.3]
    assert "NEWSLETTER_ERASE_KEY" in caplog.text


def test_a_stored_address_that_is_refused_by_now_is_for_the_newsroom_to_look_into(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    reader, left = pages.subscribed(), pages.left(pages.subscribed("weg@example.nl"))
    for one in (reader, left):
        _spoil(pages, one)
    caplog.set_level(logging.INFO)
    for link in (pages.links.erase(reader.id), f"{pages.links.unsubscribe(left.id)}/mistake"):
        answer = pages.visitor.post(link)
        assert (answer.status_code, title(answer.text)) == (409, "Dat is niet gelukt"), link
        assert "Schrijf naar redactie@example.nl" in answer.text
    assert pages.now(reader).status == "confirmed"
    assert "niet meer goed" not in caplog.text


def _spoil(pages: Pages, one: Subscriber) -> None:
    """As if rules for addresses had become stricter since."""
    with pages.store.writing() as transaction:
        table = schema.subscribers
        transaction.execute(update(table).where(table.c.id == one.id).values(address=f"niet meer goed {one.address}"))


def _but_gates(contents: dict[str, object]) -> dict[str, object]:
    return {table: rows for table, rows in contents.items() if table != "gates"}
