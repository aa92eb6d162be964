"""What reading a page finds: values with their evidence, and notes; and the voices of the page that give them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from newsletter.model.article import Evidence, Sureness
from newsletter.model.finding import Finding, Level
from newsletter.sources._html.linked import LinkedData
from newsletter.sources._html.meta import Meta
from newsletter.sources._html.page import Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """The three voices of a page, in the order of trust: JSON-LD, ``meta``, and the page as it is seen.

    ``address`` is where the page lies, if that is known; relative addresses are completed with ``base``.
    """

    data: LinkedData
    meta: Meta
    page: Page
    address: str | None
    base: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[T]):
    """A value for a field: how far the place it stands in is to be trusted, and what that place is called."""

    value: T
    sureness: Sureness
    why: str


class Found:
    """Evidence and notes of one page; both grow as it is read."""

    def __init__(self, file: str) -> None:
        self.evidence: list[Evidence] = []
        self.notes: list[Finding] = []
        self._file = file

    def prove(self, field: str, sureness: Sureness, why: str) -> None:
        """Keep how sure a field is; what is said later of the same field replaces it."""
        self.evidence = [e for e in self.evidence if e.field != field]
        self.evidence.append(Evidence(field=field, sureness=sureness, why=why))

    def take(self, field: str, candidates: Iterable[Candidate[T]]) -> T | None:
        """Return the first candidate's value and keep its evidence; None when there is none."""
        for candidate in candidates:
            self.prove(field, candidate.sureness, candidate.why)
            return candidate.value
        return None

    def note(self, code: str, sentence: str, remedy: str = "", *, level: Level = "note") -> None:
        """Tell the editor something about this page."""
        self.notes.append(Finding(code=code, level=level, sentence=sentence, remedy=remedy, file=self._file))


def bare(text: str | None) -> str:
    """Return a text's letters and figures in lower case, for comparing."""
    return re.sub(r"\W+", " ", text or "").strip().casefold()
