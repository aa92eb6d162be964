"""Whether a run goes so badly that it had better stop by itself: pure policy over its last readers.

Few readers prove nothing, so a share counts from `LEAST` on. Sooner stops what fails for every reader alike: then it
is not the readers.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from newsletter.store.attempts import Became

LAST = 1_000
LEAST = 100
ALIKE = 20
"""So many readers one after the other, all refused and in the same words."""


@dataclass(slots=True)
class Window:
    """The last readers of a run of whom the provider said something, oldest first: why he was refused, or None."""

    limit: float
    """Percent of them that may be refused."""
    _last: deque[str | None] = field(default_factory=lambda: deque(maxlen=LAST))

    def add(self, readers: Iterable[Became]) -> None:
        """Take in more readers: those of whom the provider said something for good."""
        self._last.extend(
            one.reason if one.state == "refused" else None for one in readers if one.state in {"accepted", "refused"}
        )

    def trouble(self) -> str:
        """Say in a sentence why the run should stop; empty while it should not."""
        refused = sum(reason is not None for reason in self._last)
        newest = list(self._last)[-ALIKE:]
        if len(newest) == ALIKE and newest[0] and len(set(newest)) == 1:
            return f"The last {ALIKE} readers were all refused alike: {newest[0]}"
        if len(self._last) >= LEAST and refused * 100 > self.limit * len(self._last):
            return f"Of the last {len(self._last)} readers {refused} were refused, more than {self.limit:g} percent."
        return ""
