"""A reader's preferences, his pause, and what is kept about him."""

import json
from datetime import date
from pathlib import Path

import pytest
from readers_pages import Pages, pages_of, said, title

from newsletter.audience import preferences
from newsletter.model.subscriber import Subscriber
from newsletter.store import subscribers
from newsletter.store.database import Store


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def test_the_page_shows_what_is_known_and_what_may_be_chosen(pages: Pages) -> None:
    reader = pages.subscribed()
    with pages.store.writing() as transaction:
        preferences.tag(
            transaction, reader.id, added=["zuid", "intern"], removed=[], occasion=pages.service.occasion("operator")
        )
    page = pages.visitor.get(pages.links.preferences(reader.id)).text
    assert title(page) == "Uw voorkeuren"
    assert f"Voor <b>{reader.address}</b>" in page
    assert 'name="tag:zuid" value="yes" checked>Nieuws uit Zuid' in page
    assert 'name="tag:agenda" value="yes">De agenda &amp; meer' in page
    assert "intern" not in page
    assert 'name="language" value="nl" checked>Nederlands' in page
    assert 'value="P. van Dam"' in page


def test_what_is_chosen_is_saved_and_the_page_says_so_once_it_is_loaded_again(pages: Pages) -> None:
    reader = pages.subscribed()
    link = pages.links.preferences(reader.id)
    chosen = {"name": "Piet", "language": "en", "tag:zuid": "yes", "tag:agenda": "no"}
    answer = pages.visitor.post(link, chosen)
    page = pages.visitor.follow(answer).text
    assert '<div role="status"><b>Your preferences are saved.</b> They apply from the next issue.</div>' in page
    now = pages.now(reader)
    assert (now.name, now.language, now.tags) == ("Piet", "en", ("zuid",))
    assert "set-cookie" not in answer.headers
    assert pages.records(reader.id)[-1].text is None


def test_the_last_value_of_a_box_counts_so_one_that_was_cleared_is_cleared(pages: Pages) -> None:
    reader = pages.subscribed()
    link = pages.links.preferences(reader.id)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    pages.visitor.ask("POST", link, b"tag:zuid=no&tag:zuid=yes&tag:agenda=no", headers)
    assert pages.now(reader).tags == ("zuid",)
    pages.visitor.ask("POST", link, b"tag:zuid=no", headers)
    assert pages.now(reader).tags == ()


def test_tags_that_are_not_offered_and_languages_that_are_none_are_left_alone(pages: Pages) -> None:
    reader = pages.subscribed()
    with pages.store.writing() as transaction:
        occasion = pages.service.occasion("operator")
        preferences.tag(transaction, reader.id, added=["intern"], removed=[], occasion=occasion)
    form = {"name": reader.name, "language": "xx", "tag:intern": "no", "tag:vip": "yes"}
    pages.visitor.post(pages.links.preferences(reader.id), form)
    assert pages.now(reader).tags == ("intern",)
    assert pages.now(reader).language is None


@pytest.mark.parametrize("name", ["x" * 201, "Piet\r\nBcc: x@example.nl", "Piet\0"])
def test_a_name_that_cannot_be_kept_saves_nothing_and_stays_in_the_form(pages: Pages, name: str) -> None:
    reader = pages.subscribed()
    answer = pages.visitor.post(pages.links.preferences(reader.id), {"name": name, "tag:zuid": "yes", "language": "en"})
    assert answer.status_code == 422
    assert 'value="en" checked' in answer.text
    assert "<b>Uw voorkeuren zijn nog niet bewaard.</b>" in answer.text
    assert 'name="tag:zuid" value="yes" checked' in answer.text
    assert pages.now(reader) == reader


def test_a_name_that_a_list_spoilt_keeps_nobody_from_saving_the_rest(pages: Pages) -> None:
    reader = named(pages, "Jos\ufffd")
    answer = pages.visitor.post(pages.links.preferences(reader.id), {"name": "Jos\ufffd", "tag:zuid": "yes"})
    assert "<b>Uw voorkeuren zijn bewaard.</b>" in pages.visitor.follow(answer).text
    assert (pages.now(reader).name, pages.now(reader).tags) == ("Jos\ufffd", ("zuid",))


