"""Lists as CommonMark has them, where Python-Markdown wants four blanks and flattens one nested list in four.

A list is read from the source line by line (spec 0.31 §5.2–5.3): content belongs to an item when it is indented to
where the item's own text begins. The item's lines are then parsed by themselves, without their indentation, so that
everything nests in everything. Not carried over: the setext underline that lazily continues a paragraph.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.def_list import DefListIndentProcessor
from markdown.util import nearing_recursion_limit

_MARKER = re.compile(r"(?P<bullet> {0,3}(?:(?P<number>\d{1,9})(?P<end>[.)])|(?P<sign>[-+*])))(?P<gap> +|$)")
_RULE = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_OTHER_BLOCK = re.compile(r" {0,3}(?:>|#{1,6}(?: |$)|\x02wzxhzdk:)")
_NO_PARAGRAPH = re.compile(r" {0,3}(?:>|\x02wzxhzdk:)")
_CONTAINERS = re.compile(r"(?: {0,3}(?:>|(?:[-+*]|\d{1,9}[.)])(?= |$)) ?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What opens a list item. ``kind`` is the same for siblings: ``-``, ``+``, ``*``, ``.`` or ``)``."""

    kind: str
    number: int | None
    column: int
    empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """A list in the source: each item's lines without their indentation, and the lines after the list."""

    first: Marker
    items: tuple[tuple[str, ...], ...]
    loose: bool
    rest: tuple[str, ...]


def read_marker(line: str) -> Marker | None:
    """Return the marker a line opens with, or None; ``column`` is where the item's content begins."""
    match = _MARKER.match(line)
    if not match or _RULE.match(line):
        return None
    after, gap = match.end("bullet"), len(match["gap"])
    empty = not line[after:].strip()
    return Marker(
        kind=match["end"] or match["sign"],
        number=int(match["number"]) if match["number"] else None,
        column=after + (gap if not empty and gap <= 4 else 1),
        empty=empty,
    )


def read_list(lines: Sequence[str]) -> ListSource:
    """Read the list that ``lines[0]`` opens."""
    first = marker = read_marker(lines[0])
    assert first is not None  # noqa: S101 - the caller has looked
    items: list[tuple[str, ...]] = []
    loose, position = False, 0
    while marker and marker.kind == first.kind:
        item, after = _read_item(lines, position, marker)
        items.append(item)
        loose = loose or _is_loose(item)
        position = _skip_blank(lines, after)
        marker = read_marker(lines[position]) if position < len(lines) else None
        if marker and marker.kind == first.kind:
            loose = loose or position > after
    return ListSource(first=first, items=tuple(items), loose=loose, rest=tuple(lines[after:]))


def _read_item(lines: Sequence[str], position: int, marker: Marker) -> tuple[tuple[str, ...], int]:
    """Return an item's lines without trailing blank ones, and the position after them."""
    item = ["" if marker.empty else lines[position][marker.column :]]
    for line in lines[position + 1 :]:
        if not line.strip():
            item.append("")
            if marker.empty and len(item) == 2:
                break
        elif _indent(line) >= marker.column:
            item.append(line[marker.column :])
        elif _continues_lazily(item, line):
            item.append(_as_words(line.lstrip()))
        else:
            break
    while len(item) > 1 and not item[-1].strip():
        item.pop()
    return tuple(item), position + len(item)


def _continues_lazily(item: list[str], line: str) -> bool:
    """Say whether a line that is not indented still belongs to the paragraph before it."""
    if not item[-1].strip() or read_marker(line) or _RULE.match(line) or _OTHER_BLOCK.match(line):
        return False
    inner = item[-1][_end_of_containers(item[-1]) :]
    is_code = _indent(inner) >= 4 and (len(item) == 1 or not item[-2].strip())
    return bool(inner.strip()) and not (is_code or _RULE.match(inner) or _OTHER_BLOCK.match(inner))


def _as_words(line: str) -> str:
    """Escape what would open a block, now that a continuing line has lost the four blanks that forbade it."""
    match = _MARKER.match(line)
    position = match.end("bullet") - 1 if match else 0
    return f"{line[:position]}\\{line[position:]}" if match or _OTHER_BLOCK.match(line) else line


def _end_of_containers(line: str) -> int:
    match = _CONTAINERS.match(line)
    return match.end() if match else 0


def _is_loose(item: Sequence[str]) -> bool:
    """Say whether a blank line stands between two direct children of an item (not inside a list in it)."""
    inner: Marker | None = None
    for before, line in zip(("", *item), item, strict=False):
        if not line.strip():
            continue
        marker = read_marker(line)
        inside = inner is not None and (
            _indent(line) >= inner.column or (marker is not None and marker.kind == inner.kind)
        )
        if before is not item[0] and not before.strip() and line is not item[0] and not inside:
            return True
        if inner is None or _indent(line) < inner.column:
            inner = marker or (inner if before.strip() else None)
    return False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _skip_blank(lines: Sequence[str], position: int) -> int:
    while position < len(lines) and not lines[position].strip():
        position += 1
    return position


class ListProcessor(BlockProcessor):
    """Turn lists into elements; each item is parsed as a document of its own."""

    def test(self, parent: Element, block: str) -> bool:
        """Say whether a list begins in this block."""
        return _first_list_line(block.split("\n")) is not None and not nearing_recursion_limit()

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Parse what stands before the list, then the list, and leave the rest for others."""
        lines = blocks[0].split("\n")
        start = _first_list_line(lines)
        if start:
            blocks[0] = "\n".join(lines[start:])
            self.parser.parseBlocks(parent, ["\n".join(lines[:start])])
        near = next((n for n, block in enumerate(blocks) if n and not _may_continue(block)), len(blocks))
        source = read_list("\n\n".join(blocks[:near]).split("\n"))
        blocks[:near] = "\n".join(source.rest).split("\n\n") if source.rest else []
        self._build(parent, source)

    def _build(self, parent: Element, source: ListSource) -> None:
        number = source.first.number
        element = SubElement(parent, "ul" if number is None else "ol")
        if number not in {None, 1}:
            element.set("start", str(number))
        self.parser.state.set("looselist" if source.loose else "list")
        for item in source.items:
            self.parser.parseChunk(SubElement(element, "li"), "\n".join(item))
        self.parser.state.reset()


def _may_continue(block: str) -> bool:
    """Say whether a block can belong to a list above it, without reading that list."""
    return block[:1] in {"", " ", "\n"} or read_marker(block.split("\n", 1)[0]) is not None


def _first_list_line(lines: list[str]) -> int | None:
    """Return the line that opens a list, or None.

    One that would cut a paragraph must have text, and begin with 1 if it is numbered. Below a quote or a fence no
    paragraph is cut.
    """
    if read_marker(lines[0]):
        return 0
    if lines[0].startswith("    "):
        return None
    for number, line in enumerate(lines[1:], 1):
        marker = read_marker(line)
        if marker and (_NO_PARAGRAPH.match(lines[number - 1]) or (not marker.empty and marker.number in {None, 1})):
            return number
    return None


class _DefinitionIndentProcessor(DefListIndentProcessor):
    """What is indented below a definition; stock, it takes what is indented below a list as well."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.ITEM_TYPES, self.LIST_TYPES = ["dd"], ["dl", "dd"]


def register(md: Markdown) -> None:
    """Put these lists in the place of a converter's own."""
    for name in ("indent", "olist", "ulist"):
        md.parser.blockprocessors.deregister(name)
    md.parser.blockprocessors.register(_DefinitionIndentProcessor(md.parser), "defindent", 85)
    md.parser.blockprocessors.register(ListProcessor(md.parser), "lists", 65)
