"""The site that an article is part of, when it lies in a checkout of one: where its root is, and who its authors are.

Each generator keeps what a site serves in a folder of its own; an address in an article counts from there.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from newsletter.frontmatter import has_alias

FOLDERS = ("", "static", "public", "assets", "content", "src", "src/assets", "source", "images", "attachments")
"""Where a site keeps its pictures, below its root: Hugo and Zola, Next and Astro, Jekyll, Pelican, Hexo, Obsidian."""

_CONFIGURATIONS = (
    "hugo.toml", "hugo.yaml", "_config.yml", "pelicanconf.py", ".eleventy.js",
    "eleventy.config.*", "docusaurus.config.*", "astro.config.*", "gatsby-config.*", "next.config.*", "mkdocs.yml",
    ".obsidian",
)  # fmt: skip
_COMMON = ("config.toml", "config.yaml")
"""What Zola and the older Hugo call theirs, as others do: it counts beside a ``content/`` only."""
_HIGHEST = 8
"""Folders above an article in which its site is looked for."""
_AUTHORS = (
    "authors.yml",
    ".authors.yml",
    "authors.yaml",
    "authors.json",
    "_data/authors.yml",
    "data/authors.yaml",
    "data/authors.yml",
)
_LARGEST = 64 * 1024


def root_of(folder: Path, workspace: Path) -> Path | None:
    """Return the nearest folder that has a ``static/`` or a generator's configuration; the workspace is never left."""
    for candidate in (folder, *folder.parents)[:_HIGHEST]:
        if candidate == Path(candidate.anchor):
            return None
        if _is_site(candidate):
            return candidate
        if candidate == workspace:
            return None
    return None


def _is_site(folder: Path) -> bool:
    configurations = (*_CONFIGURATIONS, *(_COMMON if (folder / "content").is_dir() else ()))
    return (folder / "static").is_dir() or any(next(folder.glob(name), None) for name in configurations)


def authors_of(folder: Path, workspace: Path) -> Mapping[str, object]:
    """Return whom the ids of authors stand for, as Docusaurus and Jekyll keep it: id → name, or map with a name."""
    root = root_of(folder, workspace)
    if root is None:
        return {}
    between = [f for f in (folder, *folder.parents) if f.is_relative_to(root)]
    files = (above / name for above in between for name in _AUTHORS)
    return next((found for file in files if (found := _read_authors(file))), {})


def _read_authors(file: Path) -> Mapping[str, object]:
    """Return what a file says of authors; of one that is no such file, or too large for one, nothing."""
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return {}
        text = file.read_text("utf-8")
        if has_alias(text):
            return {}
        found = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and maps only
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return {}
    within = found.get("authors", found) if isinstance(found, dict) else {}
    return within if isinstance(within, dict) else {}
