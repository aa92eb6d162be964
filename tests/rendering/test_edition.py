"""The digest: what it costs, what it shows, and what it does when something is missing."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import examples
import pytest
from lxml.html import HtmlElement
from pages import bytes_before, page_of, rows, words_in

from newsletter.model.article import Author, Part, Passage
from newsletter.model.issue import Block, Issue, Placement, Section
from newsletter.model.mail import Edition, Message
from newsletter.rendering.edition import render

Show = Callable[..., HtmlElement]


@pytest.fixture
def show(root: Path) -> Show:
    """``show(issue or placements…)``: the page that readers get."""

    def show(*parts: Issue | Placement | Block, web_version: bool = False, **tables: dict[str, object]) -> HtmlElement:
        return page_of(message_with(root, *parts, web_version=web_version, **tables))

    return show


def message_with(
    root: Path, *parts: Issue | Placement | Block, web_version: bool = False, **tables: dict[str, object]
) -> Message:
    settings = examples.config(root, **tables)
    issue = parts[0] if isinstance(parts[0], Issue) else issue_of(*parts)  # type: ignore[arg-type]
    return examples.message_for(render(issue, settings, web_version=web_version), settings)


def issue_of(*parts: Placement | Block) -> Issue:
    placements = tuple(part for part in parts if isinstance(part, Placement))
    blocks = tuple(part for part in parts if isinstance(part, Block))
    first = next((p for p in placements if p.kind == "opening"), None)
    others = tuple(p for p in placements if p.kind != "opening")
    return examples.issue(*([Section(name="Binnenland", placements=others)] if others else []), *blocks, opening=first)


def style(element: HtmlElement, name: str) -> str | None:
    return dict(p.partition(":")[::2] for p in element.get("style", "").split(";")).get(name)


# What it costs


def test_the_reference_digest_has_at_most_31_000_bytes(message_of: Callable[[str], Message]) -> None:
    assert len(message_of("reference").html.encode()) <= 31_000


def test_a_week_as_it_comes_has_at_most_22_000_bytes(message_of: Callable[[str], Message]) -> None:
    assert len(message_of("mixed").html.encode()) <= 22_000


def test_leaving_is_offered_at_the_top_when_the_footer_comes_late(edition_of: Callable[[str], Edition]) -> None:
    edition = edition_of("sixty")
    assert sum(size for _, size in edition.sizes) > 102_400
    assert bytes_before(edition, "unsubscribe") < 10_000


def test_leaving_at_the_top_stands_in_the_dateline(message_of: Callable[[str], Message]) -> None:
    (dateline,) = rows(page_of(message_of("sixty")), "dateline")
    assert [words_in(link) for link in dateline.iter("a")] == ["Afmelden"]


def test_a_short_mail_says_it_once(message_of: Callable[[str], Message]) -> None:
    assert message_of("reference").html.count(message_of("reference").unsubscribe) == 1


# The frame


def test_the_web_version_is_left_out_until_something_serves_it(show: Show, root: Path) -> None:
    assert "Bekijk in uw browser" not in words_in(show(examples.mixed(root)))


def test_the_web_version_is_linked_when_there_is_one(show: Show, root: Path) -> None:
    page = show(examples.mixed(root), web_version=True)
    link = next(a for a in page.iter("a") if words_in(a) == "Bekijk in uw browser")
    assert link.get("href") == "https://weekbrief.example.nl/issues/2026-10-03"
    assert "Bekijk in uw browser" in message_with(root, examples.mixed(root), web_version=True).text


def test_the_dateline_names_number_and_day_in_the_newsletters_zone(show: Show, root: Path) -> None:
    late = replace(examples.mixed(root), date=examples.DAY.replace(hour=23))
    assert words_in(rows(show(late), "dateline")[0]) == "Nummer 36 · zondag 4 oktober 2026"
    assert words_in(rows(show(examples.empty(root)), "dateline")[0]) == "zaterdag 3 oktober 2026"


def test_the_footer_says_why_where_to_go_and_who_publishes(message_of: Callable[[str], Message]) -> None:
    (footer,) = rows(page_of(message_of("empty")), "footer")
    assert words_in(footer) == (
        "U ontvangt deze brief op p.vandam@example.nl, omdat u zich op 12 maart 2023 hebt aangemeld. "
        "Vragen of opmerkingen? Antwoord gerust op deze mail; de redactie leest mee. Voorkeuren wijzigen Afmelden "
        "De Heuvelbode is een uitgave van Heuvelpers bv, Postbus 12, 1234 AB Heuveldam."
    )


def test_without_postal_address_the_colophon_ends_after_the_publisher(show: Show, root: Path) -> None:
    page = show(examples.empty(root), publisher={"address": ""})
    assert words_in(rows(page, "footer")[0]).endswith("een uitgave van Heuvelpers bv.")


def test_the_first_text_of_the_mail_is_the_preheader(message_of: Callable[[str], Message]) -> None:
    message = message_of("mixed")
    assert words_in(page_of(message).body).startswith(message.edition.preheader)


def test_without_preheader_and_introduction_neither_row_is_there(message_of: Callable[[str], Message]) -> None:
    page = page_of(message_of("empty"))
    assert not rows(page, "skyline")
    assert not rows(page, "intro")
    assert not page.findall(".//h2")


def test_a_logo_takes_the_place_of_the_name_and_is_called_by_it(show: Show, tmp_path: Path) -> None:
    examples.pictures_in(tmp_path)
    page = page_of(message_with(tmp_path, examples.empty(tmp_path), brand={"logo": "dijk.png"}))
    logo = page.find(".//h1/img")
    assert logo.get("alt") == "De Heuvelbode"
    assert int(logo.get("height")) <= 64
    assert words_in(page.find(".//h1")) == ""


def test_the_brands_colour_is_the_accent_everywhere(show: Show, root: Path) -> None:
    page = show(examples.mixed(root), brand={"colour": "#0B2A5B"})
    assert style(page.find(".//h1"), "color") == "#0B2A5B"
    assert rows(page, "button")[0].get("bgcolor") == "#0B2A5B"
    assert "#1F5A4C" not in message_with(root, examples.mixed(root), brand={"colour": "#0B2A5B"}).html


# Articles


def test_an_article_without_address_has_no_link_and_keeps_its_place(show: Show, root: Path) -> None:
    kinds = ("opening", "story", "brief", "link", "full")
    page = show(*(examples.placed(kind, kind, url=None, pictures=examples.picture(root)) for kind in kinds))
    assert all("weekbrief.example.nl" in link.get("href") for link in page.iter("a"))
    assert not rows(page, "button")
    assert words_in(page).count(examples.TITLE) == 5


def test_an_article_with_an_address_links_title_picture_and_button(show: Show, root: Path) -> None:
    page = show(examples.opening(root))
    links = [a for a in page.iter("a") if a.get("href") == "https://example.nl/nieuws/dijkwacht"]
    assert len(links) == 3
    assert words_in(links[-1]) == "Lees het hele verhaal"


def test_addresses_on_ones_own_site_get_what_is_to_be_added(show: Show) -> None:
    stories = (examples.placed("brief"), examples.placed("brief", "weg", url="https://example.org/x?a=1#b"))
    page = show(*stories, links={"own": ["example.nl", "example.org"], "append": "utm_source=brief&b=1"})
    found = {a.get("href") for a in page.iter("a")}
    assert "https://example.nl/nieuws/dijk?utm_source=brief&b=1" in found
    assert "https://example.org/x?a=1&utm_source=brief&b=1#b" in found


def test_a_caption_without_a_picture_file_is_not_shown(message_of: Callable[[str], Message]) -> None:
    message = message_of("no_pictures")
    assert "onderschrift" not in message.html
    assert "foto De Heuvelbode" not in message.html.casefold()
    assert not page_of(message).findall(".//img")


def test_caption_and_credit_stand_below_the_openings_picture(show: Show, root: Path) -> None:
    (caption,) = rows(show(examples.opening(root)), "caption")
    assert words_in(caption) == "Op weg naar gemaal De Lange Arm bij Kromwaarde. Illustratie De Heuvelbode"


def test_a_picture_without_words_is_no_link(show: Show, root: Path) -> None:
    page = show(examples.placed("story", pictures=examples.picture(root, alt=None)))
    (img,) = page.iter("img")
    assert img.get("alt") == ""
    assert img.getparent().tag == "td"


def test_a_decorative_picture_shows_no_words(show: Show, root: Path) -> None:
    page = show(examples.placed("story", pictures=examples.picture(root, decorative=True)))
    assert [img.get("alt") for img in page.iter("img")] == [""]


def test_a_story_shows_its_picture_small_and_at_the_end(show: Show, root: Path) -> None:
    page = show(examples.placed("story", pictures=examples.picture(root)))
    (img,) = page.iter("img")
    (table,) = (t for t in page.iter("table") if "float" in (t.get("class") or ""))
    assert (img.get("width"), img.get("height")) == ("104", "78")
    assert (table.get("align"), style(table, "float")) == ("right", "right")


@pytest.mark.parametrize("kind", ["brief", "link"])
def test_briefs_and_links_show_no_picture(show: Show, root: Path, kind: str) -> None:
    assert not show(examples.placed(kind, pictures=examples.picture(root))).findall(".//img")  # type: ignore[arg-type]


def test_a_placement_may_leave_its_picture_out(show: Show, root: Path) -> None:
    hidden = replace(examples.placed("story", pictures=examples.picture(root)), show_picture=False)
    assert not show(hidden).findall(".//img")


@pytest.mark.parametrize(
    ("fields", "kicker"),
    [
        ({"topic": "onderwijs"}, "Onderwijs"),
        ({"topic": "onderwijs", "label": "nieuws"}, "Nieuws"),
        ({"kind": "opinion", "authors": (Author(name="J. Kok", role="boer"),), "topic": "x"}, "J. Kok, boer"),
        ({"kind": "opinion", "authors": (Author(name="J. Kok"),)}, "J. Kok"),
        ({"kind": "opinion", "topic": "commentaar"}, "Commentaar"),
    ],
)
def test_the_kicker(show: Show, fields: dict[str, object], kicker: str) -> None:
    heading = show(examples.placed("story", **fields)).find(".//h3")
    assert words_in(heading) == f"{kicker} {examples.TITLE}".replace(f"{kicker} ", kicker)


def test_without_kicker_the_link_is_tall_enough_to_touch(show: Show) -> None:
    heading = show(examples.placed("brief")).find(".//h3")
    assert heading.find(".//br") is None
    assert style(heading.find("a"), "padding") == "9px 0"
    (row,) = rows(show(examples.placed("brief")), "article")
    assert style(row, "padding") == "9px 0 22px"


def test_without_teaser_the_time_stands_alone(show: Show) -> None:
    (row,) = rows(show(examples.placed("brief", teaser=None)), "article")
    assert [words_in(p) for p in row.iter("p")] == ["4 min. lezen"]


@pytest.mark.parametrize("minutes", [None, 0])
def test_without_time_none_is_shown(show: Show, minutes: int | None) -> None:
    page = show(examples.placed("brief", minutes=minutes), examples.placed("opening", "kop", minutes=minutes))
    assert not page.findall(".//small")
    assert "min." not in words_in(page)


def test_without_teaser_and_time_there_is_no_paragraph(show: Show) -> None:
    (row,) = rows(show(examples.placed("brief", teaser=None, minutes=None)), "article")
    assert not row.findall(".//p")
    assert style(row, "padding") == "9px 0 13px"


@pytest.mark.parametrize(
    ("authors", "minutes", "byline"),
    [
        (("Hanna Wierda",), 7, "Door Hanna Wierda · 7 min. lezen"),
        (("A", "B", "C"), None, "Door A, B en C"),
        ((), 7, "7 min. lezen"),
    ],
)
def test_the_byline(show: Show, authors: tuple[str, ...], minutes: int | None, byline: str) -> None:
    written = tuple(Author(name=name) for name in authors)
    (row,) = rows(show(examples.placed("opening", authors=written, minutes=minutes)), "byline")
    assert words_in(row) == byline


def test_without_author_and_time_there_is_no_byline(show: Show) -> None:
    page = show(examples.placed("opening", minutes=None))
    assert not rows(page, "byline")
    assert style(rows(page, "action")[0], "padding") == "20px 0 0"


def test_an_opening_shows_its_teaser_or_else_its_lead(show: Show) -> None:
    assert words_in(rows(show(examples.placed("opening", lead="Een lead.")), "lead")[0]) == examples.TEASER
    assert words_in(rows(show(examples.placed("opening", lead="Een lead.", teaser=None)), "lead")[0]) == "Een lead."
    assert not rows(show(examples.placed("opening", teaser=None)), "lead")


def test_an_opinion_piece_is_set_in_italics(show: Show) -> None:
    title = show(examples.placed("story", kind="opinion")).find(".//h3//b")
    assert (style(title, "font-style"), style(title, "font-weight")) == ("italic", "normal")


def test_a_full_placement_prints_its_body_with_crossheads(message_of: Callable[[str], Message]) -> None:
    row = next(r for r in rows(page_of(message_of("everything")), "full"))
    assert [words_in(h) for h in row.iter("h4")] == ["Tussenkop"]
    assert [words_in(li) for li in row.iter("li")] == ["een sluis", "twee gemalen"]
    assert row.find(".//table").get("role") == "table"
    assert row.find(".//strong") is None
    assert words_in(row.find(".//pre")) == "peil --nu"


def test_a_section_without_articles_and_a_lone_link_need_no_special_case(show: Show) -> None:
    page = show(examples.placed("link"))
    assert [words_in(h) for h in page.iter("h2")] == ["Binnenland"]
    assert len(rows(page, "link")) == 1


def test_blocks_say_what_they_are(message_of: Callable[[str], Message]) -> None:
    page = page_of(message_of("everything"))
    assert words_in(rows(page, "quote")[0]) == "Woord voor de weekWie waakt, ziet de nacht korten.Jacob Rietveld"
    adverts = [words_in(row) for row in rows(page, "advert")]
    assert adverts[0].startswith("Aankondiging")
    assert adverts[1].startswith("Advertentie")
    assert adverts[1].endswith("Bekijk de catalogus")


def test_typographic_marks_are_set_in_every_text_of_the_mail(root: Path) -> None:
    typed = '\'t Is "zo"'
    body = (Passage(parts=(Part(kind="paragraph", html=f"<p>{typed}</p>"),)),)
    placements = [
        examples.placed(kind, kind, title=typed, teaser=typed, lead=typed, passages=body)
        for kind in ("opening", "story", "full", "link")
    ]
    blocks = [
        Block(id="w", kind="word", text=typed, source=typed),
        Block(id="a", kind="sponsor", title=typed, html=f"<p>{typed}</p>"),
    ]
    message = message_with(root, *placements, *blocks)  # type: ignore[arg-type]
    assert '"zo"' not in message.html.replace("&quot;", '"').partition("<body")[2]
    assert '"zo"' not in message.text
    assert "’t\N{NO-BREAK SPACE}Is „zo”" in message.text


def test_typography_can_be_switched_off(root: Path) -> None:
    message = message_with(root, examples.placed("brief", title='\'t Is "zo"'), newsletter={"typography": False})
    assert '\'t Is "zo"' in message.text
    assert "’" not in message.text.partition("BINNENLAND")[2].partition("====")[0]


def test_mark_up_in_a_text_is_text(show: Show) -> None:
    evil = '<script>alert("x")</script>'
    page = show(
        examples.placed("opening", title=evil, topic=evil, teaser=evil, authors=(Author(name=evil),)),
        examples.placed("brief", "b", title=evil, label=evil, teaser=evil),
    )
    assert page.find(".//script") is None
    assert words_in(page).count("<script>alert(") >= 7


# From right to left


def test_an_arabic_mail_is_mirrored(message_of: Callable[[str], Message]) -> None:
    page = page_of(message_of("arabic"))
    (table,) = (t for t in page.iter("table") if "float" in (t.get("class") or ""))
    (column,) = (t for t in page.iter("table") if "column" in (t.get("class") or "").split())
    assert (table.get("align"), style(table, "float")) == ("left", "left")
    assert style(column, "text-align") == "right"
    assert words_in(rows(page, "byline")[0]) == "بقلم هناء الوردي وسامي النجار · قراءة 4 دقائق"


# The text part


def test_links_of_introduction_and_blocks_are_the_same_in_both_parts(root: Path) -> None:
    linked = '<p>Lees <a href="https://example.nl/brief">de brief</a>.</p>'
    issue = examples.issue(Block(id="a", kind="announcement", html=linked), introduction_html=linked)
    message = message_with(root, issue, links={"own": ["example.nl"], "append": "utm_source=brief"})
    assert message.html.count("https://example.nl/brief?utm_source=brief") == 2
    assert message.text.count("https://example.nl/brief?utm_source=brief") == 2


def test_the_text_part_says_everything_the_issue_says(root: Path) -> None:
    issue = examples.everything(root)
    message = message_with(root, issue, newsletter={"typography": False})
    text = " ".join(message.text.split())
    said = [p.article.title for p in issue.placements] + [
        p.teaser for p in issue.placements if p.kind in {"story", "brief"}
    ]
    said += [issue.preheader, examples.LEAD, "Geachte lezer,", "De redactie", "Door Hanna Wierda · 7 min"]
    said += ["een sluis", "Gezegd is gezegd.", "Tussenkop", "peil --nu", "Peil | 3,20 m", "Schrijf ons"]
    said += ["Woord voor de week", "Wie waakt, ziet de nacht korten.", "Jacob Rietveld", "Open avond", "Komt u ook?"]
    said += ["Boekhandel Van Staveren", "De catalogus ligt klaar.", "Bekijk de catalogus", "https://example.nl/boek"]
    assert [words for words in said if words and words not in text] == []


def test_the_text_part_follows_the_order_of_the_issue(root: Path) -> None:
    issue = examples.mixed(root)
    text = message_with(root, issue).text
    addresses = [p.article.url for p in issue.placements]
    assert re.findall(r"https://example\.nl/nieuws/\S+", text) == addresses


def test_the_text_part_begins_with_name_dateline_and_a_double_line(message_of: Callable[[str], Message]) -> None:
    lines = message_of("mixed").text.split("\n")
    assert lines[0] == "DE HEUVELBODE"
    assert lines[1].replace("\N{NO-BREAK SPACE}", " ") == "Nummer 36 · zaterdag 3 oktober 2026"
    assert lines[2] == "=" * 72


def test_the_text_part_has_no_mark_up_or_entities(message_of: Callable[[str], Message]) -> None:
    assert not re.search(r"</?[a-z]+[ >]|&(amp|quot|#\d+);", message_of("everything").text)


# Again, and elsewhere

AGAIN = """
import json, sys
from pathlib import Path
import examples
root = Path(sys.argv[1])
print(json.dumps({name: examples.rendered(name, root).fingerprint for name in sys.argv[2:]}))
"""


def test_the_same_issue_gives_the_same_bytes(root: Path, edition_of: Callable[[str], Edition]) -> None:
    for name in ("reference", "everything", "arabic"):
        assert examples.rendered(name, root) == edition_of(name)


def test_a_fresh_process_with_other_hashes_gives_the_same_fingerprints(
    root: Path, edition_of: Callable[[str], Edition]
) -> None:
    names = ("reference", "everything", "arabic")
    places = (str(Path(examples.__file__).parent), str(Path(examples.__file__).parent.parent))
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(places)}
    done = subprocess.run(
        [sys.executable, "-c", AGAIN, str(root), *names], capture_output=True, text=True, check=True, env=environment
    )
    assert json.loads(done.stdout) == {name: edition_of(name).fingerprint for name in names}
