"""What of a text can be seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.markup.visible import breakable, on_one_line, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Rood \x1b[31m water", "Rood [31m water"),
        ("om\u202egekeerd", "omgekeerd"),
        ("half \ud83d teken", "half teken"),
        ("weg\u00adwijzer\u200b", "wegwijzer"),
        ("a\x00b\x9fc\ufeff", "abc"),
        ("een\u0085twee\u2028drie\u00a0vier", "een twee drie vier"),
        ("👩\u200d🌾 blijft één teken", "👩\u200d🌾 blijft één teken"),
    ],
)
def test_what_steers_is_gone_and_words_stay(text: str, seen: str) -> None:
    assert on_one_line(text) == seen


@given(st.text())
def test_nothing_on_one_line_is_a_control_character(text: str) -> None:
    assert all(unicodedata.category(character) not in {"Cc", "Cs"} for character in on_one_line(text))


@given(st.text())
def test_what_is_visible_stays_so(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_where_a_title_may_break_stays_in_it_and_alone_makes_no_title() -> None:
    assert breakable("De\u00ad dijk\u00adwacht\u200b\nloopt\x1b") == "De\u00ad dijk\u00adwacht loopt"
    assert breakable(" \u00ad\n") == ""


@given(st.text(st.characters() | st.just("\u00ad")))
def test_what_may_break_shows_what_stands_on_one_line(text: str) -> None:
    assert " ".join(breakable(text).replace("\u00ad", "").split()) == on_one_line(text)
