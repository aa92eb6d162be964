"""Markdown as articles use it."""

import pytest

from newsletter.markup.markdown import to_html


def test_struck_out_words_are_deleted_words() -> None:
    assert "<del>oud</del> nieuw" in to_html("~~oud~~ nieuw")


def test_two_tildes_in_an_approximation_strike_nothing_out() -> None:
    assert "<del>" not in to_html("tussen ~~ 5 en ~~ 6 meter")


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("# Een\n\n## Twee\n\n### Drie", ["h2", "h3", "h3"]),
        ("### Drie\n\n#### Vier", ["h2", "h3"]),
        ("Kop\n===\n\nOnder\n---", ["h2", "h3"]),
        ("<h1>Rauw</h1>\n\n## Twee", ["h2", "h3"]),
    ],
)
def test_the_biggest_heading_becomes_a_crosshead_and_all_others_stand_below_it(text: str, tags: list[str]) -> None:
    html = to_html(text)
    assert [html[at + 1 : at + 3] for at in range(len(html)) if html[at : at + 2] == "<h"] == tags


def test_a_heading_written_about_in_code_stays_what_it_is() -> None:
    assert "&lt;h1&gt;" in to_html("```\n<h1>\n```")


def test_a_footnote_is_a_raised_number_and_a_list_at_the_end_without_links() -> None:
    html = to_html("Woord[^een] en nog eens[^een].\n\n[^een]: De *noot*.")
    assert "Woord<sup>1</sup> en nog eens<sup>1</sup>." in html
    assert "<ol>\n<li>\n<p>De <em>noot</em>.</p>\n</li>\n</ol>" in html
    assert "href" not in html
    assert "id=" not in html


def test_footnotes_of_two_articles_share_no_id() -> None:
    first, second = to_html("a[^1]\n\n[^1]: x"), to_html("b[^1]\n\n[^1]: y")
    assert "id=" not in first + second


def test_a_table_keeps_its_alignment_as_an_attribute_that_the_gate_lets_through() -> None:
    assert '<td align="right">2</td>' in to_html("| a | b |\n|---|--:|\n| 1 | 2 |")


def test_tags_in_a_code_sample_are_words() -> None:
    assert "&lt;script&gt;" in to_html("- a\n\n  ```html\n  <script>\n  ```")


def test_lines_of_blanks_are_blank_lines() -> None:
    assert to_html("a\n   \nb").count("<p>") == 2
