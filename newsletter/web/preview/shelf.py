"""Issues built for the preview, kept as long as no file they are made of has changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from newsletter import build
from newsletter.build import Built
from newsletter.workspace import ISSUES, Workspace

_State = dict[Path, tuple[int, int]]


@dataclass(slots=True)
class Shelf:
    """Builds an issue once for all the requests that one page makes. Used by many threads."""

    _kept: dict[Path, tuple[_State, Built]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def built(self, workspace: Workspace, name: str) -> Built:
        """Return an issue built from its files as they are now. Raises: as `build.build`."""
        folder = workspace.issue(name)
        with self._lock:
            state = _state(_files(workspace.root, folder))
            known = self._kept.get(folder)
            if known and known[0] == _state(_pictures(known[1])) | state:
                return known[1]
            built = build.build(workspace, name)
            self._kept[folder] = (_state(_pictures(built)) | state, built)
            return built


def _files(root: Path, folder: Path) -> set[Path]:
    """Every file that an issue may be made of; other issues count for their numbers."""
    deep = (file for place in (folder, root / "templates", root / "blocks") for file in place.rglob("*"))
    return {*root.iterdir(), *deep, root / ISSUES, *(root / ISSUES).glob("*/issue.toml")}


def _pictures(built: Built) -> set[Path]:
    """The pictures of its articles, which may lie anywhere in the workspace."""
    pictures = (picture for placement in built.issue.placements for picture in placement.article.pictures)
    return {picture.file for picture in pictures if picture.file}


def _state(files: Iterable[Path]) -> _State:
    """Time and size of each file but those that have gone meanwhile: editors save by putting another in its place."""
    state: _State = {}
    for file in files:
        try:
            stat = file.stat()
        except FileNotFoundError:
            continue
        state[file] = (stat.st_mtime_ns, stat.st_size)
    return state
