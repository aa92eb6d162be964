"""One article, printed in every way that was met: the fields stay what they are."""

import textwrap
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html
from pasted import codes, read, unaccounted

from newsletter.model.article import Article

PAGE = (Path(__file__).parent / "texts" / "a-full.txt").read_text("utf-8")
DATE = "14 October 2025 17:05Gewijzigd op 15 October 2025 09:30"
CAPTION = "Vrachtwagens met klei rijden af en aan op de dijk bij Zanddorp. beeld ANP, Els Blom"
TITLE = "Zwakke dijk bij Zanddorp houdt het met klei en geduld"
LEAD = next(line for line in PAGE.split("\n") if line.startswith("Een verzakking"))
FURNITURE = PAGE[PAGE.index("De Heuvelbode in uw mailbox?") :]

Mutation = Callable[[str], str]


def swap(old: str, new: str) -> Mutation:
    def mutate(page: str) -> str:
        assert old in page
        return page.replace(old, new)

    return mutate


def facts(article: Article) -> dict[str, object]:
    """Return every field and the words of the body."""
    return {
        "section": article.section,
        "topic": article.topic,
        "title": article.title,
        "lead": article.lead,
        "authors": [author.name for author in article.authors],
        "published": article.published and article.published.isoformat(),
        "modified": article.modified and article.modified.isoformat(),
        "pictures": [(picture.caption, picture.credit) for picture in article.pictures],
        "passages": [(passage.crosshead, len(passage.parts)) for passage in article.passages],
        "body": [
            str(html.fromstring(part.html).xpath("string()")) for passage in article.passages for part in passage.parts
        ],
        "tags": article.tags,
        "place": article.place,
        "label": article.label,
        "kind": article.kind,
    }


USUAL: dict[str, object] = {
    "section": "Binnenland",
    "topic": "dijken",
    "title": TITLE,
    "lead": LEAD,
    "authors": ["Marit van der Hoeve"],
    "published": "2025-10-14T15:05:00+00:00",
    "modified": "2025-10-15T07:30:00+00:00",
    "pictures": [("Vrachtwagens met klei rijden af en aan op de dijk bij Zanddorp.", "beeld ANP, Els Blom")],
    "passages": [(None, 2), ("Muskusratten", 2), ("Media", 1)],
    "body": [line for line in PAGE.split("\n")[11:24] if line not in {"", "Muskusratten", "Media"}],
    "tags": (),
    "place": None,
    "label": None,
    "kind": "news",
}
CREDIT_WORDS = "Vrachtwagens met klei rijden af en aan op de dijk bij Zanddorp."

