"""What an article is called: by its file, or by its title when it came without one."""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from newsletter.markup.visible import visible
from newsletter.sources._base import Document

_LONGEST_ID = 60
_LETTERS = str.maketrans({"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_INDEX = re.compile(r"index(?:\.[a-z]{2})?")


def file_of(document: Document) -> str | None:
    """Return the name of a document that is a file: not standard input, not an address."""
    return None if document.name == "-" or urlsplit(document.name).netloc else document.name


def stem_of(path: PurePosixPath) -> str:
    """Return a file's stem, of ``kim/index.md`` and ``kim/index.nl.md`` the folder's name."""
    return path.parent.name if _INDEX.fullmatch(path.stem) and path.parent.name else path.stem


def id_of(document: Document, title: str) -> str:
    """Return what the article of a document is called in an issue."""
    return stem_of(PurePosixPath(document.name)) if file_of(document) is not None else article_id(title)


def article_id(title: str) -> str:
    """Make a file's name of a title: lower case, without accents, whole words, at most 60 letters.

    A title in another script keeps its letters, so that two of them are two articles.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", visible(title)).casefold() if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", plain.translate(_LETTERS))
    id_ = ""
    for word in words:
        if id_ and len(id_) + 1 + len(word) > _LONGEST_ID:
            break
        id_ = f"{id_}-{word}" if id_ else word[:_LONGEST_ID]
    return id_ or "article"
