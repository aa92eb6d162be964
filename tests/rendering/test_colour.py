"""The newspaper's colour, legible on every ground."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.colour import contrast, dark, light

brands = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


@pytest.mark.parametrize(
    ("brand", "by_day", "by_night"),
    [
        ("#1F5A4C", "#1F5A4C", "#5CBCA6"),
        ("#F2B705", "#7A5C03", "#C1AA67"),
        ("#D4002A", "#C50027", "#D79DA9"),
        ("#0B2A5B", "#0B2A5B", "#96AED4"),
        ("#3FA9F5", "#0965A7", "#88B1CE"),
    ],
)
def test_the_accents_of_the_art_direction(brand: str, by_day: str, by_night: str) -> None:
    assert (light(brand).accent, dark(brand).accent) == (by_day, by_night)


@settings(max_examples=500, deadline=None)
@given(brand=brands)
def test_every_brand_is_legible_on_paper_and_tint_of_both_schemes(brand: str) -> None:
    day, night = light(brand), dark(brand)
    assert contrast(day.accent, day.tint) >= 5.5
    assert contrast(day.accent, day.paper) >= 5.5
    assert contrast(night.accent, night.tint) >= 7.0
    assert contrast(night.accent, night.paper) >= 7.0


@settings(max_examples=200, deadline=None)
@given(brand=brands)
def test_the_words_on_a_button_are_legible(brand: str) -> None:
    for scheme in (light(brand), dark(brand)):
        assert contrast(scheme.on, scheme.accent) >= 6.0


@settings(max_examples=200, deadline=None)
@given(brand=brands)
def test_a_brand_that_is_legible_is_used_as_it_is(brand: str) -> None:
    day = light(brand)
    if day.accent not in {brand, day.ink}:
        assert contrast(brand, day.tint) < 5.5


@pytest.mark.parametrize("brand", ["#000000", "#FFFFFF", "#808080", "#7A7C7B"])
def test_a_grey_brand_takes_the_ink(brand: str) -> None:
    assert light(brand).accent == light(brand).ink
    assert dark(brand).accent == dark(brand).ink


def test_only_the_accent_derives_from_the_brand() -> None:
    one, other = light("#1F5A4C"), light("#D4002A")
    assert {n for n in one.__slots__ if getattr(one, n) != getattr(other, n)} == {"accent"}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", [light("#1F5A4C"), dark("#1F5A4C")], ids=["light", "dark"])
def test_every_text_colour_is_legible_on_paper_and_tint(scheme) -> None:  # type: ignore[no-untyped-def]
    for text in (scheme.ink, scheme.text, scheme.muted, scheme.accent):
        assert min(contrast(text, scheme.paper), contrast(text, scheme.tint)) >= 5.5
