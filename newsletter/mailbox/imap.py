"""A mailbox on an IMAP server (RFC 3501), always over TLS: the mails not seen to yet, and a mark on those that are.

Nothing is deleted or moved. A mail that was seen to gets the keyword ``$Newsletter``, so that it makes no difference
whether somebody has read it before; it is marked as read too, unless a person should look at it. A server that knows
no keywords is asked for the unread mails instead, and those for a person stay unread, and are listed again next time.
"""

import base64
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from newsletter.errors import ProviderError
from newsletter.mailbox.mail import MOST
from newsletter.mailbox.places import Found

KEYWORD = "$Newsletter"
TIMEOUT = 60.0
"""Seconds for connecting and for each answer."""

_TROUBLE = (imaplib.IMAP4.error, OSError, ValueError)
"""What `imaplib` raises when a connection breaks or what comes over it is not IMAP."""
_CHECK = "Check host, port, user and folder under [inbox], and NEWSLETTER_INBOX_PASSWORD."


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where the mailbox is, and whose."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str


class Box:
    """An open folder. ``has_keyword`` says whether it keeps a mark of our own."""

    def __init__(self, server: imaplib.IMAP4, *, has_keyword: bool) -> None:
        self._server = server
        self._has_keyword = has_keyword

    def waiting(self) -> Iterator[Found]:
        """Yield the mails not seen to yet, the oldest first, at most `MOST` bytes of each. Raises: ProviderError."""
        criteria = ("UNKEYWORD", KEYWORD) if self._has_keyword else ("UNSEEN",)
        found = (line for line in self._ask("SEARCH", *criteria) if isinstance(line, bytes))
        for uid in b" ".join(found).split():
            number = uid.decode("ascii", "replace")
            answer = self._ask("FETCH", number, f"(BODY.PEEK[]<0.{MOST}>)")
            raw = next((piece[1] for piece in answer if isinstance(piece, tuple)), None)
            if raw is not None:  # else somebody took it away meanwhile
                yield Found(place=f"mail {number}", raw=raw)

    def mark(self, found: Found, *, for_a_person: bool) -> None:
        """Mark a mail as seen to; one that is for a person stays unread. Raises: ProviderError."""
        flags = [KEYWORD] * self._has_keyword + [r"\Seen"] * (not for_a_person)
        if flags:
            self._ask("STORE", found.place.removeprefix("mail "), "+FLAGS.SILENT", f"({' '.join(flags)})")

    def _ask(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        try:
            answer, data = self._server.uid(command, *arguments)
        except _TROUBLE as error:
            raise ProviderError(f"The mailbox broke off: {_said(error)}.", _AGAIN) from None
        if answer != "OK":
            raise ProviderError(f"The mailbox refuses {command}: {_said(*data)}.", _CHECK)
        return data


_AGAIN = "Run it again: what was seen to stays so, and the others are still there."


@contextmanager
def opened(login: Login, context: ssl.SSLContext, *, timeout: float = TIMEOUT) -> Iterator[Box]:
    """Open a folder. Raises: ProviderError."""
    server = _connect(login, context, timeout)
    try:
        yield _select(server, login)
    finally:
        with suppress(*_TROUBLE):
            server.logout()
        with suppress(*_TROUBLE):
            server.shutdown()  # where nobody answered, the connection is still open


def _connect(login: Login, context: ssl.SSLContext, timeout: float) -> imaplib.IMAP4:
    where = f"{login.host}:{login.port}"
    try:
        return imaplib.IMAP4_SSL(login.host, login.port, ssl_context=context, timeout=timeout)
    except ssl.SSLCertVerificationError as error:
        raise ProviderError(f"The certificate of {where} does not hold: {error.verify_message}.", _CHECK) from None
    except _TROUBLE as error:
        raise ProviderError(f"The mailbox at {where} cannot be reached: {_said(error)}.", _CHECK) from None


def _select(server: imaplib.IMAP4, login: Login) -> Box:
    """Log in and open the folder."""
    where = f"{login.host}:{login.port}"
    try:
        _log_in(server, login)
        answer, data = server.select(_quoted(login.folder))
    except _TROUBLE as error:
        raise ProviderError(f"{where} does not let {login.user} in: {_said(error)}.", _CHECK) from None
    if answer != "OK":
        raise ProviderError(f"{where} does not open the folder {login.folder}: {_said(*data)}.", _CHECK)
    _, kept = server.response("PERMANENTFLAGS")
    flags = b" ".join(one for one in kept if isinstance(one, bytes))
    return Box(server, has_keyword=rb"\*" in flags or KEYWORD.encode() in flags)


def _log_in(server: imaplib.IMAP4, login: Login) -> None:
    """Log in with PLAIN (RFC 4616), which takes any letters, or with LOGIN. Raises: as `imaplib`."""
    if "AUTH=PLAIN" in server.capabilities:
        server.authenticate("PLAIN", lambda _: f"\0{login.user}\0{login.password}".encode())
        return
    if re.search(r"[\r\n\0]", login.user + login.password):
        raise ValueError("a line break in the user's name or the password")
    server.login(_quoted(login.user), login.password)


def _quoted(text: str) -> str:
    """Spell a name for IMAP: letters beyond ASCII in its own UTF-7 (RFC 3501 §5.1.3), quoted."""
    spelt = re.sub(r"[^ -~]+", lambda found: f"&{_utf7(found[0])}-", text.replace("&", "&-"))
    return '"{}"'.format(spelt.replace("\\", r"\\").replace('"', r"\""))


def _utf7(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _said(*what: object) -> str:
    """What an error or a server says, on one line and without its end."""
    texts = (one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in what if one)
    text = " ".join(" ".join(texts).split())[:300]
    return re.sub(r"^b'(.*)'$", r"\1", text).rstrip(".") or "nothing more is known"
