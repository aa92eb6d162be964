"""One number of the newsletter, composed: sections, placements and the blocks between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from newsletter.model.article import Article
from newsletter.model.finding import Finding

PlacementKind = Literal["opening", "story", "brief", "link", "full"]
BlockKind = Literal["word", "announcement", "sponsor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An article's place in an issue.

    ``teaser`` is plain text, already cut; None where the kind shows none or nothing is known. ``minutes`` is the
    reading time, None when the article has no body. ``why`` says in a few words why it got this place.
    """

    article: Article
    kind: PlacementKind
    teaser: str | None = None
    minutes: int | None = None
    show_picture: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A named group of articles, in the order in which the mail shows them."""

    name: str
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What stands between articles. ``html`` is sanitised; ``text`` is the same as plain paragraphs.

    ``after`` names the section it follows, None lets the composition choose. ``source`` is who said a *word* (name and
    role) or who placed an announcement or sponsor's message; ``url`` and ``link`` are its link and that link's words.
    """

    id: str
    kind: BlockKind
    title: str | None = None
    html: str = ""
    text: str = ""
    source: str | None = None
    url: str | None = None
    link: str | None = None
    after: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue, complete and in order. ``name`` is its folder's; ``date`` is the moment it is dated (aware UTC).

    ``flow`` is what follows the opening: sections and blocks in the order of the mail. ``reasons`` says in sentences
    why the opening is the opening; ``findings`` are those of reading and composing; ``allow`` holds
    the reasons why some findings (``code`` or ``code:article``) are not told.
    """

    name: str
    number: int | None
    date: datetime
    subject: str
    preheader: str
    introduction_html: str = ""
    introduction_text: str = ""
    opening: Placement | None = None
    flow: tuple["Section | Block", ...] = ()
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    allow: Mapping[str, str] = field(default_factory=dict)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections in order, without the blocks between them."""
        return tuple(part for part in self.flow if isinstance(part, Section))

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Every placement in reading order, the opening first."""
        first = (self.opening,) if self.opening else ()
        return first + tuple(p for section in self.sections for p in section.placements)
