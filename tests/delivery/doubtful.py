"""A run whose one request got no answer, and a provider that keeps its own log of what it took."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import ledgered
from post_office import settings
from told_off import AT, NAMES, Scene

from newsletter.config import Config
from newsletter.delivery.account import account
from newsletter.delivery.copies import Copies
from newsletter.delivery.settle import Settler
from newsletter.links import Key, verifying_keys
from newsletter.model.ledger import Attempt, Run
from newsletter.model.mail import Message
from newsletter.providers._base import (
    Absent,
    Accepted,
    Capabilities,
    Guard,
    InDoubt,
    Login,
    NotSent,
    Outcome,
    Provider,
    Refused,
    Trace,
)
from newsletter.store import attempts, deliveries, editions
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store

DAY = timedelta(days=1)
REPEATS = Capabilities(batch_messages=100, batch_bytes=10_000_000, idempotency=DAY)
LOOKS_UP = Capabilities(batch_messages=100, batch_bytes=10_000_000, look_up=True)
PLAIN = Capabilities(batch_messages=100, batch_bytes=10_000_000)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now

    def ticks(self) -> float:
        """Seconds since the request was made."""
        return (self.now - AT).total_seconds()


@dataclass
class Post:
    """A provider. ``taken`` are the mails it took, by delivery; ``asked`` the attempts of all requests it was made.

    ``lost`` says that answers get lost; ``refuses`` whom it refuses.
    """

    capabilities: Capabilities
    taken: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answered: dict[str, Sequence[Outcome]] = field(default_factory=dict)
    refuses: frozenset[str] = frozenset()
    lost: bool = False

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        self.asked.append(attempt)
        if not guard():
            raise NotSent("stopped")
        if attempt not in self.answered or self.capabilities.idempotency is None:
            self.answered[attempt] = [self._take(message) for message in messages]
        if self.lost:
            raise InDoubt("the answer was lost")
        return self.answered[attempt]

    def _take(self, message: Message) -> Outcome:
        if message.subscriber.address in self.refuses:
            return Refused(delivery=message.delivery, reason="550 5.1.1 no such reader", bounced="550 5.1.1")
        self.taken.append(message.delivery)
        return Accepted(delivery=message.delivery, provider_id=f"post-{len(self.taken)}")

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        self.asked.append(f"look up {attempt}")
        return [
            Accepted(delivery=one.delivery, provider_id="found")
            if one.delivery in self.taken
            else Absent(delivery=one.delivery)
            for one in messages
        ]

    def verify(self) -> Login:
        return Login(verified=True, sentence="it is the post")

    def close(self) -> None:
        pass


@dataclass
class Doubtful:
    """The run, and whoever settles it."""

    scene: Scene
    run: Run
    attempt: Attempt
    messages: Sequence[Message]
    config: Config
    keys: tuple[Key, ...]
    clock: Clock
    provider: Provider

    def settler(self, config: Config | None = None) -> Settler:
        """Whoever settles, in a process of his own that has seen the doubt from its beginning."""
        self.clock.now = AT
        settler = Settler(
            self.scene.store,
            lambda: self.provider,
            config or self.config,
            self.keys,
            clock=self.clock,
            chance=lambda: 0.0,
            ticks=self.clock.ticks,
        )
        settler.settle(threading.Event())
        return settler

    def settle(self, *, after: timedelta = timedelta(minutes=6), config: Config | None = None) -> datetime | None:
        """Have another process settle, so long after the request was made."""
        settler = self.settler(config)
        self.clock.now = AT + after
        return settler.settle(threading.Event())

    def states(self) -> dict[str, str]:
        return {name: self.scene.delivery(self.run, name).state for name in NAMES}

    def said(self, name: str) -> list[tuple[str, str]]:
        seq = self.scene.delivery(self.run, name).seq
        with self.scene.store.reading() as transaction:
            return [(one.what, one.said) for one in attempts.said(transaction, self.run.id, seq)]


def doubtful(
    store: Store,
    root: Path,
    provider: Provider,
    *,
    send: bool = True,
    lose: Callable[[], object] = lambda: None,
    newsletter: dict[str, object] | None = None,
    **changes: object,
) -> Doubtful:
    """Have four readers be in doubt, by one request; with ``send`` it was made, and its answer got lost."""
    config = settings(root, newsletter={"name": "De Heuvelbode", **(newsletter or {})})
    keys = verifying_keys(config)
    scene = Scene(store).subscribed(*NAMES)
    terms = replace(ledgered.TERMS, key=keys[0].id.hex())
    run = ledgered.begun(store, terms=terms, **changes)
    with store.writing() as transaction:
        copies = Copies(editions.load(transaction, run.edition), run, keys)
        readers = deliveries.page(transaction, run.id)
        messages = [copies.message(reader) for reader in readers]
        intent = Intent(seqs=tuple(one.seq for one in readers), fingerprint=copies.fingerprint(messages))
        sender = Sender(worker="dead", account=account(config, keys[0]))
        (number,) = attempts.open_(transaction, run.id, [intent], sender, at=AT, expires_at=AT + timedelta(minutes=5))
        became = [Became(seq=one.seq, state="in doubt", reason="no answer") for one in readers]
        attempts.become(transaction, run.id, number, became, at=AT)
        attempts.end(transaction, number, "in doubt", worker="dead", at=AT, note="no answer")
        attempt = attempts.get(transaction, number)
    assert attempt is not None
    if send:
        provider.send(run.attempt_id(number), messages, lambda: True)
    return Doubtful(scene, run, attempt, messages, config, keys, Clock(), provider)
