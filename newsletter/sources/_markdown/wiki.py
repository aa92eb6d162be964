"""What Obsidian and other notebooks add to Markdown: links and pictures in double brackets, marks, remarks."""

import re

from newsletter.sources._markdown.code import only_line_ends, outside_code
from newsletter.sources._markdown.shortcodes import PICTURE_FILE

_EMBEDDED = re.compile(r"!\[\[(?P<name>[^\[\]|\n]+)(?:\|(?P<words>[^\[\]\n]*))?\]\]")
_LINK = re.compile(r"\[\[(?P<name>[^\[\]|\n]+)(?:\\?\|(?P<words>[^\[\]\n]+))?\]\](?!\()")
_MARK = re.compile(r"(?<![=\w])==(?=[^\s=])([^=\n]+?)(?<=\S)==(?![=\w])")
_REMARK = re.compile(r"^%%(?:(?!%%)(?s:.)){0,5000}%%[ \t]*$", re.MULTILINE)
_ANCHOR = re.compile(r"[ \t]\^(?=[a-z0-9-]*[a-z-])[a-z0-9-]{4,}$", re.MULTILINE)


def plain_links(text: str) -> str:
    """Return Markdown in which ``[[note|words]]`` is its words and ``![[picture.png]]`` a picture."""
    return outside_code(text, _plain)


def _plain(text: str) -> str:
    if not re.search(r"\[\[|==|%%|\^", text):
        return text
    for pattern in (_REMARK, _ANCHOR):
        text = pattern.sub(only_line_ends, text)
    text = _EMBEDDED.sub(_embedded, text)
    return _MARK.sub(r"\1", _LINK.sub(_words, text))


def _embedded(match: re.Match[str]) -> str:
    """Return a picture; its words may be its size. Another note is not carried along."""
    name, words = match["name"].strip(), (match["words"] or "").strip()
    if not PICTURE_FILE.fullmatch(name):
        return ""
    return f"![{'' if re.fullmatch(r'[0-9x]*', words) else words}](<{name}>)"


def _words(match: re.Match[str]) -> str:
    """Return what a link shows: its words, else the note's name without its folders and its heading."""
    if match["words"]:
        return match["words"].strip()
    name, _, heading = match["name"].strip().partition("#")
    return name.rpartition("/")[2].strip() or heading.strip(" #^")
