"""Issues built for the preview, kept as long as no file they are made of has changed."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from newsletter import build
from newsletter.build import Built
from newsletter.workspace import ISSUES, Workspace

_State = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class Shelf:
    """Builds an issue once for all the requests that one page makes. Used by many threads."""

    _built: dict[Path, tuple[_State, Built]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def built(self, workspace: Workspace, name: str) -> Built:
        """Return an issue built from its files as they are now. Raises: as `build.build`."""
        folder = workspace.issue(name)
        with self._lock:
            state = _state(workspace.root, folder)
            known = self._built.get(folder)
            if known is None or known[0] != state:
                known = self._built[folder] = (state, build.build(workspace, name))
            return known[1]


def _state(root: Path, folder: Path) -> _State:
    """Name, time and size of every file that an issue may be made of."""
    tops = [f for f in root.iterdir() if f.is_file()]
    deep = [f for place in (folder, root / "templates", root / "blocks") for f in place.rglob("*") if f.is_file()]
    others = [f for f in (root / ISSUES).glob("*/issue.toml") if f.parent != folder]
    stats = ((str(f), f.stat()) for f in sorted((*tops, *deep, *others)))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
