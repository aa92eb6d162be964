"""Reading mails from where they lie and seeing to each, in a transaction of its own."""

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from newsletter import links
from newsletter.audience.erasure import EraseKey
from newsletter.config import Config
from newsletter.errors import ConfigError, UsageError
from newsletter.inbox.act import Answer, Clerk, Deed
from newsletter.inbox.masked import masked
from newsletter.inbox.whose import Tokens
from newsletter.mailbox import imap, places
from newsletter.mailbox.imap import Login
from newsletter.mailbox.mail import Mail, read
from newsletter.mailbox.places import Found
from newsletter.store.database import Store

PASSWORD = "NEWSLETTER_INBOX_PASSWORD"  # noqa: S105 (the name of a variable)
IMAP = "imap"
PIPE = "-"

_LONGEST_SUBJECT = 80

Saw = Callable[[int], None]
"""Is told how many mails were seen to since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """One mail and what was done about it. ``subject`` and ``sender`` are masked, ``at`` (aware UTC) may be unknown.

    ``subscriber`` is the id of the reader it is about, None when nobody is known.
    """

    place: str
    at: datetime | None
    subject: str
    sender: str
    deed: Deed
    why: str
    subscriber: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where mails are seen to; with ``dry_run`` it is only said what would be done."""

    store: Store
    clerk: Clerk
    dry_run: bool

    def handle(self, found: Found) -> Handled:
        """See to one mail, in a transaction of its own. Raises: StoreError."""
        mail = read(found.raw, found.place)
        with self.store.writing() as transaction:
            answer = self.clerk.see_to(transaction, mail)
            if self.dry_run:
                transaction.rollback()
        return _handled(mail, answer)


def desk(
    store: Store, config: Config, *, at: datetime, server: str | None, dry_run: bool, erase_key: EraseKey | None
) -> Desk:
    """Set up what sees to a newsletter's mails; ``server`` and ``erase_key`` as `Clerk` takes them.

    Raises: ConfigError without a secret to verify tokens with.
    """
    tokens = Tokens(keys=links.verifying_keys(config), inbox=links.links_of(config).inbox)
    clerk = Clerk(tokens=tokens, zone=config.newsletter.time_zone, at=at, server=server, erase_key=erase_key)
    return Desk(store=store, clerk=clerk, dry_run=dry_run)


def refuse_unfit(named: Sequence[str], config: Config) -> None:
    """Raises: UsageError when a place is not there, or the pipe is named with others; ConfigError as `login`."""
    if PIPE in named and len(named) > 1:
        raise UsageError("- reads the one mail of a pipe, and nothing else was expected.", "Name files, or - alone.")
    for name in named:
        if name == IMAP:
            login(config)
        elif name != PIPE and not Path(name).exists():
            raise UsageError(f"There is no {name}.", "Name a mail, an mbox, a Maildir or a folder; - reads one mail.")


def handle_all(
    desk: Desk, named: Sequence[str], config: Config, *, stream: BinaryIO, context: ssl.SSLContext, saw: Saw
) -> Iterator[Handled]:
    """See to the mails of all places in turn: files and folders, ``imap``, ``-`` for the stream.

    Raises: StoreError; ProviderError when the mailbox cannot be reached; OSError when a file cannot be read.
    """
    for name in named:
        for handled in _of_mailbox(desk, config, context) if name == IMAP else map(desk.handle, _found(name, stream)):
            yield handled
            saw(1)


def login(config: Config) -> Login:
    """Return how to get at the mailbox. Raises: ConfigError when something is not set."""
    inbox, password = config.inbox, config.secrets.of(PASSWORD)
    if inbox.host is None or inbox.user is None:
        missing = "host" if inbox.host is None else "user"
        raise ConfigError(
            f"newsletter.toml: `inbox.{missing}` is not set, so there is no mailbox to read.",
            "Set host and user under [inbox], or name files.",
        )
    if password is None:
        raise ConfigError(f"{PASSWORD} is not set.", "Set it in the environment, or in .env beside newsletter.toml.")
    return Login(
        host=inbox.host, port=inbox.port, user=inbox.user, password=password.get_secret_value(), folder=inbox.folder
    )


def _found(name: str, stream: BinaryIO) -> Iterable[Found]:
    return [places.in_stream(stream)] if name == PIPE else places.in_file(Path(name))


def _of_mailbox(desk: Desk, config: Config, context: ssl.SSLContext) -> Iterator[Handled]:
    """A mail is marked after what it says was written down: broken off in between, it is seen to twice."""
    with imap.opened(login(config), context) as box:
        for found in box.waiting():
            handled = desk.handle(found)
            if not desk.dry_run:
                box.mark(found, for_a_person=handled.deed == "unmatched")
            yield handled


def _handled(mail: Mail, answer: Answer) -> Handled:
    subject = mail.subject
    return Handled(
        place=mail.place,
        at=mail.at,
        subject=masked(subject[:_LONGEST_SUBJECT] + "…" * (len(subject) > _LONGEST_SUBJECT)),
        sender=masked(mail.sender),
        deed=answer.deed,
        why=answer.why,
        subscriber=answer.subscriber,
    )
