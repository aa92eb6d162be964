"""Forced dark: the figures of the art direction, and the same as turning round what the browser shows."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from newsletter.model.mail import Message
from newsletter.web.preview.desk import in_scheme
from newsletter.web.preview.forced import forced, turned

EYES = Path(__file__).parent.parent / "rendering" / "eyes.py"
SHOWN = """() => [...document.querySelectorAll('body, body *:not(img)')].map(element => {
  const style = getComputedStyle(element)
  const names = ['color', 'backgroundColor', 'borderTopColor', 'borderBottomColor']
  return [element.localName, ...names.map(name => style[name])].join(' ')
})"""


@pytest.mark.parametrize(
    ("colour", "shown"),
    [("#FFFFFF", "#191919"), ("#F6F4EF", "#21201D"), ("#fff", "#191919"), ("white", "#191919")],
)
def test_the_grounds_of_the_art_direction_come_out_as_it_says(colour: str, shown: str) -> None:
    assert turned(colour) == shown


@pytest.mark.parametrize("word", ["transparent", "inherit", "solid", "3px", "none", "currentColor", "#12345"])
def test_what_is_no_colour_stays(word: str) -> None:
    assert turned(word) == word


def test_how_clear_a_colour_is_stays() -> None:
    assert turned("rgba(255, 255, 255, 0.5)") == "rgba(25,25,25,0.5)"
    assert turned("rgb(255 255 255 / 20%)") == "rgba(25,25,25,20%)"


@given(st.integers(0, 254))
def test_what_was_lighter_is_darker(grey: int) -> None:
    one, other = turned(f"rgb({grey},{grey},{grey})"), turned(f"rgb({grey + 1},{grey + 1},{grey + 1})")
    assert int(one[1:3], 16) >= int(other[1:3], 16)


def test_colours_are_turned_where_they_are_set_and_nowhere_else() -> None:
    mail = (
        "<html><head><style>#fff{color:#000}a:hover{background:url(red.png) white}</style></head>"
        '<body bgcolor="#FFFFFF" title="red"><p style="border:1px solid #000;font:12px Tan">#FFF color:#000</p></body>'
    )
    dark = forced(mail)
    assert "#fff{color:#F6F6F6}a:hover{background:url(red.png) #191919}" in dark
    assert 'bgcolor="#191919" title="red"' in dark
    assert '<p style="border:1px solid #F6F6F6;font:12px Tan">#FFF color:#000</p>' in dark


def test_pictures_and_words_are_untouched(message_of: Callable[[str], Message]) -> None:
    html = message_of("reference").html
    dark = in_scheme(html, "forced")
    assert dark.count("<img") == html.count("<img")
    assert [part.split('"')[0] for part in dark.split('src="')[1:]] == [
        part.split('"')[0] for part in html.split('src="')[1:]
    ]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["reference", "everything", "arabic"])
def test_it_is_what_turning_round_the_colours_in_the_browser_gives(
    browser: Browser, message_of: Callable[[str], Message], name: str
) -> None:
    html = message_of(name).html
    page = browser.new_page(color_scheme="light")
    page.route("**/*", lambda route: route.abort())
    page.set_content(html)
    page.evaluate(runpy.run_path(str(EYES))["FORCE"], "forced")
    expected = page.evaluate(SHOWN)
    page.set_content(in_scheme(html, "forced"))
    assert page.evaluate(SHOWN) == expected
    page.close()
