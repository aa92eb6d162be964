"""Message → bytes: multipart/alternative, quoted-printable, ready for the wire (RFC 5322, 2045, 2369, 2919, 8058).

`EmailMessage` makes a hundred messages a second, so it is used once per edition, for the headers that all messages
share. The two bodies are encoded once as well, cut at their merge fields. A reader's values are encoded apart and stand
between soft line breaks, so that they cannot disturb their neighbours nor make a line too long.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, parseaddr
from email.utils import quote as quoted
from functools import lru_cache

import idna

from newsletter.errors import ContentError
from newsletter.model.mail import Edition, Letterhead, Message, Pieces, Rendition, Slot

ONE_CLICK = "List-Unsubscribe=One-Click"

_CRLF = "\r\n"
_LONGEST_LINE = 75
_SOFT_BREAK = b"=\r\n"
_BLANK_TOO_FAR = re.compile(rb"^([^\n]{74,75})(=20|=09)$", re.MULTILINE)
_LONG_NAME = 60
_FIELDS_OF_AN_API = frozenset(("To", "From", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version"))
_PLAIN_WORDS = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~ -]+")  # atoms of RFC 5322 §3.2.3, but %, which vendors fill in
_LINE_BREAKS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")  # those of `str.splitlines`, which `email` refuses
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mould:
    """An edition's bytes with its slots still open."""

    head: bytes
    body: tuple[bytes | Slot, ...]


def to_bytes(message: Message) -> bytes:
    """Return the whole message with its headers, lines ended by CRLF and none of the body over 76 characters.

    Raises: ContentError when a value cannot stand in a header.
    """
    mould = _mould(message.edition, message.letterhead, message.embedded)
    values = message.values
    body = [piece if isinstance(piece, bytes) else _encode(values[piece]) for piece in mould.body]
    return b"".join((_own_headers(message), mould.head, *body))


def list_headers(message: Message) -> Mapping[str, str]:
    """Return the headers that an API wants named one by one: all but those it has fields for, each one line of ASCII.

    Raises: ContentError when a value cannot stand in a header.
    """
    _refuse_bad(message)
    unsubscribe = _list_unsubscribe(message).replace(_CRLF, "")
    own = {"X-Newsletter-Delivery": message.delivery, "List-Unsubscribe": unsubscribe}
    return {**own, **_shared_list_headers(message.edition, message.letterhead)}


def picture_type(picture: Rendition) -> str:
    """Return the media type of a picture, by the ending of its name."""
    return "image/png" if picture.name.endswith(".png") else "image/jpeg"


def header_names(content: bytes) -> list[str]:
    """Read a message back and name its headers in lower case, in order, as often as they stand there."""
    return [name.lower() for name in BytesParser(EmailMessage, policy=SMTP).parsebytes(content, headersonly=True)]


def address_of(mailbox: str) -> str | None:
    """Return the address in ``Name <address>``, or None when the text is not one mailbox that can stand in a header."""
    mailboxes = getaddresses([mailbox])
    return mailboxes[0][1] if len(mailboxes) == 1 and not _FORBIDDEN.search(mailbox) else None


def parted(mailbox: str) -> tuple[str, str]:
    """Return name and address of ``Name <address>``, either empty when it is not there."""
    return parseaddr(mailbox)


def ascii_address(address: str) -> str:
    """Spell an address as an envelope wants it (RFC 5321): its domain in ASCII."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def unquoted_mailbox(name: str, address: str) -> str:
    """Spell a mailbox on one line without quotation marks: any name but of plain words is encoded (RFC 2047)."""
    if not name:
        return ascii_address(address)
    if not _PLAIN_WORDS.fullmatch(name) or "=?" in name:
        name = Header(name, "utf-8").encode(linesep=_CRLF).replace(_CRLF, "")
    return f"{name} <{ascii_address(address)}>"


@lru_cache(maxsize=16)
def domain_of(mailbox: str) -> str:
    """Return the domain of ``Name <local@domain>``, in ASCII; remembered, since every message asks for its sender's."""
    return ascii_domain(parseaddr(mailbox)[1].rpartition("@")[2])


def ascii_domain(domain: str) -> str:
    """Spell a domain in ASCII. Python's own codec knows IDNA 2003 only, which mails straße.de's reader at strasse.de.

    Raises: UnicodeError for what can be no domain (RFC 5891, UTS 46).
    """
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")


def list_id(name: str, sender: str) -> str:
    """Return ``Name <local.domain>``, a List-Id (RFC 2919) that people can read and that stays with the sender."""
    label = re.sub(r'[<>"\\]', "", name)
    local = parseaddr(sender)[1].rpartition("@")[0]
    return f"{label} <{local}.{domain_of(sender)}>"


def _own_headers(message: Message) -> bytes:
    """The headers that only this message has."""
    subscriber = message.subscriber
    _refuse_bad(message)
    return (
        f"To: {_mailbox(subscriber.name, subscriber.address)}\r\n"
        f"Message-ID: <{message.delivery}@{domain_of(message.letterhead.sender)}>\r\n"
        f"X-Newsletter-Delivery: {message.delivery}\r\n"
        f"List-Unsubscribe: {_list_unsubscribe(message)}\r\n"
    ).encode("ascii")


def _list_unsubscribe(message: Message) -> str:
    by_mail = f",\r\n <{message.mailbox}>" if message.mailbox else ""
    return f"<{message.unsubscribe}>{by_mail}"


