"""Mails of tests: those of `fixtures/mails` with the tokens of a reader in them, and what sees to them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from listed import one

from newsletter import links
from newsletter.audience.erasure import EraseKey
from newsletter.inbox.act import Answer, Clerk
from newsletter.inbox.whose import Tokens
from newsletter.links import Key
from newsletter.mailbox.mail import read
from newsletter.model.subscriber import ConsentRecord, Subscriber
from newsletter.store import consents, subscribers
from newsletter.store.database import Store

FOLDER = Path(__file__).parent.parent / "fixtures" / "mails"
ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECRET = "een geheim dat de koppelingen tekent"
KEY = Key(secret=SECRET.encode())
INBOX = "uit@example.nl"
ANNA = one("anna@example.org", name="Anna Wit")
BRAM = one("bram@example.org")


def mailbox_of(reader: Subscriber, key: Key = KEY) -> str:
    """The address of the mailbox that a reader writes to in order to leave."""
    return f"uit+{links.sign_mailbox(key, reader.id)}@example.nl"


def return_path_of(reader: Subscriber, key: Key = KEY) -> str:
    """The address of the mailbox that a reader's mail comes back to."""
    return f"uit+{links.sign_mailbox(key, reader.id, 'return')}@example.nl"


def mail(name: str, reader: Subscriber = ANNA, *, key: Key = KEY) -> bytes:
    """A mail of the folder, about a reader."""
    address = mailbox_of(reader, key)
    text = (FOLDER / f"{name}.eml").read_text("utf-8")
    filled = text.replace("@MAILBOX@", address).replace("@MAILBOX_IN_CAPITALS@", address.upper())
    filled = filled.replace("@RETURN@", return_path_of(reader, key))
    return filled.replace("@LEAVE@", links.sign(key, "leave", reader.id)).encode()


@dataclass
class Post:
    """A list of readers, and the clerk who sees to mails about them."""

    store: Store
    keys: tuple[Key, ...] = (KEY,)
    inbox: str | None = INBOX
    now: datetime = NOW
    server: str | None = None
    erase_key: EraseKey | None = None

    def comes(self, raw: bytes) -> Answer:
        """A mail comes in."""
        tokens = Tokens(keys=self.keys, inbox=self.inbox)
        clerk = Clerk(tokens=tokens, zone=ZONE, at=self.now, server=self.server, erase_key=self.erase_key)
        with self.store.writing() as transaction:
            return clerk.see_to(transaction, read(raw, "a mail"))

    def standing(self, reader: Subscriber = ANNA) -> str:
        """The reason against mailing a reader, else his status; ``nobody`` when he is not known."""
        with self.store.reading() as transaction:
            known = subscribers.get(transaction, reader.id)
        return known.subscriber.reason or known.subscriber.status if known else "nobody"

    def records(self, reader: Subscriber = ANNA) -> tuple[ConsentRecord, ...]:
        """What was written down of a reader."""
        with self.store.reading() as transaction:
            return consents.of(transaction, reader.id)
