"""Each field of a page: which voice is believed, what each must not be taken for, and how sure that is."""

import json

import pytest
from webpages import ADDRESS, HOUSE, PROSE, article, codes, evidence, page, read

from newsletter.model.article import Author


def linked(**fields: object) -> str:
    """Return a JSON-LD block with a NewsArticle."""
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def meta(**names: str) -> str:
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in names.items())


TEXT = f"<p>{PROSE[0]}</p><p>{PROSE[1]}</p>"
LONG = "Een lead van ruim veertig tekens die nergens anders staat dan hier."


# Title


def test_json_ld_goes_before_opengraph_and_that_before_the_heading() -> None:
    head = linked(headline="Uit JSON-LD") + meta(og__title="Uit OpenGraph")
    assert evidence(read(page(head=head)), "title") == ("sure", "JSON-LD: headline")
    assert read(page(head=head)).article.title == "Uit JSON-LD"
    assert read(page(head=meta(og__title="Uit OpenGraph"))).article.title == "Uit OpenGraph"
    assert read(page()).article.title == "De dijk houdt"


def test_a_title_that_two_voices_give_is_sure() -> None:
    found = read(page(head=meta(og__title="De dijk houdt")))
    assert evidence(found, "title")[0] == "sure"


@pytest.mark.parametrize(
    ("title", "site", "left"),
    [
        ("De dijk houdt | De Heuvelbode", "De Heuvelbode", "De dijk houdt"),
        ("De dijk houdt - de heuvelbode", "De Heuvelbode", "De dijk houdt"),
        ("De dijk houdt – Binnenland – De Heuvelbode", "De Heuvelbode", "De dijk houdt"),
        ("De Heuvelbode: De dijk houdt", "De Heuvelbode", "De Heuvelbode: De dijk houdt"),
        ("De Heuvelbode | De dijk houdt", "De Heuvelbode", "De dijk houdt"),
        ("Ommerhaar - Zanddorp: de dijk houdt", "De Heuvelbode", "Ommerhaar - Zanddorp: de dijk houdt"),
        ("De dijk houdt | Iets anders", "De Heuvelbode", "De dijk houdt | Iets anders"),
        ("De dijk houdt | example.nl", "", "De dijk houdt"),
        ("Zwart-wit", "wit", "Zwart-wit"),
    ],
)
def test_the_name_of_the_site_is_cut_off_only_when_it_is_its_name(title: str, site: str, left: str) -> None:
    body = f"<article><h1>De dijk houdt</h1>{TEXT}</article>"
    assert read(page(body, head=meta(og__title=title, og__site_name=site))).article.title == left


def test_a_headline_that_a_program_cut_short_is_completed_from_the_page() -> None:
    body = f"<article><h1>De dijk houdt het met klei en een beetje geduld</h1>{TEXT}</article>"
    head = linked(headline="De dijk houdt het met klei en een…")
    assert read(page(body, head=head)).article.title == "De dijk houdt het met klei en een beetje geduld"


def test_the_name_of_the_paper_in_a_heading_is_no_title() -> None:
    body = f"<h1>De Heuvelbode</h1><article><h1>De dijk houdt</h1>{TEXT}</article>"
    assert read(page(body, head=meta(og__site_name="De Heuvelbode"))).article.title == "De dijk houdt"
    alone = f"<title>De dijk | De Heuvelbode</title>{meta(og__site_name='De Heuvelbode')}"
    assert read(page(f"<h1>De Heuvelbode</h1>{TEXT}", head=alone)).article.title == "De dijk"


def test_entities_and_tags_in_json_ld_are_read_as_words() -> None:
    assert read(page(head=linked(headline="Ja &amp;amp; <em>nee</em> &#8211; soms"))).article.title == "Ja & nee – soms"


# JSON-LD as it is found


@pytest.mark.parametrize(
    "block",
    [
        '{"@graph": [{"@type": "WebPage"}, {"@type": "NewsArticle", "headline": "Raak"}]}',
        '[[{"@type": ["Thing", "OpinionNewsArticle"], "headline": "Raak"}]]',
        '{"@type": "WebPage", "mainEntity": {"@type": "BlogPosting", "headline": "Raak"}}',
        '{"@type": "http://schema.org/ReportageNewsArticle", "headline": "Raak",}',
        '<!-- {"@type": "Article", "name": "Raak"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "Raak", "description": "over\ntwee regels"}\n//]]>',
        '{"@type": "Article", "headline": ["Raak"]};',
    ],
)
def test_json_ld_is_found_in_every_shape_it_takes(block: str) -> None:
    found = read(page(head=f'<script type="Application/LD+JSON">{block}</script>'))
    assert (found.article.title, codes(found)) == ("Raak", [])


