"""MDX → Markdown: imports, components and expressions go; a picture that a component shows stays.

Line ends stay where they are, so that what is found later still has its line.
"""

import re
from collections.abc import Mapping

from newsletter.sources._markdown.code import only_line_ends, outside_code
from newsletter.sources._markdown.shortcodes import FILMS, PICTURE_FILE

_IMPORT = re.compile(r"^import\s(?:[^;'\"\n]|\n[ \t}])*?['\"](?P<path>[^'\"\n]+)['\"];?[ \t]*$", re.MULTILINE)
_EXPORT = re.compile(
    r"^export\s+(?:const|let|var|default|async|function|class|\{|\*)[^\n]*(?:\n(?:[ \t]+[^\n]*|[}\])][^\n]*))*",
    re.MULTILINE,
)
_PICTURE_IMPORT = re.compile(r"(?:import\s+|const\s+)(\w+)\s*(?:from|=\s*require\()\s*['\"]([^'\"\n]+)['\"]")
_MORE = re.compile(r"\{/\*\s*truncate\s*\*/\}")
_BRACES = r"\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\}"
_ATTRIBUTE = rf"[\w:.-]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|{_BRACES}))?+"
_TAG = re.compile(
    rf"<(?P<close>/?)(?P<name>[A-Za-z][\w.:-]*+)(?P<attributes>(?:\s++|{_ATTRIBUTE}|{_BRACES})*+)\s*/?>|</?>"
)
_PAIR = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{([^{}]*)\})")
_EXPRESSION = re.compile(rf"(?<![\w^\\$]){_BRACES}")
_TEXT = re.compile(r"\{\s*([\"'`])([^\"'`{}$]*)\1\s*\}")


def is_mdx(name: str, body: str) -> bool:
    """Say whether a text is MDX by its file's name, or imports as only MDX does."""
    return name.lower().endswith(".mdx") or re.search(r"^import\s.+\sfrom\s+['\"]", body, re.MULTILINE) is not None


def as_markdown(body: str) -> str:
    """Return MDX as Markdown."""
    pictures = {name: path for name, path in _PICTURE_IMPORT.findall(body) if PICTURE_FILE.fullmatch(path)}
    return outside_code(body, lambda text: _plain(text, pictures))


def _plain(text: str, pictures: Mapping[str, str]) -> str:
    text = _MORE.sub("<!-- truncate -->", text)
    for module in (_IMPORT, _EXPORT):
        text = module.sub(only_line_ends, text)
    text = _TAG.sub(lambda tag: _tag(tag, pictures), text)
    return _EXPRESSION.sub(only_line_ends, _TEXT.sub(r"\2", text))


def _tag(tag: re.Match[str], pictures: Mapping[str, str]) -> str:
    """Return a picture for a tag that names one; HTML without its expressions; of a component nothing."""
    name, attributes = tag["name"] or "", tag["attributes"] or ""
    values = {
        key.lower(): double or single or _value(braced, pictures)
        for key, double, single, braced in _PAIR.findall(attributes)
    }
    source = next(
        (value for key in ("src", "image", "source") if PICTURE_FILE.fullmatch(value := values.get(key, ""))), None
    )
    is_component = not name or not name[0].islower() or "." in name
    if source and (is_component or "{" in attributes):
        alt, caption = (re.sub(r"[\[\]\"\n]", " ", values.get(key, "")) for key in ("alt", "caption"))
        return f"![{alt}](<{source}>" + (f' "{caption}")' if caption else ")") + only_line_ends(tag)
    if is_component:
        return _film(name, values) + only_line_ends(tag)
    return re.sub(rf"\s*[\w:.-]+\s*=\s*{_BRACES}|{_BRACES}", "", tag[0]) if "{" in attributes else tag[0]


def _film(name: str, values: Mapping[str, str]) -> str:
    """Return a link to the film that ``<YouTube id="…" />`` shows; of another component nothing."""
    film = values.get("id") or values.get("videoid") or ""
    address = FILMS.get(name.lower().removeprefix("lite"))
    return f"[Video]({address.format(film)})" if address and re.fullmatch(r"[\w-]+", film) else ""


def _value(braced: str, pictures: Mapping[str, str]) -> str:
    """Return what an expression in braces means: the file of an imported picture, or a text in quotes."""
    word = braced.strip()
    return pictures.get(word.removesuffix(".src"), word.strip("\"'`"))
