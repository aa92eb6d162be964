"""Code in Markdown, fenced or between backticks: whatever a generator writes in a text, in code it is a word."""

import re
from collections.abc import Callable, Iterable, Iterator

FENCE = re.compile(r"[ >]*(?:`{3,}(?!.*`)|~{3,})")
"""Opens or closes a fence; what has more backticks on its line is code in the line."""

CODE = r"""
    ^[ >]*(?:(?:[-*+]|\d{1,9}[.)])[ ]+)*(?P<fence>`{3,}(?![^\n]*`)|~{3,})[^\n]*\n
        (?s:.*?)(?:^[ >]*(?P=fence)[`~]*[ ]*$|\Z)
    | (?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n)(?s:.))+?(?<!`)(?P=ticks)(?!`)
"""
"""A fence, closed or not, or code in a line; for patterns that are VERBOSE and MULTILINE."""

_CODE = re.compile(CODE, re.VERBOSE | re.MULTILINE)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return a text with everything changed that is not code."""
    pieces, start = [], 0
    for code in _CODE.finditer(text):
        pieces += [change(text[start : code.start()]), code[0]]
        start = code.end()
    return "".join([*pieces, change(text[start:])])


def only_line_ends(match: re.Match[str]) -> str:
    """Leave of what is taken out its line ends, so that what is found later still has its line."""
    return "\n" * match[0].count("\n")


def outside_fences(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield position and line of the lines that stand in no fence."""
    in_fence = False
    for position, line in enumerate(lines):
        if FENCE.match(line):
            in_fence = not in_fence
        elif not in_fence:
            yield position, line
