"""Merge fields: open tokens while the mail is rendered, slots once it is cut, a reader's values at the end.

While rendering, a field is a token of letters, digits and underscores, so that it survives autoescaping, inlining and
attributes as it is. The token holds a hash of everything the issue says, so that no article can contain it: a text
that named its own hash would have to be found by searching 2¹²⁸ texts. Cutting looks at where each token landed and
gives its slot the context that the value must be escaped for.
"""

import hashlib
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import get_args
from urllib.parse import quote, unquote

from markupsafe import Markup

from newsletter.errors import ContentError
from newsletter.links import Links, mailto
from newsletter.model.issue import Issue
from newsletter.model.mail import Context, Edition, Field, Letterhead, Message, Pieces, Slot
from newsletter.model.subscriber import Subscriber
from newsletter.words import Words

FIELDS: tuple[Field, ...] = tuple(field for field in get_args(Field) if field != "action")
"""The fields of an issue."""

TEXT_WIDTH = 72

_OWN: tuple[Field, ...] = ("name", "address", "joined", "why", "unsubscribe", "preferences")
"""The fields that differ per reader."""
_LINKS = frozenset(product(("unsubscribe", "preferences"), ("html", "link", "text")))
"""Where our own links stand as they are: what follows the public address in them needs no escaping."""
_ADDRESS = "\0"
"""Stands for an address in a sentence that many have in common."""

_ADDRESSES: frozenset[Field] = frozenset(("unsubscribe", "preferences", "web_version", "pictures", "action"))
_URL_ATTRIBUTES = frozenset(("href", "src", "background", "cite"))
_NO_TEXT = (("<!--", "-->"), ("<style", "</style"), ("<script", "</script"))
_ATTRIBUTE = re.compile(r"""(?P<name>[\w-]+)\s*=\s*(?P<quote>["'])(?P<value>.*?)(?P<end>(?P=quote)|\Z)""", re.DOTALL)
_SPECIAL = re.compile(r"""[&<>"']""")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one rendering: ``reader.<field>`` in a template, and marks that say which part begins."""

    nonce: str
    names: tuple[Field, ...] = FIELDS

    @classmethod
    def of(cls, issue: Issue) -> "Tokens":
        """Make tokens that no text of this issue can contain."""
        return cls(hashlib.sha256(repr(issue).encode()).hexdigest()[:32])

    @property
    def fields(self) -> dict[str, Markup]:
        """The token of each field, marked safe."""
        return {name: Markup(f"mf{self.nonce}_{name}_") for name in self.names}  # noqa: S704 (letters and digits only)

    def mark(self, part: str) -> Markup:
        """Say that a part of the mail begins here; an HTML comment that cutting takes out again."""
        return Markup("<!--mf{}:{}-->").format(self.nonce, quote(part, safe=""))

    def cut_html(self, rendered: str) -> tuple[Pieces, tuple[tuple[str, int], ...]]:
        """Cut HTML at its tokens; return the pieces and the bytes of each marked part.

        Raises: ContentError when a field stands where no value can be escaped for.
        """
        marks = re.compile(f"<!--mf{self.nonce}:([^>]*?)-->")
        whole = marks.sub("", rendered)
        return self._cut(whole, _html_context), _sizes(marks.split(rendered))

    def cut_text(self, rendered: str) -> Pieces:
        """Cut plain text at its tokens."""
        return self._cut(rendered, lambda _before, _name: "text")

    def _cut(self, rendered: str, context: Callable[[str, Field], Context]) -> Pieces:
        pieces: list[str | Slot] = []
        position = 0
        for token in re.finditer(f"mf{self.nonce}_({'|'.join(self.names)})_", rendered):
            name: Field = token[1]  # type: ignore[assignment]  # the pattern lists the fields
            pieces += [
                rendered[position : token.start()],
                Slot(field=name, context=context(rendered[: token.start()], name)),
            ]
            position = token.end()
        return tuple(piece for piece in (*pieces, rendered[position:]) if piece != "")


def _sizes(parts: list[str]) -> tuple[tuple[str, int], ...]:
    """Count bytes per part from ``[before, name, rest, name, rest …]``; what comes before is the frame's."""
    sizes: dict[str, int] = {"frame": len(parts[0].encode())}
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        part = unquote(name)
        sizes[part] = sizes.get(part, 0) + len(rest.encode())
    return tuple(sizes.items())


def _html_context(before: str, name: Field) -> Context:
    """Say where a token landed, from the HTML before it, in which ``<`` and ``>`` stand for tags only."""
    if any(before.rfind(opening) > before.rfind(closing) for opening, closing in _NO_TEXT):
        raise _misplaced(name, "in a comment, a style sheet or a script")
    opened = before.rfind("<")
    if opened < before.rfind(">"):
        return "html"
    attribute, value = _open_attribute(before[opened:])
    if attribute in ("", "style") or attribute.startswith("on"):
        raise _misplaced(name, "inside a tag, but not in an attribute that can hold it")
    if attribute not in _URL_ATTRIBUTES:
        return "html"
    if value:
        return "url"
    if name not in _ADDRESSES:
        raise _misplaced(name, "where an address begins")
    return "link"