@pytest.mark.parametrize("block", ["", "{", '{"@type": "NewsArticle", "headline": "a"b"}', "[" * 5000, "null", "7"])
def test_json_ld_that_is_none_is_passed_over(block: str) -> None:
    assert read(page(head=f'<script type="application/ld+json">{block}</script>')).article.title == "De dijk houdt"


def test_the_objects_of_other_things_are_not_the_article() -> None:
    head = f'<script type="application/ld+json">{json.dumps({"@type": "Product", "name": "Klei"})}</script>'
    assert read(page(head=head)).article.title == "De dijk houdt"


# Lead


def test_a_description_is_the_lead() -> None:
    found = read(page(head=meta(og__description=LONG)))
    assert (found.article.lead, evidence(found, "lead")[0]) == (LONG, "likely")


def test_a_lead_that_the_page_prints_completes_a_description_and_leaves_the_body() -> None:
    body = f'<article><h1>De dijk houdt</h1><p class="intro">{LONG}</p>{TEXT}</article>'
    found = read(page(body, head=meta(og__description=f"{LONG[:50]}...")))
    assert (found.article.lead, evidence(found, "lead")[0]) == (LONG, "sure")
    assert LONG not in found.body


@pytest.mark.parametrize("cut", [f"{PROSE[0][:70]}…", f"{PROSE[0][:70]} [&hellip;]", PROSE[0][:70], "Te kort."])
def test_a_description_that_a_program_cut_from_the_text_is_no_lead(cut: str) -> None:
    found = read(page(head=meta(og__description=cut)))
    assert found.article.lead is None
    assert PROSE[0] in found.body


def test_a_first_paragraph_that_is_the_description_is_the_lead_and_stands_once() -> None:
    found = read(page(head=meta(og__description=PROSE[0])))
    assert found.article.lead == PROSE[0]
    assert PROSE[0] not in found.body
    assert PROSE[1] in found.body


def test_the_description_of_the_site_is_no_lead() -> None:
    site = f'<script type="application/ld+json">{json.dumps({"@type": "WebSite", "description": LONG})}</script>'
    assert read(page(head=site + meta(og__description=LONG))).article.lead is None


# Dates


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (linked(headline="x", datePublished="2026-11-20T19:29:00+01:00"), ""),
        (meta(article__published_time="2026-11-20T18:29:00Z"), ""),
        ('<meta name="DC.date.issued" content="2026-11-20 19:29">', ""),
        ("", '<time datetime="2026-11-20T19:29">gisteren</time>'),
        ("", '<span itemprop="datePublished" datetime="2026-11-20T19:29">x</span>'),
        ("", '<div class="article-meta">Gepubliceerd op 20 november 2026 19:29</div>'),
        ("", "<p>20 november 2026 19:29</p>"),
    ],
)
def test_a_date_is_found_wherever_it_stands(head: str, body: str) -> None:
    found = read(page(f"<article><h1>De dijk houdt</h1>{body}{TEXT}</article>", head=head))
    assert found.article.published is not None
    assert found.article.published.isoformat() == "2026-11-20T18:29:00+00:00"


def test_a_date_that_cannot_be_read_is_passed_over_for_the_next() -> None:
    head = linked(headline="x", datePublished="gisteren") + meta(article__published_time="2026-11-20T18:29:00Z")
    assert evidence(read(page(head=head)), "published") == ("sure", "meta article:published_time")


def test_a_day_in_the_address_is_better_than_none() -> None:
    found = read(page(), address="https://www.example.nl/2026/11/20/dijk")
    assert found.article.published is not None
    assert evidence(found, "published") == ("likely", "the address")


def test_a_change_is_one_only_when_it_is_later() -> None:
    same = linked(headline="x", datePublished="2026-11-20T19:29:00Z", dateModified="2026-11-20T19:29:00Z")
    later = linked(headline="x", datePublished="2026-11-20T19:29:00Z", dateModified="2026-11-21T08:00:00Z")
    assert read(page(head=same)).article.modified is None
    assert read(page(head=later)).article.modified is not None


def test_dates_of_related_articles_are_not_the_article_s() -> None:
    beside = (
        '<aside><time datetime="2020-01-01">x</time></aside><div class="related"><p class="date">1 mei 2019</p></div>'
    )
    assert read(page(f"{beside}<article><h1>De dijk houdt</h1>{TEXT}</article>")).article.published is None


