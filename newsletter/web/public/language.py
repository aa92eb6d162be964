"""In which language a page speaks: the reader's own, else what the request asks for, else the newsletter's."""

from collections.abc import Iterable, Sequence

from babel import Locale
from babel.dates import get_day_names

from newsletter.config import WEEKDAYS, Config
from newsletter.model.subscriber import Subscriber
from newsletter.web.public.asked import Asked
from newsletter.words import Words, load

_SHORT = 24
"""Characters of a name that has room on a line of any telephone, in the size of a title."""


def spoken_to(asked: Asked, config: Config, reader: Subscriber | None = None) -> Words:
    """Choose the language of a page.

    The reader's own comes first, then ``?lang=`` in the address, then what the browser accepts; each only when the
    configuration offers it. Without any of them, that of the newsletter, or the first that is offered.
    """
    own = reader.language if reader else None
    wanted = [own or "", asked.query.get("lang", ""), *asked.accepts, config.newsletter.language]
    return load(_first(wanted, config.pages.languages) or config.pages.languages[0])


def chosen(asked: Asked, config: Config) -> str:
    """Return the end of an address that keeps the language chosen in this one: ``?lang=en``; empty without a choice."""
    found = _first([asked.query.get("lang", "")], config.pages.languages)
    return f"?lang={found}" if found else ""


def kept(words: Words, asked: Asked, config: Config) -> str:
    """Return the end of an address that keeps the language of a page, also where its reader's own was chosen."""
    return chosen(asked, config) if spoken_to(asked, config).language == words.language else f"?lang={words.language}"


def own_name(language: str) -> str:
    """Name a language in itself, as people write it there: Nederlands, English."""
    name = Locale.parse(language, sep="-").get_display_name() or language
    return name[:1].upper() + name[1:]


def paper(config: Config) -> str:
    """Return the newsletter's name as it stands in a sentence: a short one is not broken at the end of a line."""
    name = config.newsletter.name
    return name.replace(" ", "\N{NO-BREAK SPACE}") if len(name) <= _SHORT else name


def publication_day(words: Words, config: Config) -> str:
    """Name the weekday on which issues appear: zaterdag, Saturday."""
    locale = Locale.parse(words.language, sep="-")
    return str(get_day_names("wide", locale=locale)[WEEKDAYS.index(config.newsletter.publish.weekday)])


def _first(wanted: Iterable[str], offered: Sequence[str]) -> str | None:
    """Return the first wanted language that is offered, as such or as that of a region (nl-BE for nl, nl for nl-BE)."""
    for one in filter(None, wanted):
        alike = [each for each in offered if each.lower() == one.lower()]
        related = [each for each in offered if _language(each) == _language(one)]
        if alike or related:
            return (alike or related)[0]
    return None


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()
