"""Edition → its page on the web: the HTML of the mail, as anybody may read it.

Nothing in it is a reader's. What a mail says to one (name, reason, how to leave) is left out so that no gap stays, and
who likes what he reads may subscribe. Fields are told by marks until the end: NUL stands in no text.
"""

import html
import re
from collections.abc import Mapping

from newsletter.model.mail import Edition, Field, Pieces, Slot
from newsletter.words import Words

_REPLY = "Questions or remarks? Simply reply to this mail; the editors read along."
_BETWEEN = r"\s*(?:[·|•/–—]\s*)?"
_INVITING = re.compile(
    r'(?P<opening><a\b[^>]*\bhref="\0(?:web_version|preferences)\0)(?P<rest>[^>]*>).*?</a>', re.DOTALL
)
_LEAVING = r'<a\b[^>]*\bhref="\0unsubscribe\0[^>]*>.*?</a>'
_LEFT = re.compile(rf"(?<=</a>){_BETWEEN}{_LEAVING}|{_LEAVING}(?:{_BETWEEN}(?=<a\b))?", re.DOTALL)
_MARK = re.compile(r"\0(\w+)\0")
_SPACE = "[\\s\N{NO-BREAK SPACE}]*"
_WRAPPED = re.compile(r"<(b|strong|i|em|span)\b[^>]*>\s*\0empty\0\s*</\1>")
_FIRST = re.compile(rf"(>{_SPACE})\0empty\0{_SPACE}[,;:]?{_SPACE}(\w?)")
_LAST = re.compile(rf",?{_SPACE}\0empty\0(?={_SPACE}[.!?…])")
_WITHIN = re.compile(rf"{_SPACE}\0empty\0(?=[\s,;:<)])")


def web_version(edition: Edition, words: Words, *, pictures: str, subscribe: str, mailbox: str) -> str:
    """Make the page of an edition in its language.

    ``pictures`` stands before a picture's name; ``subscribe`` is where the page to sign up is, ``mailbox`` the address
    for questions.
    """
    page = _joined(edition.html, {"pictures": pictures, "why": _why(words)})
    # A page cannot be replied to; in a template that says it otherwise, it stays.
    page = page.replace(_text(words(_REPLY)), _text(_ask(words, mailbox)))
    invitation = html.escape(words("Subscribe"))
    page = _INVITING.sub(lambda link: f"{link['opening']}{link['rest']}{invitation}</a>", page)
    page = _LEFT.sub("", page)
    page = _without_gaps(page)
    return _MARK.sub(lambda mark: "" if mark[1] == "empty" else html.escape(subscribe), page)


def _without_gaps(page: str) -> str:
    """Close what a missing name leaves open: a text that began with it, one that ended with it, and any other."""
    page = _WRAPPED.sub("\0empty\0", page)
    page = _FIRST.sub(lambda gap: gap[1] + gap[2].upper(), page)
    return _WITHIN.sub("", _LAST.sub("", page))


def _why(words: Words) -> str:
    return words("You are reading on the web what subscribers get by mail.")


def _ask(words: Words, mailbox: str) -> str:
    return words("Questions or remarks? Write to {address}; the editors read along.", address=mailbox)


def _joined(pieces: Pieces, values: Mapping[Field, str]) -> str:
    """Join the pieces, what leads nowhere without a reader and what only a reader has marked as such."""
    return "".join(piece if isinstance(piece, str) else _filled(piece, values) for piece in pieces)


def _filled(slot: Slot, values: Mapping[Field, str]) -> str:
    if slot.field in values:
        return html.escape(values[slot.field])
    if slot.field in {"unsubscribe", "preferences", "web_version"}:
        return f"\0{slot.field}\0"
    return "\0empty\0" if slot.context == "html" else ""


def _text(words: str) -> str:
    """Escape words as the mail spells them in its text."""
    return html.escape(words, quote=False)
