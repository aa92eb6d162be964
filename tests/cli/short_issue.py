"""The issue of which these tests type: a date, and the articles that they put there."""

from pathlib import Path

SAMPLE = "2026-10-03"
BROKEN = "---\ntitle: Kim: terug\n---\n\nx\n"


def put(root: Path, name: str, text: str) -> None:
    file = root / "issues" / SAMPLE / "articles" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