def test_a_spoilt_name_can_be_mended(pages: Pages) -> None:
    reader = named(pages, "Jos\ufffd")
    pages.visitor.post(pages.links.preferences(reader.id), {"name": "José"})
    assert pages.now(reader).name == "José"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 201, "Een naam is één regel van hoogstens 200 tekens."),
        ("Piet\0", "Een naam is één regel van hoogstens 200 tekens."),
        ("Jos\ufffd", "Een teken van de naam is niet leesbaar (\ufffd). Typ het opnieuw."),
    ],
)
def test_the_sentence_below_a_name_speaks_of_what_is_wrong_with_it(pages: Pages, name: str, sentence: str) -> None:
    answer = pages.visitor.post(pages.links.preferences(pages.subscribed().id), {"name": name})
    assert (answer.status_code, sentence in said(answer.text)) == (422, True)


def named(pages: Pages, name: str) -> Subscriber:
    """A reader who came with a list that was read in the wrong encoding somewhere."""
    reader = pages.subscribed()
    with pages.store.writing() as transaction:
        subscribers.change(transaction, reader.id, {"name": name})
    return reader


def test_who_left_meanwhile_is_not_told_that_anything_was_saved(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    answer = pages.visitor.post(pages.links.preferences(reader.id), {"name": "Piet", "tag:zuid": "yes"})
    assert "saved" not in answer.headers["location"]
    page = pages.visitor.follow(answer).text
    assert 'role="status"' not in page
    assert "U bent afgemeld" in said(page)


def test_who_left_since_he_saved_is_not_told_it_again(pages: Pages) -> None:
    reader = pages.subscribed()
    answer = pages.visitor.post(pages.links.preferences(reader.id), {"name": "Piet"})
    pages.left(reader)
    assert 'role="status"' not in pages.visitor.follow(answer).text


def test_saving_what_is_so_already_is_saving_too(pages: Pages) -> None:
    reader = pages.subscribed()
    answer = pages.visitor.post(pages.links.preferences(reader.id), {"name": reader.name})
    assert "<b>Uw voorkeuren zijn bewaard.</b>" in pages.visitor.follow(answer).text


def test_where_there_is_nothing_to_choose_nothing_is_offered(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, pages={"tags": {}, "languages": ["nl"]})
    page = pages.visitor.get(pages.links.preferences(pages.subscribed().id)).text
    assert "Rubrieken" not in page
    assert "Taal" not in page


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("complained", "U hebt onze mail als ongewenst gemeld"),
        ("bounced", "Onze mail aan u kwam terug"),
        ("blocked", "Dit adres krijgt geen mail van ons."),
    ],
)
def test_who_gets_no_mail_reads_why_and_can_still_have_his_data(pages: Pages, how: str, sentence: str) -> None:
    reader = pages.suppressed(pages.subscribed(), how)
    page = pages.visitor.get(pages.links.preferences(reader.id)).text
    assert sentence in said(page)
    assert "Voorkeuren bewaren" not in page
    assert f'href="{pages.service.here(pages.links.data(reader.id))}"' in page


