"""The test mail: the real mail through the real provider, to a few, marked as a test.

Its links to leave and to change preferences belong to no reader. Its pictures lie at their public address, or travel
inside it where there is none.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from newsletter import addresses, build, mime
from newsletter.build import Built
from newsletter.checks.headers import faults
from newsletter.config import MOST_TESTERS, Config
from newsletter.errors import ProviderError, UsageError
from newsletter.model.mail import Message
from newsletter.model.subscriber import Subscriber
from newsletter.providers._base import InDoubt, NotSent, Outcome, Provider
from newsletter.send.pictures import Fetch, addresses_in, publish, unreachable
from newsletter.send.preflight import obstacles, refuse

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
    found = {addresses.key(tester.address): tester for tester in map(_tester, mailboxes)}
    if len(found) > MOST_TESTERS:
        raise UsageError(
            f"{len(found)} testers are more than a test is for.", f"Name at most {MOST_TESTERS}, or rehearse a list."
        )
    return tuple(found.values())


def compose(
    built: Built,
    readers: Sequence[Subscriber],
    config: Config,
    *,
    now: datetime,
    fetch: Fetch,
    token: Token,
) -> tuple[Message, ...]:
    """Make the test's messages, publish their pictures and see that each can be fetched.

    ``now`` is the real clock (aware UTC). Raises: ContentError with everything that is in the way.
    """
    refuse("This issue cannot be sent.", obstacles(built, config, now=now), "Mend it and build again.")
    address = config.pictures_url
    edition = replace(built.edition, subject=MARK + built.edition.subject)
    merge = build.merger(edition, config, date=now, pictures=f"{address}/" if address else "cid:", test=True)
    messages = tuple(replace(merge(reader, delivery=token()), embedded=address is None) for reader in readers)
    wrong = [sentence for message in messages for sentence in faults(message, mime.to_bytes(message), None)]
    refuse("The messages are not in order.", wrong, "Mend the template or the names.")
    _show_pictures(messages[0], config, fetch)
    return messages


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


def _tester(mailbox: str) -> Subscriber:
    """A reader made of ``Name <address>`` or an address, who is nobody's subscriber."""
    name, address = mime.parted(mailbox) if mime.address_of(mailbox) else ("", "")
    if addresses.fault(address):
        raise UsageError(f"“{mailbox}” is no e-mail address.", "Write it like redactie@example.nl.")
    return Subscriber(id=hashlib.sha256(address.encode()).hexdigest()[:32], address=address, name=name)


def _show_pictures(message: Message, config: Config, fetch: Fetch) -> None:
    """Put the pictures where their address shows them. Raises: ContentError when it does not show one."""
    carried = {f"cid:{picture.name}" for picture in message.edition.pictures} if message.embedded else set()
    folder = config.root / config.pictures.folder
    if not message.embedded:
        publish(message.edition.pictures, folder)
    asked = [address for address in addresses_in(message.html) if address not in carried]
    refuse("These pictures would not be seen.", tuple(unreachable(asked, fetch)), _remedy(config))


def _remedy(config: Config) -> str:
    if config.pictures_url is None:
        return "Correct the template: it names pictures that are none of the issue's."
    return (
        f"Let {config.pictures_url} show the files of {config.pictures.folder}, where they lie now. "
        "Or comment out `url` under [web] and [pictures] for a while: a test then carries them inside."
    )


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
