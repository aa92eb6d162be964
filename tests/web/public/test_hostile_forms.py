"""What strangers send that is kept, since anybody may send it: once, as typed or not at all, inert, not too often."""

import html
import logging
from pathlib import Path

import pytest
from besieged import HOST, READER, STRANGER, Asking, Besieged, filled, subscribing
from sqlalchemy import select

from newsletter.links import sign_form
from newsletter.store.database import Store
from newsletter.store.schema import consents, notices, subscribers
from newsletter.web.public import guard, shield
from newsletter.web.public.shield import Shield

NEWCOMER = "piet@example.org"
ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture
def paper(store: Store, tmp_path: Path) -> Besieged:
    return Besieged(store, tmp_path)


def addresses(paper: Besieged) -> list[str]:
    with paper.store.reading() as transaction:
        return sorted(transaction.scalars(select(subscribers.c.address)))


def notes(paper: Besieged) -> list[str]:
    with paper.store.reading() as transaction:
        return [note for note in transaction.scalars(select(consents.c.note)) if note]


@pytest.mark.parametrize(
    "name",
    [
        "{{7*7}}",
        "{% include 'x' %}",
        "${7*7}",
        "#{7*7}",
        "{0.__class__}",
        "%(name)s",
        "%s%n",
        "<script>alert(1)</script>",
        "' OR '1'='1",
        "'; DROP TABLE subscribers; --",
        '"><img src=x onerror=alert(1)>',
        '=HYPERLINK("x")',
    ],
)
def test_templates_and_sql_are_a_name_like_any_other(paper: Besieged, name: str) -> None:
    answer = paper.ask(Asking(path=paper.preferences, body=filled(("name", name))))
    assert answer.status == 303
    shown = paper.ask(Asking(method="GET", kind=None, path=paper.preferences)).text
    assert name in html.unescape(shown)
    assert "49" not in shown.partition("</style>")[2].replace(paper.preferences, "").replace(paper.leave, "")
    assert "<script" not in shown
    assert "<img" not in shown
    assert READER in addresses(paper)


@pytest.mark.parametrize("local", ["{{7*7}}", "${7*7}", "'or'1'='1", "a'--", "%s", "/etc/passwd"])
def test_templates_and_sql_are_an_address_like_any_other(paper: Besieged, local: str) -> None:
    answer = paper.ask(Asking(body=subscribing(f"{local}@example.org")))
    assert answer.status == 200
    assert f"{local}@example.org" in html.unescape(answer.text)
    assert addresses(paper).count(f"{local}@example.org") == 1


def test_a_field_that_comes_twice_counts_once(paper: Besieged) -> None:
    before = addresses(paper)
    paper.ask(Asking(body=subscribing(NEWCOMER, ("email", "jan@example.org"), ("email", "kees@example.org"))))
    assert len(addresses(paper)) == len(before) + 1


def test_a_good_token_beside_a_bad_one_lets_nobody_in_twice(paper: Besieged) -> None:
    before = addresses(paper)
    paper.ask(Asking(body=subscribing(NEWCOMER, ("form", "x"))))
    assert addresses(paper) == before


@pytest.mark.parametrize("length", [201, 5_000, 60_000])
def test_a_very_long_name_is_refused_and_what_was_typed_stays(paper: Besieged, length: int) -> None:
    before = paper.kept()
    answer = paper.ask(Asking(path=paper.preferences, body=filled(("name", "x" * length))))
    assert answer.status == 422
    assert "x" * length in answer.text
    assert paper.kept() == before


def test_a_reason_for_leaving_becomes_one_line_of_500_letters(paper: Besieged) -> None:
    answer = paper.ask(
        Asking(path=paper.leave, body=filled(("reason", "too\r\nBcc: x\0\x1b[31m much \u2028" + "é" * 9_000)))
    )
    assert answer.status == 200
    [note] = notes(paper)
    assert note.isprintable()
    assert len(note) <= 500


def test_leaving_with_one_click_is_never_limited_and_always_answers_200(paper: Besieged) -> None:
    answers = [paper.ask(Asking(path=paper.leave, body=ONE_CLICK)).status for _ in range(60)]
    assert set(answers) == {200}
    assert [row for row in notes(paper) if row] == []


def test_a_robot_sees_what_a_person_sees_and_leaves_nothing(paper: Besieged) -> None:
    before = paper.kept()
    robot = paper.ask(Asking(body=subscribing(NEWCOMER).replace(b"answer=", b"answer=https%3A%2F%2Fexample.org")))
    assert paper.kept() == before
    person = paper.ask(Asking(body=subscribing(NEWCOMER)))
    assert paper.kept() != before
    assert (robot.status, robot.headers, robot.body) == (person.status, person.headers, person.body)


