"""What tests of the readers' pages share: pages with a clock that stands still, readers in every state, a visitor."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import examples
import httpx
from starlette.applications import Starlette

from newsletter.audience import address, consent, erasure, preferences
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.config import Config
from newsletter.links import Key, Links, Ticket
from newsletter.model.subscriber import ConsentRecord, Subscriber
from newsletter.store import consents, moves, notices, subscribers
from newsletter.store.database import Store
from newsletter.store.subscribers import Known
from newsletter.web.public import Service, application
from newsletter.web.public.guard import Guard

KEY = Key(secret=b"een geheim van zestig schapen")
OLD_KEY = Key(secret=b"een ouder geheim van een geit")
OTHER_KEY = Key(secret=b"het geheim van een ander blad")
ERASE_KEY = EraseKey(secret=b"sleutel voor wie vergeten wil worden")
WEB = "https://weekbrief.example.nl"
TAGS = {"zuid": "Nieuws uit Zuid", "agenda": "De agenda & meer"}
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)  # a Tuesday


@dataclass
class Clock:
    """A clock that stands still until it is put forward."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Pages:
    """The pages of a newspaper, and what was done around them: how long was slept, how often the courier was woken."""

    config: Config
    store: Store
    clock: Clock = field(default_factory=Clock)
    slept: list[float] = field(default_factory=list)
    woken: list[datetime] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    erase_key: EraseKey | None = ERASE_KEY
    web: str = WEB

    def __post_init__(self) -> None:
        keys = (KEY, OLD_KEY)
        self.links = Links(web=self.web, key=KEY)
        self.service = Service(
            config=self.config,
            store=self.store,
            keys=keys,
            links=self.links,
            erase_key=self.erase_key,
            now=self.clock,
            draw=self.draw,
            wake=lambda: self.woken.append(self.clock()),
            guard=Guard(
                store=self.store,
                keys=keys,
                now=self.clock,
                draw=self.draw,
                proof_of_work=self.config.pages.proof_of_work,
            ),
            sleep=self._sleep,
            ticks=lambda: 0.0,
        )
        self.application = application(self.service)

    def draw(self) -> str:
        return f"{next(self.numbers):032x}"

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def visitor(self) -> "Visitor":
        """Somebody with a browser in Dutch."""
        return Visitor(self.application, web=self.web)

    def subscribed(self, address: str = "p.vandam@example.nl", *, language: str | None = None) -> Subscriber:
        """A reader who gets the newsletter."""
        with self.store.writing() as transaction:
            newcomer = Newcomer(address=address, name="P. van Dam", language=language)
            return consent.add(
                transaction, newcomer, self.service.occasion("operator"), key=self.erase_key, draw=self.draw
            )

    def signed_up(self, address: str = "nieuw@example.nl", *, language: str | None = None) -> Ticket:
        """Somebody who signed up and was sent a link; its ticket."""
        with self.store.writing() as transaction:
            newcomer = Newcomer(address=address, language=language)
            number = consent.sign_up(
                transaction, newcomer, self.service.occasion("form"), key=self.erase_key, draw=self.draw
            )
            known = consent.known_by(transaction, address)
        assert number is not None
        return Ticket(subscriber=known.subscriber.id, number=number, at=self.clock())

    def moving(self, reader: Subscriber, new: str = "nieuw.adres@example.nl") -> Ticket:
        """A reader's wish for another address; the ticket of the link that was sent there."""
        with self.store.writing() as transaction:
            number = address.ask(transaction, reader.id, new, self.service.occasion("form"), key=self.erase_key)
        assert number is not None
        return Ticket(subscriber=reader.id, number=number, at=self.clock())

    def moved(self, reader: Subscriber, new: str = "nieuw.adres@example.nl") -> Ticket:
        """The same, confirmed; the ticket that undoes it."""
        ticket = self.moving(reader, new)
        with self.store.writing() as transaction:
            address.confirm(transaction, ticket.number, self.service.occasion("form"), key=self.erase_key)
        return ticket

    def left(self, reader: Subscriber) -> Subscriber:
        with self.store.writing() as transaction:
            consent.leave(transaction, reader.id, self.service.occasion("form"))
        return reader

    def paused(self, reader: Subscriber, until: date) -> Subscriber:
        with self.store.writing() as transaction:
            preferences.pause(transaction, reader.id, until, self.service.occasion("form"))
        return reader

    def suppressed(self, reader: Subscriber, how: str) -> Subscriber:
        with self.store.writing() as transaction:
            if how == "complained":
                consent.complain(transaction, reader.id, self.service.occasion("complaint"))
            elif how == "bounced":
                consent.bounce(transaction, reader.id, self.service.occasion("bounce"))
            else:
                occasion = self.service.occasion("operator", note="op verzoek")
                consent.block(transaction, reader.address, occasion, key=self.erase_key, draw=self.draw)
        return reader

    def erased(self, reader: Subscriber) -> Subscriber:
        with self.store.writing() as transaction:
            erasure.erase_reader(transaction, reader.id, self.service.occasion("form"), key=ERASE_KEY)
        return reader

    def known(self, reader: str) -> Known | None:
        """What the store knows of an id."""
        with self.store.reading() as transaction:
            return subscribers.get(transaction, reader)

    def now(self, reader: Subscriber) -> Subscriber:
        """A reader as he is by now."""
        known = self.known(reader.id)
        assert known is not None
        return known.subscriber

    def at(self, address: str) -> Subscriber | None:
        """Who has an address."""
        with self.store.reading() as transaction:
            known = subscribers.find(transaction, address)
        return known.subscriber if known else None

    def records(self, reader: str) -> tuple[ConsentRecord, ...]:
        with self.store.reading() as transaction:
            return consents.of(transaction, reader)

    def notices(self, reader: str) -> list[tuple[str, str]]:
        """Kind and state of each notice."""
        with self.store.reading() as transaction:
            return [(notice.kind, notice.state) for notice in notices.of(transaction, reader)]

    def moves(self, reader: str) -> tuple[moves.Move, ...]:
        with self.store.reading() as transaction:
            return moves.of(transaction, reader)


@dataclass(frozen=True)
class Visitor:
    """Asks for pages as a browser does, without following where it is sent."""

    application: Starlette
    accepts: str = "nl"
    web: str = WEB

    def get(self, address: str) -> httpx.Response:
        return self.ask("GET", address)

    def post(self, address: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        body = urlencode(form or {})
        given = {"content-type": "application/x-www-form-urlencoded"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        return self.ask("POST", address, body.encode(), given)

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Go where an answer sends the browser."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    def ask(
        self, method: str, address: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.application, raise_app_exceptions=False)
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.web))
            async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
                given = {"accept-language": self.accepts, **(headers or {})}
                return await client.request(method, path, content=body, headers=given)

        return asyncio.run(ask())


def pages_of(store: Store, root: Path, **tables: Mapping[str, object]) -> Pages:
    """The pages of an invented newspaper; keywords replace keys of its configuration, as in `examples.config`."""
    tables["pages"] = {"tags": TAGS, **tables.get("pages", {})}
    config = examples.config(root, **tables)
    return Pages(config, store, web=config.web.url or WEB)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def title(page: str) -> str:
    """The heading of a page."""
    found = re.findall(r"<h1>(.*?)</h1>", page)
    assert len(found) == 1, page
    return str(found[0]).replace("\N{NO-BREAK SPACE}", " ")


def said(page: str) -> str:
    """What a page says between its head and its foot, without tags."""
    main = page.partition("<main>")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", "", main).replace("\N{NO-BREAK SPACE}", " ").split())
