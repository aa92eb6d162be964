"""Lines of text → records of cells (RFC 4180), separated by commas, semicolons or tabs.

A quotation mark that is never closed costs its own line only: what `csv` would swallow is read again, line by line.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator

from newsletter.audience.reading.lines import LONGEST, Broken

SEPARATORS = ",;\t"

Record = tuple[int, list[str] | Broken]
"""The number of the line a record begins on, counted from 1, and its cells."""

_QUOTE = '"'
_MOST_LINES = 200
"""Of one record; a quotation mark that is not closed by then was not meant."""
_SWALLOWED = "The line is quoted in the text of line {number:,}, so that it may be none; put it on a line of its own."
_SWALLOWS = "A quoted text on this line holds other lines that look like readers; write it on one line."
_SEPARATOR = re.compile(r"sep=.\s*")
"""What may stand above a list for Excel, which the names of the columns tell as well."""
_NOT_CLOSED = "A quotation mark opens on this line and is not closed before a separator or the end of the line."


class Delimited:
    """The records of a file in order, the names of its columns first; an empty line is one of a single empty cell.

    The separator is the one that occurs most in the first line that is not empty, outside quotation marks.
    """

    def __init__(self, lines: Iterable[str | Broken]) -> None:
        self._lines = enumerate(lines, 1)
        self._again: deque[tuple[int, str | Broken]] = deque()
        self._separator = ""
        self._width = 0

    def __iter__(self) -> Iterator[Record]:
        while pair := self._next():
            number, line = pair
            if isinstance(line, Broken):
                yield number, line
            elif not self._separator and _SEPARATOR.fullmatch(line):
                yield number, [""]
            elif _QUOTE in line:
                yield number, self._quoted(number, line)
            else:
                yield number, line.rstrip("\r\n").split(self._separator or self._settle(line))

    def _next(self) -> tuple[int, str | Broken] | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _settle(self, line: str) -> str:
        """Return the separator; the first line that is not empty decides on it, and on the number of columns."""
        if not line.strip():
            return SEPARATORS[0]
        bare = "".join(line.split(_QUOTE)[::2])
        self._separator = max(SEPARATORS, key=bare.count)
        self._width = bare.count(self._separator) + 1
        return self._separator

    def _quoted(self, number: int, line: str) -> list[str] | Broken:
        separator = self._separator or self._settle(line)
        try:
            return next(csv.reader((line,), delimiter=separator, strict=True))
        except csv.Error:
            return self._over_lines(number, line)

    def _over_lines(self, number: int, line: str) -> list[str] | Broken:
        """Read a record that goes on on the next lines; when it cannot be read, these are read again."""
        taken: list[tuple[int, str | Broken]] = []
        try:
            cells = next(csv.reader(self._record(line, taken), delimiter=self._separator, strict=True))
        except csv.Error:
            cells = []
        if cells and not any(self._is_record(text) for _, text in taken):
            return cells
        if cells and len(cells) == self._width:
            self._again.extendleft((at, self._swallowed(text, number)) for at, text in reversed(taken))
            return Broken(line.rstrip("\r\n"), _SWALLOWS)
        self._again.extendleft(reversed(taken))
        return Broken(line.rstrip("\r\n"), _NOT_CLOSED)

    def _record(self, line: str, taken: list[tuple[int, str | Broken]]) -> Iterator[str]:
        """Yield a line, and what follows as long as it is asked for, noting it in ``taken``."""
        yield line
        size = len(line)
        while size <= LONGEST and len(taken) < _MOST_LINES and (pair := self._next()):
            taken.append(pair)
            if isinstance(pair[1], Broken):
                return
            size += len(pair[1])
            yield pair[1]

    def _swallowed(self, line: str | Broken, number: int) -> Broken:
        """Refuse what stands inside quotation marks on line ``number``, but for what it says as a record."""
        if isinstance(line, Broken):
            return line
        text = line.rstrip("\r\n")
        cells = tuple(text.replace(_QUOTE, "").split(self._separator)) if self._is_record(line) else ()
        return Broken(text, _SWALLOWED.format(number=number), cells)

    def _is_record(self, line: str | Broken) -> bool:
        """Whether a line inside quotation marks is a reader of his own, swallowed between two stray ones."""
        if isinstance(line, Broken):
            return True
        before = line.partition(_QUOTE)[0]
        return "@" in before and before.count(self._separator) + 1 >= self._width
