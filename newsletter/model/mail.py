"""An issue rendered, and what it becomes for one reader."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from newsletter.model.subscriber import Subscriber

Field = Literal["name", "address", "joined", "why", "unsubscribe", "preferences", "web_version", "pictures", "action"]
"""Action is what a notice asks for; an issue has none."""

Context = Literal["html", "link", "url", "text"]


class Slot(NamedTuple):
    """A merge field where it stands open in an edition.

    ``context`` is what a value must be escaped for: ``html`` text or an attribute, a ``link`` (the beginning of an
    address in an attribute), a piece of a ``url``, or plain ``text``. A tuple, as every message looks its values up by
    it.
    """

    field: Field
    context: Context


Pieces = tuple[str | Slot, ...]
"""Text cut at its merge fields: joining the pieces with the values in place makes it a reader's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A picture as the mail shows it.

    ``name`` is ``<hash of the content>.jpg`` or ``.png``; ``width`` and ``height`` are CSS px, ``pixels`` what the file
    has; ``source`` is the file it was made from, relative to the workspace.
    """

    name: str
    data: bytes
    width: int
    height: int
    pixels: tuple[int, int]
    source: str

    def __repr__(self) -> str:
        return f"Rendition({self.name}, {self.width}×{self.height}, {len(self.data)} B, from {self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An issue rendered, with its merge fields still open.

    ``sizes`` holds bytes of HTML per part in the order of the mail: ``("frame", 6300), ("dijkwacht", 1700), …``; an
    article is named by its id.
    """

    issue: str
    language: str
    subject: str
    preheader: str
    html: Pieces
    text: Pieces
    pictures: tuple[Rendition, ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 over subject, preheader, HTML and text with fields open; pictures count by the hash in their name."""
        digest = hashlib.sha256()
        for part in (self.subject, self.preheader, _canonical(self.html), _canonical(self.text)):
            data = part.encode()
            digest.update(b"%d:" % len(data) + data)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The headers that every message of a run shares. ``sender`` and ``reply_to`` are mailboxes: ``Name <address>``.

    A ``test`` says so in a header of its own.
    """

    sender: str
    reply_to: str | None
    list_id: str
    feedback_id: str
    date: datetime
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An edition and one reader's values; HTML, text and bytes are joined when asked for.

    ``delivery`` identifies this message wherever it turns up again. ``values`` holds each slot's value, escaped for its
    context. ``unsubscribe`` is the one-click address of RFC 8058: there is no message without one. In an ``embedded``
    message the pictures travel along, each named by its ``cid:`` (RFC 2392); else they are fetched.

    Where there is a mailbox for it, ``return_path`` is the address that takes the mail when it comes back (the
    envelope's sender, RFC 5321; no header says it), and ``mailbox`` the ``mailto:`` link that asks to leave (RFC 2369).
    """

    delivery: str
    edition: Edition
    letterhead: Letterhead
    subscriber: Subscriber
    values: Mapping[Slot, str]
    unsubscribe: str
    embedded: bool = False
    return_path: str | None = None
    mailbox: str | None = None

    @property
    def html(self) -> str:
        """The HTML as this reader gets it."""
        return self._join(self.edition.html)

    @property
    def text(self) -> str:
        """The text part as this reader gets it, lines ended by ``\\n``."""
        return self._join(self.edition.text)

    def _join(self, pieces: Pieces) -> str:
        values = self.values
        return "".join([piece if isinstance(piece, str) else values[piece] for piece in pieces])


def _canonical(pieces: Pieces) -> str:
    """Spell open fields so that no text can look like one: NUL stands in no text."""
    return "".join(p if isinstance(p, str) else f"\0{p.field}/{p.context}\0" for p in pieces)
