"""Leaving: with one click from the page, with none from the mail program; a mistake is asked about by mail."""

import re
from datetime import date
from pathlib import Path

import pytest
from readers_pages import OLD_KEY, OTHER_KEY, Pages, hidden, pages_of, said, title

from newsletter.links import Key, Links
from newsletter.model.subscriber import Subscriber
from newsletter.store.database import Store

ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def one_click(pages: Pages, link: str) -> tuple[int, str]:
    """A mail program leaves (RFC 8058 §3.2)."""
    answer = pages.visitor.ask("POST", link, ONE_CLICK.encode(), {"content-type": "application/x-www-form-urlencoded"})
    return answer.status_code, answer.text


def test_the_link_asks_offers_a_pause_and_the_button_leaves(pages: Pages) -> None:
    reader = pages.subscribed()
    link = pages.links.unsubscribe(reader.id)
    question = pages.visitor.get(link)
    assert title(question.text) == "Wilt u zich afmelden?"
    assert f'<a href="{pages.service.here(link)}/pause">Liever een pauze</a>' in question.text
    answer = pages.visitor.post(link)
    assert (answer.status_code, title(answer.text)) == (200, "U bent afgemeld")
    assert f"<b>{reader.address}</b>" in answer.text
    assert pages.now(reader).status == "left"
    assert pages.records(reader.id)[-1].source == "form"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", None),
        ("Te veel mail.", "Te veel mail."),
        ("twee\r\nregels\0 en\u2028nog een", "twee regels en nog een"),
        ("x" * 600, "x" * 500),
    ],
)
def test_a_reason_is_kept_as_one_line_when_there_is_one(pages: Pages, typed: str, kept: str | None) -> None:
    reader = pages.subscribed()
    pages.visitor.post(pages.links.unsubscribe(reader.id), {"reason": typed})
    assert pages.records(reader.id)[-1].note == kept


def test_a_mail_program_leaves_without_cookie_or_referer_and_as_often_as_it_likes(pages: Pages) -> None:
    reader = pages.subscribed()
    link = pages.links.unsubscribe(reader.id)
    assert {one_click(pages, link) for _ in range(3)} == {(200, "Unsubscribed.\n")}
    assert pages.now(reader).status == "left"
    assert [record.what for record in pages.records(reader.id)] == ["added", "left"]
    assert pages.records(reader.id)[-1].source == "one-click"


def test_a_mail_program_may_send_its_form_as_multipart(pages: Pages) -> None:
    reader = pages.subscribed()
    body = b'--x7\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x7--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x7"}
    answer = pages.visitor.ask("POST", pages.links.unsubscribe(reader.id), body, headers)
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    assert pages.records(reader.id)[-1].source == "one-click"


def test_a_mail_program_that_says_nothing_leaves_too(pages: Pages) -> None:
    reader = pages.subscribed()
    assert pages.visitor.ask("POST", pages.links.unsubscribe(reader.id)).status_code == 200
    assert pages.now(reader).status == "left"


def test_an_erased_reader_is_answered_as_kindly_by_page_and_mail_program(pages: Pages) -> None:
    link = pages.links.unsubscribe(pages.erased(pages.subscribed()).id)
    assert one_click(pages, link) == (200, "Unsubscribed.\n")
    for answer in (pages.visitor.get(link), pages.visitor.post(link)):
        assert (answer.status_code, title(answer.text)) == (200, "Deze link is van niemand meer")
        assert "er is dus niemand af te melden" in said(answer.text)


