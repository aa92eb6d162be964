"""The issues at a glance, looked at again only when one of them has changed.

To number an issue, the settings of all before it are read: a hundred issues take as long as building one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from newsletter.config import Config
from newsletter.issue.articles import FOLDER
from newsletter.issue.read import Glance, glance
from newsletter.issue.settings import FILE
from newsletter.web.preview.survey import States, is_settled, states_of
from newsletter.web.preview.view import Issues
from newsletter.workspace import ISSUES, Workspace

NEWEST = 12
"""So many issues are listed unless all are asked for."""


@dataclass(slots=True)
class Register:
    """Keeps what was seen of one workspace's issues. For many threads."""

    _config: Config | None = None
    _states: States = frozenset()
    _glances: dict[str, Glance] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def glances(self, workspace: Workspace, names: Sequence[str], moment: int) -> tuple[Glance, ...]:
        """Look at some issues, in the order of their names, at ``moment`` (ns since 1970)."""
        folder = workspace.root / ISSUES
        with self._lock:
            states = _states(folder)
            if (self._config, self._states) != (workspace.config, states) or not is_settled(states, moment, moment):
                self._config, self._states, self._glances = workspace.config, states, {}
            for name in names:
                if name not in self._glances:
                    self._glances[name] = glance(folder / name, workspace.config)
            return tuple(self._glances[name] for name in names)


def listed(names: Sequence[str], current: str | None, which: Issues = "newest") -> list[str]:
    """Return which of the issues, the newest first, are in the list; the current one is never left out."""
    return [name for place, name in enumerate(names) if which == "all" or place < NEWEST or name == current]


def _states(folder: Path) -> States:
    """Each issue's folder, settings and list of articles; one issue's number hangs on the others'."""
    return states_of(issue / part for issue in folder.glob("[!._]*") for part in ("", FILE, FOLDER))
