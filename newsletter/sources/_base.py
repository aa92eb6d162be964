"""The contract of a source: a document of one format → a reading.

A source is a module with ``SUFFIXES``, ``recognises`` and ``read``; the contract suite in ``tests/sources`` runs on
each.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from newsletter.model.article import Reading

MAX_BYTES = 256 * 1024
"""An article is never larger; Python-Markdown needs seconds for a megabyte of changelog."""
MAX_PAGE_BYTES = 10 * 1024 * 1024
"""A page is mostly scripts and styles, and may be larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes to be read. ``name`` is what messages call it (a path relative to the workspace, ``-``, an address).

    ``folder`` is where relative pictures are looked for; ``url`` is the article's address if somebody gave one. What
    was fetched has its ``address`` (the last, after redirects), and the ``charset`` that the server named.
    """

    name: str
    data: bytes
    folder: Path | None = None
    url: str | None = None
    address: str | None = None
    charset: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the newsroom knows that a source cannot: its sections with their other names, its zone and language.

    ``sections`` maps each name to its aliases, in the order of the configuration; ``root`` is the workspace; ``own``
    are the domains that are the newspaper's, subdomains included.
    """

    sections: tuple[tuple[str, tuple[str, ...]], ...]
    zone: ZoneInfo
    language: str
    root: Path
    own: tuple[str, ...] = ()


class Source(Protocol):
    """A module of this folder."""

    SUFFIXES: tuple[str, ...]

    def recognises(self, text: str) -> bool:
        """Say whether a text without a telling file name is of this format."""
        ...

    def read(self, document: Document, house: House) -> Reading:
        """Read one document. Raises: Unreadable, with file and line where they are known."""
        ...
