"""The machine: Python, the program, and the optional parts beside it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfoNotFoundError

from newsletter import __version__
from newsletter.doctor.diagnosis import Diagnosis, good, wrong
from newsletter.doctor.surroundings import Surroundings

_OLDEST_PYTHON = (3, 11)
_BESIDE = "Put it beside newsletter: pip install {0} (with pipx: pipx inject newsletter {0})"
_OPTIONAL = (
    (
        "trafilatura",
        "finds the text on pages that do not say where it is",
        _BESIDE.format("trafilatura lxml-html-clean"),
    ),
    ("playwright", "drives a browser in the project's own tests", ""),
    ("chromium", "is the browser of those tests", ""),
)
"""What is used where it is installed: its name, what it does, how to get it; empty for what no newspaper misses."""


def look(around: Surroundings) -> Iterator[Diagnosis]:
    """Whether the program can run here, and what it could do besides."""
    version = ".".join(map(str, around.python))
    if around.python[:2] >= _OLDEST_PYTHON:
        yield good("python", f"Python {version}.")
    else:
        yield wrong("python", "error", f"Python {version} is too old.", "Install Python 3.11 or newer.")
    try:
        around.zone("Europe/Amsterdam")
        yield good("python", "Time zones are known.")
    except (ZoneInfoNotFoundError, OSError):
        yield wrong("python", "error", "Time zones are not known.", "Install them: pip install tzdata")
    yield good("program", f"newsletter {__version__}.")
    yield from _optional(around)


def _optional(around: Surroundings) -> Iterator[Diagnosis]:
    for name, use, remedy in _OPTIONAL:
        if around.installed(name):
            yield good("optional parts", f"{name} is installed; it {use}.")
        elif remedy:
            yield wrong("optional parts", "warning", f"{name} is not installed; it {use}.", remedy)
