"""Template code in article bodies: Hugo and Zola shortcodes, Liquid, Jinja. None of it reaches a mail.

What names a picture or a film becomes Markdown for it; everything else goes, with a finding. In code, and between
``{% raw %}`` and ``{% endraw %}``, braces are words and stay.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.model.finding import Finding, Level
from newsletter.sources._markdown.code import CODE, outside_code

_TOKEN = re.compile(
    rf"(?P<code>{CODE})"
    r"""
    | \{%-?\s*raw\s*-?%\}(?P<literal>(?s:.{0,20000}?))\{%-?\s*endraw\s*-?%\}
    | (?P<remark>\{\#(?s:.{0,2000}?)\#\}|\{\{[<%]?/\*(?s:.{0,2000}?)\*/[>%]?\}\}
             | \{%-?\s*comment\s*-?%\}(?s:.{0,20000}?)\{%-?\s*endcomment\s*-?%\})
    | \{[{%][<%-]?\s*(?P<wrapper>highlight|code|codeblock)\b[^\n}]*\}\}?[ ]*\n?
               (?P<sample>(?s:.{0,20000}?))\{[{%][<%-]?\s*(?:/|end)(?P=wrapper)\s*[>%-]?[}%]?\}
    | \{\{[<%](?P<hugo>(?s:.{0,2000}?))[>%]\}\} | \{%-?(?P<liquid>(?s:.{0,2000}?))-?%\}
    | \{\{(?P<expression>(?s:.{0,2000}?))\}\}
    | (?P<frame><iframe\b[^<>]*>(?:\s*</iframe>)?)
    """,
    re.VERBOSE | re.MULTILINE,
)
_RAW_MARK = re.compile(r"[ \t]*\{%-?\s*(?:end)?raw\s*-?%\}\n?")
_NOWHERE = re.compile(r"(?P<picture>!?)\[(?P<words>[^\[\]\n]*)\]\([ \t]*(?:\"[^\"\n]*\")?[ \t]*\)")
_LIST_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]) ")
_CALL = re.compile(r"(?P<name>[\w./-]+)\s*(?:\((?P<arguments>.*)\)|(?P<more>\s.*)?)", re.DOTALL)
_ARGUMENT = re.compile(
    r"""(?:(?P<key>[\w-]+)\s*[=:]\s*)?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s,"']+))"""
)
PICTURE_FILE = re.compile(r"\S.*\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]\S*)?", re.IGNORECASE)
"""The name or address of a picture, as texts call it."""
_FRAMED = re.compile(
    r"src=[\"']?(?:https?:)?//(?:www\.)?"
    r"(?:youtube(?:-nocookie)?\.com/embed/(?P<youtube>[\w-]+)|player\.vimeo\.com/video/(?P<vimeo>\d+))",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"""(["'])(?P<words>[^"'{}<>]*)\1\s*(?:\|.*)?""", re.DOTALL)
_DEFAULT = re.compile(r"""\|\s*default\s*[:(]\s*(["'])(?P<words>[^"'{}<>]*)\1""")
_SOURCES = ("src", "url", "file", "image", "path", "image_path", "img", "filename")
_CAPTIONS = ("caption", "title", "attr")
FILMS = {"youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}"}
"""Where a film is seen, by the name that shortcodes and components have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A body without template code, and what was taken out."""

    text: str
    notes: tuple[Finding, ...] = ()


def clean(body: str, *, file: str | None = None, line: int = 1) -> Cleaned:
    """Take template code out of Markdown; ``line`` is the body's first in ``file``.

    Cleaning what is clean changes nothing: what a removal joins to new template code is removed too.
    """
    notes: list[Finding] = []
    while True:
        sweep = _Sweep(body, file, line)
        notes += sweep.notes
        text = outside_code(sweep.result, _without_dead_links)
        if text == body:
            return Cleaned(text=text, notes=tuple(notes))
        body = text


def _without_dead_links(text: str) -> str:
    """Make words of the links whose whole address was template code, and nothing of such pictures."""
    return _NOWHERE.sub(lambda link: "" if link["picture"] else link["words"], text)


def bare(text: str) -> str:
    """Return a line of plain text without template code, as titles and leads need it."""
    text = clean(text).text if "{" in text else text
    return re.sub(r"\{+(?=[{%#])", "", text)


