"""The page of an edition on the web: the mail without anybody in it, and without a gap where he was."""

import re
from pathlib import Path
from typing import get_args

import examples
import pytest
from lxml import html

from newsletter.model.mail import Edition, Field, Pieces, Slot
from newsletter.rendering.web_version import web_version
from newsletter.words import load


def page_of(edition: Edition) -> str:
    return web_version(
        edition,
        examples.words_of(edition.language),
        pictures="https://beeld.example.nl/brief/",
        subscribe="/krant/subscribe",
        mailbox="redactie@example.nl",
    )


def made_of(*pieces: str | Field, context: str = "html") -> str:
    """The page of a mail in English made of these pieces, of which a field's name is the field."""
    cut: Pieces = tuple(
        Slot(field=piece, context=context) if piece in get_args(Field) else piece  # type: ignore[arg-type]
        for piece in pieces
    )
    return page_of(Edition(issue="1", language="en", subject="", preheader="", html=cut, text=()))


def links(page: str) -> list[tuple[str, str]]:
    """Text and address of each link."""
    return [(" ".join(link.text_content().split()), link.get("href")) for link in html.fromstring(page).iter("a")]


@pytest.mark.parametrize("name", examples.ISSUES)
def test_no_mark_and_no_field_is_left_in_any_issue(root: Path, name: str) -> None:
    page = page_of(examples.rendered(name, root, web_version=True))
    assert "\0" not in page
    assert not re.search(r"/(leave|preferences|issues)/", page)
    assert page.startswith("<!DOCTYPE html>")


def test_pictures_stand_at_their_public_address(root: Path) -> None:
    edition = examples.rendered("reference", root)
    shown = re.findall(r'<img[^>]* src="([^"]*)"', page_of(edition))
    assert shown
    assert {address.rpartition("/")[0] for address in shown} == {"https://beeld.example.nl/brief"}
    assert {address.rpartition("/")[2] for address in shown} == {picture.name for picture in edition.pictures}


def test_who_likes_it_may_subscribe_and_nobody_is_offered_to_leave(root: Path) -> None:
    found = links(page_of(examples.rendered("mixed", root, web_version=True)))
    assert [text for text, address in found if address == "/krant/subscribe"] == ["Aanmelden", "Aanmelden"]
    assert not {"Afmelden", "Voorkeuren wijzigen", "Bekijk in uw browser"} & {text for text, _ in found}


def test_the_foot_says_what_the_page_is_and_whom_to_ask(root: Path) -> None:
    said = " ".join(html.fromstring(page_of(examples.rendered("reference", root))).text_content().split())
    assert "U leest op het web wat abonnees per mail krijgen." in said
    assert "Schrijf gerust naar redactie@example.nl; de redactie leest mee." in said
    assert load("nl")("Questions or remarks? Simply reply to this mail; the editors read along.") not in said
    assert "U ontvangt deze brief" not in said


@pytest.mark.parametrize(
    ("pieces", "read"),
    [
        (("<p>Dear ", "name", ",</p>"), "<p>Dear,</p>"),
        (("<p>Dear <b>", "name", "</b>, welcome</p>"), "<p>Dear, welcome</p>"),
        (("<p>Hello, ", "name", "!</p>"), "<p>Hello!</p>"),
        (("<p>", "name", ", here it is.</p>"), "<p>Here it is.</p>"),
        (("<p>To\N{NO-BREAK SPACE}", "name", " and all</p>"), "<p>To and all</p>"),
        (("<p>Written to ", "address", ".</p>"), "<p>Written to.</p>"),
        (("<td>", "name", "</td>"), "<td></td>"),
        (('<p title="For ', "name", '">x</p>'), '<p title="For ">x</p>'),
        (("name",), ""),
    ],
)
def test_a_name_that_is_not_there_leaves_no_gap(pieces: tuple[str | Field, ...], read: str) -> None:
    assert made_of(*pieces) == read


@pytest.mark.parametrize(
    ("before", "between", "after", "read"),
    [
        ("preferences", " · ", "unsubscribe", 1),
        ("unsubscribe", " | ", "preferences", 1),
        ("web_version", "\n", "unsubscribe", 1),
        ("web_version", " · ", "preferences", 2),
    ],
)
def test_links_of_a_reader_go_with_what_parts_them(before: Field, between: str, after: Field, read: int) -> None:
    made = made_of(
        '<p><a href="', before, f'">One</a>{between}<a class="x" href="', after, '">Two</a>.</p>', context="link"
    )
    assert [text for text, _ in links(made)] == ["Subscribe"] * read
    text = html.fromstring(made).text_content()
    assert text == between.join(["Subscribe"] * read) + "."


def test_three_links_stay_two_with_one_sign_between(root: Path) -> None:
    made = made_of(
        '<p><a href="https://example.nl">Home</a> · <a href="', "unsubscribe", '">Leave</a> · <a href="', "preferences",
        '">Mine</a></p>', context="link",
    )  # fmt: skip
    assert html.fromstring(made).text_content() == "Home · Subscribe"


def test_an_address_shown_as_text_is_that_of_the_page_to_subscribe() -> None:
    assert made_of("<p>Leave at ", "unsubscribe", "</p>") == "<p>Leave at /krant/subscribe</p>"
    assert made_of('<a href="https://example.nl/?who=', "address", '">x</a>', context="url") == (
        '<a href="https://example.nl/?who=">x</a>'
    )
