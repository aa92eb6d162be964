"""Where a reader is: kept with what he was shown and agreed to, and of nothing else that he does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from readers_pages import Pages, hidden, pages_of

from newsletter.links import Ticket
from newsletter.model.subscriber import Subscriber
from newsletter.store.database import Store
from newsletter.web.public.guard import HONEYPOT

NEW = "nieuw@example.nl"
HERE = "127.0.0.1"
FORM = {"content-type": "application/x-www-form-urlencoded"}

Deed = Callable[[Pages, Subscriber], object]


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def save(pages: Pages, reader: Subscriber) -> object:
    return pages.visitor.post(pages.links.preferences(reader.id), {"name": "Piet", "tag:zuid": "yes"})


def pause(pages: Pages, reader: Subscriber) -> object:
    return pages.visitor.post(pages.links.pause(reader.id), {"until": "2026-12-24"})


def end_a_pause(pages: Pages, reader: Subscriber) -> object:
    pause(pages, reader)
    return pages.visitor.post(pages.links.pause(reader.id), {"end": "yes"})


def leave(pages: Pages, reader: Subscriber) -> object:
    return pages.visitor.post(pages.links.unsubscribe(reader.id), {"reason": "Te veel mail."})


def leave_with_one_click(pages: Pages, reader: Subscriber) -> object:
    return pages.visitor.ask("POST", pages.links.unsubscribe(reader.id), b"List-Unsubscribe=One-Click", FORM)


def erase(pages: Pages, reader: Subscriber) -> object:
    return pages.visitor.post(pages.links.erase(reader.id))


@pytest.mark.parametrize("deed", [save, pause, end_a_pause, leave, leave_with_one_click, erase])
def test_where_he_was_is_not_kept_of_what_needs_no_proof(pages: Pages, deed: Deed) -> None:
    reader = pages.subscribed()
    deed(pages, reader)
    records = pages.records(reader.id)
    assert len(records) > 1
    assert [record.origin for record in records] == [None] * len(records)


def test_where_he_was_is_kept_of_signing_up_and_of_confirming(pages: Pages) -> None:
    form = hidden(pages.visitor.get("/subscribe").text)
    pages.clock.pass_by(seconds=5)
    pages.visitor.post("/subscribe", {**form, "email": NEW, HONEYPOT: ""})
    reader = pages.at(NEW)
    assert reader is not None
    asked = pages.records(reader.id)[-1]
    pages.visitor.post(pages.links.confirm(Ticket(subscriber=reader.id, number=asked.id, at=asked.at)))
    assert [(one.what, one.origin) for one in pages.records(reader.id)] == [("signed up", HERE), ("confirmed", HERE)]


def test_where_he_was_is_kept_of_a_change_of_address_with_what_he_was_shown(pages: Pages) -> None:
    reader = pages.subscribed()
    pages.visitor.post(pages.links.address(reader.id), {"email": NEW})
    move = pages.moves(reader.id)[0]
    ticket = Ticket(subscriber=reader.id, number=move.id, at=pages.clock())
    pages.visitor.post(pages.links.move(ticket))
    pages.visitor.post(pages.links.back(ticket))
    told = pages.records(reader.id)[1:]
    assert [(one.what, one.origin) for one in told] == [("asked to move", HERE), ("moved", HERE), ("moved back", HERE)]
    buttons = ["Dit adres gebruiken", "Ja, gebruik dit adres", "Ja, gebruik mijn oude adres"]
    for record, button in zip(told, buttons, strict=True):
        assert record.text is not None
        assert button in record.text.text.split("\n"), record.text.text
        assert "@" not in record.text.text
