"""The head of a pasted article: what stands above its body, in whichever order the page printed it.

The date line is the anchor: bylines stand beside it, captions below it, and what is above is section, title and lead.
Without a date a byline anchors, then a caption; without any of them the first lines are taken, and said to be a guess.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from newsletter.model.article import Author, Kind, Sureness
from newsletter.sources._authors import looks_like_byline, names_a_place, read_authors, with_office
from newsletter.sources._base import House
from newsletter.sources._text.account import Account, SourceLine
from newsletter.sources._text.captions import read_caption
from newsletter.sources._text.dateline import DateLine, find_date_line
from newsletter.sources._text.kicker import (
    Kicker,
    kind_of_section,
    read_kicker,
    read_label,
    read_labelled_title,
    read_labelled_topic,
)
from newsletter.sources._text.place import read_place

LONGEST_TITLE = 170
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_LONG = 60
_LONGEST_LEAD = 600
_MOST_ABOVE_A_DATE = 3


@dataclass(slots=True, kw_only=True)
class Head:
    """The fields of a head, filled while it is read. ``end`` is the number of its last line above the captions."""

    title: str = ""
    section: str | None = None
    topic: str | None = None
    label: str | None = None
    kind: Kind = "news"
    lead: str | None = None
    authors: list[Author] = field(default_factory=list)
    place: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    url: str | None = None
    end: int = 0


def read_head(account: Account, house: House) -> Head:
    """Place the lines of the head and return its fields; ``title`` is empty when none was found."""
    head = Head()
    _take_address(account, head)
    above = _above_the_anchor(account, house, head)
    candidates = account.open[:4] if above is None else above
    _take_labelled_topic(account, candidates, head)
    _take_kicker(account, candidates, house, head, anchored=above is not None)
    _take_label(account, candidates, head)
    _take_title(account, candidates, head, anchored=above is not None)
    if head.title:
        _take_bylines(account, candidates, head, anchored=above is not None)
        _take_lead(account, candidates, head, anchored=above is not None)
        _take_repetitions(account, candidates, head)
    return head


def _take_address(account: Account, head: Head) -> None:
    first = next(iter(account.open), None)
    if first and _ADDRESS.fullmatch(first.text):
        head.url = first.text
        account.place(first, "field", "url")
        account.found("url", "sure", "the first line is an address")


def _above_the_anchor(account: Account, house: House, head: Head) -> list[SourceLine] | None:
    """Find the anchor, take its date; return the lines above it, None when there is no anchor."""
    lines = account.open
    date_line = find_date_line(lines, house)
    if date_line:
        _take_dates(account, date_line, head, house)
        above = lines[: date_line.index]
        head.end = date_line.lines[-1].number
        is_head = any(len(a.text) <= LONGEST_TITLE for a in above) and _long(above, 200) <= _MOST_ABOVE_A_DATE
        return above if is_head else None
    anchor = next((i for i in range(1, min(len(lines), 7)) if _anchors(lines, i)), None)
    if anchor is None:
        return None
    head.end = lines[anchor - 1].number
    return lines[:anchor]


def _anchors(lines: list[SourceLine], index: int) -> bool:
    """Say whether a byline or a caption stands here, as under a head without a date."""
    words = lines[index].text
    above = lines[:index]
    if looks_like_byline(words):
        return _long(above) <= (2 if looks_like_byline(words) == "sure" else 1) and _has_title(above)
    repeated = index + 1 < len(lines) and lines[index + 1].text == words
    return bool(read_caption(words, below_the_head=True) or repeated) and _long(above) <= 1


def _long(lines: list[SourceLine], length: int = _LONG * 2) -> int:
    return sum(len(line.text) >= length for line in lines)


def _has_title(lines: list[SourceLine]) -> bool:
    return any(len(line.text) <= LONGEST_TITLE and " " in line.text for line in lines)


def _take_dates(account: Account, found: DateLine, head: Head, house: House) -> None:
    head.published, head.modified = found.dates.published, found.dates.modified
    for at, line in enumerate(found.lines):
        account.place(line, "field", "published" if head.published and at == 0 else "modified")
    if found.authors:
        _add_authors(account, head, found.authors, "sure", "the names stand before the date")
    if found.section:
        kicker = read_kicker(found.section, house.sections)
        head.section = kicker.section if kicker else found.section
        account.found("section", "likely", "it stands behind the date")
    if found.dates.doubt:
        account.note(
            "date-ambiguous",
            f"The date can be read in two ways: {found.dates.doubt}.",
            "Write the date as 2026-11-28 06:00.",
            line=found.lines[0],
            level="warning",
        )
    why = "a line of the head is a date" if found.index < 12 else "a line far down is a date"
    for name in ("published", "modified"):
        if getattr(head, name):
            account.found(name, "check" if found.dates.doubt else "sure" if found.index < 12 else "likely", why)


def _take_kicker(account: Account, candidates: list[SourceLine], house: House, head: Head, *, anchored: bool) -> None:
    """Take the section before or after the title, and a topic on the line below it."""
    for line in candidates[: 3 if anchored else 2]:
        kicker = read_kicker(line.text, house.sections)
        if not kicker or (kicker.split and len(line.text) > _LONG) or len(candidates) == 1:
            continue
        at = candidates.index(line)
        _place_kicker(account, line, kicker, head)
        candidates.remove(line)
        if not kicker.topic and at == 0 and _is_topic(candidates, anchored=anchored):
            _take_topic(account, candidates, head)
        return
    if head.section is None and _is_unknown_section(candidates):
        line = candidates.pop(0)
        _place_kicker(account, line, Kicker(section=line.text, known=False), head)


def _place_kicker(account: Account, line: SourceLine, kicker: Kicker, head: Head) -> None:
    head.section, head.topic, head.kind = kicker.section, kicker.topic, kind_of_section(kicker.section)
    account.place(line, "field", "section")
    if kicker.split:
        sentence = f"“{line.text}” is read as section {kicker.section} and topic {kicker.topic}."
        account.note("kicker-split", sentence, line=line)
    if not kicker.known:
        sentence = f"Section “{kicker.section}” is not in the configuration; it is kept as it is."
        account.note("section-unknown", sentence, "Add it or an alias under [[sections]].", line=line)
    exact = kicker.known and not kicker.split
    why = "the line is a section's name" if exact else "the line begins with a section's name"
    account.found("section", "sure" if exact else "likely", why if kicker.known else "it stands above the title")
    if kicker.topic:
        account.found("topic", "likely" if kicker.split else "sure", "it follows the section's name")


def _is_topic(candidates: list[SourceLine], *, anchored: bool) -> bool:
    """Say whether the line after the section is a second small word: a real title has to come after it."""
    if len(candidates) < (3 if anchored else 4):
        return False
    first, second = candidates[0].text, candidates[1].text
    return len(first.split()) <= 3 and len(first) <= 30 and not first.endswith((".", "?", "!")) and _is_headline(second)


def _take_topic(account: Account, candidates: list[SourceLine], head: Head) -> None:
    line = candidates[0]
    if read_label(line.text):
        return
    head.topic = line.text
    account.place(candidates.pop(0), "field", "topic")
    account.found("topic", "likely", "it stands between section and title")


def _is_unknown_section(candidates: list[SourceLine]) -> bool:
    """Say whether the first line is a section nobody knows: a word or two above a headline and a lead or byline."""
    if len(candidates) < 3 or len(candidates[0].text.split()) > 2 or read_label(candidates[0].text):
        return False
    first, second, third = (line.text for line in candidates[:3])
    follows = len(third) >= _LONG or (" " not in first and looks_like_byline(third) == "sure")
    return len(first) <= 30 and first[-1].isalnum() and _is_headline(second) and follows


def _is_headline(words: str) -> bool:
    return len(words.split()) >= 4 and len(words) <= LONGEST_TITLE and not words.endswith(".")


def _take_label(account: Account, candidates: list[SourceLine], head: Head) -> None:
    for line in candidates[:3]:
        label = read_label(line.text)
        if label and len(candidates) > 1:
            head.label, head.kind = label
            account.place(line, "field", "label")
            account.found("label", "sure", "the line says what kind of story it is")
            candidates.remove(line)
            _take_name_below_label(account, candidates, head)
            return


def _take_labelled_topic(account: Account, candidates: list[SourceLine], head: Head) -> None:
    """Take label and topic from one line above a headline."""
    found = read_labelled_topic(candidates[0].text) if len(candidates) > 1 else None
    if found and _is_headline(candidates[1].text):
        head.label, head.kind, head.topic = found
        account.place(candidates.pop(0), "field", "label")
        account.found("label", "likely", "the line above the title begins with it")
        account.found("topic", "likely", "it follows the label")


def _take_name_below_label(account: Account, candidates: list[SourceLine], head: Head) -> None:
    """Take the author who stands between *Column* and a title."""
    if len(candidates) < 2 or not looks_like_byline(candidates[0].text):
        return
    after = candidates[1].text
    if len(after) <= LONGEST_TITLE and not after.endswith(".") and not looks_like_byline(after):
        _add_authors(account, head, read_authors(candidates[0].text), "likely", "the name stands below the label")
        account.place(candidates.pop(0), "field", "authors")


def _take_title(account: Account, candidates: list[SourceLine], head: Head, *, anchored: bool) -> None:
    for at, line in enumerate(candidates if anchored else candidates[:1]):
        if not _can_be_title(line.text, candidates[at + 1 :] or account.open[1:2]):
            continue
        _name(account, head, line.text)
        account.place(line, "field", "title")
        known = head.section is not None or anchored
        why = "the first line of the head" if known else "the first line; nothing else tells where the head ends"
        account.found("title", "sure" if known and at == 0 else "likely" if at == 0 else "check", why)
        candidates.remove(line)
        return


def _name(account: Account, head: Head, words: str) -> None:
    """Take the title; ``Column (Els Blom): De brug`` says label and author too."""
    head.title = words
    if found := read_labelled_title(words):
        head.title, head.label, head.kind = found.title, found.label, found.kind
        account.found("label", "likely", "the title begins with it")
        if found.author:
            _add_authors(account, head, read_authors(found.author), "likely", "the title names them in brackets")


def _can_be_title(words: str, after: list[SourceLine]) -> bool:
    """A headline has no full stop, unless it is short or clearly shorter than what follows."""
    if len(words) > LONGEST_TITLE or not any(c.isalpha() for c in words):
        return False
    if not words.endswith((".", ",", ";")) or words.endswith("..."):
        return True
    return len(words) <= _LONG or (bool(after) and len(words) * 1.5 < len(after[0].text))


def _take_bylines(account: Account, candidates: list[SourceLine], head: Head, *, anchored: bool) -> None:
    """Take the names above the anchor, else those on the first line below the head."""
    below = [line for line in account.open if line not in candidates][:2] if anchored else []
    for line in [*candidates, *below]:
        if account.use_of(line):
            continue
        sureness = looks_like_byline(line.text)
        if sureness and not (line in below and head.authors and sureness != "sure"):
            account.place(line, "field", "authors")
            beside = anchored and head.published is not None
            why = "a byline in the head" if sureness == "sure" else "names on a line of the head"
            _add_authors(account, head, read_authors(line.text), "sure" if beside else sureness, why)
            if line in candidates:
                candidates.remove(line)
            _take_below_byline(account, line, candidates, head)
        elif line in below:
            return


def _take_below_byline(account: Account, byline: SourceLine, candidates: list[SourceLine], head: Head) -> None:
    """Take the office of an author, or the place, that stands alone directly below the name."""
    following = {line.number: line for line in account.open}
    line = following.get(byline.number + 1)
    if line is None or following.get(line.number + 1) or not head.authors:
        return
    author = with_office(head.authors[-1], line.text)
    if author:
        head.authors[-1] = author
        account.place(line, "field", "authors")
    elif names_a_place(line.text) and not looks_like_byline(line.text) and not read_label(line.text):
        head.place = line.text
        account.place(line, "field", "place")
        account.found("place", "likely", "it stands alone below the byline")
    if line in candidates and account.use_of(line):
        candidates.remove(line)


def _add_authors(account: Account, head: Head, authors: tuple[Author, ...], sureness: Sureness, why: str) -> None:
    known = {author.name for author in head.authors}
    head.authors += [author for author in authors if author.name not in known]
    account.found("authors", sureness, why)


def _take_lead(account: Account, candidates: list[SourceLine], head: Head, *, anchored: bool) -> None:
    """Take the lead between title and anchor; without anchor the first long line, when a body is left after it.

    ``DEN HAAG (ANP) –`` opens a body, never a lead.
    """
    before_body = takewhile(lambda line: not read_place(line.text), candidates)
    fitting = [line for line in before_body if len(line.text) <= _LONGEST_LEAD]
    lead = next((line for line in fitting if len(line.text) >= _LONG), fitting[0] if anchored and fitting else None)
    if lead is None or not _leaves_a_body(account, lead, 1 if anchored else 2):
        return
    if not anchored and lead is not candidates[0]:
        return
    head.lead = lead.text
    account.place(lead, "field", "lead")
    long = len(lead.text) >= _LONG
    sureness: Sureness = ("sure" if long else "likely") if anchored else "check"
    account.found("lead", sureness, "it stands between title and byline" if anchored else "the first long line")
    candidates.remove(lead)


def _leaves_a_body(account: Account, lead: SourceLine, blocks: int) -> bool:
    return sum(len(line.text) >= 40 for line in account.open if line is not lead) >= blocks


def _take_repetitions(account: Account, candidates: list[SourceLine], head: Head) -> None:
    for line in list(candidates):
        if line.text in {head.title, head.lead} and account.use_of(line) is None:
            account.place(line, "duplicate", "title" if line.text == head.title else "lead")
            candidates.remove(line)
