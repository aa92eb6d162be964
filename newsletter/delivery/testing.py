"""Testers: a few who get a mail marked as a test, outside the ledger and its sum."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from newsletter import addresses, mime
from newsletter.config import MOST_TESTERS, Config
from newsletter.errors import ProviderError, UsageError
from newsletter.model.mail import Message
from newsletter.model.subscriber import Subscriber
from newsletter.providers._base import InDoubt, NotSent, Outcome, Provider

MARK = "[TEST] "

_UNTRIED = NotSent("It was not tried after that.")

Token = Callable[[], str]
"""Draws an id that was never used: 24 hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of one tester's mail: the provider's outcome, or what went wrong with the request."""

    address: str
    outcome: Outcome | ProviderError


def testers(named: Sequence[str], config: Config) -> tuple[Subscriber, ...]:
    """Return the testers of a command line, or those of the configuration; each address once.

    Raises: UsageError when there are none, too many, or one is no address.
    """
    if not (mailboxes := named or config.send.testers):
        raise UsageError(
            "Nobody is named to get the test.", "Name an address, or list `testers` under [send] in newsletter.toml."
        )
    found = {addresses.key(tester.address): tester for tester in map(reader_of, mailboxes)}
    if len(found) > MOST_TESTERS:
        raise UsageError(
            f"{len(found)} testers are more than a test is for.", f"Name at most {MOST_TESTERS}, or rehearse a list."
        )
    return tuple(found.values())


def reader_of(mailbox: str) -> Subscriber:
    """Return a reader made of ``Name <address>`` or an address, who is nobody's subscriber. Raises: UsageError."""
    name, address = mime.parted(mailbox) if mime.address_of(mailbox) else ("", "")
    if addresses.fault(address):
        raise UsageError(f"“{mailbox}” is no e-mail address.", "Write it like redactie@example.nl.")
    return Subscriber(id=hashlib.sha256(address.encode()).hexdigest()[:32], address=address, name=name)


def send(messages: Sequence[Message], provider: Provider, *, token: Token) -> Iterator[Answered]:
    """Hand the messages to the provider; one answer each, same order, as soon as it is known.

    What is wrong with a request as a whole would be wrong with the next, so after that the others are not tried.
    """
    stopped = False
    for batch in _requests(messages, provider):
        outcomes = [_UNTRIED] * len(batch) if stopped else _attempt(provider, token(), batch)
        stopped = stopped or any(isinstance(o, ProviderError) and not isinstance(o, InDoubt) for o in outcomes)
        for message, outcome in zip(batch, outcomes, strict=True):
            yield Answered(address=message.subscriber.address, outcome=outcome)


def _requests(messages: Sequence[Message], provider: Provider) -> Iterator[Sequence[Message]]:
    """Cut the messages into requests; embedded pictures may want one each."""
    capabilities = provider.capabilities
    alone = messages[0].embedded and not capabilities.batch_embedded
    waiting = iter(messages)
    while batch := tuple(islice(waiting, 1 if alone else capabilities.batch_messages)):
        yield batch


def _attempt(provider: Provider, attempt: str, batch: Sequence[Message]) -> Sequence[Outcome | ProviderError]:
    try:
        return provider.send(attempt, batch, lambda: True)
    except ProviderError as error:
        return [error] * len(batch)
