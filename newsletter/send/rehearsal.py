"""The rehearsal of a send: every reader's message is made, checked and handed to the outbox; nothing leaves."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice

from newsletter import build, links, mime
from newsletter.audience.files import Reject
from newsletter.audience.mailing import Mailing, Why
from newsletter.build import Built
from newsletter.checks.headers import faults
from newsletter.config import Config
from newsletter.errors import ContentError
from newsletter.links import Key
from newsletter.model.mail import Message
from newsletter.model.subscriber import Subscriber
from newsletter.providers._base import Provider
from newsletter.send.preflight import missing

_TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one reader's message, in a sentence."""

    delivery: str
    address: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a send would have done.

    ``readers`` were handed to the provider; with ``left_out`` and ``rejects`` they are the ``source``, of which
    `Mailing` tells. ``headers`` are the first message's; ``largest`` is an address and its message's bytes; ``domains``
    counts receiving domains, most readers first, and ``missing`` says in sentences what a real send would still want.
    """

    fingerprint: str
    source: str
    readers: int
    left_out: Mapping[Why, int]
    pauses: tuple[date, ...]
    rejects: tuple[Reject, ...]
    faults: tuple[Fault, ...]
    bytes: int
    headers: str
    largest: tuple[str, int]
    domains: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    demo_key: bool


def rehearse(
    built: Built,
    mailing: Mailing,
    config: Config,
    provider: Provider,
    *,
    progress: Callable[[int], None],
) -> Rehearsal:
    """Take the real path for every reader of a mailing, with a provider that keeps everything here.

    ``progress`` is told how many messages each request carried. Raises: ContentError when it is for nobody.
    """
    if not mailing.readers:
        raise _nobody(mailing)
    merge = build.merger(built.edition, config, date=built.message.letterhead.date, pictures=_pictures_address(config))
    key = links.signing_key(config)
    tally = _Tally()
    with closing(provider):
        for number, batch in enumerate(_batches(mailing.readers, provider.capabilities.batch_messages), start=1):
            messages = [merge(reader, delivery=build.delivery_id(built.edition, reader)) for reader in batch]
            tally.add(messages, key)
            provider.send(f"rehearsal-{number}", messages, guard=lambda: True)
            progress(len(messages))
    return tally.result(built, mailing, config, key)


class _Tally:
    """Counts messages as they pass."""

    def __init__(self) -> None:
        self.bytes = 0
        self.first: bytes | None = None
        self.largest = ("", 0)
        self.domains: Counter[str] = Counter()
        self.faults: list[Fault] = []

    def add(self, messages: Sequence[Message], key: Key) -> None:
        for message in messages:
            content = mime.to_bytes(message)
            address = message.subscriber.address
            self.bytes += len(content)
            self.first = self.first or content
            self.largest = max(self.largest, (address, len(content)), key=lambda largest: largest[1])
            self.domains[address.rpartition("@")[2].lower()] += 1
            self.faults += [
                Fault(delivery=message.delivery, address=address, sentence=sentence)
                for sentence in faults(message, content, key)
            ]

    def result(self, built: Built, mailing: Mailing, config: Config, key: Key) -> Rehearsal:
        return Rehearsal(
            fingerprint=built.edition.fingerprint,
            source=mailing.source,
            readers=sum(self.domains.values()),
            left_out=mailing.left_out,
            pauses=mailing.pauses,
            rejects=mailing.rejects,
            faults=tuple(self.faults),
            bytes=self.bytes,
            headers=(self.first or b"").partition(b"\r\n\r\n")[0].decode("ascii"),
            largest=self.largest,
            domains=tuple(self.domains.most_common(_TOP)),
            missing=missing(config),
            demo_key=key.demo,
        )


def _nobody(mailing: Mailing) -> ContentError:
    first = mailing.rejects[0] if mailing.rejects else None
    why = f"Line {first.line}: {first.reason}" if first else "See who stands in it, and how."
    return ContentError(f"{mailing.source} has no reader who can be mailed.", why)


def _pictures_address(config: Config) -> str:
    """What picture names are put behind in a mail that leaves."""
    return f"{config.pictures_url or f'{links.NOWHERE}/pictures'}/"


def _batches(readers: Sequence[Subscriber], size: int) -> Iterator[Sequence[Subscriber]]:
    waiting = iter(readers)
    while batch := tuple(islice(waiting, size)):
        yield batch
