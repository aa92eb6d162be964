"""A file or an address → reviewed Markdown in an issue: guess once, let a person correct, then it is exact.

What was fetched is kept, its picture too, so that a build never needs the network.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from PIL import Image, UnidentifiedImageError

from newsletter import new, sources
from newsletter.errors import ContentError, FetchError, NewsletterError, UsageError
from newsletter.fetch import Fetched, Fetcher
from newsletter.issue.articles import house_of
from newsletter.issue.read import issue_date
from newsletter.issue.write import write_article
from newsletter.model.article import Picture, Reading
from newsletter.model.finding import Finding
from newsletter.sources import html
from newsletter.sources._base import Document, House
from newsletter.sources._names import article_id
from newsletter.sources._rights import is_own, within_rights
from newsletter.workspace import ISSUES, Workspace

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LIKE_ADDRESS = re.compile(r"(?:www\.|[\w-]+(?:\.[\w-]+)+/)")
_MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")
_BUNDLE = "index.md"
"""A folder with such a file is one article: Hugo's page bundle."""
_LOOKED_AT = 64 * 1024
_PAGE = ".html"
_ENDINGS = {"text/html": _PAGE, "application/xhtml+xml": _PAGE, "text/markdown": ".md", "text/x-markdown": ".md"}
_FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
_PICTURE_HINT = "Save it beside the article, under the article's name."
_STATUS_HINTS = {
    401: "Log in with a browser, save the page and import the file.",
    403: "Open it in a browser, save the page and import the file.",
    404: "Check the address.",
    410: "The article was taken away.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read under a name (a file, an address, ``-``), and where it was written, relative to the workspace."""

    name: str
    reading: Reading
    written: Path


def target(workspace: Workspace, name: str | None, *, now: datetime) -> Path:
    """Return the folder of the issue to import into, which may not exist yet.

    For None: the first issue whose date lies after ``now``, else the day of the next publication.
    Raises: UsageError for a name that is no folder's, or that means a day and is not written like one.
    """
    if name is not None:
        return new.folder_of(workspace, name, now=now)
    folders = [workspace.root / ISSUES / issue for issue in workspace.issues()]
    ahead = [(date, folder) for folder in folders if (date := issue_date(folder, workspace.config)) and date > now]
    return min(ahead)[1] if ahead else new.next_folder(workspace, now=now)


def import_files(
    workspace: Workspace,
    names: Sequence[str],
    issue: Path,
    *,
    fetcher: Fetcher,
    stdin: Callable[[], bytes],
    url: str | None,
    replace: bool,
) -> tuple[Imported | NewsletterError, ...]:
    """Import files, addresses, and ``-`` (what ``stdin`` gives) into an issue; one answer each, same order.

    What cannot be fetched, read or written is an answer too: it does not keep the others back. Raises: UsageError.
    """
    if url and not url.startswith(("https://", "http://")):
        raise UsageError(f"“{url}” is no web address.", "It begins with https://.")
    if url and len(names) > 1:
        raise UsageError("--url is the address of one article, and several were named.", "Import them one by one.")
    desk = _Desk(workspace=workspace, issue=issue, fetcher=fetcher, stdin=stdin, replace=replace)
    return tuple(desk.attempt(name, url) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What every article of one call shares."""

    workspace: Workspace
    issue: Path
    fetcher: Fetcher
    stdin: Callable[[], bytes]
    replace: bool

    def attempt(self, name: str, url: str | None) -> Imported | NewsletterError:
        """Import one article; its failure is returned."""
        try:
            with TemporaryDirectory() as folder:
                reading = self._from_web(name, url, Path(folder)) if _SCHEME.match(name) else self._from_file(name, url)
                written = self._write(reading)
        except (ContentError, FetchError) as error:
            return error
        return Imported(name=name, reading=reading, written=written.relative_to(self.workspace.root))

    def _from_file(self, name: str, url: str | None) -> Reading:
        document = Document(name=name, data=self.stdin(), url=url) if name == "-" else _document(name, url)
        _refuse_readers(document)
        return sources.read(document, house_of(self.workspace.config))

    def _from_web(self, address: str, url: str | None, folder: Path) -> Reading:
        """Fetch and read what lies at an address, within its rights, its picture into a folder.

        One's own site is not asked for leave.
        """
        house = house_of(self.workspace.config)
        fetched = self.fetcher.get(address, robots=not is_own(address, house))
        document, ending = _of_web(fetched, url)
        _refuse_readers(document)
        reading = sources.read(document, house, ending=ending)
        if ending == _PAGE:
            return self._with_picture(reading, house, folder)
        return within_rights(reading, (document.address, url), house)

    def _with_picture(self, reading: Reading, house: House, folder: Path) -> Reading:
        """Fetch the picture of an article of one's own; one that fails is a note, no more."""
        article = reading.article
        first = article.pictures[0] if article.pictures else Picture()
        if not first.url or article.rights != "own":
            return reading
        try:
            fetched = self.fetcher.get(first.url, robots=not is_own(first.url, house))
            file = folder / f"{article_id(article.title)}{_picture_ending(fetched)}"
        except FetchError as error:
            note = Finding(code="picture-not-fetched", level="note", sentence=error.sentence, remedy=error.hint)
            return replace(reading, notes=(*reading.notes, note))
        file.write_bytes(fetched.data)
        pictures = (replace(first, file=file), *article.pictures[1:])
        return replace(reading, article=replace(article, pictures=pictures))

    def _write(self, reading: Reading) -> Path:
        folder = self.issue / "articles"
        folder.mkdir(parents=True, exist_ok=True)
        zone = self.workspace.config.newsletter.time_zone
        return write_article(folder, reading, replace=self.replace, zone=zone)


def _document(name: str, url: str | None) -> Document:
    """Make a document of a file's name. Raises: ContentError."""
    path = Path(name)
    if (path / _BUNDLE).is_file():
        return _document(str(path / _BUNDLE), url)
    try:
        return Document(name=name, data=path.read_bytes(), folder=path.resolve().parent, url=url)
    except IsADirectoryError:
        raise ContentError(f"{name} is a folder.", "Name the articles that lie in it.") from None
    except OSError as error:
        hint = "An address begins with https://." if _LIKE_ADDRESS.match(name) else "Check the name."
        raise ContentError(f"{name} cannot be read: {error.strerror}.", hint) from None


def _of_web(fetched: Fetched, url: str | None) -> tuple[Document, str]:
    """Make a document of what was fetched, and tell its ending by the content type. Raises: FetchError."""
    address = fetched.address
    if fetched.status != 200:
        hint = _STATUS_HINTS.get(fetched.status, "Open it in a browser, save the page and import the file.")
        raise FetchError(f"{address} answered {fetched.status}.", hint)
    ending = _ending(fetched)
    page = ending == _PAGE
    document = Document(
        name=address,
        data=fetched.data if page else _in_utf_8(fetched),
        url=url if page else url or address,
        address=address,
        charset=fetched.charset,
    )
    return document, ending


def _ending(fetched: Fetched) -> str:
    """Tell the ending of what was fetched by its content type, else by its address and content. Raises: FetchError."""
    if fetched.media in _ENDINGS:
        return _ENDINGS[fetched.media]
    if not fetched.media.startswith("text/") and fetched.media not in {"", "application/octet-stream"}:
        raise FetchError(f"{fetched.address} is no page but {fetched.media}.", "Import the page of the article.")
    written = PurePosixPath(urlsplit(fetched.address).path).suffix.lower()
    looks = html.recognises(fetched.data[:_LOOKED_AT].decode("utf-8", "replace"))
    return _PAGE if looks or written in html.SUFFIXES else written


def _in_utf_8(fetched: Fetched) -> bytes:
    """Return a text as UTF-8 when its server says what else it is."""
    try:
        return fetched.data.decode(fetched.charset or "utf-8").encode()
    except (LookupError, UnicodeError):
        return fetched.data


def _picture_ending(fetched: Fetched) -> str:
    """Return the ending of a picture by its content. Raises: FetchError for what is none that a mail can show."""
    if fetched.status != 200:
        raise FetchError(f"The picture {fetched.address} answered {fetched.status}.", _PICTURE_HINT)
    try:
        with Image.open(BytesIO(fetched.data), formats=tuple(_FORMATS)) as image:
            image.verify()
            return _FORMATS[image.format or ""]
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, KeyError):
        raise FetchError(f"The picture {fetched.address} cannot be used in a mail.", _PICTURE_HINT) from None


def _refuse_readers(document: Document) -> None:
    """Raises: ContentError for a list of readers: most of its rows hold a mail address."""
    text = document.data[:_LOOKED_AT].decode("utf-8", "replace")
    rows = [re.split(r"[,;\t]", row) for row in text.splitlines() if row.strip()]
    readers = sum(any(_MAIL_ADDRESS.fullmatch(cell.strip(" \"'<>\ufeff")) for cell in row) for row in rows)
    if rows and readers * 2 >= len(rows):
        name = "FILE" if document.name == "-" or document.address else document.name
        raise ContentError(
            f"{document.name} is a list of readers, not an article.",
            f"Take them into the list of readers: newsletter subscribers import {name}",
        )
