"""A message taken apart as a mail client does: its headers, its parts, and the pictures it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from html import unescape
from typing import Literal

_ADDRESS = re.compile(r"""<img\b[^>]*?\ssrc=["']([^"']+)""", re.I)
_BOUNDARY = re.compile(r"=_([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a message: ``number`` as RFC 3501 counts them (``1.2``; empty for the message as a whole).

    ``charset`` and ``encoding`` are empty for what only holds other parts; ``bytes`` are those on the wire.
    """

    number: str
    type: str
    charset: str
    encoding: str
    bytes: int
    name: str

    @property
    def depth(self) -> int:
        """How deep it lies: 0 for the message."""
        return self.number.count(".") + 1 if self.number else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """A message: each header unfolded and decoded, the same as raw text, its parts, and the two bodies.

    ``pictures`` are the addresses of the HTML's pictures, each once. ``fingerprint`` is the beginning of its edition's,
    empty for a message that was made elsewhere.
    """

    headers: tuple[tuple[str, str], ...]
    raw: str
    parts: tuple[Part, ...]
    html: str
    text: str
    pictures: tuple[str, ...]
    fingerprint: str
    bytes: int

    def header(self, name: str) -> str:
        """Return a header's value, empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def dissect(content: bytes) -> Anatomy:
    """Take a message apart, the bytes as they go over the wire."""
    message = BytesParser(EmailMessage, policy=policy.SMTP).parsebytes(content)
    html = _body(message, "html")
    boundary = _BOUNDARY.fullmatch(message.get_boundary() or "")
    return Anatomy(
        headers=tuple((name, _readable(str(value))) for name, value in message.raw_items()),
        raw=re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0].decode("ascii", "replace").replace("\r\n", "\n"),
        parts=tuple(_parts(message, "", len(content))),
        html=html,
        text=_body(message, "plain"),
        pictures=tuple(dict.fromkeys(unescape(address) for address in _ADDRESS.findall(html))),
        fingerprint=boundary[1] if boundary else "",
        bytes=len(content),
    )


def _readable(value: str) -> str:
    """A header's value unfolded, its encoded words decoded (RFC 2047).

    The parser of addresses in `email` leaves a space between two encoded words of one name; there is none.
    """
    unfolded = re.sub(r"\r?\n", "", value)
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, UnicodeError):
        return unfolded


def _body(message: EmailMessage, subtype: Literal["html", "plain"]) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part else ""


def _parts(message: MIMEPart, number: str, size: int) -> Iterator[Part]:
    """Yield a part and what lies in it, in order."""
    leaf = not message.is_multipart()
    yield Part(
        number=number,
        type=message.get_content_type(),
        charset=message.get_content_charset("") if leaf else "",
        encoding=message.get("Content-Transfer-Encoding", "7bit") if leaf else "",
        bytes=size,
        name=message.get_filename(""),
    )
    if not leaf:
        for place, part in enumerate(message.iter_parts(), start=1):
            yield from _parts(part, f"{number}.{place}".lstrip("."), len(part.as_bytes()))
