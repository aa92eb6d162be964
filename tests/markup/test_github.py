"""Markdown as GitHub reads it."""

import pytest

from newsletter.markup.images import lift_images
from newsletter.markup.markdown import to_html
from newsletter.markup.plain import plain


def test_boxes_of_a_task_list_are_drawn() -> None:
    assert plain(to_html("- [ ] kade\n- [x] bank\n  1. [X] verf")) == "- ☐ kade\n- ☑ bank\n  1. ☑ verf"


def test_a_box_in_code_or_in_a_sentence_is_none() -> None:
    assert "- [ ] kade" in to_html("```\n- [ ] kade\n```")
    assert to_html("Zet een [x] in het hokje.") == "<p>Zet een [x] in het hokje.</p>"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Zie https://example.org/a_b_c.", "https://example.org/a_b_c"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("„https://example.org/a?b=1&c=2”", "https://example.org/a?b=1&amp;c=2"),
        ("**https://example.org**", "https://example.org"),
    ],
)
def test_a_bare_address_is_a_link_without_the_punctuation_after_it(text: str, address: str) -> None:
    assert f'<a href="{address}">{address}</a>' in to_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "[https://example.org](https://example.com)",
        "<https://example.org>",
        '<a href="https://example.org">https://example.org</a>',
        '<img src="https://example.org/a.png"> <a href=https://example.org/b>x</a>',
    ],
)
def test_an_address_in_a_link_is_no_link_in_a_link(text: str) -> None:
    assert to_html(text).count("<a ") == 1


def test_an_address_in_code_is_none() -> None:
    assert "<a " not in to_html("`https://example.org`")


def test_quotes_that_a_blank_line_parts_are_two() -> None:
    assert to_html("> a\n\n> b").count("<blockquote>") == 2
    assert to_html("> a\n>\n> b").count("<blockquote>") == 1


def test_what_details_hold_is_markdown_below_their_summary() -> None:
    html = to_html("<details open>\n<summary>Tarieven</summary>\n\nEen *fiets*.\n\n- a\n\n</details>\n\nTot dan.")
    assert plain(html) == "Tarieven\n\nEen fiets.\n\n- a\n\nTot dan."
    assert "<strong>Tarieven</strong>" in html
    assert "<em>fiets</em>" in html


def test_html_without_a_blank_line_stays_html() -> None:
    assert "<div>\n    <p>*a*</p>\n</div>" in to_html("<div>\n    <p>*a*</p>\n</div>")


def test_wrappers_in_each_other_and_an_end_without_a_beginning() -> None:
    assert plain(to_html("<div>\n\n<section>\n<p>a</p>\n</section>\n\n*b*\n\n</div>\n\n</div>\n\nc")) == "a\n\nb\n\nc"


def test_a_figure_of_words_keeps_them() -> None:
    html, images = lift_images("<figure><blockquote><p>Ja.</p></blockquote><figcaption>Kees</figcaption></figure>")
    assert (html, images) == ("<blockquote><p>Ja.</p></blockquote><p>Kees</p>", ())
