"""Where sentences end, and how a text is cut well.

A sentence does not end where a full stop stands: Dutch is full of *ds.*, *bijv.* and *J. P.*, and a quotation is not
cut in two. When in doubt the sentence goes on: a text a little too long is better than half a name.
"""

import re

_SHORT_WORDS = """
afb afd alg apr art aug bijv blz br ca chr dec dhr dr drs ds enz etc evt feb fr gebr hfst ing inz ir jac jan jhr joh
jr kand ltd mej mevr mgr mld mln mr mrs ms mw nov nr nrs oct okt ouderl ph plm prof resp rev sen sept sgt st th tj
uitg vgl vs wm zgn
deut ezech gal gen hebr jer jes kor luk matth openb petr pred ps rom spr thess
"""
_ABBREVIATIONS = frozenset(_SHORT_WORDS.split())
_END = re.compile(r"[.!?…؟]+[”“’\"')\]]*(?= )")
_LAST_WORD = re.compile(r"[^\s(\[„”“\"‘’'–-]+$")
_SINGLE_LETTERS = re.compile(r"(?:[^\W\d_]\.)+")
_CLIPPED = re.compile(r"[’']\w\s+[„“\"]?[^\W\d_]")
_QUOTATION_MARK = re.compile('[„“”"]')
_BEFORE_A_WORD = " ([–—-„“‘'"
_DANGLING = " ,;:.–—-(["


def sentences(text: str) -> tuple[str, ...]:
    """Cut a text into its sentences; joined by blanks they are the text again, its white space made one blank."""
    text = one_line(text)
    found: list[str] = []
    start = 0
    for mark in _END.finditer(text):
        if _begins_sentence(text[mark.end() + 1 :]) and not _goes_on(text[start : mark.end()]):
            found.append(text[start : mark.end()])
            start = mark.end() + 1
    return (*found, text[start:]) if text[start:] else tuple(found)


def whole_sentences(text: str, limit: int) -> str:
    """Return as many sentences from the beginning as fit into ``limit`` characters; empty when the first does not."""
    fitting = ""
    for sentence in sentences(text):
        if len(fitting) + bool(fitting) + len(sentence) > limit:
            break
        fitting = f"{fitting} {sentence}" if fitting else sentence
    return fitting


def shorten(text: str, limit: int) -> str:
    """Cut a text at a word so that it and its ellipsis have at most ``limit`` characters; one that fits stays."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    room = limit - 2
    words = text[: room + 1].rpartition(" ")[0] or text[:room]
    while _is_abbreviated(words) and " " in words:
        words = words.rpartition(" ")[0]
    words = words.rstrip(_DANGLING) or text[:room]
    return f"{words}…{_closing(words)}"


def one_line(text: str) -> str:
    """Make every stretch of white space one blank; spaces that must not break a line stay."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" ")


def _begins_sentence(rest: str) -> bool:
    """Whether what follows may open a sentence: not a lower-case letter, but ``’s Avonds`` may."""
    if _CLIPPED.match(rest):
        return True
    first = next((character for character in rest if character.isalnum()), "")
    return bool(first) and not first.islower()


def _goes_on(text: str) -> bool:
    """Whether a sentence goes on after a mark that could have ended it."""
    return _is_abbreviated(text) or text[:-1].isdecimal() or bool(_closing(text))


def _is_abbreviated(text: str) -> bool:
    """Whether a text ends in an abbreviation or in initials: ``ds.``, ``o.a.``, ``J. P.``"""
    match = _LAST_WORD.search(text)
    if not match or not match[0].endswith("."):
        return False
    word = match[0]
    return bool(_SINGLE_LETTERS.fullmatch(word)) or word[:-1].casefold() in _ABBREVIATIONS


def _closing(text: str) -> str:
    """Return the mark that closes the quotation a text leaves open, or nothing.

    A ”…” with two high marks is Dutch for a title; ” opens it where a word begins and no other quotation is open.
    """
    opened: list[str] = []
    for match in _QUOTATION_MARK.finditer(text):
        mark = match[0]
        before = text[match.start() - 1] if match.start() else " "
        if mark == "„" or before in _BEFORE_A_WORD:
            opened.append(mark)
        elif opened:
            opened.pop()
    if not opened:
        return ""
    return opened[0] if opened[0] == '"' else "”"
