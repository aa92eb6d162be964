"""A newspaper whose pages are asked by strangers who mean no good: what they send, what it answers, what it keeps."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, quote_from_bytes, unquote

import examples
from sqlalchemy import select
from starlette.types import ASGIApp, Message

from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.links import DEMO_KEY, Key, Links, Ticket, sign, sign_form, sign_ticket
from newsletter.model.subscriber import ConsentText, Subscriber
from newsletter.store.database import Store
from newsletter.store.schema import metadata
from newsletter.web.public import Service, application
from newsletter.web.public.guard import Guard

KEY, OLD, FOREIGN = (Key(secret=f"{word} is a secret of a good length".encode()) for word in ("new", "old", "foreign"))
WEB = "https://weekbrief.example.nl"
HOST = b"weekbrief.example.nl"
STRANGER = "192.0.2.66"
READER = "hanna@heuvelbode.example"
NOW = datetime(2026, 10, 3, 8, 0, tzinfo=UTC)
CONSENTED = ConsentText(version="1", text="Yes, send me the letter.")

Value = str | bytes


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One request, as it comes over the wire. ``body`` may come in chunks; ``headers`` come after Host and type."""

    method: str = "POST"
    path: str = "/subscribe"
    query: str = ""
    body: bytes | Sequence[bytes] = b""
    kind: bytes | None = b"application/x-www-form-urlencoded"
    host: bytes | None = HOST
    headers: Sequence[tuple[bytes, bytes]] = ()
    pause: float = 0


@dataclass
class Answer:
    """What came back; status 0 when nothing did."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return ", ".join(value for known, value in self.headers if known == name)


def filled(*pairs: tuple[str, Value]) -> bytes:
    """A form as a browser would send it; bytes go as they are."""
    return "&".join(f"{quote(name)}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(value: Value) -> str:
    return quote_from_bytes(value) if isinstance(value, bytes) else quote(value)


def subscribing(address: Value, *more: tuple[str, Value]) -> bytes:
    """The form of the page for subscribing, filled in by somebody who took ten seconds for it."""
    return filled(("form", sign_form(KEY, NOW - timedelta(seconds=10))), ("answer", ""), ("email", address), *more)


class Besieged:
    """The newspaper; Hanna reads it, and Joris was asked whether he wants to. ``sees`` goes before its pages."""

    def __init__(self, store: Store, root: Path, **tables: dict[str, object]) -> None:
        pages = {"tags": {"zuid": "Nieuws uit Zuid"}, **tables.pop("pages", {})}
        self.store = store
        self.config = examples.config(root, pages=pages, **tables)
        self.erase_key = EraseKey(secret=b"the key that erases, of a good length")
        self.service = Service(
            config=self.config,
            store=store,
            keys=(KEY, OLD),
            links=Links(web=WEB, key=KEY),
            erase_key=self.erase_key,
            now=lambda: NOW,
            draw=lambda: secrets.token_hex(16),
            wake=lambda: None,
            guard=Guard(
                store=store, keys=(KEY, OLD), now=lambda: NOW, draw=lambda: secrets.token_hex(16),
                proof_of_work=self.config.pages.proof_of_work,
            ),
            sleep=_at_once,
        )  # fmt: skip
        self.hanna, self.record = self._reader(READER)
        _, self.pending = self._reader("joris@heuvelbode.example", confirms=False)

    def _reader(self, address: str, *, confirms: bool = True) -> tuple[Subscriber | None, int]:
        with self.store.writing() as transaction:
            newcomer = Newcomer(address=address, name="Hanna", language="nl")
            number = consent.sign_up(
                transaction, newcomer, self._occasion(), key=self.erase_key, draw=lambda: secrets.token_hex(16)
            )
            assert number
            if not confirms:
                return None, number
            return consent.confirm(transaction, number, self._occasion(), key=self.erase_key), number

    def _occasion(self) -> Occasion:
        return Occasion(
            at=NOW - timedelta(days=2), zone=self.config.newsletter.time_zone, source="form", text=CONSENTED
        )

    @cached_property
    def application(self) -> ASGIApp:
        return application(self.service)

    @property
    def reader(self) -> Subscriber:
        assert self.hanna
        return self.hanna

    @property
    def leave(self) -> str:
        return f"/leave/{sign(KEY, 'leave', self.reader.id)}"

    @property
    def preferences(self) -> str:
        return f"/preferences/{sign(KEY, 'preferences', self.reader.id)}"

    @property
    def tokens(self) -> tuple[str, ...]:
        """Good tokens and such as were never good, none of which may stand in a log."""
        ids = (self.reader.id, "0" * 32)
        plain = [
            sign(key, purpose, id_) for key in (KEY, OLD, FOREIGN, DEMO_KEY) for purpose in PURPOSES for id_ in ids
        ]
        tickets = [
            sign_ticket(key, errand, Ticket(subscriber=id_, number=self.record, at=at))
            for key in (KEY, FOREIGN, DEMO_KEY)
            for errand in ("confirm", "move", "back")
            for id_ in ids
            for at in (NOW - timedelta(days=2), NOW - timedelta(days=400))
        ]
        return (*plain, *tickets)

    @property
    def still_good(self) -> frozenset[tuple[str, str]]:
        """Those of the tokens that open something, with what they open: the secret changed, and old links work."""
        plain = {(purpose, sign(key, purpose, self.reader.id)) for key in (KEY, OLD) for purpose in PURPOSES}
        ticket = Ticket(subscriber=self.reader.id, number=self.record, at=NOW - timedelta(days=2))
        return frozenset({*plain, ("confirm", sign_ticket(KEY, "confirm", ticket))})

    def kept(self) -> dict[str, list[str]]:
        """All that is stored, but for the limits, which count strangers and know nobody."""
        with self.store.reading() as transaction:
            return {
                table.name: sorted(map(repr, transaction.execute(select(table)).all()))
                for table in metadata.sorted_tables
                if table.name != "gates"
            }

    def ask(self, asking: Asking, *, before: ASGIApp | None = None) -> Answer:
        """Ask as a stranger does."""
        answer = Answer()
        chunks = [asking.body] if isinstance(asking.body, bytes) else list(asking.body)
        own = [(b"host", asking.host), (b"content-type", asking.kind)]

        async def receive() -> Message:
            await asyncio.sleep(asking.pause)
            if not chunks:
                return {"type": "http.disconnect"}
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
                ]
            answer.body += message.get("body", b"")

        scope = {
            "type": "http", "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 8000), "root_path": "",
            "client": (STRANGER, 4711), "method": asking.method, "raw_path": asking.path.encode("latin-1"),
            "path": unquote(asking.path), "query_string": asking.query.encode("latin-1"),
            "headers": [*((name, value) for name, value in own if value is not None), *asking.headers],
        }  # fmt: skip
        asyncio.run((before or self.application)(scope, receive, send))
        return answer


PURPOSES = ("leave", "preferences")


async def _at_once(_: float) -> None:
    pass
