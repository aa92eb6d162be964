"""The digest: what it costs, its frame, and that it is the same again."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import examples
from pages import bytes_before, page_of, rows, words_in
from shown import Show, message_with, style

from newsletter.model.article import Author, Part, Passage
from newsletter.model.issue import Block
from newsletter.model.mail import Edition, Message

AGAIN = """
import json, sys
from pathlib import Path
import examples
root = Path(sys.argv[1])
print(json.dumps({name: examples.rendered(name, root).fingerprint for name in sys.argv[2:]}))
"""


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


# Blocks, typography and mark-up


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


# Again, and elsewhere


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
