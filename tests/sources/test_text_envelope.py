"""What surrounds an article that was mailed or released is set aside, and nothing of the article with it."""

import pytest
from pasted import NEXT_PARAGRAPH, PARAGRAPH, codes, paste, uses

TITLE = "Dijk bij Zanddorp houdt stand"


@pytest.mark.parametrize(
    "head",
    [
        ["Van: Els Blom <els@example.org>", "Aan: redactie@example.nl", "Onderwerp: stukje"],
        ["-------- Doorgestuurd bericht --------", "Onderwerp: stukje"],
        ["Begin forwarded message:", "From: Els", "Date: Mon, 3 Nov 2025 20:11:00 +0100", "Subject: story"],
    ],
)
def test_the_head_of_a_mail_is_furniture(head: list[str]) -> None:
    found = paste(*head, TITLE, PARAGRAPH, NEXT_PARAGRAPH)
    assert found.article.title == TITLE
    assert found.article.published is None
    assert [uses(found)[number + 1] for number in range(len(head))] == ["furniture"] * len(head)


def test_a_single_field_is_no_head_of_a_mail() -> None:
    found = paste("Datum: 14 oktober 2025", TITLE, PARAGRAPH, NEXT_PARAGRAPH)
    assert found.article.published
    assert uses(found)[1] == "field"


@pytest.mark.parametrize("title", ["Embargo op klei raakt het dorp", "Van: hoe één woord een dorp verdeelde"])
def test_a_title_that_begins_like_the_words_of_an_envelope_stays(title: str) -> None:
    assert paste(title, PARAGRAPH, NEXT_PARAGRAPH).article.title == title


@pytest.mark.parametrize(
    "heading", ["Noot voor de redactie (niet voor publicatie):", "Noten aan de redactie", "Notes to editors:"]
)
def test_what_follows_a_note_to_the_newsroom_is_left_out_and_said_so(heading: str) -> None:
    found = paste(TITLE, PARAGRAPH, NEXT_PARAGRAPH, heading, "Bel Joost Kramer, 000-1234567.", PARAGRAPH)
    assert [line.number for line in found.lines if line.use == "furniture"] == [4, 5, 6]
    assert "newsroom-note" in codes(found)


@pytest.mark.parametrize(
    "line",
    [
        "FOR IMMEDIATE RELEASE",
        "Embargo tot 14 oktober 2025, 06.00 uur",
        "EINDE PERSBERICHT",
        "--- Einde bericht ---",
        "-ENDS-",
    ],
)
def test_the_words_around_a_press_release_are_furniture(line: str) -> None:
    assert uses(paste(TITLE, PARAGRAPH, NEXT_PARAGRAPH, line))[4] == "furniture"


def test_a_word_like_ends_in_a_sentence_is_none() -> None:
    assert uses(paste(TITLE, PARAGRAPH, NEXT_PARAGRAPH, "Zo komt er een einde aan."))[4] == "body"
