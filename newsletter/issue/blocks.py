"""``blocks/*.md``: what stands between articles, with the days on which it does.

Those in the workspace's own ``blocks/`` are standing; one of the issue with the same file name takes its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from newsletter.config import Text
from newsletter.errors import Unreadable
from newsletter.frontmatter import read_head
from newsletter.issue.files import name_of, read_text
from newsletter.issue.prose import prose
from newsletter.model.finding import Finding
from newsletter.model.issue import Block, BlockKind
from newsletter.validation import Table, explain, refuse

FOLDER = "blocks"


def _address(value: str) -> str:
    if not value.startswith(("https://", "http://", "mailto:")):
        raise refuse(f"“{value}” is no address; it begins with https://")
    return value


class _Head(Table):
    """The front matter of a block; an unknown key in it is an error."""

    block: BlockKind
    title: Text | None = None
    source: Text | None = None
    url: Annotated[Text, AfterValidator(_address)] | None = None
    link: Text | None = None
    after: Text | None = None
    from_: date | None = Field(None, alias="from")
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedBlock:
    """A block as its file has it, and the days on which it stands in the mail, both included; None is no limit."""

    block: Block
    since: date | None
    until: date | None
    notes: tuple[Finding, ...]

    def stands_on(self, day: date) -> bool:
        """Whether the block is shown on this day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def block_files(root: Path, folder: Path) -> tuple[Path, ...]:
    """Return the files of an issue's blocks and of the standing ones that it does not replace, by name."""
    places = (root / FOLDER, folder / FOLDER)
    files = {file.name: file for place in places for file in place.glob("[!._]*.md") if file.is_file()}
    return tuple(files[name] for name in sorted(files))


def read_block(file: Path, root: Path) -> DatedBlock:
    """Read one block. Raises: Unreadable with the file and, where it is known, the line."""
    name = name_of(file, root)
    text = read_head(read_text(file, name), name)
    head = _check(text.values, text.lines, name)
    body = prose(text.body, name)
    block = Block(
        id=file.stem,
        kind=head.block,
        title=head.title,
        html=body.html,
        text=body.text,
        source=head.source,
        url=head.url,
        link=head.link,
        after=head.after,
        file=name,
    )
    return DatedBlock(block=block, since=head.from_, until=head.until, notes=body.notes)


def _check(values: Mapping[str, object], lines: Mapping[str, int], name: str) -> _Head:
    """Check the front matter; a key with nothing behind it is as good as none."""
    try:
        return _Head.model_validate({key: value for key, value in values.items() if value != ""})
    except ValidationError as error:
        sentence, hint = explain(error, _Head, name)
        line = lines.get(str(error.errors()[0]["loc"][0]))
        raise Unreadable(sentence.rstrip("."), hint, code="front-matter", file=name, line=line) from None
