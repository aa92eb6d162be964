"""The editor's own words in an issue, Markdown: the introduction and the bodies of blocks.

They pass the same gate as articles. Pictures do not stand in them, and a relative address leads nowhere in a mail.
"""

from dataclasses import dataclass
from pathlib import Path

from newsletter.frontmatter import read_head
from newsletter.issue.files import name_of, read_text
from newsletter.markup import absolutise, sanitise, to_html
from newsletter.markup.images import lift_images
from newsletter.markup.plain import plain
from newsletter.model.finding import Finding

INTRODUCTION = "intro.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Sanitised HTML, the same as plain paragraphs, and a note on what the gate took out."""

    html: str
    text: str
    notes: tuple[Finding, ...]


def prose(markdown: str, name: str) -> Prose:
    """Convert Markdown of the file that messages call ``name``."""
    clean = sanitise(to_html(markdown))
    html, images = lift_images(absolutise(clean.html, None))
    removed = (*clean.removed, *("img" for _ in images[:1]))
    return Prose(html=html, text=plain(html), notes=_removed(removed, name) if removed else ())


def read_introduction(file: Path, root: Path) -> Prose:
    """Read ``intro.md``; front matter in it is not shown. Raises: Unreadable."""
    name = name_of(file, root)
    return prose(read_head(read_text(file, name), name).body, name)


def _removed(what: tuple[str, ...], name: str) -> tuple[Finding, ...]:
    return (
        Finding(
            code="markup-removed",
            level="note",
            sentence=f"A mail cannot carry {', '.join(what)}; it was taken out.",
            remedy="Write it as Markdown.",
            file=name,
        ),
    )
