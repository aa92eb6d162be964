"""The articles in an issue's folder: read by the source plug-ins, and left out while their time has not come."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter import sources
from newsletter.config import Config
from newsletter.errors import ContentError
from newsletter.issue.files import name_of
from newsletter.model.article import Article, Reading
from newsletter.model.finding import Finding
from newsletter.sources import Document, House
from newsletter.sources._base import MAX_PAGE_BYTES
from newsletter.sources._pictures import SUFFIXES as PICTURES

FOLDER = "articles"


def house_of(config: Config) -> House:
    """Return what sources may know of a newsletter."""
    return House(
        sections=tuple((rule.name, rule.aliases) for rule in config.sections),
        zone=config.newsletter.time_zone,
        language=config.newsletter.language,
        root=config.root,
        own=config.links.own,
    )


def article_files(folder: Path) -> tuple[Path, ...]:
    """Return an issue's article files by name. Raises: ContentError when two of them are the same article."""
    suffixes = sources.suffixes()
    files = tuple(f for f in _files(folder) if f.suffix.lower() in suffixes)
    seen: dict[str, Path] = {}
    for file in files:
        if file.stem in seen:
            raise ContentError(
                f"{seen[file.stem].name} and {file.name} in {folder.name}/{FOLDER} are both the article {file.stem}.",
                "Rename one, or take it out of the folder.",
            )
        seen[file.stem] = file
    return files


Read = Callable[[Path, Config], Reading]
"""How an article is read: `read_article`, or that with a memory."""


def read_article(file: Path, config: Config) -> Reading:
    """Read one article. Raises: Unreadable."""
    document = Document(name=name_of(file, config.root), data=_beginning(file), folder=file.parent)
    return sources.read(document, house_of(config))


def strangers(folder: Path, root: Path) -> tuple[Finding, ...]:
    """Note the files beside the articles that are neither article nor picture."""
    known = sources.suffixes().union(PICTURES)
    return tuple(
        Finding(
            code="file-unknown",
            level="note",
            sentence=f"{file.name} is neither an article nor a picture, and is not used.",
            remedy="Take it out of the folder.",
            file=name_of(file, root),
        )
        for file in _files(folder)
        if file.suffix.lower() not in known
    )


def left_out(articles: Iterable[Article], now: datetime, zone: ZoneInfo) -> tuple[Finding, ...]:
    """Note the articles that do not appear at this moment, and why: drafts, embargoes, and what has expired."""
    return tuple(finding for article in articles if (finding := _left_out(article, now, zone)))


def _left_out(article: Article, now: datetime, zone: ZoneInfo) -> Finding | None:
    if article.draft:
        return _absent(article, "article-draft", "is a draft", "Take out `draft` when it is finished.")
    if article.not_before and now < article.not_before:
        until = f"may not appear before {article.not_before.astimezone(zone):%Y-%m-%d %H:%M}"
        return _absent(article, "article-embargoed", until, "Date the issue later, or correct `not_before`.")
    if article.expires and article.expires <= now:
        since = f"expired at {article.expires.astimezone(zone):%Y-%m-%d %H:%M}"
        return _absent(article, "article-expired", since, "Take it out of the folder, or correct `expires`.")
    return None


def _absent(article: Article, code: str, why: str, remedy: str) -> Finding:
    sentence = f"“{article.title}” {why} and is left out."
    return Finding(code=code, level="note", sentence=sentence, remedy=remedy, file=article.file, article=article.id)


def _beginning(file: Path) -> bytes:
    """Read a file as far as an article may go and one byte more, by which its source sees that it is too long."""
    with file.open("rb") as opened:
        return opened.read(MAX_PAGE_BYTES + 1)


def _files(folder: Path) -> list[Path]:
    return sorted(f for f in (folder / FOLDER).glob("[!._]*") if f.is_file())
