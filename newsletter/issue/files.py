"""Reading the files of an issue, each by itself: what is wrong with one does not hide what is wrong with another."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from newsletter.errors import ContentError, Unreadable
from newsletter.model.finding import Finding

Read = TypeVar("Read")


def name_of(file: Path, root: Path) -> str:
    """Return what messages call a file: its path in the workspace, or its whole path when it lies elsewhere."""
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)


def read_text(file: Path, name: str) -> str:
    """Return a file's text, line ends as LF. Raises: Unreadable, code ``binary``."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("this is no UTF-8 text", "Save it as UTF-8.", code="binary", file=name) from None


def read_each(read: Callable[[Path], Read], files: Iterable[Path]) -> tuple[list[Read], list[Unreadable]]:
    """Read every file, in order; return what could be read and what was wrong with the others."""
    found: list[Read] = []
    broken: list[Unreadable] = []
    for file in files:
        try:
            found.append(read(file))
        except Unreadable as error:
            broken.append(error)
    return found, broken


def refuse_broken(broken: Sequence[Unreadable]) -> None:
    """Raise what is wrong with one file as it is, and with several as one error that names each on its own line."""
    if len(broken) == 1:
        raise broken[0]
    if broken:
        listed = "\n".join(error.sentence for error in broken)
        hint = "Mend them, or build without them: `newsletter build --skip-broken`."
        raise ContentError(f"{len(broken)} files cannot be read:\n{listed}", hint)


def skipped(error: Unreadable, code: str) -> Finding:
    """Return the warning that stands in for a file that was skipped."""
    return Finding(
        code=code,
        level="warning",
        sentence=f"This file is left out: {error.reason}.",
        remedy=error.hint,
        file=error.file,
        line=error.line,
    )
