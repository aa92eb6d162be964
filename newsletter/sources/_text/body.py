"""The body of a pasted text as Markdown: paragraphs, crossheads, lists and pull quotes, told apart by their shape.

Whatever is not clearly something else is a paragraph; a line that looks odd as one is kept, with a note.
"""

import re
from collections import Counter

from newsletter.model.article import Sureness
from newsletter.sources._text.account import Account, SourceLine

LONGEST_CROSSHEAD = 70
_MOST_WORDS = 9
_PARAGRAPH = 80
_SHORT = 40
_PULL_QUOTE = range(60, 181)

_ENDS = re.compile(r"[.!?…:;][”\"’'»)\]]*$|[”\"»)]$")
_NO_CROSSHEAD = re.compile(r"[.!…:;,]$|\.[”\"’'] ")
_FACT = re.compile(r"[^\W\d_][\w ]{2,20}: ")
_OPENING_QUOTES = ("„", "“", "”", '"', "‘", "«")
_BULLET = re.compile(r"(?:[•●▪◦‣■]\s*|[*-]\s+)(?=\S)")
_CLOCK = re.compile(r"\d{1,2}[.:]\d{2}(?: (?:uur|[ap]m))?", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,2})[.)]\s+(?=\S)")

_SPECIAL = re.compile(r"[\\`*_\[\]{}#]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_OPENING = re.compile(r"^([>+-]|\d+(?=[.)]))")


def read_body(account: Account) -> str:
    """Place every line that is still open and return the body as Markdown, its blocks separated by blank lines."""
    _drop_repeated_quotes(account)
    lines = account.open
    crossheads: list[Sureness] = []
    blocks: list[str] = []
    for at, line in enumerate(lines):
        kind = _kind(lines, at)
        account.place(line, "body", kind)
        if kind == "item" and at and _is_item_after(lines, at):
            blocks[-1] += f"\n{_as_item(line.text)}"
        else:
            blocks.append(_as_block(line.text, kind))
        if kind == "crosshead":
            crossheads.append(_sureness(line))
        _remark(account, lines, at, kind)
    if crossheads:
        weakest: Sureness = "likely" if "likely" in crossheads else "sure"
        account.found("passages", weakest, "short lines without full stop above a paragraph")
    return "\n\n".join(blocks)


def is_sentence(words: str) -> bool:
    """Say whether a line ends as a sentence does."""
    return bool(_ENDS.search(words))


def opens_item(words: str) -> bool:
    """Say whether a line begins with a bullet or a number, as an item of a list does."""
    return bool(_BULLET.match(words) or _NUMBER.match(words))


def as_markdown(words: str) -> str:
    """Escape plain text so that Markdown reads the same words."""
    text = _SPECIAL.sub(r"\\\g<0>", _ENTITY.sub("&amp;", words))
    text = text.replace("<", "&lt;").replace("~", "&#126;")
    if text.startswith(":"):
        return f"&#58;{text[1:]}"
    return _OPENING.sub(lambda m: f"{m[1]}\\" if m[1].isdigit() else f"\\{m[1]}", text)


def _kind(lines: list[SourceLine], at: int) -> str:
    if _is_item(lines, at):
        return "item"
    if _is_crosshead(lines, at):
        return "crosshead"
    if _is_pull_quote(lines, at):
        return "pull quote"
    return "question" if _is_question(lines, at) else "paragraph"


def _is_item(lines: list[SourceLine], at: int) -> bool:
    """A bullet makes a list by itself, a number only beside another one: *1. april* may begin a sentence."""
    if _BULLET.match(lines[at].text):
        return True
    number = _number(lines, at)
    return number is not None and (_number(lines, at - 1) == number - 1 or _number(lines, at + 1) == number + 1)


def _number(lines: list[SourceLine], at: int) -> int | None:
    found = _NUMBER.match(lines[at].text) if 0 <= at < len(lines) else None
    return int(found[1]) if found else None


def _is_item_after(lines: list[SourceLine], at: int) -> bool:
    """Say whether an item continues the list of the line above it."""
    if not _is_item(lines, at - 1):
        return False
    number, last = _number(lines, at), _number(lines, at - 1)
    return number == last if number is None or last is None else number == last + 1


