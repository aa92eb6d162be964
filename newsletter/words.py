"""The words, dates and direction of a language, for mails and pages.

The words in the code are English and are the keys; ``locale/<language>.po`` translates them, so a further language is
one more file. A word without translation stays English.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po

SHIPPED = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Calling it translates: ``words("By {author}", author="Hanna")``."""

    language: str
    catalogue: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for an English key with its ``{values}`` filled in."""
        # Only texts go in: a template's own key must not reach into an object, as str.format lets it.
        return self.catalogue.get(key, key).format(**{name: str(value) for name, value in values.items()})

    def day(self, day: date) -> str:
        """``9 september 2023``, day and month on one line."""
        return format_date(day, "d\N{NO-BREAK SPACE}MMMM y", locale=self._locale)

    def weekday(self, day: date) -> str:
        """``zaterdag 9 september 2023``, day and month on one line."""
        return format_date(day, "EEEE d\N{NO-BREAK SPACE}MMMM y", locale=self._locale)

    def names(self, names: tuple[str, ...]) -> str:
        """Join names as the language does: ``A, B en C``. Empty for none."""
        if len(names) < 2:
            return "".join(names)
        return self("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return self._locale.character_order == "right-to-left"

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.language, sep="-")


def spoken(folder: Path = SHIPPED) -> tuple[str, ...]:
    """The languages that have words: English, and each with a catalogue."""
    return tuple(sorted({"en", *(file.stem for file in folder.glob("*.po"))}))


def is_spoken(language: str) -> bool:
    """Whether a language (``nl``, ``nl-BE``) has words of its own."""
    return {language, language.partition("-")[0]} & {*spoken()} != set()


@cache
def load(language: str, folder: Path = SHIPPED) -> Words:
    """Load the words of a language (``nl``, ``nl-BE``); without a catalogue of its own it speaks English."""
    for name in (language, language.split("-", maxsplit=1)[0]):
        path = folder / f"{name}.po"
        if path.exists():
            with path.open("rb") as file:
                entries = read_po(file)
            return Words(language=language, catalogue={str(m.id): str(m.string) for m in entries if m.id and m.string})
    return Words(language=language, catalogue={})
