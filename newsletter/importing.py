"""A text or Markdown file → reviewed Markdown in an issue: guess once, let a person correct, then it is exact."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsletter import sources
from newsletter.errors import ContentError, UsageError
from newsletter.issue.articles import house_of
from newsletter.issue.read import issue_date
from newsletter.issue.write import write_article
from newsletter.model.article import Reading
from newsletter.schedule import next_publication
from newsletter.sources._base import Document
from newsletter.workspace import ISSUES, Workspace

_ISSUE_NAME = re.compile(r"[^\W_][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read from one file, and where it was written, relative to the workspace."""

    reading: Reading
    written: Path


def target(workspace: Workspace, name: str | None, *, now: datetime) -> Path:
    """Return the folder of the issue to import into, which may not exist yet.

    For None: the first issue whose date lies after ``now``, else the day of the next publication.
    Raises: UsageError for a name that is no folder's.
    """
    config = workspace.config
    if name is not None:
        if not _ISSUE_NAME.fullmatch(name):
            raise UsageError(f"“{name}” cannot be an issue's name.", "Name it by its day, like 2026-11-28.")
        return workspace.root / ISSUES / name
    folders = [workspace.root / ISSUES / issue for issue in workspace.issues()]
    ahead = [(date, folder) for folder in folders if (date := issue_date(folder, config)) and date > now]
    if ahead:
        return min(ahead)[1]
    newsletter = config.newsletter
    day = next_publication(now, newsletter.publish, newsletter.quiet, newsletter.time_zone)
    return workspace.root / ISSUES / f"{day.astimezone(newsletter.time_zone):%Y-%m-%d}"


def import_files(
    workspace: Workspace,
    names: Sequence[str],
    issue: Path,
    *,
    stdin: Callable[[], bytes],
    url: str | None,
    replace: bool,
) -> tuple[Imported | ContentError, ...]:
    """Import files (``-``: what ``stdin`` gives) into an issue; one answer each, same order.

    A file that cannot be read or written is an answer too: it does not keep the others back. Raises: UsageError.
    """
    if url and not url.startswith(("https://", "http://")):
        raise UsageError(f"“{url}” is no web address.", "It begins with https://.")
    if url and len(names) > 1:
        raise UsageError("--url is the address of one article, and several were named.", "Import them one by one.")
    return tuple(_attempt(workspace, name, issue, stdin=stdin, url=url, replace=replace) for name in names)


def _attempt(
    workspace: Workspace, name: str, issue: Path, *, stdin: Callable[[], bytes], url: str | None, replace: bool
) -> Imported | ContentError:
    try:
        document = _document(name, stdin, url)
        reading = sources.read(document, house_of(workspace.config))
        folder = issue / "articles"
        folder.mkdir(parents=True, exist_ok=True)
        written = write_article(folder, reading, replace=replace, zone=workspace.config.newsletter.time_zone)
    except ContentError as error:
        return error
    return Imported(reading=reading, written=written.relative_to(workspace.root))


def _document(name: str, stdin: Callable[[], bytes], url: str | None) -> Document:
    """Make a document of a file's name. Raises: ContentError."""
    if name == "-":
        return Document(name=name, data=stdin(), url=url)
    path = Path(name)
    try:
        return Document(name=name, data=path.read_bytes(), folder=path.resolve().parent, url=url)
    except IsADirectoryError:
        raise ContentError(f"{name} is a folder.", f"Name the files in it: {name}/*") from None
    except OSError as error:
        raise ContentError(f"{name} cannot be read: {error.strerror}.", "Check the name.") from None
