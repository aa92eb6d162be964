"""A document's bytes as text, or the reason why they are none."""

from newsletter.errors import Unreadable
from newsletter.sources._base import MAX_BYTES, Document


def decode(document: Document) -> str:
    """Return the text without BOM, its line ends as LF.

    Raises: Unreadable, code ``too-large``, ``empty`` or ``binary`` (which is all that is not UTF-8).
    """
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


def _binary(document: Document, line: int | None = None) -> Unreadable:
    hint = "Save the article as plain text in UTF-8."
    return Unreadable("this is no UTF-8 text", hint, code="binary", file=document.name, line=line)
