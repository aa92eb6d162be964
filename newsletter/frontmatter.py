"""The head of an article in its dialects → values as they were written, each with its line.

YAML between ``---``, TOML between ``+++``, JSON in braces, Pelican's ``Key: value`` lines, Nikola's ``.. key: value``
in a comment, the properties that Notion prints below a heading, or none. YAML is composed without types
(``title: 1984`` and ``title: Yes`` are titles); whoever knows the key knows the type.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import yaml

from newsletter.errors import Unreadable

_YAML = re.compile(r"---[ \t]*\n(?P<head>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<head>.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"(?P<key>[A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(?P<value>.*)|$)")
_PELICAN = re.compile(r"(?P<key>[A-Za-z][\w-]*):[ \t]*(?P<value>.*)|[ \t]+(?P<more>\S.*)")
_PELICAN_TITLE = re.compile(r"(?:title|titel|kop|headline):", re.IGNORECASE | re.MULTILINE)
_OPEN_QUOTE = re.compile(r"""[ -]*[\w-]+:[ ]+(?P<quote>["'])(?:(?!(?P=quote)).)*$""")
_TAB_BEFORE_REMARK = re.compile(r"""^([^"'\n]*?)\t[ \t]*(?=#)""", re.MULTILINE)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+(?=(?:---|\+\+\+)[ \t]*\n)")
_NIKOLA = re.compile(r"<!--[ \t]*\n(?P<head>(?:[ \t]*\n)*(?:\.\. .*\n[ \t\n]*)+)-->[ \t]*(?:\n|\Z)")
_NIKOLA_PAIR = re.compile(r"\.\. (?P<key>[\w-]+):[ \t]*(?P<value>.*)")
_NOTION = re.compile(r"# (?P<title>\S.*)\n\n(?P<head>(?:[A-Z][\w -]{0,40}: \S.*\n)+)(?=\n|\Z)")
_NOTION_PAIR = re.compile(r"(?P<key>[^:\n]+): (?P<value>.*)")
_NOTION_KEYS = re.compile(
    r"^(?:Created|Date|Datum|Published|Publish Date|Tags|Status|Author|Created by|Last edited time): ",
    re.IGNORECASE | re.MULTILINE,
)
_NESTED = ("params", "extra", "taxonomies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Front matter and the text below it.

    ``values`` holds keys as written, those below Hugo's ``params`` and Zola's ``extra`` beside the others; values are
    str, lists and maps of them, and in TOML its own types too. ``lines`` has each key's line; ``body_line`` is the
    first line of the body.
    ``repeated`` names keys that stand twice: the last one counts.
    """

    dialect: str | None
    values: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()
    body: str
    body_line: int = 1


def read_head(text: str, file: str) -> Head:
    """Take the front matter off a text. Raises: Unreadable, code ``front-matter``, with the line."""
    blank = _BLANK_LINES.match(text)
    if blank:
        below = read_head(text[blank.end() :], file)
        return _moved(below, blank[0].count("\n")) if below.dialect else Head(dialect=None, body=text)
    if re.match(r"---[ \t]*\n", text):
        return _read_yaml(text, file)
    if re.match(r"\+\+\+[ \t]*\n", text):
        return _read_toml(text, file)
    readers = (_read_pelican, _read_json, _read_nikola, _read_notion)
    return next((head for read in readers if (head := read(text))), Head(dialect=None, body=text))


def _moved(head: Head, lines: int) -> Head:
    """Return a head that stands some lines further down."""
    moved = {key: line + lines for key, line in head.lines.items()}
    return replace(head, lines=moved, body_line=head.body_line + lines)


def _read_yaml(text: str, file: str) -> Head:
    match = _YAML.match(text)
    if not match:
        if _KEY.match(text.split("\n")[1]):
            raise _broken("the front matter is opened with `---` and never closed", file, 1)
        return Head(dialect=None, body=text)
    head = _TAB_BEFORE_REMARK.sub(r"\1 ", match["head"])
    loader = yaml.BaseLoader("")
    try:
        loader = yaml.BaseLoader(head)
        node = loader.get_single_node()
        if has_alias(head):
            raise _broken("the front matter has an alias (`*name`); a few of them can fill a memory", file, 2)
        if node is not None and not isinstance(node, yaml.MappingNode):
            return Head(dialect=None, body=text)
        pairs = [(_key(key), key.start_mark.line + 2, value) for key, value in node.value] if node else []
        values = {key: loader.construct_object(value, deep=True) for key, _, value in pairs}
    except yaml.YAMLError as error:
        raise _explain(error, head, file) from None
    except RecursionError:
        raise _broken("the front matter is nested too deeply", file, 2) from None
    finally:
        loader.dispose()
    return _head("yaml", values, [(key, line) for key, line, _ in pairs], text, match.end())


def has_alias(text: str) -> bool:
    """Say whether YAML refers to another place in itself: ten such lines can stand for a text that fills a memory."""
    return any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.BaseLoader))


def _key(node: yaml.Node) -> str:
    return str(node.value)


def _read_toml(text: str, file: str) -> Head:
    match = _TOML.match(text)
    if not match:
        raise _broken("the front matter is opened with `+++` and never closed", file, 1)
    try:
        values = tomllib.loads(match["head"])
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) + 1 if place else match["head"].count("\n") + 2
        raise _broken(f"this is no TOML: {str(error).partition(' (at ')[0].lower()}", file, line) from None
    except RecursionError:
        raise _broken("the front matter is nested too deeply", file, 2) from None
    keys = [
        (found[1], number)
        for number, line in enumerate(match["head"].split("\n"), 2)
        if (found := re.match(r"[\s\[]*[\"']?([\w-]+)[\"']?\s*[=\]]", line))
    ]
    return _head("toml", values, list(reversed(keys)), text, match.end(), repeatable=True)


def _read_pelican(text: str) -> Head | None:
    """Read ``Key: value`` lines up to the first blank one; without a title among them they are a text's own words."""
    block = re.match(r"(?:.+\n?)+", text)
    if not block or not _PELICAN_TITLE.search(block[0]) or not text[:1].isalpha():
        return None
    values: dict[str, object] = {}
    keys: list[tuple[str, int]] = []
    for number, line in enumerate(block[0].rstrip("\n").split("\n"), 1):
        match = _PELICAN.fullmatch(line)
        if not match:
            return None
        if match["key"]:
            keys.append((match["key"], number))
            values[match["key"]] = match["value"].strip()
        else:
            values[keys[-1][0]] = f"{values[keys[-1][0]]} {match['more'].strip()}".strip()
    return _head("pelican", values, keys, text, block.end())


def _read_json(text: str) -> Head | None:
    """Read an object in braces that a line end follows, as Hugo takes it."""
    if not re.match(r"\{\s*\"", text):
        return None
    try:
        values, end = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    keys = [(found[1], text.count("\n", 0, found.start()) + 1) for found in re.finditer(r'"([\w-]+)"\s*:', text[:end])]
    return _head("json", values, list(reversed(keys)), text, end, repeatable=True)


def _read_nikola(text: str) -> Head | None:
    match = _NIKOLA.match(text)
    if not match:
        return None
    pairs = [(pair, text.count("\n", 0, pair.start()) + 1) for pair in _NIKOLA_PAIR.finditer(text, 0, match.end())]
    values = {pair["key"]: pair["value"].strip() for pair, _ in pairs}
    return _head("nikola", values, [(pair["key"], line) for pair, line in pairs], text, match.end())


def _read_notion(text: str) -> Head | None:
    """Read a heading and the properties below it; without one that Notion gives itself they are a text's own words."""
    match = _NOTION.match(text)
    if not match or not _NOTION_KEYS.search(match["head"]):
        return None
    pairs = [pair for line in match["head"].rstrip("\n").split("\n") if (pair := _NOTION_PAIR.fullmatch(line))]
    keys = [("title", 1), *((pair["key"], number) for number, pair in enumerate(pairs, 3))]
    values = {"title": match["title"], **{pair["key"]: pair["value"].strip() for pair in pairs}}
    return _head("notion", values, keys, text, match.end())


def _head(
    dialect: str,
    values: Mapping[str, object],
    keys: list[tuple[str, int]],
    text: str,
    end: int,
    *,
    repeatable: bool = False,
) -> Head:
    names = [key for key, _ in keys]
    repeated = () if repeatable else tuple(dict.fromkeys(key for key in names if names.count(key) > 1))
    lines = dict(keys)
    nested = {key: table for key in _NESTED if isinstance(table := values.get(key), dict)}
    below = {key: value for table in nested.values() for key, value in table.items()}
    parents = {key: lines.get(name, 1) for name, table in nested.items() for key in table}
    return Head(
        dialect=dialect,
        values={**below, **{key: value for key, value in values.items() if key not in nested}},
        lines={**parents, **lines},
        repeated=repeated,
        body=text[end:],
        body_line=text.count("\n", 0, end) + 1,
    )


def _explain(error: yaml.YAMLError, head: str, file: str) -> Unreadable:
    """Turn what the YAML scanner stumbled over into what a person did."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _broken("the front matter holds a character that YAML does not allow", file, 2)
    problem, mark = error.problem or "", error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = head.split("\n")
    line = lines[number] if number < len(lines) else ""
    if "\\t" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        return _broken("a tab cannot indent front matter: use blanks", file, number + 2)
    mistake = _mistake_in(line.strip(), problem)
    if mistake:
        return _broken(mistake, file, number + 2)
    opened = next((n for n, candidate in enumerate(lines) if _OPEN_QUOTE.match(candidate)), None)
    if opened is not None:
        return _broken("a quotation mark is opened and not closed", file, opened + 2)
    if "flow" in (error.context or "") and error.context_mark:
        return _broken("a bracket is opened and not closed", file, error.context_mark.line + 2)
    return _broken(f"the front matter is no YAML: {problem}", file, number + 2)


def _mistake_in(line: str, problem: str) -> str | None:
    """Name the mistake in a line that people make in titles, and how the line is written instead."""
    pair = _KEY.match(line)
    value = (pair["value"] or "").strip() if pair else ""
    if not pair or not value:
        return None
    if value.startswith("{{"):
        return f"`{value}` is template code that nobody has filled in"
    quoted = f'`{pair["key"]}: "{value.replace(chr(34), chr(92) + chr(34))}"`'
    if "mapping values are not allowed" in problem and ":" in value:
        return f"a value with a colon needs quotes: {quoted}"
    if "cannot start any token" in problem and not value[0].isalnum():
        return f"a value that begins with a sign needs quotes: {quoted}"
    if value[0] in "\"'" and value.count(value[0]) > 2:
        return "a value in quotes ends at the next quotation mark: put the other kind around it"
    return None


def _broken(sentence: str, file: str, line: int) -> Unreadable:
    hint = "Mend the front matter; docs/writing.md shows one."
    return Unreadable(sentence, hint, code="front-matter", file=file, line=line)
