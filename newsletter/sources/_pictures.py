"""The pictures of an article: those its front matter names, the one that lies beside it, the first in its text."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from newsletter.markup.images import Image
from newsletter.model.article import Picture
from newsletter.sources._base import Document, House
from newsletter.sources._markdown.fields import Fields, Value, words

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif")

_FILE_KEYS = ("file", "src", "url", "path", "image", "filename")
_CAPTION_KEYS = ("caption", "cutline")


def read_pictures(fields: Fields, document: Document, house: House, images: tuple[Image, ...]) -> tuple[Picture, ...]:
    """Return the article's pictures, the first one shown; ``images`` are those of its text."""
    first = Picture(
        alt=fields.text("alt"),
        caption=fields.text("caption"),
        credit=fields.text("credit"),
        decorative=fields.flag("decorative"),
    )
    named = [
        picture
        for field in ("image", "pictures")
        for value in fields.candidates(field)
        for picture in _named(fields, field, value, document, house)
    ]
    if named:
        return (_complete(named[0], first), *named[1:])
    beside = _beside(document)
    if beside:
        fields.prove("image", "likely", f"{beside.name} lies beside the article")
        return (replace(first, file=beside),)
    return _from_text(fields, document, house, images, first)


def find_file(source: str, document: Document, house: House) -> Path | None:
    """Return the file that an address on disk means; None when there is none, or it lies outside.

    Looked for beside the article, then in the workspace and in its ``static/``, where Hugo keeps what a site serves.
    """
    path = unquote(urlsplit(source).path) if "%" in source or "?" in source else source
    beside = [document.folder] if document.folder and not path.startswith("/") else []
    for folder in (*beside, house.root, house.root / "static"):
        file = folder / path.lstrip("/")
        try:
            file = file.resolve()
            allowed = any(file.is_relative_to(p.resolve()) for p in (*beside, house.root))
            if allowed and file.suffix.lower() in SUFFIXES and file.is_file():
                return file
        except (OSError, ValueError):
            continue
    return None


def _named(fields: Fields, field: str, value: Value, document: Document, house: House) -> list[Picture]:
    """Read one key that names pictures: a file, a map of a file and its words, or a list of either."""
    pictures = []
    for item in value.value if isinstance(value.value, list) else [value.value]:
        entry = item if isinstance(item, dict) else {"file": item}
        source = next((words(entry[key]) for key in _FILE_KEYS if entry.get(key)), "")
        if not source:
            fields.refuse(value, "picture", f"Write {field}: and then the name of a file.")
            continue
        fields.accept(field, value)
        pictures.append(replace(_described(entry), file=_file(fields, source, value, document, house), line=value.line))
    return pictures


def _described(entry: Mapping[str, object]) -> Picture:
    caption = next((words(entry[key]) for key in _CAPTION_KEYS if entry.get(key)), None)
    return Picture(
        alt=words(entry.get("alt")) or None,
        caption=caption or None,
        credit=words(entry.get("credit")) or None,
        decorative=str(entry.get("decorative", "")).lower() == "true",
    )


def _file(fields: Fields, source: str, value: Value, document: Document, house: House) -> Path | None:
    if urlsplit(source).netloc:
        sentence = f"the picture {source} lies on the web; only files go into the mail"
        fields.note("picture-remote", "warning", sentence, "Save it beside the article and name it.", line=value.line)
        return None
    found = find_file(source, document, house)
    if not found:
        fault = "lies outside the workspace" if _exists(source, document) else "does not exist"
        remedy = "Put it beside the article, or correct the name."
        fields.note("picture-missing", "warning", f"the picture {source} {fault}", remedy, line=value.line)
    return found


def _exists(source: str, document: Document) -> bool:
    try:
        return document.folder is not None and (document.folder / source).is_file()
    except (OSError, ValueError):  # too long for a file system, or with a NUL
        return False


def _complete(picture: Picture, words_for_first: Picture) -> Picture:
    """Give the first picture what stands in the front matter itself, where its own map says nothing."""
    return replace(
        picture,
        alt=picture.alt or words_for_first.alt,
        caption=picture.caption or words_for_first.caption,
        credit=picture.credit or words_for_first.credit,
        decorative=picture.decorative or words_for_first.decorative,
    )


def _beside(document: Document) -> Path | None:
    if not document.folder:
        return None
    stem = PurePosixPath(document.name).stem
    files = (document.folder / f"{stem}{suffix}" for suffix in (*SUFFIXES, *(s.upper() for s in SUFFIXES)))
    return next((file.resolve() for file in files if file.is_file()), None)


def _from_text(
    fields: Fields, document: Document, house: House, images: tuple[Image, ...], first: Picture
) -> tuple[Picture, ...]:
    for image in images:
        file = find_file(image.src, document, house) if not urlsplit(image.src).netloc else None
        if file:
            fields.prove("image", "likely", "the first picture in the text")
            picture = Picture(file=file, alt=words(image.alt) or None, caption=words(image.caption) or None)
            return (_complete(picture, first),)
    return (first,) if first.caption or first.credit else ()
