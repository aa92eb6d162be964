"""Every public address and the signed token in it: made and verified here only.

A token is ``base64url(key id · subscriber id · mac)``: 4, 16 and 16 bytes. The MAC is HMAC-SHA256 over version,
purpose, key id and subscriber id, cut to 128 bits (RFC 2104 §5 allows half). It is deterministic: the same reader
gets the same link in every issue, and a copy of a message can be made again later.

Three others follow it. A *ticket* also names a record and a time (7 and 5 bytes after the subscriber), for what is
done once. A form's token has a time alone. A mailbox's token must survive mail servers that fold case and fit before
an @, so it is base32 of subscriber id and 80 bits of MAC; its key id is not told, and each key is tried. It has two
purposes: to ask to leave, which stands in the mail, and to send the mail back to, which only its envelope says. None
can be taken for another: the purpose is part of what is signed.

The address at which a provider calls ends with a MAC as well, over the provider's name: nobody who does not know it can
have a call looked at, since not every provider signs all of what it tells.
"""

import base64
import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from pydantic import SecretStr

from newsletter import mime
from newsletter.config import Config
from newsletter.errors import ConfigError

Purpose = Literal["leave", "preferences"]
"""What a reader's lasting link is for."""

Errand = Literal["confirm", "move", "back"]
"""What a ticket is for: to confirm a sign-up, to confirm a new address, to go back to the old one."""

BehindPlus = Literal["mailbox", "return"]
"""What a mailbox's token is for: to write to in order to leave, to send back to what could not be delivered."""

NOWHERE = "https://web.invalid"
"""Stands for the public address while none is configured (RFC 2606: .invalid never resolves)."""

_VERSION = b"newsletter/1"
_DEMO = "this key signs builds, previews and rehearsals, and nothing that is sent"
_LEAST = 16
_MAKE = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
_BODY = 20
_MAC = 16
_TOKEN = re.compile(r"[\w-]{48}", re.ASCII)
"""36 bytes, so no padding, and one spelling only."""
_TICKET = re.compile(r"[\w-]{64}", re.ASCII)
_NUMBER, _MOMENT = 7, 5
_FORM = re.compile(r"[\w-]{36}", re.ASCII)
_FORM_MOMENT = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAILBOX = re.compile(r"[a-z2-7]{42}")
_MAILBOX_MAC = 10
"""80 bits: the least that RFC 2104 §5 advises; guessing right could end one subscription, by mail."""
_LONGEST_LOCAL = 64
"""Octets before the @ (RFC 5321 §4.5.3.1.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A secret that signs. ``demo`` keys sign what stays on this machine; they never verify a reader's request."""

    secret: bytes
    demo: bool = False

    def __repr__(self) -> str:
        return f"Key({self.id.hex()}{', demo' if self.demo else ''})"

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys apart without telling anything about the secret."""
        return _id_of(self.secret)


@lru_cache(maxsize=64)
def _id_of(secret: bytes) -> bytes:
    """Remembered, since every token asks; a program knows a handful of secrets."""
    return hashlib.sha256(_VERSION + b"\0key\0" + secret).digest()[:4]


DEMO_KEY = Key(secret=_DEMO.encode(), demo=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a link that works once stands for.

    ``number`` is the id of the record it is about (a consent record, a move), below 2⁵⁶; ``at`` is when it was asked
    for, in UTC and whole seconds: whether that is too long ago is not judged here.
    """

    subscriber: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The public addresses of one newsletter, signed with one key; without a key they belong to no reader.

    ``inbox`` is the bare address of the mailbox that takes what bounces and unsubscribes, None without one.
    """

    web: str
    key: Key | None
    inbox: str | None = None

    @property
    def subscribe(self) -> str:
        """Address of the page to sign up on."""
        return f"{self.web}/subscribe"

    def unsubscribe(self, subscriber: str) -> str:
        """Address that asks (GET) and unsubscribes (POST, RFC 8058)."""
        return self._own("leave", subscriber)

    def preferences(self, subscriber: str) -> str:
        """Address of the reader's own preferences."""
        return self._own("preferences", subscriber)

    def address(self, subscriber: str) -> str:
        """Address of the page to change one's e-mail address on."""
        return self._under_preferences(subscriber, "address")

    def pause(self, subscriber: str) -> str:
        """Address of the page to stay away on for a while."""
        return self._under_preferences(subscriber, "pause")

    def data(self, subscriber: str) -> str:
        """Address of all that is kept about the reader."""
        return self._under_preferences(subscriber, "data")

    def erase(self, subscriber: str) -> str:
        """Address of the page to be erased on."""
        return self._under_preferences(subscriber, "erase")

    def confirm(self, ticket: Ticket) -> str:
        """Address that asks (GET) and confirms a sign-up (POST)."""
        return self._once("confirm", ticket)

    def move(self, ticket: Ticket) -> str:
        """Address that asks (GET) and confirms a new e-mail address (POST)."""
        return self._once("move", ticket)

    def back(self, ticket: Ticket) -> str:
        """Address that asks (GET) and brings the old e-mail address back (POST)."""
        return self._once("back", ticket)

    def web_version(self, issue: str) -> str:
        """Address of the issue on the web; the same for every reader, so it carries no token.

        A test is mailed before there is anything to see at it.
        """
        return f"{self.web}/issues/{issue}" if self.key else f"{self.web}/test"

    def webhook(self, provider: str) -> str:
        """Address at which a provider tells what became of mails. It is a secret: whoever knows it may call there."""
        return f"{self.web}/webhooks/{provider}/{sign_webhook(self.key, provider)}" if self.key else f"{self.web}/test"

    def mailbox(self, subscriber: str) -> str | None:
        """E-mail address to write to in order to leave; it stands in the mail. None without an inbox."""
        return self._behind_plus("mailbox", subscriber)

    def return_path(self, subscriber: str) -> str | None:
        """E-mail address that this reader's mail comes back to; only its envelope says it. None without an inbox."""
        return self._behind_plus("return", subscriber)

    def _behind_plus(self, purpose: BehindPlus, subscriber: str) -> str | None:
        if self.inbox is None or self.key is None:
            return None
        local, _, domain = self.inbox.rpartition("@")
        return f"{local}+{sign_mailbox(self.key, subscriber, purpose)}@{domain}"

    def _own(self, purpose: Purpose, subscriber: str) -> str:
        token = f"/{sign(self.key, purpose, subscriber)}" if self.key else ""
        return f"{self.web}/{purpose}{token}"

    def _under_preferences(self, subscriber: str, page: str) -> str:
        return f"{self.preferences(subscriber)}/{page}" if self.key else f"{self.web}/test"

    def _once(self, errand: Errand, ticket: Ticket) -> str:
        return f"{self.web}/{errand}/{sign_ticket(self.key, errand, ticket)}" if self.key else f"{self.web}/test"


