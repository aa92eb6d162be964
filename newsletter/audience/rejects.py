"""The file of the lines that an import refused."""

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO

from newsletter.audience.files import Reject
from newsletter.store.database import create_file


class RejectsFile(AbstractContextManager["RejectsFile"]):
    """``<file>.rejected.csv`` beside a list, for its owner only; begun when there is a first line for it.

    ``counts`` is how many of each kind.
    """

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.rejected.csv")
        self.counts: Counter[str] = Counter()
        self._open: TextIO | None = None

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._open.close()

    def add(self, reject: Reject, header: Sequence[str]) -> None:
        """Write down a refused line as it stood, after its number and the reason."""
        if self._open is None:
            create_file(self.path)
            self._open = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._open).writerow(["line", "reason", *header])
        self.counts[reject.kind] += 1
        csv.writer(self._open).writerow([reject.line, reject.reason, *reject.cells])