def _refuse_bad(message: Message) -> None:
    """Raise ContentError for a value that would end its header, or that an address in ASCII cannot hold."""
    if not message.subscriber.address.rpartition("@")[0].isascii():
        raise ContentError(
            f"The address of delivery {message.delivery!r} has letters before its @ that not every mail server takes.",
            "Correct it in the list of readers.",
        )
    for what, value in (
        ("name", message.subscriber.name),
        ("address", message.subscriber.address),
        ("delivery id", message.delivery),
        ("unsubscribe address", message.unsubscribe),
        ("mailbox to unsubscribe", message.mailbox or ""),
    ):
        if _FORBIDDEN.search(value):
            raise ContentError(
                f"The {what} of delivery {message.delivery!r} holds a control character.",
                "Correct it in the list of readers; a line break there could start a header of its own.",
            )


def _mailbox(name: str, address: str) -> str:
    """Spell a mailbox in ASCII: a quoted name, or encoded words for other letters (RFC 2047); IDNA for the domain."""
    spelt = ascii_address(address)
    if not name:
        return spelt
    if name.isascii() and len(name) <= _LONG_NAME and "=?" not in name:
        return f'"{quoted(name)}" <{spelt}>'
    return f"{Header(name, 'utf-8', header_name='To').encode(linesep=_CRLF)}\r\n <{spelt}>"


@lru_cache(maxsize=4)
def _mould(edition: Edition, letterhead: Letterhead, embedded: bool) -> _Mould:
    boundary = f"=_{edition.fingerprint[:32]}"
    head = _shared_headers(edition, letterhead) + _multipart("alternative", boundary)
    html = _embedding(edition, f"{boundary}_r") if embedded else (_part_head("html"), *_encoded(edition.html))
    text = (_part_head("plain"), *_encoded(edition.text))
    return _Mould(head=head, body=_enclosed(boundary, text, html))


def _embedding(edition: Edition, boundary: str) -> Sequence[bytes | Slot]:
    """The HTML and its pictures as one part (RFC 2387)."""
    html = (_part_head("html"), *_encoded(edition.html))
    pictures = ([_picture(picture)] for picture in edition.pictures)
    return (_multipart("related", boundary), *_enclosed(boundary, html, *pictures))


def _enclosed(boundary: str, *parts: Sequence[bytes | Slot]) -> tuple[bytes | Slot, ...]:
    opening = f"\r\n--{boundary}\r\n".encode("ascii")
    pieces = [piece for part in parts for piece in (opening, *part)]
    return (*pieces, f"\r\n--{boundary}--\r\n".encode("ascii"))


def _multipart(subtype: str, boundary: str) -> bytes:
    return f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")


def _picture(picture: Rendition) -> bytes:
    head = (
        f"Content-Type: {picture_type(picture)}\r\n"
        f"Content-ID: <{picture.name}>\r\n"
        f'Content-Disposition: inline; filename="{picture.name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + base64.encodebytes(picture.data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


@lru_cache(maxsize=4)
def _shared_headers(edition: Edition, letterhead: Letterhead) -> bytes:
    headers = EmailMessage(policy=SMTP)
    headers["From"] = _address(letterhead.sender)
    if letterhead.reply_to:
        headers["Reply-To"] = _address(letterhead.reply_to)
    headers["Subject"] = _LINE_BREAKS.sub(" ", edition.subject)
    headers["Date"] = format_datetime(letterhead.date)
    headers["List-Id"] = letterhead.list_id
    headers["List-Unsubscribe-Post"] = ONE_CLICK
    headers["Feedback-ID"] = letterhead.feedback_id
    if letterhead.test:
        headers["X-Newsletter-Test"] = "yes"
    headers["Content-Language"] = edition.language
    headers["MIME-Version"] = "1.0"
    return headers.as_bytes().rstrip(b"\r\n") + b"\r\n"


@lru_cache(maxsize=4)
def _shared_list_headers(edition: Edition, letterhead: Letterhead) -> Mapping[str, str]:
    lines = _shared_headers(edition, letterhead).decode("ascii").replace(_CRLF + " ", " ").split(_CRLF)
    headers = (line.partition(":") for line in lines if line)
    return {name: value.strip() for name, _, value in headers if name not in _FIELDS_OF_AN_API}


def _address(mailbox: str) -> Address:
    name, address = parseaddr(mailbox)
    return Address(display_name=name, username=address.rpartition("@")[0], domain=domain_of(mailbox))


def _part_head(subtype: str) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode("ascii")


def _encoded(pieces: Pieces) -> Sequence[bytes | Slot]:
    """Encode the literals; around each slot a soft line break keeps the neighbours' lines apart."""
    encoded: list[bytes | Slot] = []
    for piece in pieces:
        if isinstance(piece, Slot):
            encoded += [_SOFT_BREAK, piece, _SOFT_BREAK]
        else:
            encoded.append(_encode(piece))
    return encoded


def _encode(text: str) -> bytes:
    """Quoted-printable (RFC 2045 §6.7), lines of at most 75 characters and the ``=`` of a soft break.

    `binascii` counts a blank at a line's end as one character, and spells it with three; such a blank stands on a line
    of its own. The last line has no soft break yet and `binascii` gives it 77; what follows needs room for one.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    encoded = _BLANK_TOO_FAR.sub(rb"\1=\n\2", binascii.b2a_qp(lines.encode(), istext=True)).replace(b"\n", b"\r\n")
    last = encoded.rfind(b"\n") + 1
    if len(encoded) - last <= _LONGEST_LINE:
        return encoded
    cut = last + _LONGEST_LINE - 3
    while b"=" in encoded[cut - 2 : cut]:
        cut -= 1
    return encoded[:cut] + _SOFT_BREAK + encoded[cut:]