def test_the_link_of_who_left_shows_that_he_left(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    assert title(pages.visitor.get(pages.links.unsubscribe(reader.id)).text) == "U bent afgemeld"


def test_a_link_to_leave_works_after_ten_years(pages: Pages) -> None:
    reader = pages.subscribed()
    pages.clock.pass_by(days=3_650)
    assert one_click(pages, pages.links.unsubscribe(reader.id))[0] == 200
    assert pages.now(reader).status == "left"


@pytest.mark.parametrize(("key", "status", "standing"), [(OLD_KEY, 200, "left"), (OTHER_KEY, 404, "confirmed")])
def test_a_link_of_an_old_secret_leaves_and_one_of_a_foreign_secret_does_not(
    pages: Pages, key: Key, status: int, standing: str
) -> None:
    reader = pages.subscribed()
    link = Links(web=pages.web, key=key).unsubscribe(reader.id)
    assert one_click(pages, link)[0] == status
    assert pages.now(reader).status == standing


def test_a_mistake_is_asked_about_by_mail_and_changes_nothing_yet(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    link = f"{pages.links.unsubscribe(reader.id)}/mistake"
    page = pages.visitor.get(pages.links.unsubscribe(reader.id)).text
    assert f'<form method="post" action="{pages.service.here(link)}">' in page
    assert "sturen wij u een mail" in said(page)
    answer = pages.visitor.post(link)
    assert (answer.status_code, title(answer.text)) == (200, "Nog één stap")
    assert pages.now(reader).status == "left"
    assert pages.notices(reader.id) == [("confirm", "waiting")]
    assert len(pages.woken) == 1


def test_of_a_mistake_it_is_kept_what_the_page_with_its_button_said(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    page = pages.visitor.get(pages.links.unsubscribe(reader.id)).text
    pages.visitor.post(f"{pages.links.unsubscribe(reader.id)}/mistake", hidden(page))
    record = pages.records(reader.id)[-1]
    assert record.what == "signed up"
    assert record.text is not None
    shown = said(page)
    for line in record.text.text.replace("\N{NO-BREAK SPACE}", " ").splitlines():
        assert all(part.strip() in shown for part in line.split("…")), line
    assert "Was dit een vergissing?" in record.text.text


def test_where_somebody_was_who_left_is_not_kept(pages: Pages) -> None:
    reader, other = pages.subscribed(), pages.subscribed("een.ander@example.nl")
    pages.visitor.post(pages.links.unsubscribe(reader.id))
    one_click(pages, pages.links.unsubscribe(other.id))
    assert [pages.records(one.id)[-1].what for one in (reader, other)] == ["left", "left"]
    assert [pages.records(one.id)[-1].origin for one in (reader, other)] == [None, None]


def test_a_mistake_opened_as_a_page_leads_back_to_its_button(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    answer = pages.visitor.get(f"{pages.links.unsubscribe(reader.id)}/mistake")
    assert title(pages.visitor.follow(answer).text) == "U bent afgemeld"


def test_a_mistake_of_an_erased_reader_cannot_be_mended(pages: Pages) -> None:
    reader = pages.erased(pages.subscribed())
    answer = pages.visitor.post(f"{pages.links.unsubscribe(reader.id)}/mistake")
    assert (answer.status_code, title(answer.text)) == (410, "Wij hebben geen gegevens meer van u")


def test_the_button_of_a_mistake_is_held_to_the_limits_of_the_form(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    link = f"{pages.links.unsubscribe(reader.id)}/mistake"
    assert [pages.visitor.post(link).status_code for _ in range(41)] == [*[200] * 40, 429]


def test_leaving_ends_a_pause_and_holds_against_a_complaint(pages: Pages) -> None:
    reader = pages.suppressed(pages.subscribed(), "complained")
    assert title(pages.visitor.get(pages.links.unsubscribe(reader.id)).text) == "Wilt u zich afmelden?"
    assert title(pages.visitor.post(pages.links.unsubscribe(reader.id)).text) == "U bent afgemeld"
    assert pages.now(reader).status == "suppressed"


def test_the_pause_that_is_offered_begins_and_ends_without_the_preferences(pages: Pages) -> None:
    reader = pages.subscribed()
    link = f"{pages.links.unsubscribe(reader.id)}/pause"
    assert title(pages.visitor.get(link).text) == "Een pauze nemen"
    begun = pages.visitor.follow(pages.visitor.post(link, {"until": "2026-12-31"}))
    assert "Uw pauze is begonnen. Vanaf 31 december 2026 krijgt u weer mail." in said(begun.text)
    assert pages.now(reader).paused_until == date(2026, 12, 31)
    over = pages.visitor.follow(pages.visitor.post(link, {"end": "yes"}))
    assert "Uw pauze is voorbij." in said(over.text)
    assert pages.now(reader).paused_until is None
    assert pages.now(reader).status == "confirmed"


def test_who_gets_no_mail_is_offered_no_pause(pages: Pages) -> None:
    reader = pages.suppressed(pages.subscribed(), "bounced")
    link = pages.links.unsubscribe(reader.id)
    assert "/pause" not in pages.visitor.get(link).text
    for answer in (pages.visitor.get(f"{link}/pause"), pages.visitor.post(f"{link}/pause", {"until": "2026-12-31"})):
        assert answer.headers["location"] == pages.service.here(link)
    assert pages.now(reader).paused_until is None


def test_a_link_for_preferences_takes_no_pause_behind_the_link_to_leave(pages: Pages) -> None:
    token = pages.links.preferences(pages.subscribed().id).rpartition("/")[2]
    assert pages.visitor.get(f"/leave/{token}/pause").status_code == 404


STATES = ("confirmed", "paused", "left", "complained", "bounced", "blocked", "erased")


def in_state(pages: Pages, state: str) -> Subscriber:
    reader = pages.subscribed()
    match state:
        case "paused":
            return pages.paused(reader, date(2026, 12, 31))
        case "left":
            return pages.left(reader)
        case "erased":
            return pages.erased(reader)
        case "complained" | "bounced" | "blocked":
            return pages.suppressed(reader, state)
    return reader


@pytest.mark.parametrize("state", STATES)
def test_the_link_to_leave_leads_to_nobodys_preferences(pages: Pages, state: str) -> None:
    """Whatever is opened, pressed or typed by who has nothing but that link, as a mail program or an archive has."""
    link = pages.service.here(pages.links.unsubscribe(in_state(pages, state).id))
    todo, answers = [link, f"{link}/pause", f"{link}/mistake"], []
    for path in todo:  # grows while it is walked
        pressed = [pages.visitor.post(path, form) for form in ({"until": "x"}, {"until": "2027-01-15"}, {"end": "yes"})]
        new = [pages.visitor.get(path), *pressed] if path.startswith("/leave/") else [pages.visitor.get(path)]
        found = {where for one in new for where in [*_leads_to(one.text), one.headers.get("location", "")] if where}
        todo += sorted(where for where in found if where.startswith("/") and where not in todo)
        answers += new
    assert len(answers) > 12
    assert {answer.status_code for answer in answers} <= {200, 303, 410, 422}
    assert not [path for path in todo if "preferences" in path]
    assert not [answer for answer in answers if "/preferences" in answer.text]


def _leads_to(page: str) -> list[str]:
    return re.findall(r'(?:href|action)="([^"]+)"', page)
