"""A pasted text → its non-empty lines, normalised but for what carries meaning.

NFC; no byte-order mark, soft hyphens or control characters. No-break spaces become blanks, but the en and em space
stay: newspapers put one between a caption and its credit. Quotation marks and dashes are the house's own and are
never touched.
"""

import re
import unicodedata
from dataclasses import replace

from newsletter.sources._base import Document
from newsletter.sources._text.account import SourceLine

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069]")
_BLANKS = re.compile("[\t\u00a0\u202f\u2007\u2009\u200a]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_PUT_BEFORE = re.compile(r"^(?:date \d{4}-\d{2} (?=\S)|(?:> ?)+)")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def in_utf_8(document: Document) -> tuple[Document, bool]:
    """Return the document in UTF-8, and whether its encoding was a guess: Windows text carries no mark."""
    try:
        if document.data.startswith(_UTF_16):
            return replace(document, data=document.data.decode("utf-16").encode()), False
        document.data.decode("utf-8")
    except UnicodeDecodeError:
        return _from_windows(document)
    return document, False


def read_lines(text: str) -> tuple[SourceLine, ...]:
    """Return the lines that say something, numbered from 1 as an editor numbers them; lines end in LF."""
    raw = text.split("\n")
    texts = ["", *(normalise(line) for line in raw), ""]
    return tuple(
        SourceLine(
            number=number, raw=line, text=tidy, gap_before=not texts[number - 1], gap_after=not texts[number + 1]
        )
        for number, (line, tidy) in enumerate(zip(raw, texts[1:], strict=False), start=1)
        if tidy
    )


def normalise(line: str) -> str:
    """Tidy one line without changing its words.

    What a crawler or a mail that quotes put before them is none of them: a line that is only quoted is empty.
    """
    clean = _INVISIBLE.sub("", _CONTROLS.sub(" ", _BLANKS.sub(" ", line)))
    return _PUT_BEFORE.sub("", re.sub(" {2,}", " ", unicodedata.normalize("NFC", clean)).strip())


def _from_windows(document: Document) -> tuple[Document, bool]:
    try:
        return replace(document, data=document.data.decode("cp1252").encode()), True
    except UnicodeDecodeError:
        return document, False