# Authors


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Anna Kok", ["Anna Kok"]),
        ("Door Anna Kok en Bram de Wit", ["Anna Kok", "Bram de Wit"]),
        ([{"@type": "Person", "name": "Anna Kok"}, {"name": "ANP"}], ["Anna Kok", "ANP"]),
        ({"@type": "Person", "name": ["Anna Kok"]}, ["Anna Kok"]),
        ({"@type": "Organization", "name": "De Heuvelbode"}, []),
        ({"@type": "Person", "name": "admin"}, []),
        ("https://www.example.nl/auteur/anna", []),
        ("@annakok", []),
        (None, []),
    ],
)
def test_authors_of_json_ld(author: object, names: list[str]) -> None:
    head = linked(headline="x", author=author, publisher={"@type": "Organization", "name": "De Heuvelbode"})
    assert [a.name for a in read(page(head=head)).article.authors] == names


@pytest.mark.parametrize(
    ("head", "body", "sureness"),
    [
        ('<meta name="author" content="Anna Kok">', "", "likely"),
        ("", '<a rel="author" href="/a">Anna Kok</a>', "likely"),
        ("", '<span itemprop="author"><b itemprop="name">Anna Kok</b></span>', "likely"),
        ('<meta property="og:author" content="By &lt;a href=x&gt;Anna Kok&lt;/a&gt;">', "", "likely"),
        ("", '<div class="byline">Door <b>Anna Kok</b></div>', "check"),
        ("", '<span class="o-Credit__a-Author">Anna Kok</span>', "check"),
        ("", '<span id="author-name">Anna Kok</span>', "check"),
        ("", "<p>Door Anna Kok</p>", "check"),
    ],
)
def test_an_author_is_as_sure_as_the_place_it_stands_in(head: str, body: str, sureness: str) -> None:
    found = read(page(f"<article><h1>De dijk houdt</h1>{body}{TEXT}</article>", head=head))
    assert found.article.authors == (Author(name="Anna Kok"),)
    assert evidence(found, "authors")[0] == sureness


def test_who_made_a_picture_did_not_write_the_article() -> None:
    assert (
        read(article('<figure><img src="/a.jpg"><span class="author">Els Blom</span></figure>')).article.authors == ()
    )


def test_nobody_is_made_an_author_of_a_page_without_one() -> None:
    body = f'<article><h1>De dijk houdt</h1><p class="author">Alle artikelen</p>{TEXT}</article>'
    comments = '<div class="comments"><span class="author">Bram de Wit</span></div>'
    assert read(page(body + comments)).article.authors == ()


# Section, kind, language


@pytest.mark.parametrize(
    ("head", "body", "section", "topic"),
    [
        (meta(article__section="kerk"), "", "Kerk & religie", None),
        (linked(headline="x", articleSection=["Nieuws", "Binnenland"]), "", "Binnenland", None),
        ("", '<p class="kicker">Politiek | wonen</p>', "Politiek", "wonen"),
        ("", '<ol class="breadcrumb"><li><a href="/">Home</a></li><li><a>Opinie</a></li></ol>', "Opinie", None),
        (meta(article__section="Zeilen"), "", "Zeilen", None),
        ("", "", None, None),
    ],
)
def test_the_section(head: str, body: str, section: str | None, topic: str | None) -> None:
    found = read(page(f"<article>{body}<h1>De dijk houdt</h1>{TEXT}</article>", head=head)).article
    assert (found.section, found.topic) == (section, topic)


def test_an_unknown_section_is_kept_with_a_note_and_a_known_one_in_the_address_goes_before_it() -> None:
    unknown = page(head=meta(article__section="Zeilen"))
    assert codes(read(unknown)) == ["section-unknown"]
    by_path = read(unknown, address="https://www.example.nl/kerk-religie/artikel/12")
    assert (by_path.article.section, evidence(by_path, "section")) == ("Kerk & religie", ("likely", "the address"))


@pytest.mark.parametrize(
    ("kind_of_page", "kind"),
    [("NewsArticle", "news"), ("OpinionNewsArticle", "opinion"), ("LiveBlogPosting", "live"), ("Review", "review")],
)
def test_the_type_of_the_page_is_the_kind_of_story(kind_of_page: str, kind: str) -> None:
    block = json.dumps({"@type": kind_of_page, "headline": "x"})
    assert read(page(head=f'<script type="application/ld+json">{block}</script>')).article.kind == kind


def test_the_words_are_believed_before_the_template_s_language() -> None:
    assert read(page().replace(b'lang="nl"', b'lang="en-US"')).article.language == "nl"
    german = "Der Deich hält, sagt der Deichgraf dem Blatt, und lacht. " * 3
    assert (
        read(
            page(f"<article><h1>Sehr kurz</h1><p>{german}</p></article>").replace(b'lang="nl"', b'lang="de-DE"')
        ).article.language
        == "de"
    )


