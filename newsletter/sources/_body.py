"""What stands at the top of an article's Markdown and is no part of its body: the title and the lead."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.markup.markdown import to_html
from newsletter.markup.plain import plain
from newsletter.markup.sanitise import sanitise
from newsletter.sources._fields import words

_HEADING = re.compile(r"(?P<marks>#{1,2})[ \t]+(?P<title>\S.*?)[ \t]*#*[ \t]*$")
_UNDERLINED = re.compile(r"\A\s*(?P<title>[^\s>#*+-][^\n]*)\n(?:=+|-+)[ \t]*(?:\n|\Z)")
_FENCE = re.compile(r"[ ]*(?:`{3,}|~{3,})")
_MORE = re.compile(
    r"^[ ]*(?:<!--\s*(?:more|excerpt|endexcerpt|truncate)\s*-->|\{/\*\s*truncate\s*\*/\})[ \t]*$", re.I | re.M
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text below the front matter on its way: Markdown, what was taken from its top, and then its HTML."""

    markdown: str
    title: str | None = None
    opens_with_title: bool = False
    lead: str | None = None
    teaser: str | None = None


def read_body(markdown: str, title: str | None, *, has_lead: bool) -> Body:
    """Take title and lead off the text; ``title`` is that of the front matter, which may have a lead too."""
    return _split_lead(_split_title(markdown, title), has_lead=has_lead)


def opens_with_heading(text: str) -> bool:
    """Say whether the first line that says something is a heading."""
    return _HEADING.match(text.lstrip().split("\n")[0]) is not None


def _split_title(markdown: str, title: str | None) -> Body:
    """Take the title out of the text: its first heading, or with front matter only the one that repeats it."""
    text = markdown.strip("\n")
    underlined = _UNDERLINED.match(text)
    if underlined:
        text = f"# {underlined['title']}\n{text[underlined.end() :]}"
    lines = text.split("\n")
    position = _first_heading(lines)
    found = _plain_title(lines[position]) if position is not None else None
    if position is None or (title and (position or found != title)):
        return Body(markdown=_finish(markdown))
    rest = "\n".join([*lines[:position], *lines[position + 1 :]])
    if title:
        return _split_title(rest, title)
    return replace(_split_title(rest, found), title=found, opens_with_title=position == 0)


def _first_heading(lines: Sequence[str]) -> int | None:
    """Return the first line that is a heading of the first or second level, outside fences."""
    in_fence = False
    for position, line in enumerate(lines):
        if _FENCE.match(line):
            in_fence = not in_fence
        elif not in_fence and _HEADING.match(line) and _plain_title(line):
            return position
    return None


def _plain_title(line: str) -> str:
    match = _HEADING.match(line)
    return words(plain(sanitise(to_html(match["title"])).html)) if match else ""


def _split_lead(body: Body, *, has_lead: bool) -> Body:
    """Read ``<!--more-->``: one plain paragraph above it is the lead, more than that opens the body as ever."""
    match = _MORE.search(body.markdown)
    if not match:
        return body
    above, below = body.markdown[: match.start()].strip(), body.markdown[match.end() :]
    whole = _finish(f"{above}\n\n{below.strip()}")
    paragraphs = plain(sanitise(to_html(above)).html).split("\n\n")
    if has_lead or not above:
        return replace(body, markdown=whole)
    if len(paragraphs) == 1 and words(paragraphs[0]) == " ".join(above.split()):
        return replace(body, markdown=_finish(below), lead=words(above))
    return replace(body, markdown=whole, teaser=words(paragraphs[0]) or None)


def _finish(markdown: str) -> str:
    """Return Markdown as it is written: no blank lines at its ends, one line end; the empty text stays empty."""
    text = markdown.rstrip()
    text = text[re.match(r"(?:[ \t]*\n)*", text).end() :]  # type: ignore[union-attr]  # matches always
    return f"{text}\n" if text else ""
