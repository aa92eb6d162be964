"""Another address: asked for among the preferences, confirmed at the new one, undone from the old one."""

from pathlib import Path

import pytest
from readers_pages import Pages, pages_of, said, title

from newsletter.links import Ticket
from newsletter.store.database import Store

OLD, NEW = "p.vandam@example.nl", "nieuw.adres@example.nl"


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def test_nothing_changes_until_the_new_address_confirms(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    answer = pages.visitor.post(pages.links.address(reader.id), {"email": NEW})
    assert (answer.status_code, title(answer.text)) == (200, "Nog één stap")
    assert f"<b>{NEW}</b>" in answer.text
    assert pages.now(reader).address == OLD
    assert pages.notices(reader.id) == [("move", "waiting")]
    assert len(pages.woken) == 1


def test_the_link_asks_and_the_button_moves_and_tells_the_old_address(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    link = pages.links.move(pages.moving(reader, NEW))
    question = pages.visitor.get(link)
    assert (question.status_code, title(question.text)) == (200, "Is dit uw nieuwe adres?")
    assert f"<b>{NEW}</b>" in question.text
    answer = pages.visitor.post(link)
    assert (answer.status_code, title(answer.text)) == (200, "Uw adres is gewijzigd")
    assert pages.now(reader).address == NEW
    assert ("moved", "waiting") in pages.notices(reader.id)
    assert len(pages.woken) == 1


def test_neither_page_shows_the_other_address(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    assert OLD not in pages.visitor.get(pages.links.move(pages.moving(reader, NEW))).text
    assert "ander@example.nl" not in pages.visitor.get(pages.links.back(pages.moved(reader, "ander@example.nl"))).text


def test_only_who_pressed_the_button_is_led_to_the_preferences(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    move = pages.links.move(pages.moving(reader, NEW))
    question, done = pages.visitor.get(move), pages.visitor.post(move)
    back = pages.links.back(Ticket(subscriber=reader.id, number=pages.moves(reader.id)[0].id, at=pages.clock()))
    offer, undone = pages.visitor.get(back), pages.visitor.post(back)
    over = [pages.visitor.ask(method, link) for method in ("GET", "POST") for link in (move, back)]
    assert ["/preferences" in one.text for one in (question, done, offer, undone)] == [False, True, False, True]
    assert not [one for one in over if "/preferences" in one.text]


def test_the_answer_is_the_same_whether_the_new_address_is_known_or_not(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    pages.subscribed("lezer@example.nl")
    pages.left(pages.subscribed("weg@example.nl"))
    pages.erased(pages.subscribed("gewist@example.nl"))
    answers = set()
    for address in (NEW, "lezer@example.nl", "weg@example.nl", "gewist@example.nl"):
        answer = pages.visitor.post(pages.links.address(reader.id), {"email": address})
        answers.add((answer.status_code, answer.text.replace(address, "")))
    assert len(answers) == 1
    assert pages.slept == [0.3] * 4


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Vul uw e-mailadres in."),
        ("nieuw@example", "Dit adres is niet volledig."),
        (OLD.upper(), "De mail komt al op dit adres."),
    ],
)
def test_an_address_that_cannot_be_moved_to_stays_in_the_form(pages: Pages, typed: str, sentence: str) -> None:
    reader = pages.subscribed(OLD)
    answer = pages.visitor.post(pages.links.address(reader.id), {"email": typed})
    assert answer.status_code == 422
    assert "<b>Uw adres is niet gewijzigd.</b>" in answer.text
    assert sentence in said(answer.text)
    assert f'value="{typed}"' in answer.text
    assert pages.moves(reader.id) == ()


def test_a_move_can_be_confirmed_once_and_within_two_days(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    late = pages.links.move(pages.moving(reader, "ander@example.nl"))
    pages.clock.pass_by(days=2, seconds=1)
    used = pages.links.move(pages.moving(reader, NEW))
    pages.visitor.post(used)
    for link in (late, used):
        for answer in (pages.visitor.get(link), pages.visitor.post(link)):
            assert (answer.status_code, title(answer.text)) == (410, "Deze link werkt niet meer")
    assert pages.now(reader).address == NEW


def test_who_left_is_not_moved(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    link = pages.links.move(pages.moving(reader, NEW))
    pages.left(reader)
    assert [pages.visitor.get(link).status_code, pages.visitor.post(link).status_code] == [410, 410]
    assert pages.now(reader).address == OLD


def test_from_the_old_address_a_move_is_undone_for_two_weeks(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    link = pages.links.back(pages.moved(reader, NEW))
    question = pages.visitor.get(link)
    assert (question.status_code, title(question.text)) == (200, "Wilt u uw oude adres terug?")
    answer = pages.visitor.post(link)
    assert (answer.status_code, title(answer.text)) == (200, "Uw adres is gewijzigd")
    assert pages.now(reader).address == OLD
    assert [pages.visitor.get(link).status_code, pages.visitor.post(link).status_code] == [410, 410]


def test_who_left_at_the_other_address_is_told_so_when_he_is_back(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    link = pages.links.back(pages.moved(reader, NEW))
    pages.left(reader)
    answer = pages.visitor.post(link)
    assert "U bent afgemeld en krijgt geen mail." in said(answer.text)
    assert pages.now(reader).address == OLD


def test_after_two_weeks_nothing_is_undone(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    link = pages.links.back(pages.moved(reader, NEW))
    pages.clock.pass_by(days=14, seconds=1)
    for answer in (pages.visitor.get(link), pages.visitor.post(link)):
        assert answer.status_code == 410
        assert "te lang geleden" in said(answer.text)
    assert pages.now(reader).address == NEW


def test_a_move_that_was_not_confirmed_cannot_be_undone(pages: Pages) -> None:
    reader = pages.subscribed(OLD)
    assert pages.visitor.get(pages.links.back(pages.moving(reader, NEW))).status_code == 410


def test_a_ticket_for_moving_opens_no_page_for_moving_back_and_none_of_another_reader(pages: Pages) -> None:
    reader, other = pages.subscribed(OLD), pages.subscribed("ander@example.nl")
    ticket = pages.moved(reader, NEW)
    link = pages.links.move(ticket).replace("/move/", "/back/")
    assert pages.visitor.post(link).status_code == 404
    foreign = Ticket(subscriber=other.id, number=ticket.number, at=ticket.at)
    assert pages.visitor.post(pages.links.back(foreign)).status_code == 410
    assert pages.now(reader).address == NEW


def test_who_gets_no_mail_is_sent_to_his_preferences(pages: Pages) -> None:
    reader = pages.left(pages.subscribed(OLD))
    link = pages.links.address(reader.id)
    assert "U bent afgemeld" in said(pages.visitor.follow(pages.visitor.get(link)).text)
    assert "U bent afgemeld" in said(pages.visitor.follow(pages.visitor.post(link, {"email": NEW})).text)


def test_asking_is_held_to_the_limits_of_the_form(pages: Pages) -> None:
    link = pages.links.address(pages.subscribed(OLD).id)
    answers = [pages.visitor.post(link, {"email": f"n{n}@example.org"}).status_code for n in range(41)]
    assert answers == [*[200] * 40, 429]