MUTATIONS: dict[str, tuple[Mutation, dict[str, object]]] = {
    "as it is": (lambda page: page, {}),
    "CRLF": (swap("\n", "\r\n"), {}),
    "CR": (swap("\n", "\r"), {}),
    "BOM": (lambda page: "\ufeff" + page, {}),
    "NFD": (lambda page: unicodedata.normalize("NFD", page.replace("verzakking", "vérzakking")), {
        "lead": LEAD.replace("verzakking", "vérzakking")}),
    "no-break spaces": (swap(" ", "\u00a0"), {}),
    "soft hyphens": (swap("vrachtwagens", "vracht\u00adwagens"), {}),
    "trailing blanks": (swap("\n", "  \n"), {}),
    "indented": (swap("\n", "\n    "), {}),
    "dense": (lambda page: "\n".join(line for line in page.split("\n") if line), {}),
    "tabs for blanks": (swap(" ", "\t"), {}),
    "tabs in front": (swap("\n", "\n\t"), {}),
    "blank lines with blanks in them": (swap("\n\n", "\n \u00a0\n"), {}),
    "two blanks between words": (swap(" ", "  "), {}),
    "zero-width spaces": (swap("dijk", "dijk\u200b"), {}),
    "three blank lines": (swap("\n\n", "\n\n\n\n"), {}),
    "wrapped at 72": (lambda page: "\n".join(textwrap.fill(line, 72) for line in page.split("\n")), {}),
    "quoted in a mail": (lambda page: "".join(f"> {line}\n" for line in page.split("\n")), {}),
    "forwarded": (lambda page: f"Van: Els\nAan: redactie@example.nl\nOnderwerp: stukje\n\n{page}", {}),
    "no final newline": (lambda page: page.rstrip("\n"), {}),
    "no kicker": (swap("Binnenlanddijken\n\n", ""), {"section": None, "topic": None}),
    "section alone": (swap("Binnenlanddijken", "Binnenland"), {"topic": None}),
    "section in capitals": (swap("Binnenlanddijken", "BINNENLAND"), {"topic": None}),
    "section with separator": (swap("Binnenlanddijken", "Binnenland / dijken"), {}),
    "section and topic on two lines": (swap("Binnenlanddijken", "Binnenland\ndijken"), {}),
    "topic with a capital": (swap("Binnenlanddijken", "BinnenlandDijken"), {"topic": "Dijken"}),
    "topic of two words": (swap("Binnenlanddijken", "BinnenlandHoog water"), {"topic": "Hoog water"}),
    "section after title": (lambda page: page.replace("Binnenlanddijken\n\n", "").replace(
        TITLE, f"{TITLE}\n\nBinnenland"), {"topic": None}),
    "unknown section": (swap("Binnenlanddijken", "Streeknieuws"), {"section": "Streeknieuws", "topic": None}),
    "no lead": (swap(f"{LEAD}\n\n", ""), {"lead": None}),
    "short lead": (swap(LEAD, "Het dorp slaapt slecht."), {"lead": "Het dorp slaapt slecht."}),
    "no byline": (swap("Marit van der Hoeve\n", ""), {"authors": []}),
    "no date": (swap(f"{DATE}\n", ""), {"published": None, "modified": None}),
    "no date and no byline": (swap(f"Marit van der Hoeve\n{DATE}\n", ""), {
        "published": None, "modified": None, "authors": []}),
    "no change": (swap("Gewijzigd op 15 October 2025 09:30", ""), {"modified": None}),
    "no caption": (swap(f"{CAPTION}\n{CAPTION}\n", ""), {"pictures": []}),
    "caption once": (swap(f"{CAPTION}\n{CAPTION}\n", f"{CAPTION}\n"), {}),
    "neither date nor byline nor caption": (swap(f"Marit van der Hoeve\n{DATE}\n{CAPTION}\n{CAPTION}\n", ""), {
        "published": None, "modified": None, "authors": [], "pictures": []}),
    "no furniture": (swap(FURNITURE, ""), {}),
    "two bylines": (swap("Marit van der Hoeve\n", "Marit van der Hoeve\nJoris Kuiper\n"), {
        "authors": ["Marit van der Hoeve", "Joris Kuiper"]}),
    "two names": (swap("Marit van der Hoeve\n", "Marit van der Hoeve en Joris Kuiper\n"), {
        "authors": ["Marit van der Hoeve", "Joris Kuiper"]}),
    "Door": (swap("Marit van der Hoeve\n", "Door Marit van der Hoeve\n"), {}),
    "Tekst:": (swap("Marit van der Hoeve\n", "Tekst: Marit van der Hoeve\n"), {}),
    "desk": (swap("Marit van der Hoeve\n", "Webredactie\n"), {"authors": ["Webredactie"]}),
    "desk of a section": (swap("Marit van der Hoeve\n", "Redactie muziek\n"), {"authors": ["Redactie muziek"]}),
    "our reporter": (swap("Marit van der Hoeve\n", "Van onze verslaggever\n"), {"authors": ["Onze verslaggever"]}),
    "byline with address": (swap("Marit van der Hoeve\n", "Marit van der Hoeve <marit@example.nl>\n"), {}),
    "byline with a button": (swap("Marit van der Hoeve\n", "Marit van der HoeveKopieer link\n"), {}),
    "three names": (swap("Marit van der Hoeve\n", "A. Blom, B. Smit en C. de Wit\n"), {
        "authors": ["A. Blom", "B. Smit", "C. de Wit"]}),
    "date above the byline": (swap(f"Marit van der Hoeve\n{DATE}\n", f"{DATE}\nMarit van der Hoeve\n"), {}),
    "agency": (swap("Marit van der Hoeve\n", "ANP\n"), {"authors": ["ANP"]}),
    "initials": (swap("Marit van der Hoeve\n", "J. P. van ’t Hoff\n"), {"authors": ["J. P. van ’t Hoff"]}),
    "a minister": (swap("Marit van der Hoeve\n", "ds. A. den Hertog\n"), {"authors": ["ds. A. den Hertog"]}),
    "byline below the date": (swap(f"Marit van der Hoeve\n{DATE}\n", f"{DATE}\nDoor Marit van der Hoeve\n"), {}),
    "byline below the title": (lambda page: page.replace("Marit van der Hoeve\n", "").replace(
        f"{TITLE}\n\n", f"{TITLE}\n\nDoor Marit van der Hoeve\n\n"), {}),
    "byline and date on one line": (swap("Marit van der Hoeve\n14", "Door Marit van der Hoeve - 14"), {}),
    "weekday": (swap("14 October 2025 17:05G", "dinsdag 14 oktober 2025 om 17.05 uur G"), {}),
    "Dutch months": (swap("October", "oktober"), {}),
    "short months": (swap("October", "okt."), {}),
    "months in capitals": (swap("October", "OKTOBER"), {}),
    "ISO": (swap(DATE, "2025-10-14T17:05:00+02:00 Gewijzigd op 2025-10-15T09:30:00+02:00"), {}),
    "English order": (swap(DATE, "October 14, 2025, 5:05 pm. Last updated October 15, 2025, 9:30 am"), {}),
    "published on": (swap("14 October 2025 17:05G", "Gepubliceerd op 14 oktober 2025 om 17:05 uur, g"), {}),
    "day only": (swap(DATE, "14 oktober 2025"), {"published": "2025-10-13T22:00:00+00:00", "modified": None}),
    "figures": (swap(DATE, "14-10-2025, 17:05 (Update 15-10-2025, 9:30)"), {}),
    "dates on two lines": (swap("Gewijzigd op", "\nBijgewerkt op"), {}),
    "copyright credit": (swap("beeld ANP, Els Blom", "© ANP"), {"pictures": [(CREDIT_WORDS, "© ANP")]}),
    "Foto: credit": (swap("beeld ANP, Els Blom", "Foto: Els Blom"), {"pictures": [(CREDIT_WORDS, "Foto: Els Blom")]}),
    "old credit": (swap("beeld ANP, Els Blom", "- Foto RD"), {"pictures": [(CREDIT_WORDS, "Foto RD")]}),
    "credit in brackets": (swap("beeld ANP, Els Blom", "(foto ANP)"), {"pictures": [(CREDIT_WORDS, "foto ANP")]}),
    "en space": (swap(" beeld ANP", "\u2002beeld ANP"), {}),
    "no full stop before the credit": (swap("Zanddorp. beeld", "Zanddorp beeld"), {
        "pictures": [(CREDIT_WORDS.rstrip("."), "beeld ANP, Els Blom")]}),
    "credit alone": (swap(CAPTION, "beeld ANP, Els Blom"), {"pictures": [(None, "beeld ANP, Els Blom")]}),
    "count of pictures": (swap(f"{CAPTION}\n\n", f"{CAPTION}\n4\n\n"), {}),
    "caption is the lead": (swap(CREDIT_WORDS, LEAD), {"pictures": [(None, "beeld ANP, Els Blom")]}),
    "menu in front": (lambda page: f"Home\nKrant\nMedia\nPuzzels\nMeer\n\n{page}", {}),
    "menu of sections in front": (lambda page: f"Binnenland\nBuitenland\nPolitiek\nOpinie\n\n{page}", {}),
    "menu behind the tags": (swap("Home\n", "Meer over\n\ndijken\n\nZanddorp\n\nHome\n"), {
        "tags": ("dijken", "Zanddorp")}),
    "most read at the end": (swap("Home\n", "Meest gelezen\n\nBrug bij Heuvelrade dicht\n\nHome\n"), {}),
    "copyright line": (swap("Home\n", "© 2025 De Heuvelbode. Alle rechten voorbehouden.\n\nHome\n"), {}),
    "comments": (swap("Home\n", "12 reacties\n\nHome\n"), {}),
    "place and agency": (swap("Aan de dijk bij", "ZANDDORP (ANP) – Aan de dijk bij"), {
        "place": "Zanddorp", "body": [
            "ZANDDORP (ANP) – " + PAGE.split("\n")[11],
            *(line for line in PAGE.split("\n")[13:24] if line not in {"", "Muskusratten", "Media"})]}),
    "label below the section": (swap("Binnenlanddijken\n", "Binnenlanddijken\nReportage\n"), {"label": "Reportage"}),
    "label before the title": (swap(TITLE, f"Analyse: {TITLE}"), {"label": "Analyse"}),
    "title twice": (swap(f"{TITLE}\n", f"{TITLE}\n{TITLE}\n"), {}),
    "buttons below the title": (swap(f"{TITLE}\n", f"{TITLE}\n\nFacebook\n\nTwitter\n\nWhatsApp\n"), {}),
    "address in front": (lambda page: f"https://example.nl/artikel/1\n\n{page}", {}),
    "question as crosshead": (swap("Muskusratten\n", "Wie is schuldig?\n"), {
        "passages": [(None, 2), ("Wie is schuldig?", 2), ("Media", 1)]}),
    "quoted crosshead": (swap("Muskusratten\n", "„Grote fout”\n"), {
        "passages": [(None, 2), ("„Grote fout”", 2), ("Media", 1)]}),
    "lower-case crosshead": (swap("Muskusratten\n", "muskusratten\n"), {
        "passages": [(None, 2), ("muskusratten", 2), ("Media", 1)]}),
    "long crosshead": (swap("Muskusratten\n", "Wat de muskusrat in twee winters aanrichtte\n"), {
        "passages": [(None, 2), ("Wat de muskusrat in twee winters aanrichtte", 2), ("Media", 1)]}),
    "no crossheads": (lambda page: page.replace("Muskusratten\n\n", "").replace("Media\n\nDe burg", "De burg"), {
        "passages": [(None, 5)]}),
    "title with a full stop": (swap(TITLE, f"{TITLE}."), {"title": f"{TITLE}."}),
    "title in quotes": (swap(TITLE, f"„{TITLE}”"), {"title": f"„{TITLE}”"}),
    "title as question": (swap(TITLE, f"{TITLE}?"), {"title": f"{TITLE}?"}),
    "read also in between": (swap("Muskusratten\n", "Lees ook: De rat wint altijd\n\nMuskusratten\n"), {}),
    "advertisement in between": (swap("Muskusratten\n", "Advertentie\n\nMuskusratten\n"), {}),
    "reading time": (swap(f"{DATE}\n", f"{DATE}\n3 min lezen\n"), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_page_printed_otherwise_has_the_same_fields(name: str) -> None:
    mutate, other = MUTATIONS[name]
    found = read(mutate(PAGE))
    assert facts(found.article) == USUAL | other
    assert not [line for line in found.lines if line.use == "unplaced"]


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_line_of_a_page_printed_otherwise_is_accounted_for(name: str) -> None:
    page = MUTATIONS[name][0](PAGE)
    assert unaccounted(page, read(page)) == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_dense_page_printed_otherwise_has_the_same_fields(name: str) -> None:
    mutate, other = MUTATIONS[name]
    page = mutate(PAGE).replace("\r\n", "\n").replace("\r", "\n")
    found = read("\n".join(line for line in page.split("\n") if line.strip()))
    assert facts(found.article) == USUAL | other


def test_a_page_in_windows_text_has_the_same_fields_and_a_warning() -> None:
    found = read(PAGE.replace("\n", "\r\n").encode("cp1252"))
    assert facts(found.article) == USUAL
    assert "encoding-guessed" in codes(found)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_page_in_another_unicode_has_the_same_fields(encoding: str) -> None:
    assert facts(read(PAGE.encode(encoding)).article) == USUAL
