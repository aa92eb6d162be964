"""Text that nobody writes is read in time that grows with its length, and says what it said."""

import time
from collections.abc import Callable

import pytest

from newsletter.markup.markdown import to_html
from newsletter.markup.plain import plain
from newsletter.markup.tame import MANY

HEAVY = ["<", "<a ", "<![CDATA[", "`", "``` ", "[", "[a", "[a](", "![a](", "[[a]", "[a][", "*[a]: b\n", "#\n", "{: "]
HEAVY += ["# {", "a\n: b\n", "a\n===\n", "* * *\n", "~~a", "**a ", "<!-- ", "<!x ", "> ", "&", "_a"]


def seconds(do: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    do(text)
    return time.process_time() - begun


@pytest.mark.parametrize("piece", HEAVY)
def test_four_times_the_text_takes_no_sixteen_times_the_time(piece: str) -> None:
    to_html(piece)
    short = min(seconds(to_html, piece * 1_000) for _ in range(3))
    long = min(seconds(to_html, piece * 4_000) for _ in range(2))
    assert long < 12 * max(short, 0.05)


@pytest.mark.parametrize("piece", ["[", "<a ", "<![", "{ ", "`"])
def test_what_is_too_much_stays_as_the_signs_it_consists_of(piece: str) -> None:
    assert plain(to_html(f"woord {piece * (MANY + 1)}woord")) == f"woord {piece * (MANY + 1)}woord"


def test_an_abbreviation_too_many_is_a_line_of_text() -> None:
    text = "\n".join(f"*[a{number}]: b" for number in range(MANY + 1))
    assert plain(to_html(text)).startswith("*[a0]: b")


def test_definitions_that_would_nest_too_deeply_are_lines_of_text() -> None:
    assert plain(to_html("a\n: b\n" * (MANY * 50))).startswith("a : b a : b a")


def test_a_long_list_of_links_is_a_list_of_links() -> None:
    html = to_html("\n".join(f"- [artikel {number}](https://example.org/{number})" for number in range(3 * MANY)))
    assert html.count("<a href=") == 3 * MANY


def test_headings_directly_under_each_other_are_headings() -> None:
    assert to_html("# a\n" * (MANY + 1)).count("<h2>") == MANY + 1


def test_code_with_many_brackets_keeps_them() -> None:
    code = "[" * (3 * MANY)
    assert f"<code>{code}\n</code>" in to_html(f"```\n{code}\n```")