def signing_key(config: Config) -> Key:
    """Return the configured key, or the demo key without one. Raises: ConfigError when the secret is no good."""
    secret = config.secrets.key
    return DEMO_KEY if secret is None else _key(secret, "NEWSLETTER_SECRET is")


def verifying_keys(config: Config) -> tuple[Key, ...]:
    """Return the keys whose links readers may use: the secret's first, then those of old secrets; never the demo key.

    Raises: ConfigError without a secret, or when one of them is no good.
    """
    secret = config.secrets.key
    if secret is None:
        raise ConfigError("Links need a secret to sign them, and NEWSLETTER_SECRET is not set.", _MAKE)
    newest = _key(secret, "NEWSLETTER_SECRET is")
    older = (_key(old, "A secret in NEWSLETTER_OLD_SECRETS is") for old in config.secrets.old)
    return tuple(dict.fromkeys((newest, *older)))


def _key(secret: SecretStr, which: str) -> Key:
    """Make a key of a secret. Raises: ConfigError for one too short, or that everybody can read in this file."""
    value = secret.get_secret_value()
    if len(value) < _LEAST:
        raise ConfigError(f"{which} shorter than {_LEAST} characters.", _MAKE)
    if value == _DEMO:
        raise ConfigError(f"{which} the one that signs demonstrations, and everybody knows it.", _MAKE)
    return Key(secret=value.encode())


def links_of(config: Config) -> Links:
    """Return the addresses of a newsletter, under `NOWHERE` while it has no public address.

    Raises: ConfigError when the secret is no good, or the mailbox's name leaves no room for a token.
    """
    return Links(web=config.web.url or NOWHERE, key=signing_key(config), inbox=_inbox(config))


def test_links_of(config: Config) -> Links:
    """Return the addresses that stand in a test mail: those of no reader, which say that it was a test."""
    return Links(web=config.web.url or NOWHERE, key=None)


def _inbox(config: Config) -> str | None:
    """The bare address of the mailbox, its domain in ASCII."""
    if config.inbox.address is None:
        return None
    address = mime.ascii_address(mime.parted(config.inbox.address)[1])
    local = address.rpartition("@")[0]
    room = _LONGEST_LOCAL - len(f"+{sign_mailbox(DEMO_KEY, '0' * 32)}")
    if len(local) > room:
        raise ConfigError(
            f"newsletter.toml: `inbox.address`: “{local}” has {len(local)} characters before the @.",
            f"Take a mailbox with {room} at most: each reader's mails go to its name, a + and a token.",
        )
    return address


def mailto(mailbox: str) -> str:
    """Return the link that writes to a mailbox in order to leave (RFC 6068, 2369)."""
    local, _, domain = mailbox.rpartition("@")
    return f"mailto:{quote(local, safe='+')}@{domain}?subject=unsubscribe"