def test_too_many_sign_ups_from_one_place_are_told_when_to_come_back(paper: Besieged) -> None:
    statuses = [paper.ask(Asking(body=subscribing(f"reader{n}@{n}.example.org"))).status for n in range(41)]
    assert statuses == [200] * 40 + [429]
    late = paper.ask(Asking(body=subscribing("last@last.example.org")))
    assert late.header("retry-after") == "30"
    assert "last@last.example.org" not in addresses(paper)
    assert paper.ask(Asking(path=paper.leave, body=ONE_CLICK)).status == 200
    assert paper.ask(Asking(path=paper.preferences, body=filled(("name", "Hanna B")))).status == 303


def test_a_change_of_address_meets_the_same_limits(paper: Besieged) -> None:
    to = f"{paper.preferences}/address"
    statuses = [paper.ask(Asking(path=to, body=filled(("email", f"hanna@{n}.example.org")))).status for n in range(41)]
    assert statuses == [200] * 40 + [429]


def test_one_who_lies_about_where_he_is_is_written_down_where_he_is(paper: Besieged) -> None:
    lies = [(b"x-forwarded-for", b"203.0.113.1"), (b"x-real-ip", b"203.0.113.2"), (b"forwarded", b"for=203.0.113.3")]
    paper.ask(Asking(body=subscribing(NEWCOMER), headers=lies))
    assert _origin(paper) == STRANGER


def test_a_proxy_that_is_ours_is_believed_about_where_he_is(store: Store, tmp_path: Path) -> None:
    paper = Besieged(store, tmp_path, web={"proxies": ("192.0.2.0/24",)})
    lies = [(b"x-forwarded-for", b"127.0.0.1, 203.0.113.9"), (b"x-real-ip", b"203.0.113.2")]
    paper.ask(Asking(body=subscribing(NEWCOMER), headers=lies))
    assert _origin(paper) == "203.0.113.9"


def _origin(paper: Besieged) -> str | None:
    with paper.store.reading() as transaction:
        query = select(consents.c.origin).join(subscribers, subscribers.c.id == consents.c.subscriber)
        return transaction.scalar(query.where(subscribers.c.address == NEWCOMER))


def test_a_body_that_trickles_is_cut_before_the_pages_see_it(paper: Besieged) -> None:
    before = paper.kept()
    hasty = Shield(paper.application, web=f"https://{HOST.decode()}", policy="", patience=0.2)
    body = subscribing(NEWCOMER)
    slow = Asking(body=[body[n : n + 1] for n in range(len(body))], pause=0.02)
    assert paper.ask(slow, before=hasty).status == 408
    assert paper.kept() == before
    assert shield.PATIENCE <= 15


def test_a_form_without_its_token_or_from_yesterday_is_shown_again_with_what_was_typed(paper: Besieged) -> None:
    before = paper.kept()
    old = sign_form(paper.service.keys[0], paper.service.now() - guard.GREATEST * 2)
    for form in (filled(("email", NEWCOMER)), filled(("email", NEWCOMER), ("form", old))):
        answer = paper.ask(Asking(body=form))
        assert f'value="{NEWCOMER}"' in answer.text
    assert paper.kept() == before


def test_a_stranger_learns_nothing_from_the_answer(paper: Besieged) -> None:
    answers = {
        address: paper.ask(Asking(body=subscribing(address)))
        for address in (READER, "joris@heuvelbode.example", NEWCOMER)
    }
    shown = {answer.text.replace(address, "…") for address, answer in answers.items()}
    assert len(shown) == 1
    assert {answer.status for answer in answers.values()} == {200}


def test_what_is_done_is_logged_without_who_did_it(paper: Besieged, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        paper.ask(Asking(body=subscribing(NEWCOMER)))
        paper.ask(Asking(path=paper.preferences, body=filled(("name", "Hanna Bosscher"))))
        paper.ask(Asking(path=f"{paper.preferences}/address", body=filled(("email", "hanna@elders.example"))))
        paper.ask(Asking(path=paper.leave, body=ONE_CLICK))
    logged = caplog.text + "".join(repr(record.__dict__) for record in caplog.records)
    with paper.store.reading() as transaction:
        assert transaction.scalars(select(notices.c.id)).all()
    for never in ("piet", "hanna", "Bosscher", "elders", STRANGER, *paper.tokens):
        assert never not in logged
