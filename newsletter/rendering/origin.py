"""Where a workspace's own copy of a template came from, by which one that fell behind is known.

`.origin` lies beside the copy and says what the shipped files were when they were copied, in the form that `sha256sum`
writes and checks. Line ends count as LF, since git may change them.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

FILE = ".origin"

State = Literal["current", "untouched", "changed", "unknown"]
"""Of one file of a copy: it is as new as the shipped one; the shipped one is newer and the copy is as it was made, or
was changed; or nothing says what it was copied from."""


def record(folder: Path) -> Path:
    """Note what the files of a fresh copy are; return the file that says so."""
    lines = (f"{_hash(file)}  {file.name}\n" for file in _files(folder))
    (folder / FILE).write_text("".join(lines), "utf-8")
    return folder / FILE


def states(own: Path, shipped: Path) -> Mapping[str, State]:
    """Compare a copy with the template it is one of; return the state of each file that both have."""
    origin = _recorded(own)
    return {
        file.name: _state(_hash(file), _hash(shipped / file.name), origin.get(file.name))
        for file in _files(own)
        if (shipped / file.name).is_file()
    }


def _state(own: str, shipped: str, origin: str | None) -> State:
    if shipped in {own, origin}:
        return "current"
    if origin is None:
        return "unknown"
    return "untouched" if own == origin else "changed"


def _recorded(folder: Path) -> Mapping[str, str]:
    try:
        lines = (folder / FILE).read_text("utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("[!.]*") if file.is_file())


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
