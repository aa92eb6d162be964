"""Bytes: Gmail clips a message at 102,400 bytes of HTML and then hides what follows, the footer first.

Source: hteumeuleu/email-bugs#41 and #56; the limit is counted on the decoded HTML here.
"""

from collections.abc import Iterator

from newsletter.checks._base import Inspection
from newsletter.config import Config
from newsletter.links import NOWHERE
from newsletter.model.finding import Finding
from newsletter.model.mail import Message, Slot

CLIP = 102_400
_ALMOST = 0.8
_STYLE = 16_384
_ARTICLE = 15_000


def check(inspection: Inspection) -> Iterator[Finding]:
    """Measure the whole mail, its style sheets and each article."""
    yield from _whole(inspection)
    yield from _styles(inspection.message.html)
    for part, size in inspection.edition.sizes:
        if size > _ARTICLE:
            yield Finding(
                code="size-article",
                level="note",
                sentence=f"“{part}” takes {size:,} bytes, more than ten stories.",
                remedy="Place it as a story and let readers go on reading on the site.",
                article=part,
            )


def as_sent(message: Message, config: Config) -> int:
    """Count the bytes of a mail with its pictures' public addresses, which are longer than the local ones."""
    public = f"{config.pictures_url or f'{NOWHERE}/pictures'}/"
    slots = [p for p in message.edition.html if isinstance(p, Slot) and p.field == "pictures"]
    return len(message.html.encode()) + sum(len(public) - len(message.values[slot]) for slot in slots)


def _whole(inspection: Inspection) -> Iterator[Finding]:
    size = as_sent(inspection.message, inspection.config)
    if size < CLIP * _ALMOST:
        return
    largest = max(inspection.edition.sizes, key=lambda part: part[1] if part[0] != "frame" else 0)
    over = size >= CLIP
    yield Finding(
        code="size-clipped" if over else "size-near-clip",
        level="error" if over else "warning",
        sentence=f"The mail has {size:,} bytes; Gmail shows {CLIP:,} and hides the rest.",
        remedy=f"Move articles to links; the largest is “{largest[0]}” with {largest[1]:,} bytes.",
        article=largest[0],
    )


def _styles(html: str) -> Iterator[Finding]:
    """Gmail drops style sheets that pass 16 KB together (caniemail note 6)."""
    size = sum(len(sheet.partition("</style>")[0].encode()) for sheet in html.split("<style")[1:])
    if size >= _STYLE:
        yield Finding(
            code="size-styles",
            level="error",
            sentence=f"The style sheets have {size:,} bytes; Gmail drops all of them from {_STYLE:,}.",
            remedy="Move rules from enhance.css to style.css, or take some out.",
        )
