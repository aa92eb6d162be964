"""The issues at a glance, looked at again only when one of them has changed.

To number an issue, the settings of all before it are read: a hundred issues take as long as building one.
"""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from newsletter.config import Config
from newsletter.issue.articles import FOLDER
from newsletter.issue.read import Glance, glance
from newsletter.issue.settings import FILE
from newsletter.workspace import ISSUES, Workspace

_State = dict[str, tuple[int, ...]]


@dataclass(slots=True)
class Register:
    """Keeps what was seen of one workspace's issues. For many threads."""

    _config: Config | None = None
    _state: _State = field(default_factory=dict)
    _glances: dict[str, Glance] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def glances(self, workspace: Workspace, names: list[str]) -> list[Glance]:
        """Look at some issues, in the order of their names."""
        folder = workspace.root / ISSUES
        with self._lock:
            state = _state(folder)
            if (self._config, self._state) != (workspace.config, state):
                self._config, self._state, self._glances = workspace.config, state, {}
            for name in names:
                if name not in self._glances:
                    self._glances[name] = glance(folder / name, workspace.config)
            return [self._glances[name] for name in names]


def _state(folder: Path) -> _State:
    """When the settings and the list of articles of each issue changed; one issue's number hangs on the others'."""
    return {issue.name: (*_changed(issue / FILE), *_changed(issue / FOLDER)) for issue in folder.glob("[!._]*")}


def _changed(path: Path) -> tuple[int, ...]:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size
