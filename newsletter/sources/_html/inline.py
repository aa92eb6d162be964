"""Words with their emphasis and links → Markdown that reads the same again."""

import re

from lxml.html import HtmlElement

from newsletter.markup.visible import visible
from newsletter.sources._html.meta import absolute
from newsletter.sources._text.body import as_markdown

BREAK = "\x1e"
"""Stands for a line break until the lines are known."""

_SILENT = frozenset(
    {"script", "style", "noscript", "template", "button", "iframe", "svg", "img", "picture", "video", "audio"}
)
_STRONG = frozenset({"strong", "b"})
_EMPHASIS = frozenset({"em", "i", "cite", "dfn"})
_KEPT = {"sub": "sub", "sup": "sup", "del": "del", "s": "del", "strike": "del"}
_BLANKS = re.compile(r"[ \t\r\n\f\u2028\u2029]+")
_OPENS_BLOCK = re.compile(r"(?P<sign>[>+=|:-])|(?P<number>\d+)(?=[.)])")
_ESCAPES = {">": "\\>", "+": "\\+", "-": "\\-", "=": "&#61;", "|": "&#124;", ":": "&#58;"}
_IN_ADDRESS = {
    "(": "%28",
    ")": "%29",
    "<": "%3C",
    ">": "%3E",
    '"': "%22",
    "\\": "%5C",
    " ": "%20",
    "`": "%60",
    "*": "%2A",
}


def inline(element: HtmlElement, address: str | None) -> str:
    """Return an element's words as Markdown, line breaks as `BREAK`; relative links are completed with ``address``."""
    found = [_text(element.text)]
    for child in element:
        words = _child(child, address, after=found[-1][-1:]) if isinstance(child.tag, str) else ""
        if words.startswith("[") and found[-1].endswith("!"):
            found[-1] = f"{found[-1][:-1]}\\!"  # or the link would be a picture
        found += [piece for piece in (words, _text(child.tail)) if piece]
    return "".join(found)


def paragraph(words: str, *, breaks: bool = True) -> str:
    """Return inline Markdown as a paragraph: one line, or one for each break."""
    lines = [_open(line) for line in (" ".join(line.split()) for line in words.split(BREAK)) if line]
    return ("  \n" if breaks else " ").join(lines)


def _child(child: HtmlElement, address: str | None, *, after: str) -> str:
    """Return a child's words; blanks at its ends stand outside its marks, or Markdown would not see them.

    ``after`` is the character before it: two marks that touch are one to Markdown.
    """
    if child.tag in _SILENT:
        return ""
    if child.tag == "br":
        return BREAK
    if child.tag in {"code", "kbd", "samp", "tt"}:
        words = _code(child.text_content())
        as_tag = after == "`" or "&#" in words  # which Python-Markdown takes for half a character, and then loses tags
        return f"<code>{_text(child.text_content())}</code>" if words and as_tag else words
    inner = inline(child, address)
    core = inner.strip()
    if not core:
        return inner
    start, _, end = inner.partition(core)
    return start + _marked(child, core, address, after_mark=after == "*" and not start) + end


def _marked(child: HtmlElement, core: str, address: str | None, *, after_mark: bool) -> str:
    """Return words with what their element says of them; tags where asterisks would run into others."""
    if child.tag == "a":
        target = _target(child.get("href"), address)
        core = core.replace("\\]", "&#93;")  # before a colon it would make the line a reference
        return f"[{core}]({target})" if target else core
    if child.tag in _KEPT:
        return f"<{_KEPT[child.tag]}>{core}</{_KEPT[child.tag]}>"
    mark = "**" if child.tag in _STRONG else "*" if child.tag in _EMPHASIS else ""
    if not mark or BREAK in core:
        return core
    if after_mark or "*" in core.replace("\\*", ""):
        tag = "strong" if mark == "**" else "em"
        return f"<{tag}>{core}</{tag}>"
    return f"{mark}{core}{mark}"


def _target(href: str | None, address: str | None) -> str | None:
    """Return a link's address as Markdown takes it; None for what leads nowhere outside the page."""
    href = _BLANKS.sub("", href or "")
    if href.startswith("#"):
        return None
    whole = href if re.match(r"(?:mailto|tel):", href, re.IGNORECASE) else absolute(href, address)
    return "".join(_IN_ADDRESS.get(c, c) for c in whole) if whole else None


def _code(text: str) -> str:
    words = _BLANKS.sub(" ", text).strip()
    fence = "`" * (max((len(run) for run in re.findall("`+", words)), default=0) + 1)
    blank = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{blank}{words}{blank}{fence}" if words else ""


def _text(text: str | None) -> str:
    words = _BLANKS.sub(" ", visible((text or "").replace(BREAK, " ")))
    return as_markdown(words) if words else ""


def _open(line: str) -> str:
    """Escape what would open a block at the start of a line."""
    found = _OPENS_BLOCK.match(line)
    if not found:
        return line
    if found["number"]:
        return f"{found['number']}\\{line[found.end() :]}"
    return _ESCAPES[found["sign"]] + line[1:]
