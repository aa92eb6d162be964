"""The clock of proofs in many processes: it goes faster than the world's, and all of them have the same."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)


@dataclass
class Clock:
    """It began at `MIDNIGHT` when the world's stood at ``epoch``, and goes ``speed`` times as fast.

    What stands in ``file`` is by how many of its seconds it was set since.
    """

    epoch: float
    speed: float
    file: Path

    def __call__(self) -> datetime:
        """Tell aware UTC."""
        return MIDNIGHT + timedelta(seconds=(time.time() - self.epoch) * self.speed + self._set())

    def ticks(self) -> float:
        """Tell seconds that nobody can set."""
        return time.monotonic() * self.speed

    def jump(self, seconds: float) -> None:
        """Set it, in all processes."""
        self.file.write_text(str(self._set() + seconds))

    def _set(self) -> float:
        return float(self.file.read_text() or 0) if self.file.exists() else 0

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for so many of its seconds at most."""
        return event.wait(max(seconds, 0) / self.speed)
