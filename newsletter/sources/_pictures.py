"""The pictures of an article: those its front matter names, the one that lies beside it, the first in its text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from newsletter.markup.images import Image
from newsletter.model.article import Picture
from newsletter.sources._base import Document, House
from newsletter.sources._markdown import aliases
from newsletter.sources._markdown.fields import Fields, Value, words
from newsletter.sources._markdown.site import FOLDERS, root_of

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif")

_FILE_KEYS = ("file", "src", "url", "path", "image", "filename", "overlay_image", "teaser")
_CAPTION_KEYS = ("caption", "cutline", "title")
_SOMETIMES_PICTURES = frozenset({"header", "resources"})
"""Keys of Jekyll's themes and of Hugo's bundles that name a picture, or something else altogether."""
_PELICAN = re.compile(r"\{(?:static|attach|filename)\}|\|filename\|")
_FROM_ROOT = re.compile(r"[@~](?:site)?/|@(?=\w)")
_GHOST = "__GHOST_URL__/"
_INDEX = re.compile(r"index(?:\.[a-z]{2})?")
_COVERS = ("cover", "featured", "feature", "hero", "thumbnail")
"""What Hugo's themes call the picture of a bundle."""
_NOT_SHOWN = frozenset((".svg", ".avif", ".heic", ".tif", ".tiff", ".bmp", ".pdf", ".mp4"))


def read_pictures(fields: Fields, document: Document, house: House, images: tuple[Image, ...]) -> tuple[Picture, ...]:
    """Return the article's pictures, the first one shown; ``images`` are those of its text."""
    first = Picture(
        alt=fields.text("alt"),
        caption=fields.text("caption"),
        credit=fields.text("credit"),
        decorative=fields.flag("decorative"),
    )
    named = [*_main(fields, document, house)]
    for value in fields.candidates("pictures"):
        named += _named(fields, "pictures", value, document, house)
    beside = _beside(document) if not any(picture.file for picture in named) else None
    if beside:
        fields.prove("image", "likely", f"{beside.name} lies beside the article")
        fields.notes[:] = [note for note in fields.notes if note.code != "picture-remote"]
        return (replace(_complete(named[0], first) if named else first, file=beside), *named[1:])
    if named:
        return (_complete(named[0], first), *named[1:])
    return _from_text(fields, document, house, images, first)


def _main(fields: Fields, document: Document, house: House) -> list[Picture]:
    """Return the pictures of the first key that has one; ``og_image`` is mostly the same picture in another size."""
    first: list[Picture] = []
    for value in fields.candidates("image"):
        pictures = _named(fields, "image", value, document, house)
        if any(picture.file for picture in pictures):
            return pictures
        first = first or pictures
    return first


def find_file(source: str, document: Document, house: House) -> Path | None:
    """Return the file that an address on disk means; None when there is none, or it lies outside.

    Looked for beside the article, then in the workspace and in the site that the article's folder belongs to, below
    each where the generators keep what a site serves.
    """
    path = unquote(urlsplit(source).path) if "%" in source or "?" in source else source
    path = _from_folder(path)
    beside = [document.folder] if document.folder and not path.startswith("/") else []
    roots = tuple(_roots(document, house))
    for folder in (*beside, *(root / name for root in roots for name in FOLDERS)):
        try:
            file = (folder / path.lstrip("/")).resolve()
            inside = any(file.is_relative_to(place.resolve()) for place in (*beside, *roots))
            if inside and file.suffix.lower() in SUFFIXES and file.is_file():
                return file
        except (OSError, ValueError):
            continue
    return None


def _from_folder(path: str) -> str:
    """Return a path as others write it, ``{static}/a.png``, ``@site/static/a.png``, ``__GHOST_URL__/content/a.png``."""
    path = _PELICAN.sub("", path, count=1) if _PELICAN.match(path) else path.removeprefix(_GHOST)
    return _FROM_ROOT.sub("/", path, count=1) if _FROM_ROOT.match(path) else path


def _roots(document: Document, house: House) -> Iterator[Path]:
    yield house.root
    site = root_of(document.folder.resolve(), house.root.resolve()) if document.folder else None
    if site is not None:
        yield site


def _named(fields: Fields, field: str, value: Value, document: Document, house: House) -> list[Picture]:
    """Read one key that names pictures: a file, a map of a file and its words, or a list of either."""
    pictures = []
    for item in value.value if isinstance(value.value, list) else [value.value]:
        entry = item if isinstance(item, dict) else {"file": item}
        source = next((words(entry[key]) for key in _FILE_KEYS if entry.get(key)), "")
        if aliases.normal(value.key) in _SOMETIMES_PICTURES and not source.lower().endswith(SUFFIXES):
            continue
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
        fault, remedy = _fault(source, document)
        fields.note("picture-missing", "warning", f"the picture {source} {fault}", remedy, line=value.line)
    return found


def _fault(source: str, document: Document) -> tuple[str, str]:
    """Say why a file is not shown, and what to do."""
    if PurePosixPath(source).suffix.lower() in _NOT_SHOWN:
        return "is of a kind that mail does not show", "Save it as JPEG or PNG beside the article, and name that."
    try:
        exists = document.folder is not None and (document.folder / source).is_file()
    except (OSError, ValueError):  # too long for a file system, or with a NUL
        exists = False
    fault = "lies outside the workspace" if exists else "does not exist"
    return fault, "Put it beside the article, or correct the name."


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
    stems = (stem, *_COVERS) if _INDEX.fullmatch(stem) else (stem,)
    endings = (*SUFFIXES, *(suffix.upper() for suffix in SUFFIXES))
    files = (document.folder / f"{name}{ending}" for name in stems for ending in endings)
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
