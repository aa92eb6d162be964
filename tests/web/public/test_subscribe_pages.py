"""Subscribing: what is asked, what is answered, and that nobody learns who is on the list."""

from pathlib import Path

import pytest
from readers_pages import WEB, Pages, hidden, pages_of, said, title

from newsletter.model.subscriber import ConsentText
from newsletter.store.database import Store
from newsletter.web.public.guard import HONEYPOT, TOKEN

NEW = "nieuw@example.nl"


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def filled_in(pages: Pages, address: str, query: str = "") -> dict[str, str]:
    """The form as a person sends it: shown, and filled in some seconds later."""
    form = hidden(pages.visitor.get(f"/subscribe{query}").text)
    pages.clock.pass_by(seconds=5)
    return {**form, "email": address, HONEYPOT: ""}


def test_who_subscribes_is_pending_and_a_mail_asks_him(pages: Pages) -> None:
    answer = pages.visitor.post("/subscribe", filled_in(pages, NEW))
    assert (answer.status_code, title(answer.text)) == (200, "Nog één stap")
    assert f"<b>{NEW}</b>" in answer.text
    reader = pages.at(NEW)
    assert reader is not None
    assert (reader.status, reader.language, reader.source) == ("pending", "nl", "form")
    assert pages.notices(reader.id) == [("confirm", "waiting")]
    assert len(pages.woken) == 1


def test_the_consent_record_quotes_what_the_page_showed_word_for_word(pages: Pages) -> None:
    page = pages.visitor.get("/subscribe").text
    pages.visitor.post("/subscribe", filled_in(pages, NEW))
    reader = pages.at(NEW)
    assert reader is not None
    text = pages.records(reader.id)[0].text
    assert isinstance(text, ConsentText)
    assert "U kunt zich altijd met één klik afmelden." in text.text
    for line in text.text.split("\n"):
        assert line in page
    assert len(text.version) == 12


def test_other_words_are_another_version(pages: Pages) -> None:
    pages.visitor.post("/subscribe", filled_in(pages, NEW))
    pages.visitor.post("/subscribe?lang=en", filled_in(pages, "new@example.org", "?lang=en"))
    texts = [pages.records(one.id)[0].text for one in (pages.at(NEW), pages.at("new@example.org")) if one]
    assert len({text.version for text in texts if text}) == 2


@pytest.mark.parametrize(("days", "kept"), [(30, "192.0.2.7"), (0, None)])
def test_where_he_came_from_is_kept_only_when_the_configuration_keeps_it(
    store: Store, tmp_path: Path, days: int, kept: str | None
) -> None:
    pages = pages_of(store, tmp_path, readers={"keep_origin": days}, web={"url": WEB, "proxies": ["127.0.0.1"]})
    pages.visitor.post("/subscribe", filled_in(pages, NEW), x_forwarded_for="192.0.2.7")
    reader = pages.at(NEW)
    assert reader is not None
    assert pages.records(reader.id)[0].origin == kept


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(pages: Pages) -> None:
    pages.subscribed("lezer@example.nl")
    pages.left(pages.subscribed("weg@example.nl"))
    pages.suppressed(pages.subscribed("terug@example.nl"), "bounced")
    pages.suppressed(pages.subscribed("nooit@example.nl"), "blocked")
    answers = set()
    for address in (NEW, "lezer@example.nl", "weg@example.nl", "terug@example.nl", "nooit@example.nl"):
        answer = pages.visitor.post("/subscribe", filled_in(pages, address))
        token = hidden(answer.text)[TOKEN]
        answers.add((answer.status_code, answer.text.replace(address, "").replace(token, "")))
    assert len(answers) == 1
    assert len(pages.woken) == 5


def test_no_answer_comes_sooner_than_a_third_of_a_second_after_the_request(pages: Pages) -> None:
    pages.visitor.post("/subscribe", filled_in(pages, NEW))
    pages.visitor.post("/subscribe", {"email": "onzin"})
    assert pages.slept == [0.3, 0.3]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Vul uw e-mailadres in."),
        ("p.vandam@example", "Dit adres is niet volledig. Schrijf het zo: naam@voorbeeld.nl"),
        ("p.vandam", "Dit adres is niet volledig. Schrijf het zo: naam@voorbeeld.nl"),
        ("p van dam@example.nl", "Naar dit adres kan geen mail worden gestuurd. Kijk na hoe het geschreven is."),
        ("p\0@example.nl", "Naar dit adres kan geen mail worden gestuurd. Kijk na hoe het geschreven is."),
        ("a@b.nl\r\nBcc: c@example.nl", "Naar dit adres kan geen mail worden gestuurd. Kijk na hoe het geschreven is."),
    ],
)
def test_an_address_that_cannot_be_right_stays_in_the_form_with_a_sentence_below_it(
    pages: Pages, typed: str, sentence: str
) -> None:
    answer = pages.visitor.post("/subscribe", filled_in(pages, typed))
    assert answer.status_code == 422
    assert '<div role="alert"><b>Uw aanmelding is nog niet verstuurd.</b>' in answer.text
    assert f'<p id="email-about" class="wrong">{sentence}</p>' in answer.text
    assert 'aria-invalid="true" aria-describedby="email-about"' in answer.text
    assert pages.woken == []


