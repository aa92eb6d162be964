"""What is no article: refused with a code, a line where one is to blame, and a hint; or read with a warning."""

import pytest
from pasted import NEXT_PARAGRAPH, PARAGRAPH, codes, paste, read, refusal

from newsletter.sources._base import MAX_BYTES

HEAD = "Dijk houdt stand\n14 oktober 2025"


@pytest.mark.parametrize(
    ("page", "code", "line"),
    [
        ("Dijk houdt stand", "no-body", None),
        (HEAD, "no-body", None),
        (f"{HEAD}\nMuskusratten", "no-body", None),
        (f"{PARAGRAPH}\n{NEXT_PARAGRAPH}", "no-title", 1),
        (f"\n\n{PARAGRAPH}\n\n{NEXT_PARAGRAPH}", "no-title", 3),
        ("Home\nKrant\nMenu", "not-an-article", None),
        ("Liveblog\nVolg hier de dijk\n14 oktober 2025 13:00", "not-an-article", None),
        ("Video\nZo houdt de dijk het\n14 oktober 2025 13:00", "not-an-article", None),
        ("\n".join(f"Nieuws over dorp {n}" for n in range(14)), "not-an-article", None),
        ("Binnenland\n" + "\n".join(f"Nieuws over dorp {n}" for n in range(14)), "not-an-article", None),
        ("Zondag\n\nVandaag is het zondag. Een rustdag.\nTot morgen.\nHoofdredactie", "not-an-article", 3),
        (f"{HEAD}\n{PARAGRAPH}\nLog in om verder te lezen", "paywall", 4),
        (f"{HEAD}\n{PARAGRAPH}\nDit artikel is alleen voor abonnees.", "paywall", 4),
        (f"{PARAGRAPH}\n\nWord nu abonnee en lees verder.", "paywall", 3),
        (f"{HEAD}\n{PARAGRAPH}\nSubscribe to continue reading", "paywall", 4),
    ],
)
def test_what_is_no_article_is_refused(page: str, code: str, line: int | None) -> None:
    error = refusal(page)
    assert (error.code, error.line, error.file) == (code, line, "pasted.txt")
    assert error.hint


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"\x81\x8d\x8f", b"\xff\xfeD\x00\x00"])
def test_a_binary_file_is_refused(data: bytes) -> None:
    assert refusal(data).code == "binary"


@pytest.mark.parametrize("page", ["", "   \n\n", "\ufeff"])
def test_an_empty_file_is_refused(page: str) -> None:
    assert refusal(page).code == "empty"


def test_a_file_beyond_the_limit_is_refused_and_one_of_the_limit_is_not() -> None:
    page = f"{HEAD}\n{PARAGRAPH}\n"
    full = page + "De dijk. " * ((MAX_BYTES - len(page)) // 9)
    assert refusal(full + " " * (MAX_BYTES - len(full) + 1)).code == "too-large"
    assert read(full).article.words > 20_000


def test_a_whole_page_with_an_article_in_it_is_a_warning() -> None:
    found = paste("Dijk bij Zanddorp houdt stand", *(f"Kop {n}" for n in range(12)), PARAGRAPH * 2)
    assert "whole-page" in codes(found)
    assert found.to_check


def test_an_article_with_many_crossheads_is_no_whole_page() -> None:
    lines = [line for n in range(8) for line in (f"Stelling {n}", f"{PARAGRAPH} Dat is {n} keer gezegd.")]
    assert codes(paste("Dijk houdt stand", "14 oktober 2025", *lines)) == []


def test_an_article_about_a_sunday_is_an_article() -> None:
    long = f"{PARAGRAPH} {NEXT_PARAGRAPH} {PARAGRAPH}"
    assert read(f"{HEAD}\nVandaag is het zondag en dat is te merken.\n{long}").article.title == "Dijk houdt stand"
