"""Readers a second from the ledger to a provider and back, each durable, against the bare parts of the same work.

With 500 readers' values a request: against the SQL of the same turns alone, by the bare driver (goal ≥ 0.4). With one
complete message a request: against bare httpx with a client a thread that posts one such body again and again (goal
≥ 0.7). The sink, which takes all and does nothing, is a process of its own.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import httpx
from sqlalchemy import text

from benchmarks._sample import sample
from benchmarks._stores import AT, filled, press
from newsletter.config import Config
from newsletter.delivery.engine import Engine
from newsletter.delivery.mark import Mark
from newsletter.delivery.timing import Timing
from newsletter.links import DEMO_KEY
from newsletter.model.ledger import Run
from newsletter.model.mail import Message, Slot
from newsletter.providers._base import Accepted, Capabilities, Guard, Outcome, Provider
from newsletter.store import freezing, runs
from newsletter.store.database import Store

READERS = 100_000
ALONE = 10_000
"""Readers where each has a request of his own."""
BATCH = 500
CONNECTIONS = 32
GOAL_SQL, GOAL_HTTP = 0.4, 0.7

_ROOT = Path(__file__).parent.parent
_LEAVE_OUT = text(
    "UPDATE deliveries SET state = 'skipped', reason = 'not measured' WHERE run = :run AND seq > :readers"
)
_HEADERS = {"Content-Type": "application/json"}


class Values:
    """A provider that substitutes: a request holds the readers' values, 500 a time."""

    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=BATCH, batch_bytes=1 << 40)

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

    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=1, batch_bytes=1 << 40)
    _spelt: tuple[str | Slot, ...] = ()

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Post it joined."""
        (message,) = messages
        self._spelt = self._spelt or _spelt(message)
        values = {slot: _inside(value) for slot, value in message.values.items()}
        whole = "".join([piece if isinstance(piece, str) else values[piece] for piece in self._spelt])
        body = f'{{"to": {json.dumps(message.subscriber.address)}, {whole}}}'.encode()
        return self._post(attempt, body, messages, guard)


def _spelt(message: Message) -> tuple[str | Slot, ...]:
    """HTML and text as JSON spells them, cut at their slots."""
    edition = message.edition
    html, text = (
        [_inside(one) if isinstance(one, str) else one for one in part] for part in (edition.html, edition.text)
    )
    return ('"html": "', *html, '", "text": "', *text, '"')


def _inside(text: str) -> str:
    return json.dumps(text)[1:-1]


def main() -> None:
    """Print the figures for both databases."""
    with _sink() as port, filled(READERS) as (plain, stores):
        config = plain.model_copy(update={"send": plain.send.model_copy(update={"connections": CONNECTIONS})})
        http = _bare_http(port)
        for name, store in stores.items():
            print(f"  {name}")
            _print(500, *_against_sql(store, config, port), GOAL_SQL, "bare SQL of the same turns")
            ours = _sent(store, config, partial(Whole, port), ALONE)
            _print(1, ours, (http + (http := _bare_http(port))) / 2, GOAL_HTTP, "bare httpx")


def _print(size: int, ours: float, bare: float, goal: float, what: str) -> None:
    print(f"    {size} a request: {ours:,.0f} readers a second, {bare:,.0f} {what}")
    print(f"      share {ours / bare:.2f} (goal ≥ {goal})")


def _against_sql(store: Store, config: Config, port: int) -> tuple[float, float]:
    """Ours, and the bare SQL before and after it."""
    before = _bare_sql(store)
    ours = _sent(store, config, partial(Values, port), READERS)
    return ours, (before + _bare_sql(store)) / 2


def _begun(store: Store, readers: int) -> Run:
    """A run of the sample issue that is being sent to so many readers."""
    run = press(store, replace(sample()[1].edition, pictures=()), key=DEMO_KEY.id.hex())
    with store.writing() as transaction:
        total = freezing.freeze(transaction, run, None, AT.date(), AT)
        behind = dict.fromkeys(("frozen_at", "checked_at", "started_at"), AT)
        transaction.execute(_LEAVE_OUT, {"run": run.id, "readers": readers})
        runs.change(transaction, run.id, {"scheduled"}, state="sending", total=total, **behind)
    return run


def _sent(store: Store, config: Config, connect: Callable[[], Provider], readers: int) -> float:
    """Send a run to so many readers; return readers a second."""
    run, stop = _begun(store, readers), threading.Event()
    with TemporaryDirectory() as folder:
        timing = Timing(clock=lambda: datetime.now(UTC))
        engine = Engine(store, connect, config, [DEMO_KEY], mark=Mark(Path(folder), "mark"), timing=timing)
        start = time.perf_counter()
        while _is_sending(store, run):
            engine.drain(stop)
        took = time.perf_counter() - start
        engine.close()
    return readers / took


def _is_sending(store: Store, run: Run) -> bool:
    with store.reading() as transaction:
        now = runs.get(transaction, run.id)
        return now is not None and now.state == "sending"


# The bare parts.


def _bare_sql(store: Store) -> float:
    """Claim, mark and end the readers of a run as the engine does, and nothing else; return readers a second."""
    run = _begun(store, READERS)
    turn = _turn_of_sqlite if store.file else _turn_of_postgresql
    connection: Any = store.engine.raw_connection().driver_connection
    start, done = time.perf_counter(), 0
    ended: list[tuple[str, int, int]] = []
    while True:
        claimed = turn(connection, run.id, done // BATCH, ended)
        ended = [(f"p-{seq}", run.id, seq) for seq in claimed]
        done += len(claimed)
        if not claimed:
            break
    return done / (time.perf_counter() - start)


_CLAIM = (
    "SELECT d.seq, d.subscriber, d.address, d.name, d.joined, d.tries, s.status FROM deliveries d "
    "LEFT JOIN subscribers s ON s.id = d.subscriber WHERE d.run = {0} AND d.state = 'waiting' AND d.not_before <= {0} "
    "ORDER BY d.not_before, d.seq LIMIT {1}"
)
_ATTEMPT = (
    "INSERT INTO attempts (run, seqs, low, high, size, state, fingerprint, account, worker, opened_at, expires_at) "
    "VALUES ({0}, '1-500', 1, 500, 500, 'open', '', '', '', {0}, {0})"
)


def _turn_of_sqlite(connection: Any, run: int, number: int, ended: list[tuple[str, int, int]]) -> list[int]:
    at = AT.strftime("%Y-%m-%d %H:%M:%S.%f")
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "UPDATE deliveries SET state = 'accepted', provider_id = ? WHERE run = ? AND seq = ? AND state = 'sending'",
        ended,
    )
    rows = connection.execute(_CLAIM.format("?", BATCH), (run, at)).fetchall()
    connection.execute(_ATTEMPT.format("?"), (run, at, at))
    marked = [(number, run, row[0]) for row in rows]
    connection.executemany("UPDATE deliveries SET state = 'sending', attempt = ? WHERE run = ? AND seq = ?", marked)
    connection.execute("COMMIT")
    return [row[0] for row in rows]


def _turn_of_postgresql(connection: Any, run: int, number: int, ended: list[tuple[str, int, int]]) -> list[int]:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE deliveries SET state = 'accepted', provider_id = u.id "
            "FROM unnest(%s::text[], %s::int[]) u(id, seq) "
            "WHERE run = %s AND deliveries.seq = u.seq AND state = 'sending'",
            ([one[0] for one in ended], [one[2] for one in ended], run),
        )
        rows = cursor.execute(f"{_CLAIM.format('%s', BATCH)} FOR UPDATE OF d SKIP LOCKED", (run, AT)).fetchall()
        cursor.execute(_ATTEMPT.format("%s"), (run, AT, AT + timedelta(minutes=5)))
        cursor.execute(
            "UPDATE deliveries SET state = 'sending', attempt = %s FROM unnest(%s::int[]) u(seq) "
            "WHERE run = %s AND deliveries.seq = u.seq",
            (number, [row[0] for row in rows], run),
        )
    return [row[0] for row in rows]


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


@contextmanager
def _sink() -> Iterator[int]:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks._sink"], cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield int(process.stdout.readline()) if process.stdout else 0
        finally:
            process.kill()
