"""The small words above a headline: section, topic, label; papers run them together (``Buitenlandnoord-korea``)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.model.article import Kind

Sections = tuple[tuple[str, tuple[str, ...]], ...]

COMMON = (
    *("Binnenland", "Buitenland", "Politiek", "Economie", "Kerk", "Religie", "Opinie", "Muziek", "Cultuur", "Boeken"),
    *("Sport", "Wetenschap", "Techniek", "Onderwijs", "Gezin", "Samenleving", "Consument", "Regio", "Gezondheid"),
    *("Milieu", "Geschiedenis", "Wonen", "Reizen", "Nederland", "Europa", "World", "Business", "Politics", "Opinion"),
    *("Culture", "Sports", "Science", "Technology", "Health", "Education", "Religion", "National", "International"),
)
"""Sections that newspapers have: recognised, though an issue may not know them."""

_LABELS: dict[str, Kind] = {
    "interview": "interview", "vraaggesprek": "interview", "column": "column", "commentaar": "opinion",
    "hoofdredactioneel commentaar": "opinion", "opiniebijdrage": "opinion", "ingezonden": "opinion", "essay": "opinion",
    "recensie": "review", "boekrecensie": "review", "review": "review", "analyse": "news", "analysis": "news",
    "reportage": "news", "achtergrond": "news", "achtergrondverhaal": "news", "live": "live", "liveblog": "live",
    "persbericht": "news", "press release": "news", "agenda": "notice",
    "video": "video", "premium": "news", "update": "news", "in memoriam": "notice", "rectificatie": "notice",
    "woord op zondag": "column", "meditatie": "column", "overdenking": "column",
}  # fmt: skip
_LABELLED = re.compile(r"(?P<label>[^\W\d_][\w ]{3,30}?)(?: \((?P<author>[^()]{3,60})\))?: (?P<title>\S.*)")
_OPINION = frozenset({"opinie", "opinion", "commentaar"})
_SEPARATOR = re.compile(r"\s*[/|>·•»]\s*|\s+[–—-]\s+")
_TAG = re.compile(r"[^\W\d_A-ZÀ-ÖØ-Þ][\w-]{2,30}")
_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ][^.!?:;]{1,40}")
_ENDINGS = re.compile(r"(?:se?|e[rn]?s?|je|jes|elijke?|ijke?|nieuws|redactie|bericht(?:en)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kicker:
    """A line above a headline that names a section. ``known`` says whether the house has that section.

    ``split`` says that section and topic stood together with nothing between them.
    """

    section: str
    topic: str | None = None
    known: bool = True
    split: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTitle:
    """A title, and the label and perhaps the name that stood before it."""

    label: str
    kind: Kind
    title: str
    author: str | None = None


def read_kicker(line: str, sections: Sections) -> Kicker | None:
    """Read a line that is a section's name, or begins with one; the longest name wins. None when it is neither.

    A blank after the name forbids the split: *Politiek is mooi* is a headline.
    """
    names = sorted(_names(sections), key=lambda pair: -len(pair[0]))
    for name, section in names:
        if line.casefold().startswith(name.casefold()):
            topic, split = _remainder(line[len(name) :])
            if topic is not None:
                known = any(section == house for house, _ in sections)
                return Kicker(section=section, topic=topic or None, known=known, split=split)
    return None


def read_label(line: str) -> tuple[str, Kind] | None:
    """Read a line that says what kind of story it is: ``Interview`` → (``Interview``, ``interview``)."""
    words = line.strip(" :")
    kind = _LABELS.get(words.casefold())
    return (words.capitalize() if words.isupper() else words, kind) if kind else None


def read_labelled_topic(line: str) -> tuple[str, Kind, str] | None:
    """Read ``Reportage Dijkversterking``: a label, its kind, and a topic of one to three words, the first a capital."""
    first, _, topic = line.partition(" ")
    label = read_label(first)
    fits = topic[:1].isupper() and len(topic.split()) <= 3 and topic[-1].isalnum()
    return (*label, topic) if label and fits else None


def read_labelled_title(words: str) -> LabelledTitle | None:
    """Read ``Column (Els Blom): De brug``; None when the words before the colon are no label."""
    found = _LABELLED.fullmatch(words)
    label = read_label(found["label"]) if found else None
    if not found or not label:
        return None
    return LabelledTitle(label=label[0], kind=label[1], title=found["title"], author=found["author"])


def kind_of_section(section: str | None) -> Kind:
    """Say what kind of stories a section holds."""
    return "opinion" if (section or "").casefold() in _OPINION else "news"


def names_of(sections: Sections) -> frozenset[str]:
    """Return every name a section goes by, casefolded, with those newspapers commonly have."""
    return frozenset(name.casefold() for name, _ in _names(sections))


def _names(sections: Sections) -> Iterable[tuple[str, str]]:
    """Pair each name and alias with its section; the common names follow and stand for themselves."""
    for section, aliases in sections:
        yield from ((name, section) for name in (section, *aliases) if name)
    house = {name.casefold() for section, aliases in sections for name in (section, *aliases)}
    yield from ((name, name) for name in COMMON if name.casefold() not in house)


def _remainder(rest: str) -> tuple[str | None, bool]:
    """Read what follows a section's name: its topic (empty for none) and whether it was run together."""
    if not rest.strip(" :"):
        return "", False
    if separator := _SEPARATOR.match(rest):
        return rest[separator.end() :].strip() or None, False
    if _CAPITAL.fullmatch(rest) or (_TAG.fullmatch(rest) and not _ENDINGS.fullmatch(rest)):
        return rest, True
    return None, False
