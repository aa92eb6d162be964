"""A story as it was read from a source, and what the reading of it knows beyond the story."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from newsletter.model.finding import Finding

Kind = Literal["news", "opinion", "interview", "column", "live", "video", "review", "notice"]
Rights = Literal["own", "link"]
Sureness = Literal["sure", "likely", "check"]
PartKind = Literal["paragraph", "question", "quote", "list", "table", "code", "picture", "other"]
LineUse = Literal["field", "body", "duplicate", "furniture", "tag", "unplaced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote it: a person, a desk (``Kerkredactie``) or an agency (``ANP``); ``role`` as in “oud-dijkgraaf”."""

    name: str
    kind: Literal["person", "desk", "agency"] = "person"
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of an article. ``file`` is absolute; None means that there is none here, so it is not shown.

    ``url`` is its address on the web, from which an import may fetch it. ``alt`` None means that nobody wrote one; a
    ``decorative`` picture needs none. ``line`` is where its file names it.
    """

    file: Path | None = None
    url: str | None = None
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None
    decorative: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a body: one top-level element as sanitised HTML (``<p>…</p>``, ``<ul>…</ul>``)."""

    kind: PartKind
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of the body under a crosshead (plain text); only the first passage may have none."""

    crosshead: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One story. Texts are plain text unless they say HTML; times are aware UTC; absent is None or empty.

    ``id`` is the stem of its file and unique in an issue. ``section`` is a known section's name or, unknown, the
    words of the source. ``lead`` is the standfirst; ``teaser`` is what somebody wrote to be shown instead of a cut
    from the lead. ``words`` counts the body. ``file`` is the file it was read from, relative to the workspace.
    ``extra`` keeps front matter that nothing here understands.
    """

    id: str
    title: str
    section: str | None = None
    topic: str | None = None
    label: str | None = None
    kind: Kind = "news"
    lead: str | None = None
    teaser: str | None = None
    authors: tuple[Author, ...] = ()
    place: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    url: str | None = None
    pictures: tuple[Picture, ...] = ()
    passages: tuple[Passage, ...] = ()
    tags: tuple[str, ...] = ()
    rights: Rights = "own"
    weight: int = 0
    pinned: bool = False
    draft: bool = False
    not_before: datetime | None = None
    expires: datetime | None = None
    words: int = 0
    file: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How sure the reading of one field is, and why: ``Evidence(field="lead", sureness="likely", why="…")``."""

    field: str
    sureness: Sureness
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one non-empty line of the source; ``number`` counts from 1, ``use`` names a field in ``what``."""

    number: int
    use: LineUse
    what: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An article and what its reader knows beyond it.

    ``body`` is the article's body as Markdown, the form in which ``import`` writes it. ``lines`` holds every non-empty
    line of a pasted text exactly once, in order; it is empty for formats that say themselves what each line is.
    """

    article: Article
    body: str
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Finding, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def to_check(self) -> bool:
        """Whether a person should look before this is mailed."""
        return any(e.sureness == "check" for e in self.evidence) or any(n.level != "note" for n in self.notes)
