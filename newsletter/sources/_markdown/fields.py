"""Front matter → values of a kind: texts, moments, flags, names. Whoever asks names the field, not the key.

Each value that is used leaves its evidence, each that cannot be used a finding with its line and what to write
instead; the next alias is then tried.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from newsletter.frontmatter import Head
from newsletter.markup.plain import plain
from newsletter.markup.sanitise import sanitise
from newsletter.markup.visible import breakable, on_one_line
from newsletter.model.article import Author, Evidence, Sureness
from newsletter.model.finding import Finding, Level
from newsletter.sources._authors import read_authors
from newsletter.sources._dates import in_utc, read_date
from newsletter.sources._markdown import aliases
from newsletter.sources._markdown.shortcodes import bare
from newsletter.sources._markdown.wiki import plain_links

_ABSENT: tuple[object, ...] = (None, "", "~", "null", [], {})
_NAMES = {"date": "published"} | dict.fromkeys(("image", "alt", "caption", "credit", "decorative"), "pictures")
_FLAGS = {"true": True, "yes": True, "ja": True, "on": True, "1": True}
_FLAGS |= {"false": False, "no": False, "nee": False, "off": False, "0": False}
_NO_DATES = frozenset(
    (*_FLAGS, "created", "last modified", "git created", "git last modified", "last-modified", "today", "now")
)
"""Jekyll's ``published: false``, and what makes Eleventy and Quarto ask the file system or the clock."""
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]+(?:\s[^()]*)?\)")
_UNCLOSED = re.compile(r"<(?=[A-Za-z/!])(?![^<>]*>)")
"""What no tag follows; a lenient parser would take all that follows into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What stands behind one key, and on which line; None where the line is not known."""

    key: str
    value: object
    line: int | None