def _is_crosshead(lines: list[SourceLine], at: int) -> bool:
    """Say whether a line heads what is below it; *Stelling 2* and *16.45 uur* may have a second crosshead there.

    *Toegang: gratis* under *Aanvang: 19.30 uur* is the last of several facts.
    """
    words = lines[at].text
    if _FACT.match(words) and at and not lines[at].gap_before and _FACT.match(lines[at - 1].text):
        return False
    numbered = (len(words.split()) <= 3 and words[-1].isdigit()) or _CLOCK.fullmatch(words) is not None
    return _heads_text(lines, at) or (numbered and _may_be_crosshead(lines, at) and _heads_text(lines, at + 1))


def _heads_text(lines: list[SourceLine], at: int) -> bool:
    if at + 1 >= len(lines) or not _may_be_crosshead(lines, at):
        return False
    after = lines[at + 1].text
    apart = lines[at].gap_before and lines[at].gap_after
    return (
        len(after) >= _PARAGRAPH or _is_item(lines, at + 1) or (apart and len(after) >= _SHORT and is_sentence(after))
    )


def _may_be_crosshead(lines: list[SourceLine], at: int) -> bool:
    words = lines[at].text
    fits = len(words) <= LONGEST_CROSSHEAD and len(words.split()) <= _MOST_WORDS
    return fits and not _NO_CROSSHEAD.search(words) and not _is_question(lines, at)


def _is_question(lines: list[SourceLine], at: int) -> bool:
    """Say whether an interviewer speaks: the line asks, and the next opens with a quotation mark."""
    words = lines[at].text
    asks = words.endswith("?") and not words.startswith(_OPENING_QUOTES)
    return asks and at + 1 < len(lines) and lines[at + 1].text.startswith(_OPENING_QUOTES)


def _is_pull_quote(lines: list[SourceLine], at: int) -> bool:
    """Say whether a sentence without full stop stands between two paragraphs."""
    words = lines[at].text
    if len(words) not in _PULL_QUOTE or is_sentence(words) or not 0 < at < len(lines) - 1:
        return False
    return is_sentence(lines[at - 1].text) and len(lines[at + 1].text) >= _PARAGRAPH and not _is_item(lines, at + 1)


def _drop_repeated_quotes(account: Account) -> None:
    """Leave out the pull quotes whose words the body has anyway; of equal ones the first stays."""
    lines = account.open
    bare = [_bare(line.text) for line in lines]
    body, prints = "\n".join(bare), Counter(bare)
    kept: set[str] = set()
    for at, (line, words) in enumerate(zip(lines, bare, strict=True)):
        if not _is_pull_quote(lines, at) or _is_crosshead(lines, at):
            continue
        if words in kept or body.count(words) > prints[words]:
            account.place(line, "duplicate", "pull quote")
            account.note("pull-quote", "This line repeats words of the body; it is left out.", line=line)
        kept.add(words)


def _bare(words: str) -> str:
    return re.sub(r"\W+", " ", words).strip().casefold()


def _sureness(line: SourceLine) -> Sureness:
    apart = line.gap_before and line.gap_after
    quoted = line.text.startswith((*_OPENING_QUOTES, "'"))
    return "sure" if apart and len(line.text.split()) <= 4 and not quoted else "likely"


def _remark(account: Account, lines: list[SourceLine], at: int, kind: str) -> None:
    line = lines[at]
    last = at + 1 == len(lines)
    if kind == "pull quote":
        account.note("pull-quote", "This line is taken for a pull quote.", line=line)
    elif last and kind != "item" and (not is_sentence(line.text) or re.search(r"(?<!\.)\.\.$", line.text)):
        sentence = "The text stops in the middle of a sentence."
        account.note("truncated", sentence, "Copy the whole article.", line=line, level="warning")
    elif kind == "paragraph" and len(line.text) < _SHORT and not is_sentence(line.text):
        account.note("short-line", "This short line is kept as a paragraph.", line=line)


def _as_block(words: str, kind: str) -> str:
    if kind == "item":
        return _as_item(words)
    mark = {"crosshead": "## ", "pull quote": "> "}.get(kind, "")
    return mark + as_markdown(words)


def _as_item(words: str) -> str:
    if number := _NUMBER.match(words):
        return f"{number[1]}. {as_markdown(words[number.end() :])}"
    return f"- {as_markdown(_BULLET.sub('', words, count=1))}"
