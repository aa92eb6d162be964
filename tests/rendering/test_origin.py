"""Own copies of templates: a copy that fell behind is known, and one that did not is left in peace."""

import hashlib
from pathlib import Path

import pytest

from newsletter.rendering import origin
from newsletter.rendering.origin import State


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A shipped template and a fresh copy of it."""
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder in (own, shipped):
        folder.mkdir()
        (folder / "style.css").write_bytes(b"p { }\n")
    origin.record(own)
    return own, shipped


@pytest.mark.parametrize(
    ("own", "shipped", "state"),
    [
        (b"p { }\n", b"p { }\n", "current"),
        (b"p { }\r\n", b"p { }\n", "current"),
        (b"p { color: red }\n", b"p { }\n", "current"),
        (b"p { color: red }\n", b"p { color: red }\n", "current"),
        (b"p { }\n", b"p { margin: 0 }\n", "untouched"),
        (b"p { color: red }\n", b"p { margin: 0 }\n", "changed"),
    ],
)
def test_a_copy_is_behind_when_the_shipped_one_changed_since(
    folders: tuple[Path, Path], own: bytes, shipped: bytes, state: State
) -> None:
    (folders[0] / "style.css").write_bytes(own)
    (folders[1] / "style.css").write_bytes(shipped)
    assert origin.states(*folders) == {"style.css": state}


@pytest.mark.parametrize("written", [None, b"", b"van mij\n", b"\xff\xfe"], ids=repr)
def test_without_a_readable_origin_only_a_copy_that_is_the_same_is_judged(
    folders: tuple[Path, Path], written: bytes | None
) -> None:
    own, shipped = folders
    (own / origin.FILE).unlink()
    if written is not None:
        (own / origin.FILE).write_bytes(written)
    assert origin.states(own, shipped) == {"style.css": "current"}
    (own / "style.css").write_bytes(b"p { color: red }\n")
    assert origin.states(own, shipped) == {"style.css": "unknown"}


def test_files_that_only_one_of_them_has_are_nobody_s_copy(folders: tuple[Path, Path]) -> None:
    own, shipped = folders
    (own / "kleuren.css").write_bytes(b"")
    (shipped / "enhance.css").write_bytes(b"")
    assert origin.states(own, shipped) == {"style.css": "current"}


def test_what_was_noted_is_what_sha256sum_writes(folders: tuple[Path, Path]) -> None:
    noted = (folders[0] / origin.FILE).read_text("utf-8")
    assert noted == f"{hashlib.sha256(b'p { }' + bytes([10])).hexdigest()}  style.css\n"