class Fields:
    """The front matter of one article, asked field by field. ``notes`` and ``evidence`` grow as it is asked."""

    def __init__(self, head: Head, file: str, names: Mapping[str, object] | None = None) -> None:
        """Ask the front matter ``head`` of ``file``; ``names`` says whom an author's id stands for, if it is known."""
        self._names = names or {}
        self.notes: list[Finding] = []
        self.evidence: list[Evidence] = []
        self._head = head
        self._file = file
        self._used: set[str] = set()
        for key in head.repeated:
            sentence = f"`{key}` stands twice in the front matter; the last one counts"
            self.note("key-repeated", "warning", sentence, "Remove one of them.", line=head.lines.get(key))

    def note(self, code: str, level: Level, sentence: str, remedy: str = "", *, line: int | None = None) -> None:
        """Tell the editor something about this article."""
        finding = Finding(code=code, level=level, sentence=sentence, remedy=remedy, file=self._file, line=line)
        self.notes.append(finding)

    def prove(self, field: str, sureness: Sureness, why: str) -> None:
        """Keep how sure a field of the article is; what is said later of the same field replaces it."""
        field = _NAMES.get(field, field)
        self.evidence = [e for e in self.evidence if e.field != field]
        self.evidence.append(Evidence(field=field, sureness=sureness, why=why))

    def candidates(self, field: str) -> Iterator[Value]:
        """Yield what may be meant for a field, best first, without what is empty."""
        for key in aliases.find(field, self._head.values):
            if self._head.values[key] not in _ABSENT:
                yield Value(key=key, value=self._head.values[key], line=self._head.lines.get(key))

    def accept(self, field: str, value: Value) -> None:
        """Say that a value is the field's."""
        self._used.add(value.key)
        self.prove(field, "sure", f"`{value.key}` in the front matter")

    def refuse(self, value: Value, is_no: str, remedy: str) -> None:
        """Say that a value cannot be used: ``date: gisteren`` *is no date*."""
        shown = value.value if isinstance(value.value, str) else type(value.value).__name__
        sentence = f"`{value.key}: {shown}` is no {is_no}"
        self.note("value-unusable", "warning", sentence, remedy, line=value.line)

    def text(self, field: str) -> str | None:
        """Return plain text on one line; of a list its first text. Only a title keeps its soft hyphens."""
        read = title_words if field == "title" else words
        for value in self.candidates(field):
            first = next((text for item in _items(value.value) if (text := read(item))), None)
            if first:
                self.accept(field, value)
                return first
            self.refuse(value, "text", f"Write {field}: and then the text.")
        return None

    def texts(self, field: str, *, commas: bool = True) -> tuple[str, ...]:
        """Return plain texts in order, each once, of a list or of one text, which ``commas`` part."""
        for value in self.candidates(field):
            items = value.value.split(",") if commas and isinstance(value.value, str) else _items(value.value)
            found = tuple(dict.fromkeys(text for item in items if (text := words(item))))
            if found:
                self.accept(field, value)
                return found
        return ()

    def moment(self, field: str, zone: ZoneInfo) -> datetime | None:
        """Return a moment in UTC; wall time is ``zone``'s, a day alone begins at midnight."""
        for value in self.candidates(field):
            if str(value.value).lower() in _NO_DATES:
                continue
            found = _moment(value.value, zone)
            if found:
                self.accept(field, value)
                return found
            self.refuse(value, "date", f"Write it like {value.key}: 2026-11-28 06:00.")
        return None

    def flag(self, field: str) -> bool:
        """Return a yes or no; absent is no."""
        for value in self.candidates(field):
            found = _FLAGS.get(str(value.value).lower())
            if found is not None:
                self.accept(field, value)
                return found
            self.refuse(value, "yes or no", f"Write {value.key}: true or {value.key}: false.")
        return False

    def number(self, field: str) -> int:
        """Return a whole number; absent is 0."""
        for value in self.candidates(field):
            if re.fullmatch(r"[+-]?\d{1,9}", str(value.value)):
                self.accept(field, value)
                return int(str(value.value))
            self.refuse(value, "whole number", f"Write it like {value.key}: 5.")
        return 0

    def choice(self, field: str, known: Sequence[str]) -> str | None:
        """Return one of the known words."""
        for value in self.candidates(field):
            word = str(value.value).strip().lower()
            if word in known:
                self.accept(field, value)
                return word
            near = get_close_matches(word, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Write one of: {', '.join(known)}."
            self.refuse(value, field, remedy)
        return None

    def authors(self) -> tuple[Author, ...]:
        """Return the authors; a single text may name several, an entry of a list names one."""
        for value in self.candidates("authors"):
            if isinstance(value.value, str):
                found = read_authors(words(self._names.get(value.value, value.value)))
            else:
                found = tuple(author for item in self._writers(value.value) for author in _author(item))
            if found:
                self.accept("authors", value)
                return found
            self.refuse(value, "author", f"Write {value.key}: and then the names.")
        return ()

    def _writers(self, value: object) -> Iterator[object]:
        """Yield each author of a list, of a map, or of a map of maps; an id gives way to whom it stands for."""
        if isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
            yield from value.values()
            return
        for item in _items(value):
            yield self._names.get(item, item) if isinstance(item, str) else item

    def is_draft(self) -> bool:
        """Say whether it is a draft: ``draft``, ``published: false`` or ``status: draft``."""
        for key, value in self._head.values.items():
            name, word = aliases.normal(key), str(value).lower()
            is_status = (name in {"published", "publish"} and word in _FLAGS) or (
                name == "status" and word in {"draft", "published"}
            )
            if is_status:
                self._used.add(key)
            if is_status and (word == "draft" or _FLAGS.get(word) is False):
                self.accept("draft", Value(key=key, value=value, line=None))
                return True
        return self.flag("draft")

    def separator(self) -> str | None:
        """Return what stands below the lead by the text's own word: Jekyll's ``excerpt_separator``."""
        for key, value in self._head.values.items():
            if aliases.normal(key) == "excerptseparator" and isinstance(value, str) and value.strip():
                self._used.add(key)
                return value.strip()
        return None

    def rest(self) -> dict[str, object]:
        """Return what no field has used, after saying what of it looks like a mistake."""
        left = {key: value for key, value in self._head.values.items() if key not in self._used}
        unknown = [key for key in left if not aliases.is_known(key)]
        for key in unknown:
            meant = aliases.meant(key)
            if meant:
                sentence = f"`{key}` is no key; `{meant}` is"
                self.note("key-misspelt", "warning", sentence, f"Write {meant}:", line=self._head.lines.get(key))
        strangers = [f"`{key}`" for key in unknown if not aliases.meant(key)]
        if strangers:
            self.note("key-unknown", "note", f"{', '.join(strangers)}: kept, but the newsletter does not use it")
        return {key: value for key, value in left.items() if key in unknown or value not in _ABSENT}


def words(value: object) -> str:
    """Return a value as plain text on one line, without links, tags and template code; empty when it is no text."""
    return on_one_line(_bare_text(value))


def title_words(value: object) -> str:
    """As `words`, with the soft hyphens that say where a title may break."""
    return breakable(_bare_text(value))


def _bare_text(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("title") or ""
    if isinstance(value, list | dict | bool) or value in _ABSENT:
        return ""
    text = plain_links(str(value))
    unescaped = html.unescape(text)
    text = bare(text if "<" in unescaped else unescaped)
    text = _UNCLOSED.sub("", _LINK.sub(r"\1", text))
    if _TAG.search(text):
        text = plain(sanitise(text).html)
    return text


def _items(value: object) -> list[object]:
    """Return what a list holds, lists in it unpacked (Hexo's ``[[Nieuws, Binnenland]]``); of another value itself."""
    if not isinstance(value, list):
        return [value]
    return [inner for item in value for inner in (item if isinstance(item, list) else [item])]


def _author(item: object) -> tuple[Author, ...]:
    """Read one entry of a list: a name, or a map with ``name`` and perhaps ``role`` (Docusaurus says ``title``)."""
    name = words(item)
    role = words(item.get("role") or (item.get("name") and item.get("title"))) if isinstance(item, dict) else ""
    found = read_authors(name)
    if len(found) == 1:
        return (Author(name=found[0].name, kind=found[0].kind, role=role or found[0].role),)
    return (Author(name=name, role=role or None),) if name else ()


def _moment(value: object, zone: ZoneInfo) -> datetime | None:
    if isinstance(value, dict):  # Docusaurus' last_update: {date, author}; Material's date: {created, updated}
        value = value.get("date") or value.get("created")
    if isinstance(value, datetime):
        return in_utc(value, zone)
    if isinstance(value, date):
        return in_utc(datetime.combine(value, time()), zone)
    return read_date(value.strip(), zone) if isinstance(value, str) else None
