"""What the doctor says of one thing it looked at."""

from dataclasses import dataclass
from typing import Literal

from newsletter.errors import NewsletterError

Group = Literal[
    "python", "program", "optional parts", "configuration", "templates", "issues", "readers", "workers", "provider",
    "addresses"
]  # fmt: skip
Level = Literal["good", "warning", "error", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at: *error* when a send would fail of it, *unknown* when it could not be seen.

    ``address`` is one that somebody has to enter elsewhere, so it is shown whole; empty for none.
    """

    group: Group
    level: Level
    sentence: str
    remedy: str = ""
    address: str = ""


def good(group: Group, sentence: str) -> Diagnosis:
    """This is in order."""
    return Diagnosis(group=group, level="good", sentence=sentence)


def wrong(group: Group, level: Level, sentence: str, remedy: str) -> Diagnosis:
    """This is not, or cannot be seen."""
    return Diagnosis(group=group, level=level, sentence=sentence, remedy=remedy)


def trouble(group: Group, error: NewsletterError, level: Level = "error") -> Diagnosis:
    """This is not, as an error of the program says."""
    return wrong(group, level, error.sentence, error.hint)
