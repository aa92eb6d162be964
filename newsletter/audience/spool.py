"""Good lines of a list between the survey and the import: on disk, in chunks, and gone when closed.

What was shown is what is imported, whatever happens to the file meanwhile; and a list is read only once.
"""

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType

from newsletter.audience.files import Row
from newsletter.audience.reading.rows import Out

CHUNK = 5_000
"""Lines that are applied in one transaction."""


class Spool:
    """A temporary file without a name: nobody else can open it, and it does not outlive the program."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._overruled: dict[str, set[Out]] = {}
        self.lines = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, rows: Sequence[Row]) -> None:
        """Append a chunk."""
        pickle.dump([tuple(row) for row in rows], self._file, pickle.HIGHEST_PROTOCOL)
        self.lines += len(rows)

    def overrule(self, double: Row) -> None:
        """Let an opt-out count that stands further on in the list, in a double of a line that was added."""
        self._overruled.setdefault(double.key, set()).update(double.outs)

    @property
    def overrules(self) -> bool:
        """Whether the chunks are not as they were added."""
        return bool(self._overruled)

    def chunks(self) -> Iterator[list[Row]]:
        """Return the chunks in their order, from the first; all that a list says of an opt-out counts."""
        self._file.seek(0)
        left = self.lines
        while left:
            rows = [Row(*values) for values in pickle.load(self._file)]  # noqa: S301 (written by ourselves)
            left -= len(rows)
            yield [self._overrule(row) for row in rows] if self._overruled else rows

    def _overrule(self, row: Row) -> Row:
        return row.also_out(self._overruled[row.key]) if row.key in self._overruled else row
