"""CommonMark is the law; markdown-it-py is its judge."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from newsletter.markup.lists import read_list, read_marker
from newsletter.markup.markdown import to_html

MARKERS = ("- ", "* ", "+ ", "1. ", "1) ", "7. ", "-   ", "10. ")


def structure(html: str) -> list[object]:
    """Lists, items, quotes and code as nested lists; code with its text, so that no line strays into it."""
    body = lxml_html.document_fromstring(f"<html><body>{html}</body></html>").find("body")
    return [*_structure(body)]


def _structure(element: lxml_html.HtmlElement) -> Iterator[object]:
    for child in element:
        if child.tag == "pre":
            yield ["pre", child.text_content().rstrip("\n")]
        elif child.tag in {"ul", "ol", "li", "blockquote"}:
            yield [child.tag, child.get("start"), [*_structure(child)]]
        else:
            yield from _structure(child)


def commonmark(text: str) -> list[object]:
    return structure(MarkdownIt("commonmark").render(text))


@st.composite
def lists(draw: st.DrawFn, depth: int = 0) -> list[str]:
    """A list as people write it: continued lines, paragraphs, quotes, fences and lists inside its items."""
    marker = draw(st.sampled_from(MARKERS))
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        body = ["woord", *(["vervolg"] if draw(st.booleans()) else [])]
        for piece in draw(st.lists(st.sampled_from(("list", "alinea", "citaat", "code")), max_size=2, unique=True)):
            body += _piece(draw, piece, depth)
        indent = " " * len(marker)
        lines += [(marker if not number else indent if line else "") + line for number, line in enumerate(body)]
        lines += [""] if draw(st.booleans()) else []
    return lines


def _piece(draw: st.DrawFn, piece: str, depth: int) -> list[str]:
    gap = [""] if draw(st.booleans()) else []
    match piece:
        case "list" if depth < 3:
            return ["", *draw(lists(depth + 1)), ""]
        case "citaat":
            return [*gap, "> citaat", ""]
        case "code":
            return [*gap, "```", "- geen lijst <b>", "", "```", ""]
        case _:
            return ["", "alinea", ""]


@given(lists(), st.sampled_from(([], ["Inleiding", ""])), st.sampled_from(([], ["", "Slot"])))
def test_lists_nest_as_commonmark_has_them(body: list[str], before: list[str], after: list[str]) -> None:
    text = "\n".join([*before, *body, *after])
    assert structure(to_html(text)) == commonmark(text)


def test_lines_thrown_together_agree_with_commonmark_in_95_of_100_cases() -> None:
    dice = random.Random(612)
    texts = ["\n".join(_any_line(dice) for _ in range(dice.randint(1, 7))) for _ in range(400)]
    agreed = sum(structure(to_html(text)) == commonmark(text) for text in texts)
    assert agreed / len(texts) >= 0.95


def _any_line(dice: random.Random) -> str:
    marker = dice.choice([*MARKERS, "-", "", "", ""])
    return (" " * dice.randint(0, 6) + marker + dice.choice(["appel", "peer", "twee woorden", ""])).rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "- a\n  - b\n    - c",
        "1. a\n   - b\n   - c\n2. d",
        "* a\n\n  tweede alinea\n\n  * b",
        "- a\n- b\n\n* andere lijst",
        "1. a\n2. b\n\n1) andere lijst",
        "3. drie\n4. vier",
        "Alinea\n- lijst",
        "Alinea\n1. lijst",
        "Alinea\n2. geen lijst",
        "Alinea\n-",
        "- a\nvervolg zonder inspringing",
        "- a\n  > citaat\n\n  na",
        "> - a\n>   - b\n>\n> slot",
        "- - a\n  - b",
        "- a\n\n      code\n\n- b",
        "    - code, geen lijst",
        "- # kop in een lijst\n  tekst",
        "- a\n***\n- b",
        "   - a\n    + woord, geen lijst",
        "-\n  leeg begin",
        "-\n\n  hoort er niet bij",
    ],
)
def test_a_known_hard_case_agrees_with_commonmark(text: str) -> None:
    assert structure(to_html(text)) == commonmark(text)


@pytest.mark.parametrize(
    "text",
    [
        "Alinea\n```\n- code\n```\nalinea",
        "- a\n  ```py\n  x = '<b>'\n  ```\n- b",
        "- a\n  ```\n  nooit gesloten\n\nna",
        "> ```\n> # code\n> ```\n> na",
        "> ```\n> code\n\nna",
        "~~~\n```\n~~~",
        "````\n```\n````",
        "1. a\n\n   ```\n   - x\n\n     y\n   ```\n2. b",
        "    ```\n    ingesprongen code\n",
        "```\nnooit gesloten\n- x",
        "- ```\n  code\n  ```",
    ],
)
def test_a_fence_stands_where_commonmark_has_it(text: str) -> None:
    assert structure(to_html(text)) == commonmark(text)


def test_a_list_with_short_items_has_no_paragraphs_and_one_with_blank_lines_has() -> None:
    assert "<p>" not in to_html("- a\n  - b\n\n  - c\n- d").replace("<li>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>", "")
    assert "<p>a</p>" in to_html("- a\n\n- b")


def test_reading_a_list_gives_items_without_indentation_and_the_lines_after_it() -> None:
    source = read_list(["- a", "  b", "", "      code", "- c", "", "slot"])
    assert source.items == (("a", "b", "", "    code"), ("c",))
    assert source.rest == ("", "slot")
    assert source.loose


@pytest.mark.parametrize("line", ["* * *", "- - -", "-", "tekst", "1986.", "1.geen", "    - code", "**vet**"])
def test_what_only_looks_like_a_list_is_no_marker_with_text(line: str) -> None:
    marker = read_marker(line)
    assert marker is None or marker.empty


def test_a_hundred_thousand_markers_on_one_line_do_not_exhaust_the_stack() -> None:
    assert "<ul>" in to_html("- " * 20_000 + "x")


@pytest.mark.parametrize("line", ["> " * 60 + "x", ">" * 60 + "``", "- " * 60 + "``x"])
def test_a_line_of_many_marks_that_opens_no_fence_is_decided_at_once(line: str) -> None:
    assert "<pre>" not in to_html(line)


def test_a_definition_list_keeps_what_is_indented_below_it() -> None:
    html = to_html("Term\n:   uitleg\n\n    tweede alinea\n\n    - a\n    - b\n")
    assert "<p>tweede alinea</p>" in html
    assert "<li>a</li>" in html
