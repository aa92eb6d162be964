"""Confirming a sign-up: once, in time, and by a button; and what every other link says instead."""

from datetime import timedelta
from pathlib import Path

import pytest
from readers_pages import OLD_KEY, OTHER_KEY, Pages, hidden, pages_of, said, title

from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.links import Key, Links, Ticket
from newsletter.store.database import Store
from newsletter.web.public.guard import HONEYPOT

NEW = "nieuw@example.nl"


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def test_the_link_asks_and_the_button_confirms(pages: Pages) -> None:
    ticket = pages.signed_up(NEW)
    link = pages.links.confirm(ticket)
    question = pages.visitor.get(link)
    assert (question.status_code, title(question.text)) == (200, "Wilt u De Heuvelbode ontvangen?")
    assert f"<b>{NEW}</b>" in question.text
    assert "wissen wij uw adres na 30 dagen" in said(question.text)
    answer = pages.visitor.post(link)
    assert (answer.status_code, title(answer.text)) == (200, "Welkom, u bent aangemeld")
    assert "zaterdag 28 november 2026" in said(answer.text)
    reader = pages.at(NEW)
    assert reader is not None
    assert reader.status == "confirmed"
    assert f'href="{pages.service.here(pages.links.preferences(reader.id))}"' in answer.text
    assert ("welcome", "waiting") in pages.notices(reader.id)
    assert len(pages.woken) == 1


def test_the_record_of_confirming_quotes_the_question_and_not_the_address(pages: Pages) -> None:
    ticket = pages.signed_up(NEW)
    page = pages.visitor.get(pages.links.confirm(ticket)).text
    pages.visitor.post(pages.links.confirm(ticket))
    text = pages.records(ticket.subscriber)[-1].text
    assert text is not None
    assert all(line in page for line in text.text.split("\n"))
    assert NEW not in text.text


def test_no_welcome_is_sent_where_none_is_wanted(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, pages={"welcome": False})
    ticket = pages.signed_up(NEW)
    pages.visitor.post(pages.links.confirm(ticket))
    assert pages.notices(ticket.subscriber) == [("confirm", "waiting")]


def test_a_link_used_twice_says_so_and_that_all_is_well(pages: Pages) -> None:
    link = pages.links.confirm(pages.signed_up(NEW))
    pages.visitor.post(link)
    for answer in (pages.visitor.get(link), pages.visitor.post(link)):
        assert (answer.status_code, title(answer.text)) == (200, "U bent al aangemeld")
        assert NEW not in answer.text


def test_a_link_of_eight_days_has_a_form_for_a_new_one(pages: Pages) -> None:
    link = pages.links.confirm(pages.signed_up(NEW))
    pages.clock.pass_by(days=7, seconds=1)
    for answer in (pages.visitor.get(link), pages.visitor.post(link)):
        assert (answer.status_code, title(answer.text)) == (410, "Deze link werkt niet meer")
        assert "zeven dagen" in said(answer.text)
    form = hidden(answer.text)
    pages.clock.pass_by(seconds=9)
    pages.visitor.post("/subscribe", {**form, "email": NEW, HONEYPOT: ""})
    reader = pages.at(NEW)
    assert reader is not None
    assert len([kind for kind, state in pages.notices(reader.id) if (kind, state) == ("confirm", "waiting")]) == 2


def test_after_leaving_an_old_link_confirms_nothing(pages: Pages) -> None:
    ticket = pages.signed_up(NEW)
    pages.visitor.post(pages.links.unsubscribe(ticket.subscriber))
    for answer in (pages.visitor.get(pages.links.confirm(ticket)), pages.visitor.post(pages.links.confirm(ticket))):
        assert (answer.status_code, title(answer.text)) == (410, "Deze link werkt niet meer")
        assert "intussen iets anders gebeurd" in said(answer.text)
    reader = pages.at(NEW)
    assert reader is not None
    assert reader.status == "left"


@pytest.mark.parametrize("how", ["complained", "bounced", "blocked"])
def test_a_suppression_since_overtakes_a_link_before_and_behind_the_button(pages: Pages, how: str) -> None:
    ticket = pages.signed_up(NEW)
    reader = pages.at(NEW)
    assert reader is not None
    pages.suppressed(reader, how)
    link = pages.links.confirm(ticket)
    assert [pages.visitor.get(link).status_code, pages.visitor.post(link).status_code] == [410, 410]


def test_who_was_asked_by_the_operator_and_added_since_needs_not_confirm(pages: Pages) -> None:
    with pages.store.writing() as transaction:
        newcomer, occasion = Newcomer(address=NEW), pages.service.occasion("operator")
        reader = consent.ask(transaction, newcomer, occasion, key=None, draw=pages.draw)
    number = pages.records(reader.id)[0].id
    link = pages.links.confirm(Ticket(subscriber=reader.id, number=number, at=pages.clock()))
    assert pages.visitor.get(link).status_code == 200
    pages.subscribed(NEW)
    assert [pages.visitor.get(link).status_code, pages.visitor.post(link).status_code] == [410, 410]


def test_a_link_of_somebody_who_was_erased_names_nobody(pages: Pages) -> None:
    ticket = pages.signed_up(NEW)
    reader = pages.at(NEW)
    assert reader is not None
    pages.erased(reader)
    answer = pages.visitor.get(pages.links.confirm(ticket))
    assert (answer.status_code, title(answer.text)) == (410, "Deze link werkt niet meer")
    assert NEW not in answer.text


def test_a_ticket_of_one_reader_with_the_number_of_another_confirms_neither(pages: Pages) -> None:
    one, other = pages.signed_up(NEW), pages.signed_up("ander@example.nl")
    mixed = Ticket(subscriber=one.subscriber, number=other.number, at=one.at)
    assert pages.visitor.post(pages.links.confirm(mixed)).status_code == 410
    assert {one.status for one in (pages.at(NEW), pages.at("ander@example.nl")) if one} == {"pending"}


@pytest.mark.parametrize(("key", "status"), [(OLD_KEY, 200), (OTHER_KEY, 404)])
def test_an_old_key_still_opens_a_link_and_a_foreign_one_never(pages: Pages, key: Key, status: int) -> None:
    ticket = pages.signed_up(NEW)
    link = Links(web=pages.web, key=key).confirm(ticket)
    assert pages.visitor.post(link).status_code == status
    reader = pages.at(NEW)
    assert reader is not None
    assert reader.status == ("confirmed" if status == 200 else "pending")


def test_the_page_speaks_the_language_of_who_signed_up(pages: Pages) -> None:
    link = pages.links.confirm(pages.signed_up(NEW, language="en"))
    assert title(pages.visitor.get(link).text) == "Would you like to receive De Heuvelbode?"
    assert title(pages.visitor.post(link).text) == "Welcome, you are subscribed"


def test_a_welcome_names_no_day_where_every_publication_day_is_quiet(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, newsletter={"publish": "sunday 06:00", "quiet": ["sunday"]})
    answer = pages.visitor.post(pages.links.confirm(pages.signed_up(NEW)))
    assert "verschijnt" not in said(answer.text)


def test_an_answer_shows_when_the_link_was_made_for_nothing(pages: Pages) -> None:
    ticket = pages.signed_up(NEW)
    wrong = Ticket(subscriber=ticket.subscriber, number=ticket.number + 5_000, at=ticket.at - timedelta(days=1))
    assert "niet meer kennen" in said(pages.visitor.get(pages.links.confirm(wrong)).text)