def _open_attribute(tag: str) -> tuple[str, str]:
    """The attribute in which a tag breaks off, and how far its value goes; both empty where it is in none.

    The values before it are gone through one by one, as each may spell what looks like an attribute.
    """
    last = None
    for last in _ATTRIBUTE.finditer(tag):  # noqa: B007 (only the last one can be open)
        pass
    return (last["name"], last["value"]) if last and not last["end"] else ("", "")


def _misplaced(name: Field, where: str) -> ContentError:
    return ContentError(f"The template puts reader.{name} {where}.", "Put it in text or in an attribute's value.")


def _plain(value: str) -> str:
    """Make a value one line: a name with a line break in it must not start a header or a paragraph of its own."""
    return value if value.isprintable() else _UNSAFE.sub(" ", value)


def _in_html(value: str) -> str:
    """Most values hold nothing to escape, and to look is quicker than to replace five letters."""
    return html.escape(_plain(value)) if _SPECIAL.search(value) else _plain(value)


ESCAPES: Mapping[Context, Callable[[str], str]] = {
    "html": _in_html,
    "link": _in_html,
    "url": lambda value: quote(_plain(value), safe=""),
    "text": _plain,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Makes the messages of one edition; ``pictures`` stands before a picture's name: ``https://…/``, ``cid:``."""

    edition: Edition
    letterhead: Letterhead
    links: Links
    words: Words
    pictures: str
    _shared: Mapping[Slot, str] = field(init=False, repr=False)
    """The values that every reader's message has."""
    _own: tuple[tuple[Slot, int, Callable[[str], str]], ...] = field(init=False, repr=False)
    """The slots of what is a reader's own, each with the place of its value in `_values` and what makes it fit."""
    _days: dict[date | None, tuple[str, str]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        slots = {p: None for p in (*self.edition.html, *self.edition.text) if isinstance(p, Slot)}
        shared = {"web_version": self.links.web_version(self.edition.issue), "pictures": self.pictures}
        ours = _LINKS if _in_html(self.links.web) == self.links.web else frozenset()
        own = tuple(
            (slot, _OWN.index(slot.field), str if (slot.field, slot.context) in ours else _escape_of(slot))
            for slot in slots
            if slot.field in _OWN
        )
        values = {slot: _escape_of(slot)(shared[slot.field]) for slot in slots if slot.field in shared}
        object.__setattr__(self, "_own", own)
        object.__setattr__(self, "_shared", values)

    def __call__(self, subscriber: Subscriber, *, delivery: str) -> Message:
        """Make one reader's message. Nothing is joined yet."""
        unsubscribe = self.links.unsubscribe(subscriber.id)
        mailbox = self.links.mailbox(subscriber.id)
        own = self._values(subscriber, unsubscribe)
        return Message(
            delivery=delivery,
            edition=self.edition,
            letterhead=self.letterhead,
            subscriber=subscriber,
            values={**self._shared, **{slot: escape(own[place]) for slot, place, escape in self._own}},
            unsubscribe=unsubscribe,
            return_path=self.links.return_path(subscriber.id),
            mailbox=mailto(mailbox) if mailbox else None,
        )

    def _values(self, subscriber: Subscriber, unsubscribe: str) -> tuple[str, ...]:
        """What is a reader's own, in the order of `_OWN`."""
        joined, why = self._day(subscriber.joined)
        address = subscriber.address
        preferences = self.links.preferences(subscriber.id)
        return (subscriber.name, address, joined, why.replace(_ADDRESS, address), unsubscribe, preferences)

    def _day(self, joined: date | None) -> tuple[str, str]:
        """Spell a day of joining, and the sentence about it; many have the same, and spelling is what takes longest."""
        if joined not in self._days:
            spelt = self.words.day(joined) if joined else ""
            self._days[joined] = (spelt, _why(self.words, spelt))
        return self._days[joined]


def _escape_of(slot: Slot) -> Callable[[str], str]:
    """Return what makes a value fit its slot; the sentence that says why the mail comes is wrapped besides."""
    escape = ESCAPES[slot.context]
    return (lambda value: _wrapped(escape(value))) if (slot.context, slot.field) == ("text", "why") else escape


def _wrapped(text: str) -> str:
    """Break a sentence at its spaces; `textwrap` does it too, and takes longer than the rest of a message."""
    lines, start = [], 0
    while len(text) - start > TEXT_WIDTH:
        cut = text.rfind(" ", start, start + TEXT_WIDTH + 1)
        if cut <= start and (cut := text.find(" ", start + TEXT_WIDTH)) < 0:
            break
        lines.append(text[start:cut])
        start = cut + 1
    return "\n".join((*lines, text[start:]))


def _why(words: Words, joined: str) -> str:
    """Say why this mail comes, to whom is still open; without a day of joining the sentence ends there."""
    if not joined:
        return words("You receive this letter at {address}.", address=_ADDRESS)
    return words("You receive this letter at {address} because you signed up on {date}.", address=_ADDRESS, date=joined)