def test_who_left_can_have_himself_asked_again_from_his_preferences(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    page = pages.visitor.get(pages.links.preferences(reader.id)).text
    assert f'action="{pages.service.here(pages.links.unsubscribe(reader.id))}/mistake"' in page


def test_who_has_not_confirmed_is_told_where_to(pages: Pages) -> None:
    ticket = pages.signed_up()
    page = pages.visitor.get(pages.links.preferences(ticket.subscriber)).text
    assert "nog niet bevestigd" in said(page)


def test_what_the_address_claims_was_saved_is_said_only_when_it_is_so(pages: Pages) -> None:
    link = pages.links.preferences(pages.subscribed().id)
    assert 'role="status"' not in pages.visitor.get(f"{link}?saved=pause").text
    assert 'role="status"' not in pages.visitor.get(f"{link}?saved=<script>").text


def test_a_pause_begins_holds_until_its_day_and_can_be_ended(pages: Pages) -> None:
    reader = pages.subscribed()
    link = pages.links.pause(reader.id)
    assert 'type="date" value="2026-12-22" min="2026-11-25"' in pages.visitor.get(link).text
    page = pages.visitor.follow(pages.visitor.post(link, {"until": "2026-12-31"})).text
    assert "<b>Uw pauze is begonnen.</b>" in page
    assert "U krijgt geen mail vóór 31 december 2026." in said(page)
    assert pages.now(reader).paused_until == date(2026, 12, 31)
    shown = pages.visitor.get(link).text
    assert "Pauze beëindigen" in shown
    assert "<button>Pauze wijzigen</button>" in shown
    page = pages.visitor.follow(pages.visitor.post(link, {"until": "2026-12-31", "end": "yes"})).text
    assert "<b>Uw pauze is voorbij.</b>" in page
    assert pages.now(reader).paused_until is None


@pytest.mark.parametrize(
    "typed", ["", "morgen", "2026-11-24", "2026-11-01", "2027-11-26", "3026-01-01", "31-02-2027", "2026-12-31\0"]
)
def test_a_day_that_is_none_or_too_far_begins_no_pause_and_stays_in_the_form(pages: Pages, typed: str) -> None:
    reader = pages.subscribed()
    answer = pages.visitor.post(pages.links.pause(reader.id), {"until": typed})
    assert answer.status_code == 422
    assert "Kies een dag tussen 25 november 2026 en 25 november 2027." in said(answer.text)
    assert pages.now(reader).paused_until is None


@pytest.mark.parametrize("typed", ["31-12-2026", " 31.12.2026 "])
def test_a_day_may_be_written_as_people_do(pages: Pages, typed: str) -> None:
    reader = pages.subscribed()
    pages.visitor.post(pages.links.pause(reader.id), {"until": typed})
    assert pages.now(reader).paused_until == date(2026, 12, 31)


def test_who_gets_no_mail_needs_no_pause(pages: Pages) -> None:
    reader = pages.left(pages.subscribed())
    link = pages.links.pause(reader.id)
    assert "U bent afgemeld" in said(pages.visitor.follow(pages.visitor.get(link)).text)
    assert "U bent afgemeld" in said(pages.visitor.follow(pages.visitor.post(link, {"until": "2026-12-31"})).text)


def test_all_that_is_kept_is_handed_over_as_a_file_by_a_button_only(pages: Pages) -> None:
    reader = pages.subscribed()
    link = pages.links.data(reader.id)
    question = pages.visitor.get(link)
    assert question.headers["content-type"].startswith("text/html")
    answer = pages.visitor.post(link)
    assert answer.headers["content-disposition"] == 'attachment; filename="newsletter-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    told = json.loads(answer.text)
    assert told["subscriber"]["address"] == reader.address
    assert [record["what"] for record in told["records"]] == ["added"]


def test_who_is_erased_is_gone_and_his_links_say_so(pages: Pages) -> None:
    reader = pages.subscribed()
    link = pages.links.erase(reader.id)
    question = pages.visitor.get(link)
    assert title(question.text) == "Wilt u uw gegevens laten wissen?"
    assert pages.now(reader).status == "confirmed"
    answer = pages.visitor.post(link)
    assert (answer.status_code, title(answer.text)) == (200, "Uw gegevens zijn gewist")
    assert pages.known(reader.id) is None
    for path in ("", "/pause", "/address", "/data", "/erase"):
        for again in (
            pages.visitor.get(pages.links.preferences(reader.id) + path),
            pages.visitor.post(pages.links.preferences(reader.id) + path),
        ):
            assert (again.status_code, title(again.text)) == (410, "Wij hebben geen gegevens meer van u")


def test_without_its_key_erasing_is_not_promised(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path)
    pages = Pages(pages.config, store, erase_key=None)
    link = pages.links.erase(pages.subscribed().id)
    for answer in (pages.visitor.get(link), pages.visitor.post(link)):
        assert (answer.status_code, title(answer.text)) == (503, "Uw gegevens zijn nog niet gewist")
        assert "mailto:redactie@example.nl" in answer.text
