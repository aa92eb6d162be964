"""Markdown with front matter → article, field by field."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import Unreadable
from newsletter.model.article import Article, Author, Reading
from newsletter.sources._base import MAX_BYTES, Document, House
from newsletter.sources.markdown import read, recognises

HOUSE = House(
    sections=(("Binnenland", ()), ("Kerk & religie", ("kerk", "religie")), ("Opinie", ("opinion",))),
    zone=ZoneInfo("Europe/Amsterdam"),
    language="nl",
    root=Path("/nergens"),
)


def reading(text: str, name: str = "kim.md", url: str | None = None) -> Reading:
    return read(Document(name=name, data=text.encode(), url=url), HOUSE)


def article(text: str, name: str = "kim.md") -> Article:
    return reading(text, name).article


def with_head(**values: object) -> str:
    head = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    return f"---\n{head}\n---\n"


def codes(text: str) -> dict[str, str]:
    return {note.code: note.place for note in reading(text).notes}


FULL = """---
title: De pont vaart weer
section: kerk
topic: veren
label: Interview
kind: interview
lead: Na drie weken ligt de pont niet langer stil.
teaser: De pont vaart.
authors: Hidde Oosterbaan en ANP
place: Ommerhaar
date: 2026-11-20 19:29
modified: 21 november 2026 08.00 uur
language: nl
url: https://example.org/artikel/12
tags: [veer, rivier]
rights: link
weight: 3
pinned: true
draft: false
not_before: 2026-11-21 06:00
expires: 2026-12-01
slug: pont
---

Eerste *alinea*.

## Aan boord

- een
  - twee

