"""Why there is nothing new to show: an error beside the lines it is about."""

import re
from dataclasses import dataclass
from pathlib import Path

from newsletter.config import FILE as CONFIGURATION
from newsletter.errors import ConfigError, ContentError, NewsletterError, UsageError
from newsletter.workspace import SAMPLE_READERS

_NO_ISSUE = "This issue cannot be shown"
_LINE = re.compile(r"\bat line (\d+)")
_KEY = re.compile(r"`(?:[\w.-]*\.)?([\w-]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong, where (file and line), why, what to do, and the lines around the place.

    Of these only ``what`` is never empty. ``lines`` holds number, text, and whether it is the line meant.
    """

    what: str
    where: str = ""
    sentence: str = ""
    remedy: str = ""
    lines: tuple[tuple[int, str, bool], ...] = ()


def explain(error: NewsletterError, root: Path, *, phone: bool = False) -> Trouble:
    """Explain an error beside the lines it is about; to a ``phone``, nothing of what is in the list of readers."""
    if isinstance(error, UsageError):
        return Trouble(what=error.sentence, remedy=error.hint)
    if phone and isinstance(error, ContentError) and error.file == SAMPLE_READERS:
        return Trouble(
            what=_NO_ISSUE, sentence="The list of sample readers cannot be read.", remedy="The desk says why."
        )
    if isinstance(error, ConfigError):
        what, sentence = "The configuration cannot be used", error.sentence.removeprefix(f"{CONFIGURATION}: ")
        named = _LINE.search(sentence)
        file, line = CONFIGURATION, int(named[1]) if named else None
    elif isinstance(error, ContentError) and error.file is not None:
        what, sentence = _NO_ISSUE, error.reason[:1].upper() + error.reason[1:]
        file, line = error.file, error.line
    else:
        return Trouble(what=_NO_ISSUE, sentence=error.sentence, remedy=error.hint)
    texts = _lines_of(root / file, root)
    line = line or _line_of_key(texts, sentence)
    where = file if line is None else f"{file}, line {line}"
    return Trouble(what=what, where=where, sentence=sentence, remedy=error.hint, lines=_around(texts, line))


def _lines_of(file: Path, root: Path) -> list[str]:
    """The lines of a file; nothing of one outside the workspace."""
    if not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
        return []
    return re.split(r"\r?\n", file.read_text("utf-8", errors="replace"))


def _line_of_key(texts: list[str], sentence: str) -> int | None:
    """Find the key that a sentence about a TOML file names; None unless exactly one line sets it."""
    key = _KEY.search(sentence)
    setting = re.compile(rf"""\s*\[*["']?{re.escape(key[1])}["']?\s*[=\]]""") if key else None
    found = [number for number, text in enumerate(texts, start=1) if setting and setting.match(text)]
    return found[0] if len(found) == 1 else None


def _around(texts: list[str], line: int | None) -> tuple[tuple[int, str, bool], ...]:
    """The line and its neighbours, with their numbers."""
    if line is None or line > len(texts):
        return ()
    first = max(1, line - 1)
    return tuple((number, texts[number - 1], number == line) for number in range(first, min(len(texts), line + 1) + 1))
