"""The gate: what may pass, what may not, whatever the input."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter.markup.markdown import to_html
from newsletter.markup.plain import plain
from newsletter.markup.sanitise import ATTRIBUTES, SCHEMES, TAGS, absolutise, relative_links, sanitise

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "script in capitals, unclosed": "<SCRIPT SRC=//example.org/x.js>",
    "script in a script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "handler on a picture": '<img src=x onerror="alert(1)">',
    "handler without quotes": "<a href=/x onclick=alert(1)>x</a>",
    "javascript link": "[x](javascript:alert(1))",
    "javascript with entities": '<a href="&#106;ava&#x73;cript:alert(1)">x</a>',
    "javascript with a tab in it": '<a href="java\tscript:alert(1)">x</a>',
    "data page": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "vbscript": '<a href="vbscript:msgbox(1)">x</a>',
    "attribute list": '[x](https://example.org){: onmouseover="alert(1)" style="x" }',
    "style": "<style>body{display:none}</style>",
    "style attribute": '<p style="position:fixed">x</p>',
    "frame": '<iframe src="https://example.org"></iframe>',
    "form": '<form action="https://example.org"><input name="q"><button>x</button></form>',
    "vector picture": '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://example.org">',
    "base": '<base href="https://example.org/">',
    "conditional comment": "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "vml": '<v:rect xmlns:v="urn:x" onclick="alert(1)"></v:rect>',
    "mutation": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "mutation by template": "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "object": '<object data="x.swf"></object><embed src="x.swf">',
    "link": '<link rel="stylesheet" href="https://example.org/x.css">',
}  # fmt: skip


def faults(html: str) -> list[str]:
    """Whatever in HTML is not on the list, as a browser-like parser reads it."""
    body = lxml_html.document_fromstring(f"<html><body>{html}</body></html>").find("body")
    found = []
    for element in body.iterdescendants():
        if element.tag not in TAGS:
            found.append(str(element.tag))
            continue
        found += [name for name in element.attrib if name not in ATTRIBUTES.get(element.tag, set())]
        addresses = (re.sub(r"^[\x00-\x20]+|[\t\r\n]", "", element.get(name, "")) for name in ("href", "src"))
        found += [a for a in addresses if re.match(r"[a-z]+:", a, re.I) and a.split(":")[0].lower() not in SCHEMES]
    return found


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_leaves_nothing_that_acts(attack: str) -> None:
    assert faults(sanitise(to_html(attack)).html) == []
    assert faults(sanitise(attack).html) == []


PIECES = ["<", ">", "<script>", "</script>", "<svg", "<a href=", "<img src=x ", "onerror=alert(1) ", '"', "'"]
PIECES += ["javascript:", "<!--", "-->", "<style>", "</p>", "<math>", "<table>", "&#x6a;", "\x00", "<![CDATA["]
PIECES += ["<s>", "<div>", "</div>", "<caption>", "<summary>", "<td colspan=9>", "<ul><li>", "<em>", "<h2>", "<pre>"]
PIECES += ["<iframe>", "<template>", "{{ x }}", "{% y %}", "<p title='", "/", " ", "tekst", "\n\n", "```", "- "]
fragments = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)


@given(fragments)
def test_whatever_goes_in_only_listed_html_comes_out(source: str) -> None:
    for html in (sanitise(source).html, sanitise(to_html(source)).html, absolutise(sanitise(source).html, None)):
        assert faults(html) == []


@given(fragments)
def test_sanitised_html_is_never_a_template(source: str) -> None:
    assert not re.search(r"\{[{%#]", sanitise(source).html)


@given(fragments)
def test_what_has_passed_the_gate_passes_it_again_unchanged(source: str) -> None:
    once = sanitise(source).html
    assert sanitise(once).html == once
    assert sanitise(once).removed == ()


def test_what_was_taken_out_is_named() -> None:
    removed = sanitise('<div class="x"><a href="javascript:x" onclick="y">z</a></div><script>q</script>').removed
    assert removed == ("div", "javascript:", "onclick", "script")


def test_an_unlisted_tag_keeps_its_words_and_a_script_loses_them() -> None:
    assert sanitise("<section>woorden</section><script>geen</script>").html == "woorden"


def test_every_listed_tag_and_attribute_passes() -> None:
    html = '<ol start="3"><li><a href="tel:112" title="t">x</a></li></ol><abbr title="a">b</abbr>'
    assert sanitise(html).html == html
    assert sanitise(html).removed == ()


@pytest.mark.parametrize(
    ("html", "mended"),
    [
        ("<p>Nu <s>100</s> <strike>90</strike> 80 euro</p>", "<p>Nu <del>100</del> <del>90</del> 80 euro</p>"),
        ("<div>Kop</div>tekst", "<p>Kop</p>tekst"),
        ("tekst<div>Slot</div>", "tekst<p>Slot</p>"),
        ("<section><header>Kop</header><div>een</div><div>twee</div></section>", "<p>Kop</p><p>een</p><p>twee</p>"),
        ("<details><summary>Vraag?</summary>Antwoord</details>", "<p>Vraag?</p>Antwoord"),
        ("a<div>b<p>c</p>d <b>e</b></div>f", "a<p>b</p><p>c</p><p>d <b>e</b></p>f"),
        ("a<div> </div>b", "a<br> b"),
        ("<em><div>een</div><div>twee</div></em>", "<em>een<br>twee</em>"),
        ("<h2>Kop<div>onder</div>nog</h2>", "<h2>Kop<br>onder<br>nog</h2>"),
        ("<pre><div>een</div><div>twee</div></pre>", "<pre>een\ntwee\n</pre>"),
        ("<ul><li><div>een</div></li></ul>", "<ul><li>een</li></ul>"),
        ("<dl><div><dt>a</dt><dd>b</dd></div><div><dt>c</dt></div></dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
    ],
)
def test_a_tag_that_goes_does_not_take_along_what_it_said(html: str, mended: str) -> None:
    assert sanitise(html).html == mended


@pytest.mark.parametrize("tag", ["div", "s", "section><b"])
def test_however_deep_words_lie_none_is_lost(tag: str) -> None:
    assert plain(re.sub("<[^>]*>", " ", sanitise(f"<{tag}>woord " * 600).html)).split().count("woord") == 600


def test_a_tables_caption_stands_above_it() -> None:
    html = "<table><caption>Uitslag</caption><tbody><tr><td>1</td></tr></tbody></table>"
    assert sanitise(html).html == "<p>Uitslag</p><table><tbody><tr><td>1</td></tr></tbody></table>"
    assert sanitise(html.replace("Uitslag", " ")).html == "<table><tbody><tr><td>1</td></tr></tbody></table>"
    assert sanitise(html).removed == ()


def test_figures_stay_in_their_columns() -> None:
    html = '<table><tbody><tr><th rowspan="2">A</th><th colspan="2">B</th></tr></tbody></table>'
    assert sanitise(html).html == html
    assert sanitise(html).removed == ()


@pytest.mark.parametrize("span", ["0", "100", "9999999999", "-1", "2.5", "x", "٣", ""])
def test_a_cell_over_more_columns_than_a_mail_has_is_one_cell(span: str) -> None:
    cleaned = sanitise(f'<table><tbody><tr><td colspan="{span}">1</td></tr></tbody></table>')
    assert cleaned.html == "<table><tbody><tr><td>1</td></tr></tbody></table>"
    assert cleaned.removed == ("colspan",)


@given(fragments)
def test_what_stands_before_a_tag_that_goes_stays_apart(source: str) -> None:
    assert plain(sanitise(f"alfa<div>{source}").html).split()[0] == "alfa"


def test_relative_addresses_are_completed() -> None:
    html = absolutise('<p><a href="../b">b</a> <img src="c.jpg" alt=""></p>', "https://example.org/x/y/")
    assert html == '<p><a href="https://example.org/x/b">b</a> <img src="https://example.org/x/y/c.jpg" alt=""></p>'


def test_without_a_base_a_relative_link_keeps_its_words_only() -> None:
    assert absolutise('<p>zie <a href="/b">de <em>brug</em></a>.</p>', None) == "<p>zie de <em>brug</em>.</p>"
    assert absolutise('<p><a href="https://example.org/">x</a></p>', None).startswith('<p><a href="https:')


@pytest.mark.parametrize("address", ["", "http://[", "//[x"])
def test_an_address_that_cannot_be_completed_keeps_its_words(address: str) -> None:
    assert "x" in absolutise(f'<a href="{address}">x</a>', "https://example.org/")


def test_links_that_mean_nothing_elsewhere_are_listed() -> None:
    html = '<a href="/a">a</a><a href="#b">b</a><a>c</a><a href="mailto:x@example.org">d</a>'
    assert relative_links(html) == ("/a", "#b")
