"""What readers, their servers and the operator do to a store, at a moment that stands still until it is moved."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from newsletter import addresses
from newsletter.audience import address as addressing
from newsletter.audience import consent, erasure, preferences
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.model.subscriber import ConsentRecord, ConsentText, Source, Subscriber, What
from newsletter.store import consents, moves, notices, subscribers
from newsletter.store.database import Store, Transaction
from newsletter.store.moves import Move
from newsletter.store.notices import Notice, State
from newsletter.store.subscribers import Known

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 12, 13, 2, tzinfo=UTC)
KEY = EraseKey(secret=b"de sleutel van het archief, tweede lade")
SHOWN = ConsentText(text="Stuur mij iedere zaterdag de Heuvelbrief.", version="3")
"""What the form shows."""


NUMBERS = count(1)
"""No two ids of a session are alike."""


def draw() -> str:
    """The next id."""
    return f"{next(NUMBERS):032x}"


@dataclass
class Deeds:
    """One call is one transaction, about Anna where nobody else is named; each test has an Anna of its own."""

    store: Store
    anna: str = field(default_factory=lambda: f"anna{next(NUMBERS)}@example.nl")
    key: EraseKey | None = KEY
    now: datetime = NOW

    def later(self, **time: float) -> None:
        """Let some time pass."""
        self.now += timedelta(**time)

    def occasion(self, source: Source, **told: object) -> Occasion:
        """The circumstances of a deed."""
        return replace(Occasion(at=self.now, zone=ZONE, source=source), **told)  # type: ignore[arg-type]

    def sign_up(self, address: str | None = None, **told: str) -> int | None:
        with self.store.writing() as transaction:
            return self.sign_up_in(transaction, address, **told)

    def sign_up_in(self, transaction: Transaction, address: str | None = None, **told: str) -> int | None:
        """Sign up in a transaction that somebody else ends."""
        form = self.occasion("form", text=SHOWN, origin="192.0.2.1")
        return consent.sign_up(transaction, self._newcomer(address, told), form, key=self.key, draw=draw)

    def confirm(self, request: int | None, *, welcome: bool = False) -> Subscriber:
        assert request is not None
        with self.store.writing() as transaction:
            return consent.confirm(transaction, request, self.occasion("form"), key=self.key, welcome=welcome)

    def joins(self, address: str | None = None) -> Subscriber:
        """Sign up and confirm at once."""
        return self.confirm(self.sign_up(address))

    def add(self, address: str | None = None, *, text: str = "Aan de balie, 12 maart 2026", **told: str) -> Subscriber:
        occasion = self.occasion("operator", text=ConsentText(text=text, version="1"))
        with self.store.writing() as transaction:
            return consent.add(transaction, self._newcomer(address, told), occasion, key=self.key, draw=draw)

    def ask(self, address: str | None = None, **told: str) -> Subscriber:
        with self.store.writing() as transaction:
            occasion = self.occasion("operator")
            return consent.ask(transaction, self._newcomer(address, told), occasion, key=self.key, draw=draw)

    def leave(self, address: str | None = None, *, text: ConsentText | None = None) -> bool:
        with self._about(address) as (transaction, identity):
            return consent.leave(transaction, identity, self.occasion("one-click", text=text))

    def complain(self, address: str | None = None) -> bool:
        with self._about(address) as (transaction, identity):
            return consent.complain(transaction, identity, self.occasion("complaint"))

    def bounce(self, address: str | None = None) -> bool:
        with self._about(address) as (transaction, identity):
            return consent.bounce(transaction, identity, self.occasion("bounce"))

    def block(self, address: str | None = None, reason: str = "dreigbrief") -> Subscriber:
        with self.store.writing() as transaction:
            occasion = self.occasion("operator", note=reason)
            return consent.block(transaction, self._or_anna(address), occasion, key=self.key, draw=draw)

    def lift(self, address: str | None = None, reason: str = "belde op") -> Subscriber:
        with self.store.writing() as transaction:
            return consent.lift(transaction, self._or_anna(address), self.occasion("operator", note=reason))

    def pause(self, until: date | None, address: str | None = None) -> bool:
        with self._about(address) as (transaction, identity):
            return preferences.pause(transaction, identity, until, self.occasion("operator"))

    def tag(self, *added: str, removed: tuple[str, ...] = (), address: str | None = None) -> bool:
        with self._about(address) as (transaction, identity):
            by = self.occasion("operator")
            return preferences.tag(transaction, identity, added=added, removed=removed, occasion=by)

    def prefer(self, name: str = "", language: str | None = None, tags: Mapping[str, bool] | None = None) -> bool:
        """Anna changes her preferences."""
        with self._about(None) as (transaction, identity):
            form = self.occasion("form")
            return preferences.change(transaction, identity, form, name=name, language=language, tags=tags or {})

    def ask_to_move(self, to: str, address: str | None = None) -> int | None:
        with self._about(address) as (transaction, identity):
            return addressing.ask(transaction, identity, to, self.occasion("form", origin="192.0.2.1"), key=self.key)

    def move(self, move: int | None) -> Subscriber:
        assert move is not None
        with self.store.writing() as transaction:
            return addressing.confirm(transaction, move, self.occasion("form"), key=self.key)

    def undo_move(self, move: int | None) -> Subscriber:
        assert move is not None
        with self.store.writing() as transaction:
            return addressing.undo(transaction, move, self.occasion("form"))

    def erase_herself(self) -> bool:
        """Anna is erased by her id."""
        with self._about(None) as (transaction, identity):
            return erasure.erase_reader(transaction, identity, self.occasion("form"), key=self.key)

    def erase(self, address: str | None = None) -> bool:
        with self.store.writing() as transaction:
            return erasure.erase(transaction, self._or_anna(address), self.occasion("operator"), key=self.key)

    def mail_leaves(self, state: State = "accepted") -> None:
        """Every notice that waits is sent, and is accepted by the provider, or what becomes of it."""
        with self.store.writing() as transaction:
            for notice in notices.claim(transaction, at=self.now, limit=999, draw=draw, expires_at=self.now):
                attempt = notice.attempt or ""
                notices.seal(transaction, notice.id, attempt, fingerprint="f" * 64, expires_at=self.now)
                notices.settle(transaction, notice.id, attempt, state, at=self.now)

    def known(self, address: str | None = None) -> Known | None:
        """What the store knows."""
        with self.store.reading() as transaction:
            return subscribers.find(transaction, self._key(address))

    def standing(self, address: str | None = None) -> str:
        """The reason, or the status; ``nobody`` when the address is not known."""
        known = self.known(address)
        return "nobody" if known is None else known.subscriber.reason or known.subscriber.status

    def records(self, address: str | None = None) -> tuple[ConsentRecord, ...]:
        """What was written down."""
        with self.store.reading() as transaction:
            known = subscribers.find(transaction, self._key(address))
            return consents.of(transaction, known.subscriber.id) if known else ()

    def story(self, address: str | None = None) -> list[What]:
        """The same in words."""
        return [record.what for record in self.records(address)]

    def notices(self, address: str | None = None) -> tuple[Notice, ...]:
        """The mails about the subscription."""
        known = self.known(address)
        with self.store.reading() as transaction:
            return notices.of(transaction, known.subscriber.id) if known else ()

    def moves(self, address: str | None = None) -> tuple[Move, ...]:
        """The changes of address."""
        known = self.known(address)
        with self.store.reading() as transaction:
            return moves.of(transaction, known.subscriber.id) if known else ()

    @contextmanager
    def _about(self, address: str | None) -> Iterator[tuple[Transaction, str]]:
        with self.store.writing() as transaction:
            known = subscribers.find(transaction, self._key(address))
            yield transaction, known.subscriber.id if known else "0" * 32

    def _newcomer(self, address: str | None, told: Mapping[str, str]) -> Newcomer:
        return Newcomer(address=self._or_anna(address), **told)

    def _or_anna(self, address: str | None) -> str:
        return self.anna if address is None else address

    def _key(self, address: str | None) -> str:
        return addresses.key(self._or_anna(address))