# Address


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<link rel="canonical" href="/artikel/13">', "https://www.example.nl/artikel/13"),
        ('<link rel="canonical" href="https://www.example.nl/">', ADDRESS),
        ('<link rel="canonical" href="javascript:alert(1)">', ADDRESS),
        (meta(og__url="https://www.example.nl/artikel/13"), "https://www.example.nl/artikel/13"),
        (linked(headline="x", mainEntityOfPage={"@id": "https://www.example.nl/a/13"}), "https://www.example.nl/a/13"),
        ("", ADDRESS),
    ],
)
def test_the_address_is_the_one_the_page_gives_itself(head: str, url: str) -> None:
    assert read(page(head=head)).article.url == url


def test_relative_links_are_completed_with_the_base_that_the_page_names() -> None:
    found = read(page(f'<article><h1>x</h1><p>{PROSE[0]} <a href="b">b</a></p></article>', head='<base href="/map/">'))
    assert found.body.endswith("[b](https://www.example.nl/map/b)")
    assert found.article.url == ADDRESS


@pytest.mark.parametrize("odd", ["http://[", "//[", "http://a b/", "https://[::1", "data:,x"])
def test_an_address_that_is_none_stops_nothing(odd: str) -> None:
    head = f'<base href="{odd}"><link rel="canonical" href="{odd}">{meta(og__url=odd, og__image=odd)}' + linked(
        headline="x", image=odd, url=odd
    )
    body = f'<article><h1>x</h1><p>{PROSE[0]} <a href="{odd}">b</a></p><figure><img src="{odd}"></figure></article>'
    assert read(page(body, head=head)).article.url == ADDRESS
    assert read(page(body, head=head), address=None).article.url is None
    assert read(page(body, head=head), address=None, url=odd).article.title == "x"


# Picture


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ('<img src="/a.jpg" alt="x">', "https://www.example.nl/a.jpg"),
        ('<img src="data:image/gif;base64,x" data-src="/b.jpg">', "https://www.example.nl/b.jpg"),
        ('<img srcset="/s.jpg 300w, /l,1.jpg 1200w" src="/s.jpg">', "https://www.example.nl/l,1.jpg"),
        ('<img src="/icon.png" width="32" height="32">', None),
    ],
)
def test_the_figure_of_the_article_is_its_picture(image: str, url: str | None) -> None:
    found = read(article(f"<figure>{image}</figure>")).article
    assert [picture.url for picture in found.pictures] == ([url] if url else [])


@pytest.mark.parametrize(
    ("below", "caption", "credit"),
    [
        ("De dijk bij Zanddorp. beeld ANP, Els Blom", "De dijk bij Zanddorp.", "beeld ANP, Els Blom"),
        ("De dijk bij Zanddorp <span class=credit>Els Blom</span>", "De dijk bij Zanddorp", "Els Blom"),
        ("<span class=copyright>© Els Blom</span>", None, "© Els Blom"),
        ("De dijk bij Zanddorp", "De dijk bij Zanddorp", None),
    ],
)
def test_caption_and_credit_are_told_apart(below: str, caption: str | None, credit: str | None) -> None:
    found = read(article(f'<figure><img src="/a.jpg"><figcaption>{below}</figcaption></figure>'))
    (picture,) = found.article.pictures
    assert (picture.caption, picture.credit) == (caption, credit)
    assert "Zanddorp." not in found.body.replace(PROSE[0], "")


def test_keywords_are_tags() -> None:
    head = linked(headline="x", keywords=["dijken", "water, klei"]) + meta(article__tag="Dijken")
    assert read(page(head=head), house=HOUSE).article.tags == ("Dijken", "water", "klei")


def test_a_line_with_name_and_date_at_the_top_of_the_text_gives_both_to_be_checked() -> None:
    line = "<p>Door Gerrit Visser, 19 november 2026</p>"
    found = read(page(f"<article><h1>De brug gaat dicht</h1>{line}{TEXT}</article>"))
    assert [author.name for author in found.article.authors] == ["Gerrit Visser"]
    assert found.article.published is not None
    assert "Gerrit Visser" not in found.body
    assert evidence(found, "authors")[0] == "check"


def test_a_picture_that_does_not_lie_beside_a_saved_page_is_told() -> None:
    figure = '<figure><img src="/brug.jpg" alt="De brug"><figcaption>De brug. Foto Els Blom</figcaption></figure>'
    found = read(page(f"<article><h1>De brug gaat dicht</h1>{figure}{TEXT}</article>"), address=None)
    assert [note.code for note in found.notes if note.code == "picture-missing"] == ["picture-missing"]