def sign(key: Key, purpose: Purpose, subscriber: str) -> str:
    """Make the token of a subscriber (32 hexadecimal digits) for one purpose."""
    body = key.id + bytes.fromhex(subscriber)
    return urlsafe_b64encode(body + _mac(key, purpose, body)).decode()


def verify(keys: Sequence[Key], purpose: Purpose, token: str) -> str | None:
    """Return the subscriber id a token was made for, or None when no key made it for this purpose.

    Constant time in the MAC; the key id only chooses which key is tried.
    """
    body = _open(keys, purpose, token) if _TOKEN.fullmatch(token) else None
    return body[4:].hex() if body else None


def sign_ticket(key: Key, errand: Errand, ticket: Ticket) -> str:
    """Make the token of a ticket for one errand, 64 letters. Parts of a second are left out."""
    what = bytes.fromhex(ticket.subscriber) + ticket.number.to_bytes(_NUMBER, "big")
    body = key.id + what + _from_moment(ticket.at, _MOMENT)
    return urlsafe_b64encode(body + _mac(key, errand, body)).decode()


def open_ticket(keys: Sequence[Key], errand: Errand, token: str) -> Ticket | None:
    """Return the ticket a token was made for, or None when no key made it for this errand. Time as in `verify`."""
    body = _open(keys, errand, token) if _TICKET.fullmatch(token) else None
    if body is None:
        return None
    number, moment = body[_BODY : _BODY + _NUMBER], body[_BODY + _NUMBER :]
    return Ticket(subscriber=body[4:_BODY].hex(), number=int.from_bytes(number, "big"), at=_to_moment(moment))


def sign_form(key: Key, at: datetime) -> str:
    """Make the token of a form shown at a moment, 36 letters. Parts of a second are left out."""
    body = key.id + _from_moment(at, _FORM_MOMENT)
    return urlsafe_b64encode(body + _mac(key, "form", body)).decode()


def open_form(keys: Sequence[Key], token: str) -> datetime | None:
    """Return when a form was shown, in UTC, or None when no key made its token. Time as in `verify`."""
    body = _open(keys, "form", token) if _FORM.fullmatch(token) else None
    return _to_moment(body[4:]) if body else None


def sign_mailbox(key: Key, subscriber: str, purpose: BehindPlus = "mailbox") -> str:
    """Make the token that stands behind the + of a mailbox: 42 small letters and digits."""
    what = bytes.fromhex(subscriber)
    return _base32(what + _mac(key, purpose, key.id + what)[:_MAILBOX_MAC])


def verify_mailbox(keys: Sequence[Key], text: str, purpose: BehindPlus = "mailbox") -> str | None:
    """Return the subscriber id a mailbox's token was made for, in capitals or not; None when no key made it for this.

    Constant time in the MAC, once for each key.
    """
    token = text.lower() if text.isascii() else text  # the Kelvin sign would become a k
    if not _MAILBOX.fullmatch(token):
        return None
    raw = base64.b32decode(f"{token.upper()}======")
    what, mac = raw[:-_MAILBOX_MAC], raw[-_MAILBOX_MAC:]
    made = [hmac.compare_digest(mac, _mac(key, purpose, key.id + what)[:_MAILBOX_MAC]) for key in keys]
    return what.hex() if any(made) and _base32(raw) == token else None


def sign_webhook(key: Key, provider: str) -> str:
    """Make the secret that ends the address of a provider's calls: 26 small letters and digits."""
    return _base32(_mac(key, f"webhooks:{provider}", key.id))


def verify_webhook(keys: Sequence[Key], provider: str, secret: str) -> bool:
    """Return whether one of the keys made the secret of an address for this provider.

    Constant time in the MAC, once for each key.
    """
    made = [hmac.compare_digest(sign_webhook(key, provider).encode(), secret.encode()) for key in keys]
    return any(made)


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _from_moment(at: datetime, size: int) -> bytes:
    return ((at - _EPOCH) // timedelta(seconds=1)).to_bytes(size, "big")


def _to_moment(raw: bytes) -> datetime:
    return _EPOCH + timedelta(seconds=int.from_bytes(raw, "big"))


def _open(keys: Sequence[Key], purpose: str, token: str) -> bytes | None:
    """Return what stands before the MAC when one of the keys made it for this purpose; else None."""
    raw = urlsafe_b64decode(token)
    body, mac = raw[:-_MAC], raw[-_MAC:]
    for key in keys:
        if key.id == body[:4] and hmac.compare_digest(mac, _mac(key, purpose, body)):
            return body
    return None


def _mac(key: Key, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key.secret, b"\0".join((_VERSION, purpose.encode(), body)), "sha256")[:_MAC]
