"""Issues made of a few parts, as the mail shows them."""

from collections.abc import Callable
from pathlib import Path

import examples
from lxml.html import HtmlElement

from newsletter.model.issue import Block, Issue, Placement, Section
from newsletter.model.mail import Message
from newsletter.rendering.edition import render

Show = Callable[..., HtmlElement]


def message_with(
    root: Path, *parts: Issue | Placement | Block, web_version: bool = False, **tables: dict[str, object]
) -> Message:
    """What the sample reader gets: of an issue, or of one that is made of these placements and blocks."""
    settings = examples.config(root, **tables)
    issue = parts[0] if isinstance(parts[0], Issue) else issue_of(*parts)  # type: ignore[arg-type]
    return examples.message_for(render(issue, settings, web_version=web_version), settings)


def issue_of(*parts: Placement | Block) -> Issue:
    """An issue of these parts; those that open nothing stand in one section."""
    placements = tuple(part for part in parts if isinstance(part, Placement))
    blocks = tuple(part for part in parts if isinstance(part, Block))
    first = next((p for p in placements if p.kind == "opening"), None)
    others = tuple(p for p in placements if p.kind != "opening")
    return examples.issue(*([Section(name="Binnenland", placements=others)] if others else []), *blocks, opening=first)


def style(element: HtmlElement, name: str) -> str | None:
    """A property of an element's own style; None when it has none of that name."""
    return dict(p.partition(":")[::2] for p in element.get("style", "").split(";")).get(name)
