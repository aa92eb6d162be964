"""A small workspace for tests of the shelf, and what they do to it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from PIL import Image

from newsletter.web.preview.shelf import Look, Shelf

ISSUE = "2026-11-28"
CONFIGURATION = """\
[newsletter]
name = "De Heuvelbode"
next_number = 40
[publisher]
name = "De Heuvelbode"
address = "Postbus 1, 1234 AB Voorbeeld"
[sender]
from = "De Heuvelbode <brief@example.org>"
"""
ARTICLE = """\
---
title: {title}
lead: {title} begint vandaag, zegt de gemeente.
section: Dorp
date: 2026-11-27 08:00
---
{body}
"""


def small_paper(root: Path) -> Path:
    (root / "issues" / ISSUE / "articles").mkdir(parents=True)
    (root / "newsletter.toml").write_text(CONFIGURATION, "utf-8")
    for name in ("brug", "molen", "orgel"):
        write(root, name)
    paint(articles(root) / "brug.png")
    rest(root)
    return root


def articles(root: Path) -> Path:
    return root / "issues" / ISSUE / "articles"


def write(root: Path, name: str, title: str = "", body: str = "De werkzaamheden duren een week.") -> Path:
    file = articles(root) / f"{name}.md"
    file.write_text(ARTICLE.format(title=title or f"De {name}", body=body), "utf-8")
    return file


def paint(file: Path, colour: str = "#2C5260") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40), colour).save(file)


def rest(root: Path) -> None:
    """Make every file older than it is, as after a pause: what is young is done again in any case."""
    for file in root.rglob("*"):
        stat = file.stat()
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns - 1_000_000_000))


def look(shelf: Shelf, root: Path) -> Look:
    return shelf.look(shelf.find(root), ISSUE)


def calls(function: Callable[..., object], while_: Callable[[], object]) -> int:
    """Count the calls of a function."""
    counted = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal counted
        counted += event == "call" and frame.f_code is function.__code__

    sys.setprofile(count)
    try:
        while_()
    finally:
        sys.setprofile(None)
    return counted
