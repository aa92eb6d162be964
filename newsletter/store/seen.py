"""Which keys of addresses have been seen, and where first: a throw-away table on disk, since a list may be long."""

import sqlite3
from collections.abc import Sequence
from types import TracebackType


class Seen:
    """Remembers the line on which each key stood first; gone when closed, and never in the store."""

    def __init__(self) -> None:
        self._count = 0
        self._table = sqlite3.connect("", isolation_level=None)  # SQLite's own temporary file
        self._table.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE seen "
            "(key TEXT PRIMARY KEY, place INTEGER NOT NULL, line INTEGER NOT NULL) WITHOUT ROWID; BEGIN"
        )

    def __enter__(self) -> "Seen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()

    def doubles(self, keys: Sequence[tuple[str, int]]) -> dict[int, int]:
        """Remember some keys with their lines; return the places among them of doubles, and the first's line of each.

        Lines do not tell keys apart: a list may be of several files.
        """
        rows = [(key, place, line) for place, (key, line) in enumerate(keys, start=self._count)]
        before, first_place = self._table.total_changes, self._count
        self._table.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        self._count += len(rows)
        if self._table.total_changes - before == len(rows):
            return {}
        firsts = ((place, *self._first(key)) for key, place, _ in rows)
        return {place - first_place: line for place, first, line in firsts if first != place}

    def _first(self, key: str) -> tuple[int, int]:
        place, line = self._table.execute("SELECT place, line FROM seen WHERE key = ?", (key,)).fetchone()
        return place, line
