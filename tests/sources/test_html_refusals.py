"""Pages that are none, articles that are doubtful, charsets, and rights."""

from dataclasses import replace

import pytest
from webpages import ADDRESS, HOUSE, PROSE, codes, evidence, page, read, refusal

from newsletter.sources import html
from newsletter.sources._base import MAX_PAGE_BYTES
from newsletter.sources._rights import LONGEST_TEASER, is_own, quote

LEAD = (
    "De dijk bij Zanddorp houdt het, zegt ds. J. P. Otte. De klei kwam uit Heuvelrade. De rest van dit verhaal staat "
    "op de site van de krant die het schreef, en wie het lezen wil moet daar dus heen gaan, want zo is het bedoeld, "
    "en zo hoort het ook."
)


# No article


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"<html></html>", "no-title"),
        (b"Zomaar een zin zonder opmaak.", "not-html"),
        (b"{}", "not-html"),
        (b"%PDF-1.7 x", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (b"<p>a\x00b</p>", "binary"),
        (b"<p>" + b"x" * MAX_PAGE_BYTES, "too-large"),
        (b"<h1>Titel</h1>", "no-body"),
        (b"<h1>Boek</h1><article>" + b"<p>" + b"woord " * 50_000 + b"</p></article>", "too-large"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else value,
)
def test_what_is_no_page_of_an_article_is_refused(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_a_front_page_is_refused_by_its_address() -> None:
    assert refusal(page(), address="https://www.example.nl/").code == "not-an-article"


def test_an_article_on_the_front_page_s_address_says_that_it_is_one() -> None:
    head = '<meta property="og:type" content="article">'
    assert read(page(head=head), address="https://www.example.nl/").article.title == "De dijk houdt"


@pytest.mark.parametrize("kind", ["CollectionPage", "SearchResultsPage", "ProfilePage"])
def test_a_page_that_calls_itself_a_list_is_refused(kind: str) -> None:
    head = f'<script type="application/ld+json">{{"@type": "{kind}"}}</script>'
    assert refusal(page(head=head)).code == "not-an-article"


def test_related_articles_below_an_article_make_it_no_list() -> None:
    teasers = "<article><h3><a href='/x'>Iets anders</a></h3></article>" * 3
    text = "".join(f"<p>{words}</p>" for words in PROSE)
    assert read(page(f"<main><h1>De dijk houdt</h1>{text}{teasers}</main>")).body == "\n\n".join(PROSE)


@pytest.mark.parametrize("text", ["<!doctype html><p>x", "<HTML>", "<?xml version='1.0'?><html>", "<!-- a --><body>"])
def test_a_page_is_recognised_by_how_it_opens(text: str) -> None:
    assert html.recognises(text)
    assert not html.recognises(f"Een zin. {text}")


# A paywall


def linked(pair: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "Article", "headline": "x", {pair}}}</script>'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (linked('"isAccessibleForFree": false'), ""),
        (linked('"isAccessibleForFree": "False"'), ""),
        (linked('"isAccessibleForFree": "http://schema.org/False"'), ""),
        ('<meta property="article:content_tier" content="locked">', ""),
        ("", "<p>Verder lezen? Word abonnee.</p>"),
    ],
)
def test_a_paywall_is_noted(head: str, body: str) -> None:
    text = "".join(f"<p>{words}</p>" for words in PROSE)
    found = read(page(f"<article><h1>De dijk houdt</h1>{text}{body}</article>", head=head))
    assert "paywall" in codes(found)


def test_a_page_that_is_free_is_not() -> None:
    assert codes(read(page(head=linked('"isAccessibleForFree": true')))) == []


# Charsets

WORDS = f"Café „Één” kost € 9. {PROSE[0]}"


def encoded(charset: str, said: str = "") -> bytes:
    return f"<html>{said}<body><h1>Café</h1><article><p>{WORDS}</p></article></body></html>".encode(charset)


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (encoded("utf-8-sig"), "windows-1252"),
        (encoded("utf-16"), None),
        (encoded("cp1252"), "ISO-8859-1"),
        (encoded("cp1252", "<meta charset=windows-1252>"), None),
        (encoded("cp1252", '<META http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'), None),
        (encoded("utf-8", "<meta charset=onzin>"), "bestaat-niet"),
        (encoded("utf-8"), None),
        (encoded("cp1252"), "utf-8"),
        (encoded("cp1252"), None),
        (encoded("utf-8", "<meta charset=utf-16>"), None),
    ],
)
def test_a_page_is_read_in_its_charset(data: bytes, header: str | None) -> None:
    found = read(data, charset=header)
    assert (found.article.title, found.body) == ("Café", WORDS)


def test_a_charset_that_nobody_named_is_told() -> None:
    assert codes(read(encoded("cp1252"))) == ["encoding-guessed"]
    assert codes(read(encoded("utf-8"))) == []


# Rights


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("https://example.nl/a", True),
        ("https://www.EXAMPLE.nl./a", True),
        ("https://diep.eronder.example.nl/", True),
        ("https://voorexample.nl/", False),
        ("https://example.nl.kwaad.org/", False),
        ("https://example.nl@kwaad.org/", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_a_domain_is_one_s_own_with_all_that_lies_below_it(address: str, own: bool) -> None:
    assert is_own(address, HOUSE) is own


def test_a_foreign_page_keeps_what_a_link_needs_and_says_why() -> None:
    head = f'<meta property="og:description" content="{LEAD}"><meta property="og:image" content="/a.jpg">'
    found = read(page(head=head), house=replace(HOUSE, own=("krant.example.nl",)))
    article = found.article
    assert (article.rights, article.url, article.body if hasattr(article, "body") else found.body) == (
        "link",
        ADDRESS,
        "",
    )
    assert article.teaser == "De dijk bij Zanddorp houdt het, zegt ds. J. P. Otte. De klei kwam uit Heuvelrade."
    assert (article.lead, article.pictures, article.passages, article.words) == (None, (), (), 0)
    assert evidence(found, "rights") == ("sure", "www.example.nl is not among [links] own")
    assert {e.field for e in found.evidence} <= {"title", "teaser", "url", "rights"}


def test_a_foreign_page_without_lead_is_quoted_from_its_first_sentence() -> None:
    found = read(page(), house=replace(HOUSE, own=("krant.example.nl",)))
    assert found.article.teaser == PROSE[0]


def test_a_page_on_disk_is_judged_by_the_address_it_gives_itself_and_the_one_it_was_given() -> None:
    foreign = page(head='<link rel="canonical" href="https://elders.example.com/a">')
    assert read(foreign, address=None).article.rights == "link"
    assert read(page(), address=None, url="https://elders.example.com/a").article.rights == "link"
    assert read(page(), address=None, url="https://www.example.nl/a").article.rights == "own"
    assert evidence(read(page(), address=None), "rights")[0] == "likely"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Eén zin.", "Eén zin."),
        (LEAD, "De dijk bij Zanddorp houdt het, zegt ds. J. P. Otte. De klei kwam uit Heuvelrade."),
        ("", ""),
    ],
)
def test_a_teaser_is_whole_sentences(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def test_a_sentence_that_is_too_long_is_cut_at_a_word_within_the_limit() -> None:
    cut = quote("woord " * 100)
    assert cut.endswith("woord…")
    assert len(cut) <= LONGEST_TEASER
