"""What the mail weighs beside what Gmail shows of one: per section, per part, and what still fits."""

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Literal

from newsletter.build import Built
from newsletter.checks.size import CLIP, as_sent
from newsletter.config import Config
from newsletter.model.issue import Block, Issue

_FRAME = "frame"
_NEAR = 0.8
_BRIEF = 700
"""Bytes of an article in short, where the issue has none to measure: what the shipped template makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the bar: its name, its bytes, where it begins and how long it is, in percent of what fits."""

    name: str
    bytes: int
    start: float
    length: float
    frame: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the mail: its title, where it stands, its bytes, and those in percent of the mail."""

    title: str
    place: str
    bytes: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The bytes of a mail's HTML. ``parts`` are the largest first, without the frame; ``room`` is in short articles."""

    bytes: int
    clip: int
    level: Literal["", "near", "over"]
    room: int
    segments: tuple[Segment, ...]
    parts: tuple[Share, ...]


def weigh(built: Built, config: Config) -> Weight:
    """Weigh the message to the sample reader, as it is when it is sent."""
    size = as_sent(built.message, config)
    return Weight(
        bytes=size,
        clip=CLIP,
        level="over" if size >= CLIP else "near" if size >= CLIP * _NEAR else "",
        room=max(0, int((CLIP - size) // _brief(built))),
        segments=_segments(built),
        parts=_shares(built, size),
    )


def parts_of(issue: Issue) -> dict[str, tuple[str, str]]:
    """The title of each part of the mail, and where it stands, by the name that ``Edition.sizes`` gives it."""
    blocks = (part for part in issue.flow if isinstance(part, Block))
    return {
        "introduction": ("Introduction", ""),
        **{block.id: (block.title or block.id, block.kind.capitalize()) for block in blocks},
        **{p.article.id: (p.article.title, section.name) for section in issue.sections for p in section.placements},
        **({issue.opening.article.id: (issue.opening.article.title, "Opening")} if issue.opening else {}),
    }


def _segments(built: Built) -> tuple[Segment, ...]:
    """The bytes per section in the order of the mail, the frame last."""
    parts = parts_of(built.issue)
    sizes: Counter[str] = Counter()
    for part, size in built.edition.sizes:
        title, section = parts.get(part, (part, ""))
        sizes[section or title] += size
    sizes[_FRAME] = sizes.pop(_FRAME, 0)
    position = 0.0
    found: list[Segment] = []
    for name, size in sizes.items():
        length = 100 * size / CLIP
        found.append(Segment(name=name, bytes=size, start=position, length=length, frame=name == _FRAME))
        position += length
    return tuple(found)


def _shares(built: Built, whole: int) -> tuple[Share, ...]:
    parts = parts_of(built.issue)
    named = ((*parts.get(name, (name, "")), size) for name, size in built.edition.sizes if name != _FRAME)
    shares = (Share(title=t, place=place, bytes=size, percent=100 * size / whole) for t, place, size in named)
    return tuple(sorted(shares, key=lambda share: -share.bytes))


def _brief(built: Built) -> float:
    """The bytes of a short article in this issue."""
    sizes = dict(built.edition.sizes)
    briefs = [sizes[p.article.id] for p in built.issue.placements if p.kind == "brief" and sizes.get(p.article.id)]
    return median(briefs) if briefs else _BRIEF
