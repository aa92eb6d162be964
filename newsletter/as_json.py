"""The model as JSON, the same in every command: times in ISO 8601 with offset, what is absent as null."""

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.markup.plain import plain
from newsletter.model.article import Article, Evidence, Line, Passage, Picture, Reading
from newsletter.model.finding import Finding
from newsletter.model.issue import Placement
from newsletter.model.ledger import Run

Data = dict[str, object]


def moment(when: datetime | None, zone: ZoneInfo) -> str | None:
    """``2026-10-03T06:00:00+02:00``"""
    return when.astimezone(zone).isoformat() if when else None


def finding(found: Finding) -> Data:
    """A finding; ``place`` is what a person reads, file and line what a program does."""
    return {
        "code": found.code,
        "level": found.level,
        "sentence": found.sentence,
        "remedy": found.remedy,
        "place": found.place,
        "file": found.file,
        "line": found.line,
        "article": found.article,
    }


def article(story: Article, zone: ZoneInfo) -> Data:
    """The fields of an article, its body as plain text per passage."""
    return {
        "file": story.file,
        "title": story.title,
        "section": story.section,
        "topic": story.topic,
        "label": story.label,
        "kind": story.kind,
        "lead": story.lead,
        "rights": story.rights,
        "authors": [author.name for author in story.authors],
        "place": story.place,
        "published": moment(story.published, zone),
        "modified": moment(story.modified, zone),
        "language": story.language,
        "url": story.url,
        "pictures": [_picture(picture) for picture in story.pictures],
        "passages": [_passage(passage) for passage in story.passages],
        "tags": list(story.tags),
        "words": story.words,
    }


def reading(read: Reading, zone: ZoneInfo) -> Data:
    """An article, how sure each of its fields is, the notes, and what became of each line of a pasted text."""
    return {
        **article(read.article, zone),
        "sureness": {evidence.field: _evidence(evidence) for evidence in read.evidence},
        "notes": [finding(note) for note in read.notes],
        "lines": [_line(line) for line in read.lines],
    }


def placement(placed: Placement, section: str | None, zone: ZoneInfo, sizes: dict[str, int]) -> Data:
    """An article where it stands in an issue, with the bytes of HTML it takes there."""
    return {
        "id": placed.article.id,
        "placement": placed.kind,
        "in_section": section,
        "why": placed.why,
        "teaser": placed.teaser,
        "minutes": placed.minutes,
        "bytes": sizes.get(placed.article.id),
        **article(placed.article, zone),
    }


def run(pressed: Run, zone: ZoneInfo) -> Data:
    """A run as it stands, without its readers."""
    moments = ("due_at", "allowed_at", "pressed_at", "frozen_at", "checked_at", "held_at", "started_at", "ended_at")
    return {
        "run": pressed.id,
        "issue": pressed.issue,
        "edition": pressed.edition,
        "provider": pressed.provider,
        "segment": pressed.segment,
        "state": pressed.state,
        "why": pressed.why,
        "sentence": pressed.sentence,
        "until": moment(pressed.until, zone),
        "pressed_by": pressed.pressed_by,
        "machine": pressed.machine,
        "first": pressed.first,
        "quiet": pressed.quiet,
        **{name: moment(getattr(pressed, name), zone) for name in moments},
        "total": pressed.total,
    }


def _picture(picture: Picture) -> Data:
    return {
        "file": picture.file.name if picture.file else None,
        "alt": picture.alt,
        "caption": picture.caption,
        "credit": picture.credit,
        "decorative": picture.decorative,
    }


def _passage(passage: Passage) -> Data:
    return {"crosshead": passage.crosshead, "paragraphs": [plain(part.html) for part in passage.parts]}


def _evidence(evidence: Evidence) -> Data:
    return {"sureness": evidence.sureness, "why": evidence.why}


def _line(line: Line) -> Data:
    return {"number": line.number, "use": line.use, "what": line.what, "text": line.text}
