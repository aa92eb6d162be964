"""JSON lines → records of cells: one object a line, its names being the columns (jsonlines.org).

What is nested stays JSON, in one cell.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from newsletter.audience.reading.delimited import Record
from newsletter.audience.reading.lines import Broken

_NO_OBJECT = 'The line is no JSON object like {"email": "…"}.'


def names(lines: Iterable[str | Broken], most: int) -> tuple[str, ...]:
    """Return the names that occur in any line, in order of appearance; at most one more than ``most``."""
    found: dict[str, None] = {}
    for line in lines:
        found.update(dict.fromkeys(_object(line) or ()))
        if len(found) > most:
            break
    return tuple(found)[: most + 1]


def records(lines: Iterable[str | Broken], columns: tuple[str, ...]) -> Iterator[Record]:
    """Yield every line as the cells of these columns; an empty line as one empty cell."""
    for number, line in enumerate(lines, 1):
        if isinstance(line, Broken):
            yield number, line
        elif not line.strip():
            yield number, [""]
        elif (found := _object(line)) is None:
            yield number, Broken(line.strip()[:100], _NO_OBJECT)
        else:
            yield number, [_text(found.get(name)) for name in columns]


def _object(line: str | Broken) -> dict[str, Any] | None:
    """Read a line; None when it is no object, nests too deeply, or holds half a character (RFC 8259 §8.2)."""
    try:
        found = json.loads(line) if isinstance(line, str) else None
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case float():
            return f"{Decimal(repr(value)):f}"  # 0.00001 and never 1e-05
        case _:
            return json.dumps(value, ensure_ascii=False)
