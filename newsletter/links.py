"""Every public address and the signed token in it: made and verified here only.

A token is ``base64url(key id · subscriber id · mac)``: 4, 16 and 16 bytes. The MAC is HMAC-SHA256 over version,
purpose, key id and subscriber id, cut to 128 bits (RFC 2104 §5 allows half). It is deterministic: the same reader
gets the same link in every issue, and a copy of a message can be made again later.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.config import Config
from newsletter.errors import ConfigError

Purpose = Literal["leave", "preferences"]

NOWHERE = "https://web.invalid"
"""Stands for the public address while none is configured (RFC 2606: .invalid never resolves)."""

TEST = "https://test.invalid"
"""Where the links of a test mail lead, since it is nobody's subscription that they would change."""

_VERSION = b"newsletter/1"
_DEMO = "this key signs builds, previews and rehearsals, and nothing that is sent"
_LEAST = 16
_BODY = 20
_TOKEN = re.compile(r"[\w-]{48}", re.ASCII)
"""36 bytes, so no padding, and one spelling only."""


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
        return hashlib.sha256(_VERSION + b"\0key\0" + self.secret).digest()[:4]


DEMO_KEY = Key(secret=_DEMO.encode(), demo=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The public addresses of one newsletter, signed with one key; without a key they belong to no reader."""

    web: str
    key: Key | None

    def unsubscribe(self, subscriber: str) -> str:
        """Address that asks (GET) and unsubscribes (POST, RFC 8058)."""
        return self._own("leave", subscriber)

    def preferences(self, subscriber: str) -> str:
        """Address of the reader's own preferences."""
        return self._own("preferences", subscriber)

    def web_version(self, issue: str) -> str:
        """Address of the issue on the web; the same for every reader, so it carries no token."""
        return f"{self.web}/issues/{issue}"

    def _own(self, purpose: Purpose, subscriber: str) -> str:
        token = f"/{sign(self.key, purpose, subscriber)}" if self.key else ""
        return f"{self.web}/{purpose}{token}"


TEST_LINKS = Links(web=TEST, key=None)
"""What stands in a test mail."""


def signing_key(config: Config) -> Key:
    """Return the configured key, or the demo key without one. Raises: ConfigError when the secret is too short."""
    secret = config.secrets.key
    if secret is None:
        return DEMO_KEY
    if len(secret.get_secret_value()) < _LEAST:
        raise ConfigError(
            f"NEWSLETTER_SECRET is shorter than {_LEAST} characters.",
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return Key(secret=secret.get_secret_value().encode())


def links_of(config: Config) -> Links:
    """Return the addresses of a newsletter, under `NOWHERE` while it has no public address."""
    return Links(web=config.web.url or NOWHERE, key=signing_key(config))


def sign(key: Key, purpose: Purpose, subscriber: str) -> str:
    """Make the token of a subscriber (32 hexadecimal digits) for one purpose."""
    body = key.id + bytes.fromhex(subscriber)
    return urlsafe_b64encode(body + _mac(key, purpose, body)).decode()


def verify(keys: Sequence[Key], purpose: Purpose, token: str) -> str | None:
    """Return the subscriber id a token was made for, or None when no key made it for this purpose.

    Constant time in the MAC; the key id only chooses which key is tried.
    """
    if not _TOKEN.fullmatch(token):
        return None
    raw = urlsafe_b64decode(token)
    body, mac = raw[:_BODY], raw[_BODY:]
    for key in keys:
        if key.id == body[:4] and hmac.compare_digest(mac, _mac(key, purpose, body)):
            return body[4:].hex()
    return None


def _mac(key: Key, purpose: Purpose, body: bytes) -> bytes:
    return hmac.digest(key.secret, b"\0".join((_VERSION, purpose.encode(), body)), "sha256")[:16]
