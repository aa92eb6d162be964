"""The words of a language: none missing, none left over."""

import ast
import re
from datetime import date
from pathlib import Path

import examples
import pytest

from newsletter import words
from newsletter.rendering.edition import _LABELS

N = "\N{NO-BREAK SPACE}"
ROOT = Path(__file__).parent.parent
CATALOGUES = sorted(words.SHIPPED.glob("*.po"))
ASKED = re.compile(r"\bwords\(\s*(\"[^\"]*\"|'[^']*')")


def in_templates() -> set[str]:
    folders = (ROOT / "templates", ROOT / "newsletter" / "web" / "public")
    files = [f for folder in folders for f in folder.rglob("*") if f.suffix in {".html", ".txt", ".css"}]
    return {ast.literal_eval(m) for file in files for m in ASKED.findall(file.read_text("utf-8"))}


def in_code() -> set[str]:
    """Texts given to a call of something named ``words``."""
    calls = (
        node
        for file in (ROOT / "newsletter").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) == "words" and node.args
    )
    return {text.value for call in calls for text in [call.args[0]] if isinstance(text, ast.Constant)} | {
        *_LABELS.values()
    }


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


def own_calls() -> set[str]:
    """Texts that `words.py` itself translates."""
    return set(re.findall(r'self\("([^"]+)"', (ROOT / "newsletter" / "words.py").read_text("utf-8")))


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Every text that is asked for."""
    return in_templates() | in_code() | own_calls()


def test_templates_and_code_ask_for_words(used: set[str]) -> None:
    assert {"Read the full story", "Unsubscribe", "By {author}", "{first} and {last}", "Announcement"} <= used


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_a_catalogue_has_every_word_that_is_used_and_no_other(file: Path, used: set[str]) -> None:
    catalogue = words.load(file.stem).catalogue
    assert sorted(used - set(catalogue)) == []
    assert sorted(set(catalogue) - used) == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_a_translation_has_the_places_of_its_key(file: Path) -> None:
    places = re.compile(r"\{\w*\}")
    for key, translation in words.load(file.stem).catalogue.items():
        assert sorted(places.findall(key)) == sorted(places.findall(translation))


def test_a_word_without_translation_stays_english() -> None:
    assert words.load("nl")("Not a known word for {name}", name="x") == "Not a known word for x"


def test_a_language_without_catalogue_speaks_english_with_its_own_dates() -> None:
    french = words.load("fr")
    assert french("Unsubscribe") == "Unsubscribe"
    assert french.weekday(date(2026, 10, 3)) == f"samedi 3{N}octobre 2026"


def test_a_region_takes_the_catalogue_of_its_language() -> None:
    assert words.load("nl-BE")("Unsubscribe") == "Afmelden"
    assert words.load("nl-BE").language == "nl-BE"


def test_days_are_written_out() -> None:
    assert words.load("nl").day(date(2023, 9, 9)) == f"9{N}september 2023"
    assert words.load("nl").weekday(date(2023, 9, 9)) == f"zaterdag 9{N}september 2023"
    assert words.load("en").weekday(date(2023, 9, 9)) == f"Saturday 9{N}September 2023"


@pytest.mark.parametrize(
    ("names", "joined"),
    [((), ""), (("A",), "A"), (("A", "B"), "A en B"), (("A", "B", "C"), "A, B en C")],
)
def test_names_are_joined_as_the_language_does(names: tuple[str, ...], joined: str) -> None:
    assert words.load("nl").names(names) == joined


def test_braces_in_a_value_are_text() -> None:
    assert words.load("nl")("By {author}", author="{x} {0}") == "Door {x} {0}"


@pytest.mark.parametrize(("language", "rtl"), [("nl", False), ("en", False), ("ar", True), ("he", True), ("fa", True)])
def test_a_language_knows_its_direction(language: str, rtl: bool) -> None:
    assert words.load(language).rtl is rtl


def test_a_catalogue_may_come_from_another_folder() -> None:
    assert words.load("ar", examples.LOCALE)("Unsubscribe") == "إلغاء الاشتراك"
