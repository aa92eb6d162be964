"""The bytes of a text file → its lines, whatever program wrote them.

UTF-8 with or without BOM, UTF-16 with one; LF, CR LF or CR. A line that is no UTF-8 is read as Windows-1252, and it
alone: lists are pasted together from files of several programs.
"""

import codecs
import re
from collections.abc import Iterator
from functools import partial
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple

LONGEST = 65_536
"""Characters of a line, and of a record of several lines; no reader has that many."""

_LINE_END = ("\n", "\r")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Broken(NamedTuple):
    """A record that cannot be read: how it begins, and a sentence that says why.

    ``cells`` are those of one that is a record, if it is not a part of another's text.
    """

    text: str
    reason: str
    cells: tuple[str, ...] = ()


class Lines:
    """The lines of a file that is open at its beginning, with their ends.

    ``foreign`` counts those that were read as Windows-1252 so far.
    """

    def __init__(self, file: BinaryIO) -> None:
        wide = file.read(2).startswith(UTF16)
        file.seek(0)
        self._text = TextIOWrapper(
            file,
            encoding="utf-16" if wide else "utf-8-sig",
            errors="replace" if wide else "surrogateescape",
            newline="",
        )
        self.foreign = 0

    def __iter__(self) -> Iterator[str | Broken]:
        for line in iter(partial(self._text.readline, LONGEST + 1), ""):
            if len(line) > LONGEST:
                yield self._cut(line)
            elif not line.isascii() and _NOT_UTF8.search(line):
                yield self._foreign(line)
            else:
                yield line

    def rewind(self) -> None:
        """Go back to the first line."""
        self._text.seek(0)
        self.foreign = 0

    def _cut(self, line: str) -> Broken:
        """Pass over the rest of a line that is too long, in pieces."""
        rest = line
        while rest and not rest.endswith(_LINE_END):
            rest = self._text.readline(LONGEST)
        return Broken(_readable(line[:100]), f"The line has more than {LONGEST:,} characters.")

    def _foreign(self, line: str) -> str | Broken:
        content = line.encode("utf-8", "surrogateescape")
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            return Broken(_readable(line), "The line is written neither in UTF-8 nor in Windows-1252.")
        self.foreign += 1
        return text


def _readable(line: str) -> str:
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
