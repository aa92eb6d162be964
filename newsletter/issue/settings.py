"""``issue.toml``: what the editor decides about one issue. Every line is optional.

The names of articles in it are checked by the reading of the folder, which knows them.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError, field_validator

from newsletter.config import Text, toml
from newsletter.errors import ContentError
from newsletter.model.finding import Finding
from newsletter.schedule import at_wall_time
from newsletter.validation import Table, explain, refuse

FILE = "issue.toml"


def _moment(value: object) -> object:
    if not isinstance(value, datetime) or not 1970 < value.year < 9000:
        raise refuse(f"“{value}” is no day and time; write it without quotes, like 2026-11-28T06:00:00")
    return value


def _no_opening(value: object) -> object:
    if value == "opening":
        raise refuse("the opening is chosen at the top of the file; write opening = and the article's name there")
    return value


class ArticleSettings(Table):
    """What the editor decides about one article in this issue; it wins over the article's own file."""

    placement: Annotated[Literal["story", "brief", "link", "full"] | None, BeforeValidator(_no_opening)] = None
    title: Text | None = None
    teaser: Text | None = None
    alt: Text | None = None
    show_picture: bool = True


class Settings(Table):
    """One ``issue.toml``. ``order`` gives a section its articles, in their order; ``allow`` a finding its reason."""

    number: int | None = Field(None, ge=1)
    send_at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    subject: Text | None = None
    preheader: Text | None = None
    opening: Text | None = None
    sections: tuple[Text, ...] = ()
    order: Mapping[str, tuple[Text, ...]] = Field(default_factory=dict)
    articles: Mapping[str, ArticleSettings] = Field(default_factory=dict)
    allow: Mapping[str, Text] = Field(default_factory=dict)

    @field_validator("order")
    @classmethod
    def _each_article_once(cls, order: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        places: dict[str, str] = {}
        for section, ids in order.items():
            for id_ in ids:
                if id_ in places:
                    raise refuse(f"“{id_}” stands under {places[id_]} and again under {section}")
                places[id_] = section
        return order

    def of(self, article: str) -> ArticleSettings:
        """Return the settings of one article; those of an article that is not named decide nothing."""
        return self.articles.get(article, ArticleSettings())

    def sent_at(self, zone: ZoneInfo) -> datetime | None:
        """Return ``send_at`` in UTC; without an offset it is wall time in the zone. None when it is not set."""
        if self.send_at is None or self.send_at.tzinfo:
            return self.send_at and self.send_at.astimezone(UTC)
        return at_wall_time(self.send_at.date(), self.send_at.time(), zone)

    def named(self) -> tuple[tuple[str, str], ...]:
        """Return every article that is named, with the key that names it: ``("order.Binnenland", "treinen")``."""
        opening = (("opening", self.opening),) if self.opening else ()
        ordered = tuple((f"order.{section}", id_) for section, ids in self.order.items() for id_ in ids)
        return (*opening, *ordered, *((f"articles.{id_}", id_) for id_ in self.articles))


def read_settings(folder: Path, name: str) -> Settings:
    """Read the ``issue.toml`` of a folder, which messages call ``name``; without one nothing is decided.

    Raises: ContentError that names file, key and remedy.
    """
    try:
        text = (folder / FILE).read_text("utf-8-sig")
        return Settings.model_validate(tomllib.loads(text))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise ContentError(f"{error.strerror}.", "See whether the file may be read.", file=name) from None
    except UnicodeDecodeError:
        raise ContentError("this is not UTF-8 text.", "Save it as UTF-8.", file=name) from None
    except tomllib.TOMLDecodeError as error:
        sentence = f"this is not valid TOML: {error}."
        raise ContentError(sentence, toml.hint(text, error), file=name, line=toml.line_of(error)) from None
    except ValidationError as error:
        raise ContentError(*explain(error, Settings, name), file=name) from None


def without_allowed(findings: Iterable[Finding], allow: Mapping[str, str]) -> tuple[Finding, ...]:
    """Drop the findings that ``[allow]`` names by ``code`` or, for one article, by ``code:article``; keep the order.

    An error stays: what readers are owed, such as a way to leave, is not the editor's to allow.
    """
    return tuple(
        f for f in findings if f.level == "error" or (f.code not in allow and f"{f.code}:{f.article}" not in allow)
    )
