"""Plug-in folder: a document of any known format → a reading. One file per format; its suffixes lead to it."""

from pathlib import PurePosixPath
from typing import cast

from newsletter import plugins
from newsletter.errors import Unreadable
from newsletter.model.article import Reading
from newsletter.sources._base import MAX_BYTES, Document, House, Source
from newsletter.sources._decode import decode

__all__ = ["Document", "House", "read", "sources", "suffixes"]


def sources() -> tuple[Source, ...]:
    """Return every source, in alphabetical order of their names."""
    return tuple(cast("Source", plugins.load(__name__, name)) for name in plugins.names(__name__))


def suffixes() -> frozenset[str]:
    """Return the endings of the files that are articles: ``.md``, ``.txt`` …"""
    return frozenset(suffix for source in sources() for suffix in source.SUFFIXES)


def read(document: Document, house: House, *, ending: str | None = None) -> Reading:
    """Read one document with the source its ending names, else with the first that recognises its text.

    ``ending`` is given where the name does not tell, as an address may not; empty it leaves the choice to the text.
    Raises: Unreadable; code ``not-an-article`` when no source wants it.
    """
    suffix = PurePosixPath(document.name).suffix.lower() if ending is None else ending
    opening = document.data[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    named = (source for source in sources() if suffix in source.SUFFIXES)
    source = next(named, None) or next((source for source in sources() if source.recognises(opening)), None)
    if source is None:
        decode(document)
        hint = f"Articles are files ending in {', '.join(sorted(suffixes()))}."
        raise Unreadable("this is no article", hint, code="not-an-article", file=document.name)
    return source.read(document, house)
