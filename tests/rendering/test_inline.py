"""Styles into attributes, held against another program that does the same."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import css_inline
import examples
import pytest
from lxml import html as lxml_html

from newsletter.model.mail import Edition, Message
from newsletter.rendering import template
from newsletter.rendering.edition import _Rendering
from newsletter.rendering.inline import DOCTYPE, inline

PAGE = """<!DOCTYPE html>
<html lang="nl"><head><style>p { color: #ffffff; margin: 0 } .kop b { color: #112233 } td { padding: 4px 8px }</style>
<style data-premailer="ignore">@media (max-width:640px){p{color:#000000!important}}
[data-ogsc] p{color:#eeeeee!important}
.nergens{color:#010203!important}</style></head>
<body><p class="kop">Dag <b>lezer</b></p>
<table width="100%" cellpadding="0"><tr><td width="592" align="left">x</td></tr></table>
<img src="a.jpg" width="592" height="333" alt="" style="display:block"></body></html>"""


@pytest.fixture(scope="module")
def inlined() -> str:
    return inline(PAGE)


def test_rules_become_attributes_and_leave_no_style_sheet_behind(inlined: str) -> None:
    assert '<p class="kop" style="color:#ffffff;margin:0">' in inlined
    assert '<b style="color:#112233">' in inlined
    assert inlined.count("<style") == 1


def test_what_is_to_be_kept_is_kept_to_the_letter(inlined: str) -> None:
    kept = PAGE.partition('"ignore">')[2].partition("</style>")[0]
    assert kept in inlined
    assert kept.count("!important") == inlined.count("!important") == 3
    assert "[data-ogsc]" in inlined


@pytest.mark.parametrize("attribute", ['width="592"', 'height="333"', 'width="100%"', 'align="left"'])
def test_sizes_stay_as_they_are_written(inlined: str, attribute: str) -> None:
    assert attribute in inlined


def test_no_attribute_repeats_a_style(inlined: str) -> None:
    img = lxml_html.document_fromstring(inlined).find(".//img")
    assert sorted(img.attrib) == ["alt", "height", "src", "style", "width"]


def test_colours_keep_six_digits(inlined: str) -> None:
    assert "#fff;" not in inlined
    assert "#ffffff" in inlined


@pytest.mark.parametrize("doctype", ["<!DOCTYPE html>", "<!doctype html>", "<!DOCTYPE HTML>", ""])
def test_the_doctype_is_the_one_that_mail_clients_know(doctype: str) -> None:
    page = inline(PAGE.replace(DOCTYPE, doctype))
    assert page.startswith("<!DOCTYPE html>\n<html")
    assert page.lower().count("<!doctype") == 1


def test_comments_for_word_stay_word_for_word(message_of: Callable[[str], Message]) -> None:
    html = message_of("reference").html
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3
    assert '<!--[if mso]><table role="presentation" width="592"' in html


def test_blanks_in_text_and_addresses_survive() -> None:
    page = inline(
        '<html><head><style>p{color:red;margin:0}</style></head><body><p title="a; b, c">a; b, c</p></body></html>'
    )
    assert '<p title="a; b, c" style="color:red;margin:0">a; b, c</p>' in page


def declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";") if part.strip())
    return {name.strip().lower(): re.sub(r"\s*,\s*", ",", value.strip().lower()) for name, _, value in pairs}


def styles(page: str) -> list[tuple[str, dict[str, str]]]:
    """Each element of the body with its declarations, in order; rows' groups are the HTML 5 parser's own."""
    body = lxml_html.document_fromstring(page).body
    every = (e for e in body.iter() if isinstance(e.tag, str) and e.tag != "tbody")
    return [(e.tag, declarations(e.get("style", ""))) for e in every]


@pytest.mark.parametrize("name", ["reference", "everything", "arabic"])
def test_another_inliner_gives_every_element_the_same_declarations(root, config, name: str) -> None:  # type: ignore[no-untyped-def]
    settings = config(newsletter={"language": examples.language_of(name)})
    rendering = _Rendering(examples.ISSUES[name](root), settings, False, examples.words_of(examples.language_of(name)))
    source = template.find("digest", root).fill(
        "edition.html",
        {**rendering.values, "unsubscribe_early": False},
        {**rendering.filters, "body": rendering._body},
    )
    oracle = css_inline.CSSInliner(load_remote_stylesheets=False).inline(
        source.replace(' data-premailer="ignore"', ' data-css-inline="ignore"')
    )
    assert styles(inline(source)) == styles(oracle)


def test_eight_threads_get_what_one_gets() -> None:
    pages = [PAGE.replace("#112233", f"#{n:06x}").replace("Dag", f"Dag {n}") for n in range(64)]
    alone = [inline(page) for page in pages]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(inline, pages))
    assert together == alone


def test_retained_rules_of_the_digest_are_all_important(edition_of: Callable[[str], Edition]) -> None:
    html = "".join(piece for piece in edition_of("reference").html if isinstance(piece, str))
    sheet = html.partition("<style")[2].partition(">")[2].partition("</style>")[0]
    rules = re.findall(r"[^{}]+\{([^{}]+)\}", sheet)
    declared = [d for rule in rules for d in rule.split(";") if d.strip()]
    assert len(declared) > 40
    assert [d for d in declared if not d.endswith("!important")] == []
    assert "[data-ogsc]" in sheet
