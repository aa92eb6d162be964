"""A reading → reviewed Markdown in an issue: front matter that says everything that was found, and the body below it.

What a person should look at stands as comments at the top. Reading the file again gives the same article.
"""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter import sources
from newsletter.errors import ContentError
from newsletter.markup.visible import on_one_line
from newsletter.model.article import Article, Author, Picture, Reading
from newsletter.sources._names import article_id

_PLAIN = re.compile(r"[^\W\d_][\w ,.;!?()„”“’‘…–/&€%+-]*[\w.!?)”’…%]")
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_RESERVED = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


def write_article(folder: Path, reading: Reading, *, replace: bool, zone: ZoneInfo) -> Path:
    """Write an article into a folder and return the file; its picture is copied beside it.

    Raises: ContentError when the article is there already and ``replace`` is not set, or in another format.
    """
    id_ = _id(reading.article)
    file = folder / f"{id_}.md"
    if file.exists() and not replace:
        raise ContentError("this article is there already.", "Overwrite it with --replace.", file=file.name)
    other = next((f for f in folder.glob(f"{id_}.*") if f != file and f.suffix.lower() in sources.suffixes()), None)
    if other is not None:
        raise ContentError(
            f"{other.name} in {folder} is the same article.", "Move it out of there, or rename it, and import again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    picture = _copy_picture(reading.article, folder, id_, replace=replace)
    lines = tuple(_head(reading.article, picture, zone))
    head = "\n".join((*_remarks(reading), *lines, *_extra(reading.article, lines)))
    file.write_text(f"---\n{head}\n---\n\n{reading.body.strip()}\n", "utf-8")
    return file


def _id(article: Article) -> str:
    """Keep the name of the file it came from; without one the title gives it."""
    return article_id(article.id if article.file else article.title)


def _copy_picture(article: Article, folder: Path, id_: str, *, replace: bool) -> str | None:
    source = next((picture.file for picture in article.pictures if picture.file), None)
    if source is None:
        return None
    target = folder / f"{id_}{source.suffix.lower()}"
    if target.exists() and not target.samefile(source) and not replace:
        raise ContentError("this picture is there already.", "Overwrite it with --replace.", file=target.name)
    if not target.exists() or not target.samefile(source):
        shutil.copyfile(source, target)
    return target.name


def _remarks(reading: Reading) -> Iterator[str]:
    """What a person should look at, as comments."""
    for evidence in reading.evidence:
        if evidence.sureness == "check":
            yield f"# check {evidence.field}: {evidence.why}"
    for number, picture in enumerate(reading.article.pictures[1:], start=2):
        words = " ".join(part for part in (picture.caption, picture.credit) if part)
        yield f"# picture {number}: {on_one_line(words)}"
    for note in reading.notes:
        line = f", line {note.line}" if note.line else ""
        yield f"# {note.level} ({note.code}{line}): {on_one_line(note.sentence)}"


def _head(article: Article, picture: str | None, zone: ZoneInfo) -> Iterator[str]:
    """The front matter, keys in the order of reading; what is absent is not written."""
    yield from _texts(
        title=article.title,
        section=article.section,
        topic=article.topic,
        label=article.label,
        kind=article.kind if article.kind != "news" else None,
        lead=article.lead,
        teaser=article.teaser,
    )
    yield from _authors(article.authors)
    yield from _texts(place=article.place)
    yield from _moments(zone, date=article.published, modified=article.modified)
    yield from _texts(language=article.language, url=article.url)
    yield from _picture(article.pictures[0] if article.pictures else None, picture)
    if article.tags:
        yield f"tags: [{', '.join(_quoted(tag) for tag in article.tags)}]"
    yield from _decisions(article, zone)


def _extra(article: Article, head: Sequence[str]) -> Iterator[str]:
    """What nothing here understands, but for what ``head`` says better: of a key that stands twice the last counts."""
    written = {line.partition(":")[0] for line in head}
    for key, value in article.extra.items():
        if key not in written:
            yield f"{_value(key)}: {_quoted(value)}"


def _decisions(article: Article, zone: ZoneInfo) -> Iterator[str]:
    yield from _texts(
        rights=article.rights if article.rights != "own" else None,
        weight=str(article.weight) if article.weight else None,
        pinned="true" if article.pinned else None,
        draft="true" if article.draft else None,
    )
    yield from _moments(zone, not_before=article.not_before, expires=article.expires)


def _authors(authors: tuple[Author, ...]) -> Iterator[str]:
    if authors:
        yield "authors:"
    for author in authors:
        role = f", role: {_quoted(author.role)}" if author.role else ""
        yield f"  - {{name: {_quoted(author.name)}{role}}}" if role else f"  - {_value(author.name)}"


def _picture(picture: Picture | None, file: str | None) -> Iterator[str]:
    if picture is not None:
        yield from _texts(
            image=file,
            alt=picture.alt,
            caption=picture.caption,
            credit=picture.credit,
            decorative="true" if picture.decorative else None,
        )


def _texts(**values: str | None) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{key}: {_value(value)}"


def _value(text: str) -> str:
    """Spell a YAML value: plain where no reader of YAML could take it for something else, else quoted."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _RESERVED
    return text if plain else _quoted(text)


def _quoted(value: object) -> str:
    """JSON is YAML, but for the characters that YAML wants escaped."""
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False, default=str))


def _moments(zone: ZoneInfo, **moments: datetime | None) -> Iterator[str]:
    """Times as wall time with offset, ``2026-10-03 06:00:00+02:00``, which needs no quotes."""
    for key, moment in moments.items():
        if moment is not None:
            yield f"{key}: {moment.astimezone(zone).isoformat(sep=' ')}"
