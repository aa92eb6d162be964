"""A mail taken apart: its fields, its parts and the mails inside it, whatever is wrong with any of them.

Anybody may write to a mailbox, so nothing here is believed or waited for. No more than `MOST` of a mail is read; what
nests too deeply is read as its fields alone; header values stay as they came, since decoding a long one takes the
standard library minutes. The old policy of `email` is used because it raises on nothing; the new one's parser of
headers does.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from newsletter.markup import plain
from newsletter.markup.visible import on_one_line
from newsletter.mime import address_of

MOST = 256 * 1024
"""Bytes that are read of one mail. A report stands before the mail it returns."""

_MOST_NESTED = 20
_MOST_PARTS = 100
_MOST_BLOCKS = 50
_LONGEST_VALUE = 2_000
_MOST_REMARKS = 20
"""Brackets in an address, into each of which the standard library goes by itself."""
_LONGEST_HTML = 20_000
_DESCRIPTION = re.compile(rb"^content-[\w-]{1,30}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_LONGEST_DESCRIPTION = 2_000
_KIND = re.compile(r"\s*([\w.+-]{1,60}/[\w.+-]{1,60})")
_PARAMETER = re.compile(r";\s*([\w*-]{1,30})\s*=\s*\"?([\w.:+-]{1,80})")
_FIELD = re.compile(r"^([!-9;-~]{1,60})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_NO_CHARSETS = frozenset(("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"))
"""Codecs of Python that no mail is written in; some of them take very long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The headers of a mail, or the fields of a report, in order.

    Names are in lower case, values as they came and unfolded.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    def every(self, *names: str) -> tuple[str, ...]:
        """The values of some fields, in order."""
        return tuple(value for name, value in self.pairs if name in names)

    def first(self, name: str) -> str:
        """The value of a field where it stands first, that is where the last server put it; empty without one."""
        return next((value for known, value in self.pairs if known == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a mail. ``text`` is empty for what is none; ``blocks`` are the fields of a report.

    ``inside`` says that it belongs to a mail within the mail: what another one sent, and not the sender's own words.
    """

    kind: str
    text: str = ""
    blocks: tuple[Fields, ...] = ()
    inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it came in.

    ``place`` says where it lies, ``report`` is the type of a multipart/report and empty for others. ``returned`` are
    the headers of the mails inside it, whole or as headers alone.
    """

    place: str
    raw: bytes = field(repr=False)
    fields: Fields = field(repr=False)
    report: str
    parts: tuple[Part, ...] = field(repr=False)
    returned: tuple[Fields, ...] = field(repr=False)

    @property
    def subject(self) -> str:
        """The subject, decoded, on one line, and without what would steer a terminal."""
        return on_one_line(decoded(self.fields.first("subject")))

    @property
    def sender(self) -> str:
        """The one address it is from; empty when that is not one address."""
        senders = self.fields.every("from")
        if len(senders) != 1 or len(senders[0]) > _LONGEST_VALUE or senders[0].count("(") > _MOST_REMARKS:
            return ""
        return address_of(senders[0]) or ""

    @property
    def at(self) -> datetime | None:
        """When our own server got it, else when it says that it was written; None when nothing can be read."""
        received = (value.rpartition(";")[2] for value in self.fields.every("received")[:1])
        return next(filter(None, map(_moment, (*received, self.fields.first("date")))), None)

    @property
    def own_text(self) -> str:
        """What the sender wrote himself: the first plain text, else the first HTML as text; empty without either."""
        own = [part for part in self.parts if not part.inside and part.text.strip()]
        texts = (part.text for part in own if part.kind == "text/plain")
        return next(texts, None) or next((_html_as_text(part.text) for part in own if part.kind == "text/html"), "")

    def blocks(self, *kinds: str) -> tuple[Fields, ...]:
        """The fields of the mail's own reports of some kinds, block by block."""
        return tuple(block for part in self.parts if part.kind in kinds and not part.inside for block in part.blocks)


def read(raw: bytes, place: str) -> Mail:
    """Take a mail apart, at most the first `MOST` bytes of it. It raises nothing, whatever they are."""
    raw = raw[:MOST]
    message = parsed(raw)
    fields = _fields(message)
    returned: list[Fields] = []
    parts = tuple(_parts(message, returned))
    described = dict(_PARAMETER.findall(fields.first("content-type")[:_LONGEST_DESCRIPTION].lower()))
    is_report = _kind(fields) == "multipart/report"
    report = described.get("report-type", "") if is_report else ""
    return Mail(place=place, raw=raw, fields=fields, report=report, parts=parts, returned=tuple(returned))


def parsed(raw: bytes) -> Message:
    """Parse a mail; one that nests so deeply that taking it apart would take long, or fail, as its headers alone."""
    raw = _DESCRIPTION.sub(lambda found: found[0][:_LONGEST_DESCRIPTION], raw)
    small = raw.lower()
    parser = BytesParser(policy=compat32)
    if small.count(b"boundary=") + small.count(b"message/") <= _MOST_NESTED:
        try:
            return parser.parsebytes(raw)
        except (RecursionError, MessageError, ValueError):
            pass
    return parser.parsebytes(raw, headersonly=True)


def decoded(value: str) -> str:
    """Decode the words of a header (RFC 2047), the first `_LONGEST_VALUE` letters of it; what cannot be stays."""
    value = value[:_LONGEST_VALUE]
    try:
        pieces = decode_header(value)
        return "".join(piece if isinstance(piece, str) else _text(piece, charset) for piece, charset in pieces)
    except (MessageError, ValueError):
        return value


def _parts(message: Message, returned: list[Fields]) -> Iterator[Part]:
    """Walk through the parts in order, and note the headers of the mails inside."""
    waiting = [(message, False)]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part, inside = waiting.pop()
        fields = _fields(part)
        kind = _kind(fields)
        children = [child for child in part.get_payload() if isinstance(child, Message)] if part.is_multipart() else []
        if kind in {"message/delivery-status", "message/global-delivery-status", "message/feedback-report"}:
            yield Part(kind=kind, blocks=_blocks(children), inside=inside)
            continue
        is_mail = kind in {"message/rfc822", "message/global"}
        if is_mail:
            returned.extend(map(_fields, children[:1]))
        waiting += [(child, inside or is_mail) for child in reversed(children)]
        text = _text_of(part, fields) if kind.startswith("text/") and not children else ""
        if kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            returned.extend(fields_in(text or _text_of(part, fields))[:1])
            returned.extend(map(_fields, children[:1]))
        elif not children:
            yield Part(kind=kind, text=text, inside=inside)


def _blocks(children: Iterable[Message]) -> tuple[Fields, ...]:
    """The blocks of a report; of kinds that `email` does not know, the second and further ones lie in the text."""
    found: list[Fields] = []
    for child in children:
        rest = child.get_payload()
        found.append(_fields(child))
        found.extend(fields_in(rest) if isinstance(rest, str) else ())
    return tuple(block for block in found if block.pairs)[:_MOST_BLOCKS]


def fields_in(text: str) -> tuple[Fields, ...]:
    """Read fields from a text, block by block as blank lines part them."""
    blocks = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"), maxsplit=_MOST_BLOCKS)[:_MOST_BLOCKS]
    each = (tuple((found[1].lower(), _unfolded(found[2])) for found in _FIELD.finditer(block)) for block in blocks)
    return tuple(Fields(pairs=pairs) for pairs in each if pairs)


def _fields(message: Message) -> Fields:
    raw = message.raw_items()
    return Fields(pairs=tuple((name.lower(), _unfolded(_unescaped(str(value)))) for name, value in raw))


def _unescaped(value: str) -> str:
    """Bytes beyond ASCII, which `email` keeps as surrogates, as the UTF-8 they are or would be."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _unfolded(value: str) -> str:
    return re.sub(r"[\r\n\x00]+", "", value).strip()


def _kind(fields: Fields) -> str:
    """The content type; text/plain where there is none (RFC 2045 §5.2)."""
    found = _KIND.match(fields.first("content-type"))
    return found[1].lower() if found else "text/plain"


def _text_of(part: Message, fields: Fields) -> str:
    """A part's text in its charset, or near it."""
    try:
        content = part.get_payload(decode=True)
    except (MessageError, ValueError):
        content = None
    described = dict(_PARAMETER.findall(fields.first("content-type")[:_LONGEST_DESCRIPTION].lower()))
    return _text(content, described.get("charset")) if isinstance(content, bytes) else ""


def _text(content: bytes, charset: str | None) -> str:
    name = (charset or "utf-8").lower().replace("_", "-")
    try:
        return content.decode("utf-8" if name in _NO_CHARSETS else name, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _html_as_text(html: str) -> str:
    try:
        return plain(html[:_LONGEST_HTML])
    except (RecursionError, ValueError):
        return ""


def _moment(date: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(date.strip()[:100])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
