"""Texts whose lines were broken at a column: what belongs together is read together."""

import textwrap

import pytest
from lxml import html
from pasted import NEXT_PARAGRAPH, PARAGRAPH, read, unaccounted

HEAD = "Dijk houdt stand\nDoor Els Blom\n14 oktober 2025\n\n"


def blocks(page: str) -> list[str]:
    """Return the words of every part of a body."""
    return [
        str(html.fromstring(part.html).xpath("string()")).strip()
        for passage in read(page).article.passages
        for part in passage.parts
    ]


@pytest.mark.parametrize("width", [45, 60, 66, 72, 80, 98])
def test_paragraphs_are_joined_whatever_the_column(width: int) -> None:
    page = HEAD + "\n\n".join(textwrap.fill(words, width) for words in (PARAGRAPH, NEXT_PARAGRAPH))
    assert blocks(page) == [PARAGRAPH, NEXT_PARAGRAPH]
    assert unaccounted(page, read(page)) == []


def test_each_line_keeps_its_own_place_in_the_account() -> None:
    page = HEAD + textwrap.fill(PARAGRAPH, 60)
    assert [line.use for line in read(page).lines] == ["field"] * 3 + ["body"] * (page.count("\n") - 3)


def test_an_indented_line_begins_a_paragraph() -> None:
    page = HEAD + "\n".join(textwrap.fill(words, 60, initial_indent="  ") for words in (PARAGRAPH, NEXT_PARAGRAPH))
    assert blocks(page) == [PARAGRAPH, NEXT_PARAGRAPH]


def test_a_line_that_stops_within_a_sentence_is_joined_though_there_was_room() -> None:
    ragged = textwrap.fill(PARAGRAPH, 70).replace("dag en nacht", "dag\nen nacht")
    assert blocks(f"{HEAD}{ragged}\n\n{textwrap.fill(NEXT_PARAGRAPH, 70)}") == [PARAGRAPH, NEXT_PARAGRAPH]


@pytest.mark.parametrize("mark", ["* ", "- ", "• "])
def test_items_of_a_list_stay_apart_and_keep_what_is_wrapped(mark: str) -> None:
    items = "\n".join(
        textwrap.fill(words, 60, initial_indent=mark, subsequent_indent="  ") for words in (PARAGRAPH, NEXT_PARAGRAPH)
    )
    (words,) = blocks(f"{HEAD}{textwrap.fill(NEXT_PARAGRAPH, 60)}\n\n{items}")[1:]
    assert words.split("\n") == [PARAGRAPH, NEXT_PARAGRAPH]


def test_a_dash_at_the_start_of_a_line_is_no_item_in_the_middle_of_a_sentence() -> None:
    words = (
        "Aan de dijk bij Zanddorp wordt deze week dag en nacht gewerkt - en dat - voor wie het niet wist - kost geld"
    )
    assert (
        blocks(f"{HEAD}{textwrap.fill(PARAGRAPH, 62)}\n\n{textwrap.fill(words, 62)} genoeg.")[1] == f"{words} genoeg."
    )


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Noord-\nHeuvelrade", "Noord-Heuvelrade"),
        ("binnen-\nen buitendijks", "binnen- en buitendijks"),
        ("water -\nhoog", "water - hoog"),
    ],
)
def test_a_word_that_is_broken_at_its_hyphen_is_whole_again(broken: str, whole: str) -> None:
    before, after = broken.split("\n")
    line = f"{'Zo ligt het dorp er al jaren bij en niemand die het ziet':<58}".strip()
    page = f"{HEAD}{textwrap.fill(PARAGRAPH, 66)}\n\n{line} {before}\n{after} was er gisteren niet bij."
    assert blocks(page)[1] == f"{line} {whole} was er gisteren niet bij."


@pytest.mark.parametrize(
    "page",
    [
        f"{HEAD}{PARAGRAPH}\n{NEXT_PARAGRAPH}",
        HEAD + "Een korte zin op een regel die past.\nNog een korte zin op een regel.\n" * 4 + PARAGRAPH,
        f"{HEAD}{PARAGRAPH}\n" + "\n".join(["Zo zingt de merel op het dak", "en niemand weet waarom hij zingt"] * 4),
    ],
)
def test_a_text_that_is_not_wrapped_stays_as_it_is(page: str) -> None:
    assert len(blocks(page)) == page.count("\n") - HEAD.count("\n") + 1


def test_a_line_of_signs_is_joined_to_nothing() -> None:
    page = f"Dijk houdt stand bij Zanddorp en bij Heuvelrade ook nog\n{'=' * 60}\n14 oktober 2025\n\n"
    found = read(page + textwrap.fill(PARAGRAPH, 60))
    assert found.article.title == "Dijk houdt stand bij Zanddorp en bij Heuvelrade ook nog"
    assert found.lines[1].use == "unplaced"
