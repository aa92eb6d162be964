"""A run that is under way, and a provider that tells what became of its mails."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import ledgered
from sqlalchemy import select

from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.config.tables import StopAt
from newsletter.delivery import events
from newsletter.errors import ProviderError
from newsletter.model.ledger import Delivery, DeliveryState, Event, Run
from newsletter.model.subscriber import ConsentRecord, Source
from newsletter.store import attempts, consents, deliveries, runs, schema, subscribers, webhooks
from newsletter.store import events as kept
from newsletter.store.attempts import Became, Intent, Sender
from newsletter.store.database import Store
from newsletter.store.events import Told
from newsletter.store.webhooks import Called

ZONE = ZoneInfo("Europe/Amsterdam")
AT = ledgered.AT
LATER = AT + timedelta(hours=1)
ERASE_KEY = EraseKey(secret=b"sleutel voor wie vergeten wil worden")
FINGERPRINT, ACCOUNT = "f" * 64, "0123456789abcdef"
NAMES = ("anna", "bram", "cees", "dora")


def address_of(name: str) -> str:
    """The address of an invented reader."""
    return f"{name}@example.org"


@dataclass
class Scene:
    """Readers, and the runs that they are part of. ``told`` holds what each call tells, by its body."""

    store: Store
    ids: dict[str, str] = field(default_factory=dict)
    told: dict[str, Sequence[Event]] = field(default_factory=dict)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))
    about: str = "about anna@example.org and others"

    def occasion(self, at: datetime = AT, source: Source = "form") -> Occasion:
        return Occasion(at=at, zone=ZONE, source=source, note="op verzoek")

    def subscribed(self, *names: str) -> "Scene":
        """Have readers on the list."""
        with self.store.writing() as transaction:
            for name in names:
                newcomer, identity = Newcomer(address=address_of(name)), f"{len(self.ids) + 1:032x}"
                consent.add(
                    transaction,
                    newcomer,
                    self.occasion(AT - timedelta(days=90)),
                    key=ERASE_KEY,
                    draw=lambda identity=identity: identity,  # type: ignore[misc]
                )
                self.ids[name] = identity
        return self

    def sent(self, states: Mapping[str, DeliveryState], issue: str = ledgered.EDITION.issue) -> Run:
        """A run of which these readers have these states, all by one request; those who wait had none."""
        run = ledgered.begun(self.store, issue=issue)
        seqs = {name: self.delivery(run, name).seq for name in states}
        asked = tuple(sorted(seqs[name] for name, state in states.items() if state not in {"waiting", "skipped"}))
        with self.store.writing() as transaction:
            deliveries.skip(transaction, run.id, [(seqs[name], "left") for name in states if states[name] == "skipped"])
            if asked:
                intent, sender = Intent(seqs=asked, fingerprint=FINGERPRINT), Sender(worker="w", account=ACCOUNT)
                (number,) = attempts.open_(transaction, run.id, [intent], sender, at=AT, expires_at=AT)
                became = [Became(seq=seqs[name], state=state) for name, state in states.items() if seqs[name] in asked]
                answered = [one for one in became if one.state != "sending"]
                attempts.become(transaction, run.id, number, answered, at=AT)
                if len(answered) == len(became):
                    doubt = any(one.state == "in doubt" for one in became)
                    attempts.end(transaction, number, "in doubt" if doubt else "answered", worker="w", at=AT)
        return run

    def event(self, run: Run | None, name: str, kind: str, **changes: object) -> Event:
        """What the provider tells of a reader's mail, in the hour after it was sent."""
        delivery = run and run.delivery_id(self.delivery(run, name).seq)
        values: dict[str, object] = {"kind": kind, "at": AT + timedelta(minutes=5), "delivery": delivery}
        return Event(**{**values, "address": address_of(name), **changes})  # type: ignore[arg-type]

    def calls(self, *told: Event, key: str | None = None, at: datetime = LATER) -> str:
        """Keep a call that tells events; under a key that was there it is the same call once more."""
        key = key or f"call-{next(iter(self.numbers))}"
        body = self.body(key)
        self.told[body] = told
        with self.store.writing() as transaction:
            webhooks.keep(transaction, [Called(provider="post", key=key, at=at, body=body)])
        return key

    def body(self, key: str) -> str:
        return f"{key}: {self.about}"

    def read(self, provider: str, body: bytes) -> Sequence[Event]:
        """What the provider's receiver does."""
        if body.decode() not in self.told:
            raise ProviderError(f"{provider} called with what cannot be read")
        return self.told[body.decode()]

    def apply(self, at: datetime = LATER, stop_at: float | None = None) -> int:
        """`stop_at` are percent of complaints; of failures it is what a newspaper has that says nothing."""
        limits = StopAt(complained=stop_at) if stop_at else None
        return events.apply(self.store, self.read, at=at, zone=ZONE, stop_at=limits, erase_key=ERASE_KEY).calls

    def tell(self, *told: Event, at: datetime = LATER, stop_at: float | None = None) -> int:
        """Have calls come, one for each event, and applied."""
        for one in told:
            self.calls(one, at=at)
        return self.apply(at, stop_at)

    # What is seen of it.

    def delivery(self, run: Run, name: str) -> Delivery:
        with self.store.reading() as transaction:
            return next(one for one in deliveries.page(transaction, run.id) if one.subscriber == self.ids[name])

    def run(self, run: Run) -> Run:
        with self.store.reading() as transaction:
            return runs.hold(transaction, run.id) if self.store.file else runs.get(transaction, run.id) or run

    def status(self, name: str) -> tuple[str, str | None]:
        with self.store.reading() as transaction:
            known = subscribers.get(transaction, self.ids[name])
        assert known is not None
        return known.subscriber.status, known.subscriber.reason

    def records(self, name: str) -> list[ConsentRecord]:
        """What was written down of a reader since he is on the list."""
        with self.store.reading() as transaction:
            return list(consents.of(transaction, self.ids[name]))[1:]

    def events(self, name: str) -> list[Told]:
        with self.store.reading() as transaction:
            return kept.of_subscriber(transaction, self.ids[name])


def bodies(store: Store) -> list[str]:
    """What is left of all calls."""
    with store.reading() as transaction:
        return list(transaction.scalars(select(schema.webhooks.c.body).order_by(schema.webhooks.c.id)))
