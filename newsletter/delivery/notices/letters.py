"""A notice as one attempt sends it: the same bytes whenever it is made again, and a fingerprint that tells.

An attempt's id begins with its moment, in milliseconds since 1970 as in a UUID of version 7 (RFC 9562 §5.7); the rest
is drawn. What the mail says of the time comes from there, never from the clock.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newsletter import mime
from newsletter.config import Config
from newsletter.delivery import account
from newsletter.errors import ConfigError, ContentError
from newsletter.links import Key, links_of, verifying_keys
from newsletter.model.mail import Message
from newsletter.rendering.notice import About, compose

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = 12
"""Hexadecimal digits: 48 bits."""


class Unwritable(Exception):
    """The reader's address cannot be spelt so that mail servers take it; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message, and what tells whether another is the same and goes the same way: 64 hexadecimal digits."""

    message: Message
    fingerprint: str

    @property
    def to(self) -> str:
        """The address that it goes to."""
        return self.message.subscriber.address


def begin(at: datetime, draw: Callable[[], str]) -> str:
    """Return the id of an attempt that begins now: 32 hexadecimal digits, of which ``draw`` gives as many."""
    return f"{(at - _EPOCH) // timedelta(milliseconds=1):0{_MOMENT}x}{draw()[_MOMENT:]}"


def began(attempt: str) -> datetime:
    """Return when an attempt began, in aware UTC."""
    return _EPOCH + timedelta(milliseconds=int(attempt[:_MOMENT], 16))


class Writer:
    """Makes letters for one newsletter that leave through one account."""

    def __init__(self, config: Config) -> None:
        """Raises: ConfigError without a secret that signs links, or a public address that they lead to."""
        if config.web.url is None:
            raise ConfigError("Notices need pages to lead to, and no address of them is configured.", _ADDRESS)
        self._key: Key = verifying_keys(config)[0]
        self._links = links_of(config)
        self._config = config
        self._account = account.spelt(config)

    def write(self, about: About) -> Letter:
        """Write a letter; ``about.delivery`` is the id of its attempt.

        Raises: Unwritable; ContentError when a template is at fault.
        """
        at = began(about.delivery).replace(microsecond=0)
        message = compose(about, self._config, self._links, at=at, root=self._config.root)
        try:
            content = mime.to_bytes(message)
        except (ContentError, UnicodeError) as error:
            sentence = error.sentence if isinstance(error, ContentError) else "Its domain cannot be spelt in ASCII."
            raise Unwritable(sentence) from None
        return Letter(message=message, fingerprint=self._fingerprint(content))

    def _fingerprint(self, content: bytes) -> str:
        """Tell a mail and its way apart from all others, and nothing to whoever has not the secret."""
        return hmac.new(self._key.secret, self._account + b"\0" + content, "sha256").hexdigest()


_ADDRESS = "Set `url` under [web] in newsletter.toml."
