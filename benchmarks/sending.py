"""Readers a second from the ledger to a provider and back, each durable, against the bare parts of the same work.

With 500 readers' values a request: against the SQL of the same turns alone, by the bare driver (goal ≥ 0.4). With one
complete message a request: against bare httpx with a client a thread that posts one such body again and again (goal
≥ 0.7). The sink, which takes all and does nothing, is a process of its own.
"""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

import httpx

from benchmarks._sample import sample
from benchmarks._sink import sink
from benchmarks._stores import filled
from benchmarks._turns import against_sql, sent
from newsletter.config import Config
from newsletter.model.mail import Message, Slot
from newsletter.providers._base import Accepted, Capabilities, Guard, Outcome

READERS = 100_000
ALONE = 10_000
"""Readers where each has a request of his own."""
BATCH = 500
CONNECTIONS = 32
GOAL_SQL, GOAL_HTTP = 0.4, 0.7

_ROOT = Path(__file__).parent.parent
_HEADERS = {"Content-Type": "application/json"}


class Values:
    """A provider that substitutes, 500 readers a request, and that knows a request which comes twice."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        batch_messages=BATCH, batch_bytes=1 << 40, idempotency=timedelta(hours=24)
    )

    def __init__(self, port: int) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Post the values of each, in the order in which their slots are named once."""
        slots = [f"{slot.field}/{slot.context}" for slot in messages[0].values]
        values = [(one.delivery, one.subscriber.address, *one.values.values()) for one in messages]
        return self._post(attempt, json.dumps([slots, values]).encode(), messages, guard)

    def _post(self, attempt: str, body: bytes, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        if not guard():
            raise RuntimeError(attempt)
        self._client.post("/", content=body, headers=_HEADERS).raise_for_status()
        return [Accepted(delivery=one.delivery, provider_id=one.delivery) for one in messages]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class Whole(Values):
    """A provider that takes one complete message a request, of which it spells but once what all have in common."""

    capabilities: ClassVar[Capabilities] = replace(Values.capabilities, batch_messages=1)
    _spelt: tuple[bytes | Slot, ...] = ()

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Post it joined."""
        (message,) = messages
        self._spelt = self._spelt or _spelt(message)
        values = {slot: _inside(value) for slot, value in message.values.items()}
        whole = [piece if isinstance(piece, bytes) else values[piece] for piece in self._spelt]
        body = b"".join((b'{"to": "', _inside(message.subscriber.address), b'", ', *whole, b"}"))
        return self._post(attempt, body, messages, guard)


def _spelt(message: Message) -> tuple[bytes | Slot, ...]:
    """HTML and text as JSON spells them, cut at their slots."""
    edition = message.edition
    html, text = (
        [_inside(one) if isinstance(one, str) else one for one in part] for part in (edition.html, edition.text)
    )
    return (b'"html": "', *html, b'", "text": "', *text, b'"')


def _inside(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def main() -> None:
    """Print the figures for both databases."""
    with sink() as port:
        with filled(READERS) as (plain, stores):
            for name, store in stores.items():
                print(f"  {name}")
                both = against_sql(store, _connected(plain), partial(Values, port), READERS, batch=BATCH)
                _print(BATCH, *both, GOAL_SQL, "bare SQL of the same turns")
        with filled(ALONE) as (plain, stores):
            http = _bare_http(port)
            for name, store in stores.items():
                print(f"  {name}")
                ours = sent(store, _connected(plain), partial(Whole, port), ALONE)
                _print(1, ours, (http + (http := _bare_http(port))) / 2, GOAL_HTTP, "bare httpx")


def _connected(config: Config) -> Config:
    return config.model_copy(update={"send": config.send.model_copy(update={"connections": CONNECTIONS})})


def _print(size: int, ours: float, bare: float, goal: float, what: str) -> None:
    print(f"    {size} a request: {ours:,.0f} readers a second, {bare:,.0f} {what}")
    print(f"      share {ours / bare:.2f} (goal ≥ {goal})")


def _bare_http(port: int) -> float:
    """Post one complete message again and again, with a client a thread; return requests a second."""
    body, share = _whole(sample()[1].message), ALONE // CONNECTIONS

    def post() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for _ in range(share):
                client.post("/", content=body, headers=_HEADERS).raise_for_status()

    threads = [threading.Thread(target=post) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return share * CONNECTIONS / (time.perf_counter() - start)


def _whole(message: Message) -> bytes:
    """A body as most providers want it."""
    return json.dumps({"to": message.subscriber.address, "html": message.html, "text": message.text}).encode()
