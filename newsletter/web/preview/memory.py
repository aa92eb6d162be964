"""What the preview remembers between two builds, so that only what changed is done again.

A build takes its costly steps as arguments; these are the same ones with a memory. What is made from a file is known by
the file's state, and is not kept when this is so young that the file could change once more and look the same.
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from newsletter.config import Config
from newsletter.issue.articles import Read, read_article
from newsletter.model.article import Reading
from newsletter.model.mail import Rendition
from newsletter.rendering import pictures
from newsletter.rendering.edition import Steps
from newsletter.rendering.inline import inline
from newsletter.rendering.template import Compiled

_TICK = 10_000_000  # ns; kernels take a file's time from a clock of 1 to 10 ms
_NONCE = re.compile(r"mf([0-9a-f]{32})")
Thing = TypeVar("Thing")


class State(NamedTuple):
    """When a file changed (ns since 1970), its size, its disk and number there. A folder changes with its names."""

    changed: int
    size: int
    number: tuple[int, int]

    def is_young(self, moment: int) -> bool:
        """Whether at ``moment`` it could still change under the same time."""
        return self.changed > moment - _TICK


def state_of(file: Path) -> State | None:
    """Return the state of a file or folder; None where there is none."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return State(stat.st_mtime_ns, stat.st_size, (stat.st_dev, stat.st_ino))


class Last(Generic[Thing]):
    """The things used last, at most so many, each under what it was made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: dict[Hashable, Thing] = {}

    def take(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """Return the thing of this key, made now if it is not there."""
        thing = self._things.pop(key) if key in self._things else make()
        self._things[key] = thing
        if len(self._things) > self._most:
            del self._things[next(iter(self._things))]
        return thing


@dataclass(slots=True)
class Memory:
    """What was made for the last builds of a workspace. For one thread at a time."""

    _readings: Last[Reading] = field(default_factory=lambda: Last(500))
    _made_under: tuple[Config, Hashable] | None = None
    _renditions: Last[Rendition] = field(default_factory=lambda: Last(100))
    _pages: Last[tuple[str, str]] = field(default_factory=lambda: Last(16))
    _compiled: Compiled = field(default_factory=Compiled)

    def reader(self, moment: int, there: Hashable) -> Read:
        """Return what reads the articles of a build that begins at ``moment`` (ns since 1970).

        How an article is read depends on ``there``, the pictures there are in the workspace.
        """
        return partial(self._read, moment, there)

    def steps(self, moment: int) -> Steps:
        """Return the steps of a rendering that begins at ``moment`` (ns since 1970)."""
        return Steps(
            cover=partial(self._picture, moment, pictures.cover),
            contain=partial(self._picture, moment, pictures.contain),
            inline=self._inline,
            compiled=self._compiled,
        )

    def _read(self, moment: int, there: Hashable, file: Path, config: Config) -> Reading:
        """Read an article. Under another configuration all are read anew: any of it may count for them."""
        state = state_of(file)
        if state is None or state.is_young(moment):
            return read_article(file, config)
        if (config, there) != self._made_under:
            self._readings, self._made_under = Last(500), (config, there)
        return self._readings.take((file, state), partial(read_article, file, config))

    def _picture(
        self, moment: int, make: Callable[..., Rendition], file: Path, size: tuple[int, int], *, root: Path
    ) -> Rendition:
        state = state_of(file)
        if state is None or state.is_young(moment):
            return make(file, size, root=root)
        return self._renditions.take((make, file, state, size, root), partial(make, file, size, root=root))

    def _inline(self, page: str) -> str:
        """Inline a page unless it is known but for its tokens, which change with the issue (`Tokens`).

        A page holds no NUL, so what stands for its tokens in the key is nothing else.
        """
        token = _NONCE.search(page)
        nonce = token[1] if token else "\0"
        then, inlined = self._pages.take(page.replace(nonce, "\0"), lambda: (nonce, inline(page)))
        return inlined.replace(then, nonce)
