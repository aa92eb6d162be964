"""A document's bytes as text, or the reason why they are none."""

import re

from newsletter.errors import Unreadable
from newsletter.sources._base import MAX_BYTES, Document

_SAVE_AS_TEXT = "Save it as plain text, and import that."
_A_PICTURE = ("a picture", "Import the article; a picture beside it, with its name, comes along.")
_OTHER_KINDS = {
    b"%PDF-": ("a PDF", "Copy its text into a .txt file, or import the address of the article's page."),
    b"PK\x03\x04": ("a document of Word or the like", _SAVE_AS_TEXT),
    b"\xd0\xcf\x11\xe0": ("a document of Word or the like", _SAVE_AS_TEXT),
    b"{\\rtf": ("a document with formatting", _SAVE_AS_TEXT),
    **dict.fromkeys((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF"), _A_PICTURE),
}
"""How files begin that people take for articles; what they are, and what to do."""
_EXPORT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:db|posts)"\s*:\s*\[')


def refuse_other_kinds(document: Document) -> None:
    """Raises: Unreadable, code ``binary``, for a file that is no text at all and says so itself."""
    for beginning, (what, hint) in _OTHER_KINDS.items():
        if document.data.startswith(beginning):
            raise Unreadable(f"this is {what}, and no text", hint, code="binary", file=document.name)


def decode(document: Document) -> str:
    """Return the text without BOM, its line ends as LF.

    Raises: Unreadable, code ``too-large``, ``empty`` or ``binary`` (which is all that is not UTF-8).
    """
    refuse_other_kinds(document)
    _refuse_export(document)
    if len(document.data) > MAX_BYTES:
        sentence = f"the file has {len(document.data) // 1024} kB; an article has {MAX_BYTES // 1024} kB at most"
        raise Unreadable(sentence, "Keep the article only.", code="too-large", file=document.name)
    if b"\x00" in document.data:
        raise _binary(document)
    try:
        text = document.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _binary(document, document.data.count(b"\n", 0, error.start) + 1) from None
    if not text.strip():
        raise Unreadable(
            "the file is empty", "Write the article, or remove the file.", code="empty", file=document.name
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_export(document: Document) -> None:
    """Raise for what Ghost exports, however large: one JSON file that holds every article of a site."""
    if _EXPORT.match(document.data):
        sentence = "this is the export of a whole site, with many articles in one file"
        hint = "Save each article as a Markdown file (ghost-to-md does that for Ghost), and import those."
        raise Unreadable(sentence, hint, code="site-export", file=document.name)


def _binary(document: Document, line: int | None = None) -> Unreadable:
    hint = "Save the article as plain text in UTF-8."
    return Unreadable("this is no UTF-8 text", hint, code="binary", file=document.name, line=line)
