"""Which keys of addresses have been seen, and where first: a throw-away table on disk, since a list may be long."""

import sqlite3
from collections.abc import Sequence
from types import TracebackType


class Seen:
    """Remembers the line on which each key stood first; gone when closed, and never in the store."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", isolation_level=None)  # SQLite's own temporary file
        self._table.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
            "CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID; BEGIN"
        )

    def __enter__(self) -> "Seen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()

    def doubles(self, keys: Sequence[tuple[str, int]]) -> dict[int, int]:
        """Remember some keys with their lines; return the lines that are doubles, each with the line of the first."""
        before = self._table.total_changes
        self._table.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", keys)
        if self._table.total_changes - before == len(keys):
            return {}
        firsts = ((line, self._first(key)) for key, line in keys)
        return {line: first for line, first in firsts if first != line}

    def _first(self, key: str) -> int:
        return int(self._table.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()[0])
