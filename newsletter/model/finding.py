"""What reading, composing and checking have to say to the editor."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]

LEFT_OUT = frozenset(("article-draft", "article-embargoed", "article-expired"))
"""The codes that say why an article is not in the mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found, where it is, and what to do about it.

    ``code`` is stable kebab-case (``picture-no-alt``); ``sentence`` and ``remedy`` are English sentences for a person.
    ``file`` is relative to the workspace where it lies in it; ``line`` counts from 1; ``article`` is an article's id.
    """

    code: str
    level: Level
    sentence: str
    remedy: str = ""
    file: str | None = None
    line: int | None = None
    article: str | None = None

    @property
    def place(self) -> str:
        """``kim.md:2``, ``kim.md``, or empty when the finding is about the whole issue."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"
