"""Pages that mean harm, or were made by a program that went wrong: nothing of it reaches a mail, and all are read."""

import json
import time

import pytest
from pasted import HOUSE
from webpages import PROSE, article, page, read

from newsletter.sources import text
from newsletter.sources._base import Document


def linked(**fields: object) -> str:
    data = json.dumps({"@type": "NewsArticle", **fields})
    return f'<script type="application/ld+json">{data}</script>'


def test_strings_of_json_ld_steer_neither_terminal_nor_reader() -> None:
    found = read(
        page(head=linked(headline="De \u001b[31mdijk \u202ehoudt\ud800", author={"name": "An\u0007na de Wit"}))
    )
    assert found.article.title == "De [31mdijk houdt"
    assert [author.name for author in found.article.authors] == ["Anna de Wit"]


def test_a_headline_that_nobody_filled_in_is_none() -> None:
    assert read(page(head=linked(headline="{{ article.title }}"))).article.title == "De dijk houdt"


def test_words_around_template_code_stay_without_it() -> None:
    found = read(page(head=linked(headline="Dijk {{ plaats }} houdt")), name="page.html").article
    assert found.title == "Dijk houdt"
    pasted = "Binnenland\nDijk bij {{ plaats }} houdt\nDoor Anna de Wit\n8 september 2026\n\n" + "\n\n".join(PROSE)
    assert text.read(Document(name="-", data=pasted.encode()), HOUSE).article.title == "Dijk bij houdt"


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "section", "font"])
@pytest.mark.parametrize("depth", [300, 1500])
def test_a_text_in_more_tags_than_anybody_nests_is_read(tag: str, depth: int) -> None:
    deep = f"{f'<{tag}>' * depth}<p>{PROSE[0]}</p>{f'</{tag}>' * depth}"
    assert PROSE[0] in read(page(f"<article><h1>De dijk houdt</h1>{deep}<p>{PROSE[1]}</p></article>")).body


def test_a_script_below_too_many_tags_is_no_text() -> None:
    deep = f"{'<div>' * 400}<script>alert(1)</script><p>{PROSE[0]}</p>{'</div>' * 400}"
    assert "alert" not in read(article(deep)).body


def test_a_set_of_pictures_of_a_megabyte_takes_no_minute() -> None:
    begun = time.process_time()
    read(article(f'<figure><img srcset="{"a," * 500_000}" src="b.jpg"></figure>'))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("srcset", "widest"),
    [
        ("a.jpg 400w, b.jpg 800w", "b.jpg"),
        ("a.jpg 1x,b.jpg 2x", "b.jpg"),
        ("a,w_1.jpg 900w, b,w_2.jpg 300.5w", "a,w_1.jpg"),
    ],
)
def test_the_widest_picture_of_a_set_is_taken(srcset: str, widest: str) -> None:
    (picture,) = read(article(f'<figure><img srcset="{srcset}" src="c.jpg"></figure>')).article.pictures
    assert picture.url == f"https://www.example.nl/artikel/{widest}"


def test_a_page_that_was_saved_anew_in_utf_8_is_read_so_whatever_it_says_of_itself() -> None:
    old = (
        page(head="")
        .replace(b'charset="utf-8"', b'charset="iso-8859-1"')
        .replace(b"De dijk houdt", "Één dijk".encode())
    )
    assert read(old).article.title == "Één dijk"
