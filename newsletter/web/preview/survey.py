"""What an issue could be made of at this moment: the state of its files, and the pictures that an article may name.

It is asked at every request, so a folder is listed again only when its names have changed.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from newsletter.config import FILE as CONFIGURATION
from newsletter.issue.articles import FOLDER as ARTICLES
from newsletter.issue.settings import FILE as ISSUE
from newsletter.sources._pictures import SUFFIXES
from newsletter.web.preview.memory import State, state_of
from newsletter.workspace import ISSUES, SAMPLE_READERS

_ENVIRONMENT = ".env"
_OF_THE_WORKSPACE = frozenset((CONFIGURATION, _ENVIRONMENT, SAMPLE_READERS))
OURS = frozenset(("build", "published"))
"""The folders of a workspace that the program writes to, and nobody else."""


class Listing(NamedTuple):
    """What lies in a folder and is not hidden: folders, files, and the names of the pictures among these."""

    folders: tuple[Path, ...]
    files: tuple[Path, ...]
    pictures: tuple[str, ...]


States = frozenset[tuple[Path, State]]


class Survey(NamedTuple):
    """``files`` are those that count for an issue, ``pictures`` the names of all pictures by their folder."""

    files: States
    pictures: frozenset[tuple[Path, tuple[str, ...]]]


def states_of(files: Iterable[Path]) -> States:
    """Return the states of those that are there."""
    return frozenset((file, state) for file in files if (state := state_of(file)))


def is_settled(files: States, begun: int, ended: int) -> bool:
    """Whether none was so young while something was made of it that it may have become another one since."""
    return not any(state.is_young(begun) and state.changed <= ended for _, state in files)


@dataclass(slots=True)
class Surveyor:
    """Remembers how each folder was when it listed it last. For one thread at a time."""

    _listings: dict[Path, tuple[State, Listing]] = field(default_factory=dict)

    def survey(self, root: Path, issue: Path, moment: int) -> Survey:
        """Look at all that counts for an issue (its folder) of a workspace, at ``moment`` (ns since 1970)."""
        issues = root / ISSUES
        whole = {issue, root / "templates", root / "blocks"}
        counting: set[Path] = set()
        pictures: set[tuple[Path, tuple[str, ...]]] = set()
        for folder, listing, counts in self._walk(root, whole, moment):
            counting.update(listing.files if counts else _single(folder, listing, root, issues))
            if listing.pictures:
                pictures.add((folder, listing.pictures))
        return Survey(files=states_of(counting), pictures=frozenset(pictures))

    def _walk(self, root: Path, whole: set[Path], moment: int) -> Iterator[tuple[Path, Listing, bool]]:
        """Go through the folders, linked ones too, but those the program writes to; say which lie in ``whole``."""
        waiting, seen = [(root, False)], set[tuple[tuple[int, int], bool]]()
        while waiting:
            folder, counts = waiting.pop()
            state = state_of(folder)
            if state is None or (state.number, counts) in seen:
                continue
            seen.add((state.number, counts))
            listing = self._list(folder, state, moment)
            further = (inner for inner in listing.folders if folder != root or inner.name not in OURS)
            waiting += [(inner, counts or inner in whole) for inner in further]
            yield folder, listing, counts

    def _list(self, folder: Path, state: State, moment: int) -> Listing:
        then, listing = self._listings.get(folder, (None, None))
        if listing is None or then != state:
            listing = _listing(folder)
            if not state.is_young(moment):
                self._listings[folder] = (state, listing)
        return listing


def _single(folder: Path, listing: Listing, root: Path, issues: Path) -> Iterable[Path]:
    """Return what counts in a folder that does not count as a whole; of other issues, what the list says of them."""
    if folder == root:
        return [file for file in listing.files if file.name in _OF_THE_WORKSPACE]
    if folder != issues:
        return ()
    return [folder, *(inner / name for inner in listing.folders for name in (ISSUE, ARTICLES))]


def _listing(folder: Path) -> Listing:
    """List a folder; one that goes away meanwhile is empty."""
    try:
        with os.scandir(folder) as entries:
            shown = (entry for entry in entries if not entry.name.startswith(".") or entry.name == _ENVIRONMENT)
            found = sorted((entry.name, entry.is_dir()) for entry in shown)
    except OSError:
        found = []
    files = tuple(name for name, is_dir in found if not is_dir)
    return Listing(
        folders=tuple(folder / name for name, is_dir in found if is_dir),
        files=tuple(folder / name for name in files),
        pictures=tuple(name for name in files if name.lower().endswith(SUFFIXES)),
    )
