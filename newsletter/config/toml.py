"""What is not valid TOML → what to do about it: the parser says where it stopped, the line there what was meant."""

import re
import tomllib

_MEANT = (
    (r"[^=\[]+=\s*\d{4}-\d\d-\d\d[T ]\d", "A day and time have seconds, and no quotes: 2026-11-28T06:00:00."),
    (r"[^=\[]+=\s*\d{1,2}[-./]\d{1,2}[-./]\d{4}", "A day is written like 2026-11-28."),
    (r"\[\[", "The name of a table in a list stands between [[ and ]]."),
    (r"\[", "A table's name stands between [ and ]; one with a space in it also between double quotes."),
    (r"[^=]+$", "Write a key, = and its value."),
)
"""How a line begins, and what somebody who wrote it so may not know."""


def hint(text: str, error: tomllib.TOMLDecodeError) -> str:
    """Say how the line is written that a parser stopped at."""
    if re.match("Cannot (?:declare|overwrite)", str(error)):
        return "It stands there twice; keep one."
    number = line_of(error)
    line = text.splitlines()[number - 1] if number else ""
    meant = (said for pattern, said in _MEANT if re.match(pattern, line.strip()))
    return next(meant, "Text values stand between double quotes.")


def line_of(error: tomllib.TOMLDecodeError) -> int | None:
    """Return the line that a parser stopped at, counted from 1; None at the end of the file."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else None