Zie [de kaart](/kaart).
"""


def test_every_key_of_ours_becomes_its_field() -> None:
    found = reading(FULL, "issues/2026-11-28/articles/pont.md").article
    assert replace(found, passages=()) == Article(
        id="pont",
        title="De pont vaart weer",
        section="Kerk & religie",
        topic="veren",
        label="Interview",
        kind="interview",
        lead="Na drie weken ligt de pont niet langer stil.",
        teaser="De pont vaart.",
        authors=(Author(name="Hidde Oosterbaan"), Author(name="ANP", kind="agency")),
        place="Ommerhaar",
        published=datetime(2026, 11, 20, 18, 29, tzinfo=UTC),
        modified=datetime(2026, 11, 21, 7, tzinfo=UTC),
        language="nl",
        url="https://example.org/artikel/12",
        tags=("veer", "rivier"),
        rights="link",
        weight=3,
        pinned=True,
        not_before=datetime(2026, 11, 21, 5, tzinfo=UTC),
        expires=datetime(2026, 11, 30, 23, tzinfo=UTC),
        words=9,
        file="issues/2026-11-28/articles/pont.md",
        extra={"slug": "pont"},
    )
    assert [(p.crosshead, [part.kind for part in p.parts]) for p in found.passages] == [
        (None, ["paragraph"]),
        ("Aan boord", ["list", "paragraph"]),
    ]
    assert 'href="https://example.org/kaart"' in found.passages[1].parts[1].html


ALIASES: Mapping[str, tuple[str, object, object]] = {
    "headline": ("title", "Kop", "Kop"),
    "Titel": ("title", "Kop", "Kop"),
    "deck": ("lead", "Zo.", "Zo."),
    "standfirst": ("lead", "Zo.", "Zo."),
    "description": ("lead", "Zo.", "Zo."),
    "rubriek": ("section", "religie", "Kerk & religie"),
    "category": ("section", "Wad", "Wad"),
    "categories": ("section", ["los", "kerk"], "Kerk & religie"),
    "kicker": ("topic", "veren", "veren"),
    "plaats": ("place", "Els", "Els"),
    "publishDate": ("published", "2026-11-20", datetime(2026, 11, 19, 23, tzinfo=UTC)),
    "datum": ("published", "20 november 2026", datetime(2026, 11, 19, 23, tzinfo=UTC)),
    "pubDate": ("published", "Fri, 20 Nov 2026 12:00:00 -0500", datetime(2026, 11, 20, 17, tzinfo=UTC)),
    "lastmod": ("modified", "2016-05-24 14:00:00 -0500", datetime(2016, 5, 24, 19, tzinfo=UTC)),
    "author": ("authors", "Anna Kok en Bea Wit", (Author(name="Anna Kok"), Author(name="Bea Wit"))),
    "byline": ("authors", "Door Anna Kok", (Author(name="Anna Kok"),)),
    "authors": ("authors", ["Anna Kok", "ANP"], (Author(name="Anna Kok"), Author(name="ANP", kind="agency"))),
    "auteurs": ("authors", [{"name": "Anna Kok", "role": "arts"}], (Author(name="Anna Kok", role="arts"),)),
    "auteur": ("authors", {"name": "Anna Kok", "url": "/anna"}, (Author(name="Anna Kok"),)),
    "topics": ("tags", "a, b, a", ("a", "b")),
    "canonical_url": ("url", "https://example.org/x", "https://example.org/x"),
    "expiryDate": ("expires", "2026-12-01T06:00:00Z", datetime(2026, 12, 1, 6, tzinfo=UTC)),
    "lang": ("language", "nl_BE", "nl-BE"),
    "embargo": ("not_before", "2026-11-21 06:00", datetime(2026, 11, 21, 5, tzinfo=UTC)),
}  # fmt: skip


@pytest.mark.parametrize("key", ALIASES)
def test_a_key_of_another_house_becomes_our_field(key: str) -> None:
    field, written, expected = ALIASES[key]
    head = {key: written} if field == "title" else {"title": "Kop", key: written}
    assert getattr(article(with_head(**head)), field) == expected


@pytest.mark.parametrize("table", ["params", "extra"])
def test_keys_below_params_and_extra_count_as_well(table: str) -> None:
    assert article(with_head(title="Kop", **{table: {"lead": "Zo."}})).lead == "Zo."


def test_toml_dates_and_numbers_are_read_with_their_types() -> None:
    found = article('+++\ntitle = "Kop"\ndate = 2026-11-20T19:29:00\nweight = 2\ndraft = true\n+++\n')
    assert (found.published, found.weight, found.draft) == (datetime(2026, 11, 20, 18, 29, tzinfo=UTC), 2, True)


def test_a_pelican_article_is_read() -> None:
    found = article(
        "Title: Kop: en meer\nDate: 2026-11-20 10:00\nCategory: Kerk\nTags: a, b\nAuthor: Anna Kok\n\nTekst.\n"
    )
    assert (found.title, found.section, found.tags, found.words) == ("Kop: en meer", "Kerk & religie", ("a", "b"), 1)


def test_published_yes_or_no_is_no_date() -> None:
    found = article(with_head(title="Kop", published=False))
    assert (found.draft, found.published) == (True, None)
    assert not article(with_head(title="Kop", published=True)).draft
    assert article(with_head(title="Kop", status="draft")).draft


def test_a_mark_of_the_file_system_and_windows_line_ends_are_not_seen() -> None:
    assert reading("\ufeff" + FULL.replace("\n", "\r\n")).article == reading(FULL).article


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-11-20-kim.md", 20),
        ("posts/2026/11/21/kim.md", 21),
        ("content/2026-11-22-kim/index.md", 22),
        ("issues/2026-11-28/articles/kim.md", None),
        ("kim-2026-13-40.md", None),
    ],
)
def test_a_date_is_taken_from_name_or_path_but_not_from_the_issue(name: str, day: int | None) -> None:
    published = article("# Kop", name).published
    assert published == (datetime(2026, 11, day - 1, 23, tzinfo=UTC) if day else None)


def test_the_first_heading_is_the_title_where_front_matter_has_none() -> None:
    found = reading("# De *pont*\n\nTekst.\n")
    assert (found.article.title, found.body) == ("De pont", "Tekst.\n")
    assert [(e.field, e.sureness) for e in found.evidence] == [("title", "likely"), ("passages", "sure")]


def test_a_title_below_text_is_to_be_checked() -> None:
    found = reading("Voorwoord.\n\n## De pont\n\n```\n# geen kop\n```\n")
    assert found.article.title == "De pont"
    assert found.to_check
    assert "Voorwoord." in found.body


@pytest.mark.parametrize("heading", ["# De pont", "De pont\n======", "## De pont ##"])
def test_a_heading_that_repeats_the_title_is_taken_out(heading: str) -> None:
    assert reading(f"---\ntitle: De pont\n---\n\n{heading}\n\nTekst.\n").body == "Tekst.\n"


def test_another_heading_at_the_top_is_a_crosshead() -> None:
    assert article("---\ntitle: De pont\n---\n# Aan boord\nTekst.\n").passages[0].crosshead == "Aan boord"


@pytest.mark.parametrize("mark", ["<!--more-->", "<!-- excerpt -->", "<!-- truncate -->"])
def test_one_paragraph_above_the_mark_is_the_lead(mark: str) -> None:
    found = reading(f"# Kop\n\nDe lead.\n\n{mark}\n\nTekst.\n")
    assert (found.article.lead, found.article.teaser, found.body) == ("De lead.", None, "Tekst.\n")


def test_more_than_a_paragraph_above_the_mark_stays_and_its_first_is_the_teaser() -> None:
    found = reading("# Kop\n\nEen *alinea*.\n\nNog een.\n\n<!--more-->\n\nTekst.\n")
    assert (found.article.lead, found.article.teaser) == (None, "Een alinea.")
    assert found.body == "Een *alinea*.\n\nNog een.\n\nTekst.\n"


def test_a_picture_and_a_heading_above_the_mark_are_no_teaser() -> None:
    found = article("---\ntitle: Kop\n---\n![Een pont](pont.png)\n\n## Aan boord\n\nEen.\n\n<!--more-->\n\nTwee.\n")
    assert (found.lead, found.teaser) == (None, "Een.")


def test_a_text_may_have_a_mark_of_its_own() -> None:
    found = article("---\ntitle: Kop\nexcerpt_separator: <!--kort-->\n---\nDe lead.\n<!--kort-->\nTekst.\n")
    assert (found.lead, found.extra) == ("De lead.", {})


def test_a_file_named_by_day_and_words_is_titled_by_its_words_which_are_to_be_checked() -> None:
    found = reading("---\nlayout: post\n---\nTekst.\n", "_posts/2026-11-20-de-pont-vaart.md")
    assert found.article.title == "De pont vaart"
    assert ("title", "check") in [(e.field, e.sureness) for e in found.evidence]


@pytest.mark.parametrize("key", [{"section": "Opinie"}, {"section": "opinion"}, {"kind": "opinion"}])
def test_an_opinion_is_one_by_its_section_or_its_kind(key: dict[str, str]) -> None:
    assert article(with_head(title="Kop", **key)).kind == "opinion"


@pytest.mark.parametrize(
    ("line", "code", "sentence", "remedy"),
    [
        ("date: gisteren", "value-unusable", "`date: gisteren` is no date", "Write it like date: 2026-11-28 06:00."),
        ("kind: opinon", "value-unusable", "`kind: opinon` is no kind", "Did you mean opinion?"),
        ("pinned: soms", "value-unusable", "`pinned: soms` is no yes or no", "Write pinned: true or pinned: false."),
        ("weight: zwaar", "value-unusable", "`weight: zwaar` is no whole number", "Write it like weight: 5."),
        ("url: example", "value-unusable", "`url: example` is no web address", "Write it in full, with https://."),
        ("lang: duits", "value-unusable", "`lang: duits` is no language", "Write a code like lang: nl."),
        ("rights: geen", "value-unusable", "`rights: geen` is no rights", "Write one of: own, link."),
        ("secton: Kerk", "key-misspelt", "`secton` is no key; `section` is", "Write section:"),
        ("title: Weer", "key-repeated", "`title` stands twice in the front matter", "Remove one of them."),
        ("image: weg.jpg", "picture-missing", "the picture weg.jpg does not exist", "Put it beside the article"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_a_warning_with_its_line_and_its_remedy(
    line: str, code: str, sentence: str, remedy: str
) -> None:
    (note,) = reading(f"---\ntitle: Kop\n{line}\n---\n").notes
    assert (note.code, note.level, note.place) == (code, "warning", "kim.md:3")
    assert note.sentence.startswith(sentence)
    assert note.remedy.startswith(remedy)


def test_an_unknown_section_is_kept_with_a_note() -> None:
    found = reading(with_head(title="Kop", section="Wad & water"))
    assert found.article.section == "Wad & water"
    assert [(n.code, n.level) for n in found.notes] == [("section-unknown", "note")]


def test_keys_we_do_not_know_are_kept_and_named_in_one_note() -> None:
    found = reading(with_head(title="Kop", layout="post", menu={"a": "b"}))
    assert found.article.extra == {"layout": "post", "menu": {"a": "b"}}
    assert [n.sentence for n in found.notes] == ["`layout`, `menu`: kept, but the newsletter does not use it"]


def test_what_the_gate_took_out_is_noted_with_its_line() -> None:
    (note,) = reading("---\ntitle: Kop\n---\nTekst.\n\n<script>x</script>\n").notes
    assert (note.code, note.place, note.sentence) == ("html-removed", "kim.md:6", "left out of the HTML: script")


def test_relative_links_need_the_articles_address() -> None:
    found = reading("# Kop\n\n[kaart](/kaart)\n")
    assert found.article.passages[0].parts[0].html == "<p>kaart</p>"
    assert [n.code for n in found.notes] == ["link-relative"]
    given_address = reading("# Kop\n\n[kaart](/kaart)\n", url="https://example.org/a")
    assert given_address.article.url == "https://example.org/a"
    assert given_address.article.passages[0].parts[0].html == '<p><a href="https://example.org/kaart">kaart</a></p>'


def test_a_text_from_standard_input_is_named_after_its_title() -> None:
    found = article("# De pont: „vaart” weer!", "-")
    assert (found.id, found.file) == ("de-pont-vaart-weer", None)
    assert article("# Kop", "content/pont/index.md").id == "pont"


@pytest.mark.parametrize(
    ("data", "code", "sentence"),
    [
        (b"", "empty", "kim.md: the file is empty"),
        (b" \n\n", "empty", "kim.md: the file is empty"),
        (b"---\ntitle:\n---\n", "no-title", "kim.md: the article has no title"),
        (b"Een tekst zonder kop.", "no-title", "kim.md: the article has no title"),
        (b"# Kop\n\n\x00", "binary", "kim.md: this is no UTF-8 text"),
        (b"# Kop\n\ncaf\xe9", "binary", "kim.md:3: this is no UTF-8 text"),
        (b"# Kop\n" + b"x" * MAX_BYTES, "too-large", "kim.md: the file has 256 kB; an article has 256 kB at most"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, code: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(Document(name="kim.md", data=data), HOUSE)
    assert (str(caught.value), caught.value.code) == (sentence, code)


HOSTILE = ["{{< ref x >}}", "{% include y %}", "{{ 7*7 }}", "<script>alert(1)</script>", "{{< open", "<SCRIPT"]
HOSTILE += ["[a]({{< ref b >}})", "![{{ x }}]({{ y }}.jpg)", "{% raw %}{{ z }}{% endraw %}", "tekst", "\n\n", "- "]
HOSTILE += ["`{{< code >}}`", "```\n{% code %}\n```", "# {{< kop"]


@given(st.lists(st.sampled_from(HOSTILE), max_size=8), st.lists(st.sampled_from(HOSTILE[:8]), max_size=3))
def test_no_template_code_and_no_script_reaches_the_article(body: list[str], words: list[str]) -> None:
    line = " ".join(words).replace("\n", " ")
    found = article(with_head(title=f"Kop {line}", lead=line, place=line, tags=[line]) + " ".join(body))
    crossheads = " ".join(passage.crosshead or "" for passage in found.passages)
    html = " ".join(part.html for passage in found.passages for part in passage.parts)
    fields = repr(replace(found, passages=(), extra={}))
    assert not re.search(r"\{\{|\{%", crossheads + html + fields)
    assert not re.search(r"<script", html + fields, re.IGNORECASE)


def test_code_about_templates_is_read_by_the_reader_as_it_was_written() -> None:
    html = article("# Kop\n\nSchrijf `{{ naam }}` zo.").passages[0].parts[0].html
    assert html == "<p>Schrijf <code>&#123;&#123; naam }}</code> zo.</p>"


def written(found: Reading) -> str:
    """An article as it is written down again: front matter of its fields, and its body."""
    a = found.article
    texts = {
        "title": a.title,
        "section": a.section,
        "topic": a.topic,
        "lead": a.lead,
        "teaser": a.teaser,
        "kind": a.kind,
    }
    moments = {"date": a.published, "modified": a.modified, "not_before": a.not_before, "expires": a.expires}
    head: dict[str, object] = {key: value for key, value in texts.items() if value}
    head |= {key: value.isoformat() for key, value in moments.items() if value}
    head |= {"authors": [{"name": x.name, "role": x.role} for x in a.authors], "tags": list(a.tags), "url": a.url}
    head |= {"label": a.label, "place": a.place, "language": a.language, "rights": a.rights, "weight": a.weight}
    head |= {"pinned": a.pinned, "draft": a.draft, **a.extra}
    return with_head(**{key: value for key, value in head.items() if value is not None}) + "\n" + found.body


BODIES = (
    "# Kop\n\nDe lead.\n\n<!--more-->\n\nTekst.",
    "Kop\n===\n\n# Kop\n\n- a\n  - b\n\n[^1] noot[^1]\n\n[^1]: De noot.",
    FULL,
    "# Kop\n\n{{< figure src='a.jpg' >}}\n\n{% raw %}{{ x }}{% endraw %} `{{ y }}`\n\n    code {{ z }}",
    "---\ntitle: Kop\n---\n    code eerst\n\ntekst",
    "# Kop\n\n---\n\nNa een streep\n\n---\n",
    "Title: Kop\n\nTekst: met een dubbelepunt.",
    "# Kop",
)


@pytest.mark.parametrize("text", BODIES)
def test_an_article_written_down_and_read_again_is_the_same_article(text: str) -> None:
    first = reading(text)
    again = reading(written(first))
    assert again.article == first.article
    assert again.body == first.body


@given(st.lists(st.sampled_from([*HOSTILE, "# Kop\n", "Kop\n---\n", "<!--more-->\n", "> ", "    "]), max_size=8))
def test_reading_again_changes_nothing_whatever_the_text(pieces: list[str]) -> None:
    first = reading("# Titel\n\n" + "\n".join(pieces))
    again = reading(written(first))
    assert again.article == first.article


@pytest.mark.parametrize(
    "text", ["---\ntitle: a\n---\n", "+++\n+++\n", "Title: a\nDate: b\n\n", "\n\n# Kop", "---\ntitle: a"]
)
def test_markdown_is_recognised_by_how_it_opens(text: str) -> None:
    assert recognises(text)


@pytest.mark.parametrize("text", ["Binnenland\n\nEen kop\n\nEen lead.", "#hashtag", "1. Een lijst"])
def test_other_text_is_not_taken_for_markdown(text: str) -> None:
    assert not recognises(text)