def test_what_was_typed_stays_and_is_text_and_never_markup(pages: Pages) -> None:
    answer = pages.visitor.post("/subscribe", filled_in(pages, '"><script>{{ 7*7 }}</script>'))
    assert 'value="&#34;&gt;&lt;script&gt;{{ 7*7 }}&lt;/script&gt;"' in answer.text


def test_a_form_of_the_newspapers_own_site_is_asked_once_more_with_one_button(pages: Pages) -> None:
    answer = pages.visitor.post("/subscribe", {"email": NEW}, origin="https://example.nl")
    assert (answer.status_code, title(answer.text)) == (200, "Wilt u De Heuvelbode ontvangen?")
    assert answer.text.count("<button") == 1
    assert pages.at(NEW) is None
    form = hidden(answer.text)
    pages.clock.pass_by(seconds=5)
    assert title(pages.visitor.post("/subscribe", form).text) == "Nog één stap"
    assert pages.at(NEW) is not None


def test_the_form_to_paste_is_shown_as_text_and_leads_here(pages: Pages) -> None:
    page = pages.visitor.get("/subscribe/form").text
    assert f"&lt;form action=&#34;{WEB}/subscribe?lang=nl&#34; method=&#34;post&#34;" in page
    assert "<form" not in page


def test_who_is_quicker_than_a_person_is_asked_again_and_keeps_what_he_typed(pages: Pages) -> None:
    form = {**hidden(pages.visitor.get("/subscribe").text), "email": NEW}
    answer = pages.visitor.post("/subscribe", form)
    assert answer.status_code == 422
    assert f'value="{NEW}"' in answer.text
    assert "Uw aanmelding is nog niet verstuurd." in answer.text
    assert pages.at(NEW) is None


def test_a_robot_is_answered_as_if_all_went_well_and_nothing_is_stored(pages: Pages) -> None:
    answer = pages.visitor.post("/subscribe", {**filled_in(pages, NEW), HONEYPOT: "https://example.org/"})
    assert (answer.status_code, title(answer.text)) == (200, "Nog één stap")
    assert pages.at(NEW) is None


def test_beyond_a_limit_the_answer_says_when_to_come_back(pages: Pages) -> None:
    form = filled_in(pages, NEW)
    answers = [pages.visitor.post("/subscribe", {**form, "email": f"n{n}@example.org"}) for n in range(41)]
    assert [answer.status_code for answer in answers] == [*[200] * 40, 429]
    assert title(answers[-1].text) == "Probeer het later opnieuw"
    assert int(answers[-1].headers["retry-after"]) > 0
    assert pages.at("n40@example.org") is None


def test_asking_for_the_mail_again_stores_the_wish_and_sends_one_mail_a_day(pages: Pages) -> None:
    answer = pages.visitor.post("/subscribe", filled_in(pages, NEW))
    pages.clock.pass_by(minutes=3)
    again = pages.visitor.post("/subscribe", hidden(answer.text))
    assert title(again.text) == "Nog één stap"
    assert "hoogstens één keer per dag" in said(again.text)
    reader = pages.at(NEW)
    assert reader is not None
    assert pages.notices(reader.id) == [("confirm", "waiting"), ("confirm", "skipped")]


def test_the_introduction_of_the_newsroom_stands_in_its_own_language_only(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, pages={"introduction": "Tien minuten\nlezen.\n\nElke week."})
    assert "<p>Tien minuten lezen.</p>\n<p>Elke week.</p>" in pages.visitor.get("/subscribe").text
    assert "Tien minuten" not in pages.visitor.get("/subscribe?lang=en").text


def test_where_a_calculation_is_asked_the_page_has_it_and_the_script_that_makes_it(
    store: Store, tmp_path: Path
) -> None:
    pages = pages_of(store, tmp_path, pages={"proof_of_work": True})
    answer = pages.visitor.get("/subscribe")
    assert 'data-challenge="{&#34;' in answer.text
    assert '<script type="module" src="/widget/work.js"></script>' in answer.text
    assert pages.visitor.get("/widget/work.js").headers["content-type"].startswith("text/javascript")
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_pages_under_a_path_answer_with_and_without_it(store: Store, tmp_path: Path) -> None:
    pages = pages_of(store, tmp_path, web={"url": f"{WEB}/brief"})
    assert 'action="/brief/subscribe"' in pages.visitor.get("/brief/subscribe").text
    assert 'action="/brief/subscribe"' in pages.visitor.get("/subscribe").text
    assert pages.visitor.get("/").headers["location"] == "/brief/subscribe"


@pytest.mark.parametrize("path", ["/brief", "/brief/", "/"])
def test_the_address_of_the_pages_itself_leads_to_the_form(store: Store, tmp_path: Path, path: str) -> None:
    pages = pages_of(store, tmp_path, web={"url": f"{WEB}/brief"})
    answer = pages.visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/brief/subscribe")
    assert pages.visitor.get("/brief/brief").status_code == 404