class _Sweep:
    """One pass over a body, from left to right."""

    def __init__(self, body: str, file: str | None, line: int) -> None:
        self.body = body
        self.notes: list[Finding] = []
        self._file = file
        self._line = line
        self._indented = tuple(_indented_code(body))
        self.result = _TOKEN.sub(self._replace, body)

    def _replace(self, match: re.Match[str]) -> str:
        """Return what stands in the place of one token."""
        if match["code"] or any(start <= match.start() < end for start, end in self._indented):
            return _RAW_MARK.sub("", match[0])
        if match["literal"] is not None:
            return _as_words(match["literal"])
        if match["wrapper"]:
            return f"\n```\n{match['sample'].strip(chr(10))}\n```\n"
        if match["frame"]:
            return _film_in(match["frame"]) or match[0]
        return "" if match["remark"] else self._replace_call(match)

    def _replace_call(self, match: re.Match[str]) -> str:
        call = next(part for part in match.group("hugo", "liquid", "expression") if part is not None).strip()
        markdown = _picture_or_film(call)
        if markdown is None and match["expression"] is not None:
            markdown = _literal(call)
        if markdown is not None or call.startswith(("/", "end")):
            return markdown or ""
        words = " ".join(match[0].split()).replace("`", "'")
        shown = f"`{words if len(words) <= 60 else words[:59] + '…'}`"
        return self._leave_out(match, "note" if match["expression"] is not None else "warning", shown)

    def _leave_out(self, match: re.Match[str], level: Level, what: str) -> str:
        self.notes.append(
            Finding(
                code="shortcode" if level == "warning" else "template-code",
                level=level,
                sentence=f"{what} was left out",
                remedy="Write in Markdown what it would have shown.",
                file=self._file,
                line=self._line + self.body.count("\n", 0, match.start()),
            )
        )
        return ""


def _indented_code(body: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each line of code that four blanks make code: after a blank line, outside lists."""
    start, in_list, is_code, after_blank = 0, False, False, True
    for line in body.split("\n"):
        if line.strip():
            indented = line.startswith(("    ", "\t"))
            is_code = indented and (is_code or after_blank) and not in_list
            in_list = bool(_LIST_ITEM.match(line)) or (in_list and (line[0] in " \t" or not after_blank))
            if is_code:
                yield start, start + len(line)
        after_blank = not line.strip()
        start += len(line) + 1


def _as_words(literal: str) -> str:
    """Spell braces so that nobody takes them for template code; code in it keeps its own."""
    pieces = re.split(r"(^[ ]*```.*?^[ ]*```[ ]*$|`[^`\n]+`)", literal, flags=re.DOTALL | re.MULTILINE)
    return "".join(re.sub(r"\{(?=[{%#])|(?<=\{)\{", "&#123;", p) if i % 2 == 0 else p for i, p in enumerate(pieces))


def _picture_or_film(call: str) -> str | None:
    """Return Markdown for a call that names a picture or film: ``figure src="a.jpg"``, ``youtube(id="x")``."""
    match = _CALL.fullmatch(call)
    if not match:
        return None
    places, named = _arguments(match["arguments"] or match["more"] or "")
    source = next((named[key] for key in _SOURCES if PICTURE_FILE.fullmatch(named.get(key, ""))), None)
    position = next((i for i, place in enumerate(places) if PICTURE_FILE.fullmatch(place)), None)
    if source is not None:
        return _picture(source, named.get("alt", ""), named)
    if position is not None:
        after = next((place for place in places[position + 1 :] if not place.isdecimal()), "")
        return _picture(places[position], named.get("alt", after), named)
    film = named.get("id") or next(iter(places), "")
    if match["name"] in FILMS and re.fullmatch(r"[\w-]+|https://[\w./?=&%-]+", film):
        return f"[Video]({film if film.startswith('https://') else FILMS[match['name']].format(film)})"
    return None


def _literal(expression: str) -> str | None:
    """Return what an expression is sure to print: ``"/a.png" | relative_url``, or the default of a name."""
    found = _LITERAL.fullmatch(expression) or _DEFAULT.search(expression)
    return found["words"] if found else None


def _film_in(frame: str) -> str | None:
    """Return a link to the film that an ``<iframe>`` shows; None for other frames."""
    found = _FRAMED.search(frame)
    if not found or not found.lastgroup:
        return None
    return f"[Video]({FILMS[found.lastgroup].format(found[found.lastgroup])})"


def _arguments(text: str) -> tuple[list[str], Mapping[str, str]]:
    places: list[str] = []
    named: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        value = next(v for v in (match["double"], match["single"], match["bare"]) if v is not None)
        value = " ".join(re.sub(r"[{}]", "", value).split())
        if match["key"]:
            named[match["key"]] = value
        else:
            places.append(value)
    return places, named


def _picture(source: str, alt: str, named: Mapping[str, str]) -> str:
    caption = next((named[key] for key in _CAPTIONS if named.get(key)), "").replace('"', "”")
    words = re.sub(r"[\[\]]", "", alt)
    return f"![{words}](<{source.replace('>', '')}>" + (f' "{caption}")' if caption else ")")
