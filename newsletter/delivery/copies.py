"""A run's messages, made from what is kept of it: the same whenever they are made again, and what tells that they are.

Everything that differs per reader stands in the ledger, and everything else in the edition and the run's terms; links
follow from the reader's id under a key that the run names. So a message need not be kept to be shown, or to be sent
once more byte for byte.
"""

import hashlib
from collections.abc import Iterable, Sequence

from newsletter import words
from newsletter.errors import ConfigError
from newsletter.links import Key, Links
from newsletter.model.ledger import Delivery, Run
from newsletter.model.mail import Edition, Message
from newsletter.rendering.merge import Merge


class Copies:
    """Makes the messages of one run. ``size`` is about how many bytes each has as it is joined."""

    def __init__(self, edition: Edition, run: Run, keys: Sequence[Key]) -> None:
        """Raises: ConfigError when the key that the run's links were signed with is not among ``keys``."""
        self._run = run
        self._merge = Merge(
            edition=edition,
            letterhead=run.letterhead,
            links=Links(web=run.terms.web, key=_key(run, keys), inbox=run.terms.inbox),
            words=words.load(edition.language),
            pictures=run.terms.pictures,
        )
        shared = (edition.fingerprint, *(str(part) for part in _letterhead(run)))
        self._shared = hashlib.sha256(_spelt(shared)).digest()
        self.size = sum(
            len(piece.encode()) for part in (edition.html, edition.text) for piece in part if isinstance(piece, str)
        )

    def message(self, delivery: Delivery) -> Message:
        """Make a reader's message; nothing is joined yet. Raises: LookupError once the reader was erased."""
        return self._merge(delivery.reader, delivery=self._run.delivery_id(delivery.seq))

    def fingerprint(self, messages: Iterable[Message]) -> str:
        """Tell a request for these messages, in this order, from all others: 64 hexadecimal digits.

        It is over all that headers, HTML and text say, not over how a provider wants them spelt.
        """
        digest = hashlib.sha256(self._shared)
        for message in messages:
            digest.update(hashlib.sha256(_spelt(_own(message))).digest())
        return digest.hexdigest()


def _key(run: Run, keys: Sequence[Key]) -> Key:
    for key in keys:
        if key.id.hex() == run.terms.key:
            return key
    raise ConfigError(
        f"The links of run {run.id} were signed with another secret than NEWSLETTER_SECRET.",
        "Add the one that was set when it was sent to NEWSLETTER_OLD_SECRETS.",
    )


def _letterhead(run: Run) -> tuple[object, ...]:
    letterhead = run.letterhead
    return (
        letterhead.sender,
        letterhead.reply_to,
        letterhead.list_id,
        letterhead.feedback_id,
        letterhead.date.isoformat(),
    )


def _own(message: Message) -> tuple[str, ...]:
    """What only this message says; its values stand in the order of the edition's slots."""
    reader = message.subscriber
    return (
        message.delivery,
        reader.name,
        reader.address,
        message.unsubscribe,
        message.mailbox or "",
        message.return_path or "",
        *message.values.values(),
    )


def _spelt(parts: Iterable[str]) -> bytes:
    """Spell texts so that no two different rows of them are spelt alike: no text holds a NUL."""
    return "\0".join(parts).encode()
