"""HTML read as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.markup.plain import count_words, plain


def test_paragraphs_are_separated_by_blank_lines_and_not_wrapped() -> None:
    assert plain("<p>Een\n  regel</p>\n<p>twee</p>los") == "Een regel\n\ntwee\n\nlos"


def test_lists_have_marks_and_nested_ones_are_indented() -> None:
    html = "<ul><li>a<ol start='3'><li>b</li><li>c</li></ol></li><li>d</li></ul>"
    assert plain(html) == "- a\n  3. b\n  4. c\n- d"


def test_an_item_of_paragraphs_keeps_them_apart() -> None:
    assert plain("<ol><li><p>a</p><p>b</p></li><li><p>c</p></li></ol>") == "1. a\n\n   b\n2. c"


def test_a_quote_is_marked_on_every_line() -> None:
    assert plain("<blockquote><p>a</p><ul><li>b</li></ul></blockquote>") == "> a\n>\n> - b"


def test_a_table_is_read_row_by_row() -> None:
    head = "<thead><tr><th>Dorp</th><th>Stem</th></tr></thead>"
    assert plain(f"<table>{head}<tbody><tr><td>Els</td><td>ja</td></tr></tbody></table>") == "Dorp | Stem\nEls | ja"


def test_a_line_break_breaks_the_line_and_code_keeps_its_own() -> None:
    assert plain("<p>a<br>b</p><pre>x\n  y\n</pre>") == "a\nb\n\nx\n  y"


def test_a_link_is_cited_after_its_words() -> None:
    numbers: list[str] = []

    def cite(address: str) -> str:
        numbers.append(address)
        return f" [{len(numbers)}]"

    html = "<p>Lees <a href='https://example.org/a'>dit</a> en <b><a href='https://example.org/b'>dat</a></b>.</p>"
    assert plain(html, cite=cite) == "Lees dit [1] en dat [2]."
    assert numbers == ["https://example.org/a", "https://example.org/b"]


def test_a_note_is_a_raised_number_and_a_picture_its_description() -> None:
    assert plain("<p>woord<sup>12</sup> <img alt='een pont' src='x'></p>") == "woord¹² een pont"


@pytest.mark.parametrize("minus", ["-", "−", "–"])
def test_a_negative_power_keeps_its_sign_and_stays_raised(minus: str) -> None:
    assert plain(f"<p>10<sup>{minus}3</sup> m, 10<sup>+6</sup> en 1<sup>e</sup></p>") == "10⁻³ m, 10⁺⁶ en 1e"


def test_what_was_struck_out_is_marked() -> None:
    assert plain("<p>Het kost <del>vijf </del>zes<del></del> euro</p>") == "Het kost ~~vijf~~ zes euro"
    assert plain("<del><p>een</p><p>twee</p></del>") == "~~een~~\n\n~~twee~~"


def test_paragraphs_within_a_link_stand_apart_and_it_is_cited_once() -> None:
    html = "<p>Zie:</p><b><a href='https://example.org/a'><p>een</p><p>twee</p></a></b> drie"
    assert plain(html, cite=lambda _: " [1]") == "Zie:\n\neen\n\ntwee [1]\n\ndrie"
    assert plain("<a href='https://example.org/a'><ul><li>a</li><li>b</li></ul></a>") == "- a\n- b"


def test_template_braces_are_words_again() -> None:
    assert plain("<p>&#123;&#123; naam }}</p>") == "{{ naam }}"


def test_words_are_counted_as_a_reader_counts_them() -> None:
    assert count_words("<p>De zogenoemde oud-dijkgraaf, foto’s en € 19.30.</p><ul><li>nog <b>een</b></li></ul>") == 8


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Zs")), max_size=40))
def test_plain_text_of_escaped_text_is_that_text(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(f"<p>{escaped}</p>").split() == text.split()


def test_an_address_that_is_its_own_words_is_not_cited() -> None:
    link = '<p><a href="https://example.org">https://example.org</a></p>'
    assert plain(link, cite=lambda _: " [1]") == "https://example.org"
