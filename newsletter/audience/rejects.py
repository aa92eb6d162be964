"""The file of the lines that an import refused."""

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO

from newsletter.audience.files import Reject
from newsletter.errors import ContentError
from newsletter.store.database import create_file


class RejectsFile(AbstractContextManager["RejectsFile"]):
    """``<file>.rejected.csv`` beside a list, for its owner only; begun when there is a first line for it.

    ``counts`` is how many of each kind, ``partly`` how many of them are refused but for their opt-out.
    """

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.rejected.csv")
        self.counts: Counter[str] = Counter()
        self.partly = 0
        self._open: TextIO | None = None

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._open.close()

    def add(self, reject: Reject, header: Sequence[str]) -> None:
        """Write down a refused line as it stood, after its number and the reason.

        Raises: ContentError when no file can be made there.
        """
        if self._open is None:
            self._open = self._begun()
            csv.writer(self._open).writerow(["line", "reason", *header])
        if reject.kind == "partly":
            self.partly += 1
        else:
            self.counts[reject.kind] += 1
        csv.writer(self._open).writerow([reject.line, reject.reason, *reject.cells])

    def _begun(self) -> TextIO:
        try:
            create_file(self.path)
            return self.path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise ContentError(
                f"The refused lines cannot be written to {self.path}: {error.strerror}.",
                "Copy the list to a folder of yours, under a short name, and import it from there.",
            ) from None
