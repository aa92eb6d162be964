"""The body of a page: where it is found, what is taken, what is left out, and that its Markdown reads the same."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html
from webpages import HOUSE, PROSE, article, codes, evidence, page, read

from newsletter.errors import Unreadable
from newsletter.markup.markdown import to_html
from newsletter.markup.sanitise import sanitise
from newsletter.sources import markdown
from newsletter.sources._base import Document
from newsletter.sources._html import outside
from newsletter.sources._html.inline import inline, paragraph
from newsletter.sources._markdown.shortcodes import bare as without_code

TEXT = f"<p>{PROSE[0]}</p><p>{PROSE[1]}</p>"
BESIDE = f"<p>{'Dit staat naast het artikel en is er geen deel van, hoe lang de regel ook is. '}</p>"


def body(inner: str) -> str:
    """Return what stands between the two paragraphs of an article."""
    return read(article(inner)).body.removeprefix(PROSE[0]).removesuffix(PROSE[1]).strip()


# Where it is


@pytest.mark.parametrize(
    ("frame", "sureness"),
    [
        ('<div itemprop="articleBody">{}</div>', "sure"),
        ('<div class="x entry-content y">{}</div>', "sure"),
        ("<article><div>{}</div></article>", "likely"),
        ("<main><div><div>{}</div></div></main>", "likely"),
        ('<div role="main">{}</div>', "likely"),
        ("<div><div>{}</div></div>", "likely"),
        ("<table><tr><td>menu</td><td>{}</td></tr></table>", "likely"),
    ],
)
def test_the_article_is_found_in_what_holds_it(frame: str, sureness: str) -> None:
    menu = "<ul><li><a href='/a'>Een</a></li><li><a href='/b'>Twee</a></li></ul>"
    found = read(page(f"<h1>De dijk houdt</h1>{menu}{frame.format(TEXT)}<div>{menu}</div>"))
    assert found.body == "\n\n".join(PROSE)
    assert evidence(found, "passages")[0] == sureness


def test_two_parts_of_one_body_are_one_body() -> None:
    parts = "".join(f'<div itemprop="articleBody"><p>{words}</p></div>' for words in PROSE)
    assert read(page(f"<h1>De dijk houdt</h1><div>{parts}</div>")).body == "\n\n".join(PROSE)


def test_an_article_element_that_holds_little_is_not_the_article() -> None:
    teaser = "<article><h2><a href='/x'>Iets anders</a></h2><p>Kort.</p></article>"
    assert read(page(f"<h1>De dijk houdt</h1>{teaser}<div>{TEXT}</div>")).body == "\n\n".join(PROSE)


# What is taken


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>Wieken</h2><p>Ze draaien.</p>", "## Wieken\n\nZe draaien."),
        ("<h4>Wieken</h4><p>Ze draaien.</p>", "### Wieken\n\nZe draaien."),
        ("<p><b>Wieken</b></p><p>Ze draaien.</p>", "## Wieken\n\nZe draaien."),
        ("<p><b>Wieken</b><br>Ze draaien.</p>", "## Wieken\n\nZe draaien."),
        ("<p><b>Draaien ze?</b></p><p>Ja.</p>", "**Draaien ze?**\n\nJa."),
        ("<blockquote><p>Een</p><p>Twee</p></blockquote>", "> Een\n>\n> Twee"),
        ("<blockquote>Los</blockquote>", "> Los"),
        ("<ul><li>een<ul><li>twee</li></ul></li><li><p>drie</p><p>vier</p></li></ul>",
         "- een\n  - twee\n- drie\n\n  vier"),
        ("<ol start=3><li>c</li><li>d</li></ol>", "3. c\n4. d"),
        ("<table><tr><th>Week<th>N<tr><td>27<td>14|15</table>", "| Week | N |\n| --- | --- |\n| 27 | 14\\|15 |"),
        ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
        ("<dl><dt>Dijk</dt><dd>Een wal.</dd></dl>", "**Dijk**\n\nEen wal."),
        ("los<br><br>ook los", "los\n\nook los"),
        ("<p>een<br>twee</p>", "een  \ntwee"),
        ("<p>Zie <a href='/b?a=(1)'>de <em>brug</em></a>.</p>", "Zie [de *brug*](https://www.example.nl/b?a=%281%29)."),
        ("<p>Ga <a href='#x'>omhoog</a>, <a href='javascript:x'>nu</a>.</p>", "Ga omhoog, nu."),
        ("<p>Een<b> vet </b>woord en<i>schuin</i><b>vet</b>.</p>", "Een **vet** woord en*schuin*<strong>vet</strong>."),
        ("<p>Water: H<sub>2</sub>O en <code>a`b</code></p>", "Water: H<sub>2</sub>O en ``a`b``"),
        ("<p>Nu <s>100</s> <strike>90</strike> 80 euro.</p>", "Nu <del>100</del> <del>90</del> 80 euro."),
        ("<div><div><p>Diep.</p></div> en los</div>", "Diep.\n\nen los"),
    ],
)  # fmt: skip
def test_markup_becomes_markdown(html: str, markdown: str) -> None:
    assert body(html) == markdown


# What is left out


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        f"<nav>{BESIDE}</nav>",
        f"<aside>{BESIDE}</aside>",
        f"<form>{BESIDE}</form>",
        f'<div class="share-bar">{BESIDE}</div>',
        f'<div class="article__related">{BESIDE}</div>',
        f'<section id="newsletter-signup">{BESIDE}</section>',
        f'<div class="adSlot">{BESIDE}</div>',
        f'<div role="complementary">{BESIDE}</div>',
        f'<div style="display: none">{BESIDE}</div>',
        f"<div hidden>{BESIDE}</div>",
        "<ul><li><a href='/a'>Een ander verhaal</a></li><li><a href='/b'>En nog een</a></li></ul>",
        "<p>Lees ook: <a href='/a'>Een ander verhaal</a></p>",
        "<p><a href='/a'>Een ander verhaal over de dijk</a></p>",
        "<article><h3><a href='/a'>Een ander verhaal</a></h3><p>Kort.</p></article>",
        "<figure><img src='/a.jpg'><figcaption>Een onderschrift.</figcaption></figure>",
        "<p>Advertentie</p>",
        "<p>De dijk houdt</p>",
        "<p> <br> </p>",
        "<hr>",
    ],
)
def test_what_is_the_page_s_stays_out(html: str) -> None:
    assert body(html) == ""


def test_a_crosshead_of_one_word_of_a_menu_is_a_crosshead() -> None:
    assert body("<h2>Media</h2>") == "## Media"


def test_a_name_that_holds_most_of_the_text_is_no_reason_to_drop_it() -> None:
    found = read(page(f"<article><h1>De dijk houdt</h1><div class='share newsletter'>{TEXT}</div></article>"))
    assert found.body == "\n\n".join(PROSE)


def test_a_word_inside_a_word_is_no_reason_to_drop_anything() -> None:
    assert body("<div class='header-shadow lead-paragraph'><p>Dit blijft.</p></div>") == "Dit blijft."


def test_what_was_left_out_is_told() -> None:
    found = read(article("<div class='related'><p>Nog een verhaal</p></div><p>Lees ook: De brug</p>"))
    note = next(n for n in found.notes if n.code == "page-left-out")
    assert "“Nog een verhaal”" in note.sentence
    assert "“Lees ook: De brug”" in note.sentence


def test_a_crosshead_with_nothing_below_it_goes() -> None:
    found = read(page(f"<article><h1>De dijk houdt</h1>{TEXT}<h2>Reacties</h2></article>"))
    assert found.body == "\n\n".join(PROSE)


def test_the_same_paragraph_twice_stands_once() -> None:
    assert body("<p>Een keer is genoeg.</p><p>Een keer is genoeg.</p>") == "Een keer is genoeg."


# Laws

ODD = st.text(st.sampled_from("ab 09.,:;?!#*_[](){}<>&~`|\\+-=\"'„”–©^$%@/\u00a0"), max_size=60)


@given(ODD)
def test_words_read_the_same_after_markdown(words: str) -> None:
    element = lxml_html.Element("p")
    element.text = words
    read_back = lxml_html.fromstring(f"<div>{sanitise(to_html(paragraph(inline(element, None)))).html}</div>")
    assert bare(read_back.text_content()) == bare(words)


@given(st.lists(st.tuples(st.sampled_from(["em", "strong", "a", "code", "sub", "span"]), ODD, ODD), max_size=5))
@example([("code", "&#", ""), ("em", "0", ""), ("em", "0", ":")])
def test_marked_words_read_the_same_after_markdown(pieces: list[tuple[str, str, str]]) -> None:
    element = lxml_html.Element("p")
    for tag, words, tail in pieces:
        child = lxml_html.Element(tag)
        child.text, child.tail = words, tail
        if tag == "a":
            child.set("href", "https://example.nl/a_b(c)*d")
        element.append(child)
    read_back = lxml_html.fromstring(f"<div>{sanitise(to_html(paragraph(inline(element, None)))).html}</div>")
    assert bare(read_back.text_content()) == bare(str(element.text_content()))


def bare(words: str) -> str:
    return re.sub(r"\s+", "", words)


TAGS = ("p", "div class=share", "ul", "li", "table", "tr", "td", "script", "b", "h2", "a href=//x", "blockquote")
TAG_SOUP = st.sampled_from(
    [
        *(f"<{tag}>" for tag in TAGS),
        *(f"</{tag.split()[0]}>" for tag in TAGS),
        "<br>",
        "x",
        "{{ y }}",
        "{% z %}",
        PROSE[0],
    ]
)


@given(st.lists(TAG_SOUP, max_size=40))
def test_no_page_gives_a_body_that_is_unsafe_or_changes_when_it_is_read_again(pieces: list[str]) -> None:
    try:
        found = read(article("".join(pieces)))
    except Unreadable:
        return
    assert "<script" not in found.body
    assert not any("{{" in part.html or "{%" in part.html for p in found.article.passages for part in p.parts)
    again = markdown.read(Document(name="x.md", data=f"---\ntitle: x\n---\n\n{found.body}\n".encode()), HOUSE)
    crossheads = [without_code(p.crosshead or "") for p in found.article.passages]
    assert [p.crosshead or "" for p in again.article.passages] == crossheads


# A second opinion

UNCLEAR = "".join(
    f"<div><div><p>{PROSE[0]} Deel {n}.</p></div></div><div><div><p>{PROSE[1]} Deel {n}.</p></div></div>"
    for n in range(4)
)


def test_trafilatura_is_asked_only_where_the_page_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    unclear = page(f"<h1>De dijk houdt</h1>{UNCLEAR}")
    with_it = read(unclear)
    assert evidence(with_it, "passages")[1].startswith("trafilatura")
    assert with_it.body.count("Deel") == 8
    assert with_it.article.authors == ()
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    without = read(unclear)
    assert evidence(without, "passages") == ("check", "the part of the page with more text than others")
    assert without.body


def test_trafilatura_is_not_asked_where_the_page_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(name: str) -> object:
        raise AssertionError(name)

    monkeypatch.setattr(outside, "import_module", never)
    assert read(page()).body == "\n\n".join(PROSE)


def test_a_page_without_any_text_is_told_so_even_when_it_says_it_is_an_article(tmp_path: Path) -> None:
    head = '<meta property="og:type" content="article"><meta property="og:title" content="De dijk">'
    found = read(page("<div id=root></div>", head=head))
    assert (found.body, codes(found)) == ("", ["no-body"])
    assert found.to_check
