"""What stands at the top of an article's Markdown and is no part of its body: the title and the lead."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.markup.images import lift_images
from newsletter.markup.markdown import to_html
from newsletter.markup.passages import passages
from newsletter.markup.plain import plain
from newsletter.markup.sanitise import sanitise
from newsletter.markup.visible import visible
from newsletter.sources._markdown.code import outside_fences
from newsletter.sources._markdown.fields import title_words, words

_HEADING = re.compile(r"#{1,2}[ \t]+(?P<title>\S.*?)[ \t]*#*[ \t]*$")
_ANY_HEADING = re.compile(_HEADING.pattern.replace("{1,2}", "{1,6}", 1))
_UNDERLINED = re.compile(r"(?P<title>[^\s>#*+|`~-][^\n]*)\n(?P<line>=+|-+)[ \t]*(?:\n|\Z)")
_BLANK_START = re.compile(r"\A(?:[ \t]*\n)+")
_MORE = re.compile(
    r"[ ]*(?:<!--\s*(?:more|excerpt|endexcerpt|truncate|end|teaser_end|pelican_end_summary)\s*-->"
    r"|\{/\*\s*truncate\s*\*/\})[ \t]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text below the front matter on its way: Markdown, what was taken from its top, and then its HTML."""

    markdown: str
    title: str | None = None
    opens_with_title: bool = False
    lead: str | None = None
    teaser: str | None = None


def read_body(markdown: str, title: str | None, *, has_lead: bool, separator: str | None = None) -> Body:
    """Take title and lead off the text; ``title`` is that of the front matter, which may have a lead too.

    ``separator`` is what the text itself says stands below its lead (Jekyll's ``excerpt_separator``).
    """
    return _split_lead(_split_title(markdown, title), separator, has_lead=has_lead)


def opens_with_heading(text: str) -> bool:
    """Say whether the first line that says something is a heading."""
    return _HEADING.match(text.lstrip().split("\n")[0]) is not None


def _split_title(markdown: str, title: str | None) -> Body:
    """Take the title out of the text: its first heading, and whatever heading at the top repeats the title."""
    lines = _lines(markdown)
    position = None if title else _first_heading(lines)
    found = title or (_plain_title(lines.pop(position)) if position is not None else None)
    while found:
        lines = _lines("\n".join(lines))
        if visible(_plain_title(lines[0], _ANY_HEADING)) != visible(found):
            break
        del lines[0]
    return Body(markdown=_finish("\n".join(lines)), title=None if title else found, opens_with_title=position == 0)


def _lines(markdown: str) -> list[str]:
    """Return the lines from the first that says something; an underlined heading there gets its mark in front."""
    text = _BLANK_START.sub("", markdown)
    underlined = _UNDERLINED.match(text)
    if underlined:
        mark = "#" if underlined["line"].startswith("=") else "##"
        text = f"{mark} {underlined['title']}\n{text[underlined.end() :]}"
    return text.split("\n")


def _first_heading(lines: Sequence[str]) -> int | None:
    """Return the first line that is a heading of the first or second level."""
    return next((position for position, line in outside_fences(lines) if _plain_title(line)), None)


def _plain_title(line: str, heading: re.Pattern[str] = _HEADING) -> str:
    match = heading.match(line)
    return title_words(plain(sanitise(to_html(match["title"])).html)) if match else ""


def _split_lead(body: Body, separator: str | None, *, has_lead: bool) -> Body:
    """Read ``<!--more-->``: one plain paragraph above it is the lead, more than that opens the body as ever."""
    lines = body.markdown.split("\n")
    marks = [
        position
        for position, line in outside_fences(lines)
        if _MORE.fullmatch(line) or (separator and line.strip() == separator)
    ]
    if not marks:
        return body
    above = "\n".join(lines[: marks[0]]).strip("\n")
    below = "\n".join("" if number in marks else line for number, line in enumerate(lines) if number > marks[0])
    whole = _finish(f"{above}\n\n{_BLANK_START.sub('', below)}")
    if has_lead or not above:
        return replace(body, markdown=whole)
    html, _ = lift_images(sanitise(to_html(above)).html)
    parts = [part for passage in passages(html) for part in passage.parts]
    paragraphs = [words(plain(part.html)) for part in parts if part.kind == "paragraph"]
    if len(paragraphs) == 1 and paragraphs[0] == " ".join(above.split()):
        return replace(body, markdown=_finish(below), lead=words(above))
    return replace(body, markdown=whole, teaser=next(filter(None, paragraphs), None))


def _finish(markdown: str) -> str:
    """Return Markdown as it is written: no blank lines at its ends, one line end; the empty text stays empty."""
    text = _BLANK_START.sub("", markdown.rstrip())
    return f"{text}\n" if text else ""
