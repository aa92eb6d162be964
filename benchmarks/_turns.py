"""The turns of a send, by the engine and by the bare driver: the same claim, intents and results, each durable."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text

from benchmarks._sample import sample
from benchmarks._stores import AT, begin, press
from newsletter.config import Config
from newsletter.delivery.engine import Engine
from newsletter.delivery.mark import Mark
from newsletter.delivery.timing import Timing
from newsletter.links import DEMO_KEY
from newsletter.model.ledger import Run
from newsletter.providers._base import Provider
from newsletter.store import runs
from newsletter.store.database import Store

_LEAVE_OUT = text(
    "UPDATE deliveries SET state = 'skipped', reason = 'not measured' WHERE run = :run AND seq > :readers"
)


def _begun(store: Store, readers: int) -> Run:
    """A run of the sample issue that is being sent to so many readers."""
    run = press(store, replace(sample()[1].edition, pictures=()), key=DEMO_KEY.id.hex())
    begin(store, run)
    with store.writing() as transaction:
        transaction.execute(_LEAVE_OUT, {"run": run.id, "readers": readers})
    return run


def sent(store: Store, config: Config, connect: Callable[[], Provider], readers: int) -> float:
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


def against_sql(
    store: Store, config: Config, connect: Callable[[], Provider], readers: int, *, batch: int
) -> tuple[float, float]:
    """Readers a second of ours, and of the bare SQL before and after it."""
    before = _bare_sql(store, readers, batch)
    ours = sent(store, config, connect, readers)
    return ours, (before + _bare_sql(store, readers, batch)) / 2


# The bare part.


def _bare_sql(store: Store, readers: int, batch: int) -> float:
    """Claim, mark and end the readers of a run as the engine does, and nothing else; return readers a second."""
    run = _begun(store, readers)
    turn = _turn_of_sqlite if store.file else _turn_of_postgresql
    connection: Any = store.engine.raw_connection().driver_connection
    start, done = time.perf_counter(), 0
    ended: list[tuple[str, int, int]] = []
    while True:
        claimed = turn(connection, run.id, batch, ended)
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


def _turn_of_sqlite(connection: Any, run: int, batch: int, ended: list[tuple[str, int, int]]) -> list[int]:
    at = AT.strftime("%Y-%m-%d %H:%M:%S.%f")
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "UPDATE deliveries SET state = 'accepted', provider_id = ? WHERE run = ? AND seq = ? AND state = 'sending'",
        ended,
    )
    rows = connection.execute(_CLAIM.format("?", batch), (run, at)).fetchall()
    connection.execute(_ATTEMPT.format("?"), (run, at, at))
    marked = [(run, row[0]) for row in rows]
    connection.executemany("UPDATE deliveries SET state = 'sending', attempt = 1 WHERE run = ? AND seq = ?", marked)
    connection.execute("COMMIT")
    return [row[0] for row in rows]


def _turn_of_postgresql(connection: Any, run: int, batch: int, ended: list[tuple[str, int, int]]) -> list[int]:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE deliveries SET state = 'accepted', provider_id = u.id "
            "FROM unnest(%s::text[], %s::int[]) u(id, seq) "
            "WHERE run = %s AND deliveries.seq = u.seq AND state = 'sending'",
            ([one[0] for one in ended], [one[2] for one in ended], run),
        )
        rows = cursor.execute(f"{_CLAIM.format('%s', batch)} FOR UPDATE OF d SKIP LOCKED", (run, AT)).fetchall()
        cursor.execute(_ATTEMPT.format("%s"), (run, AT, AT + timedelta(minutes=5)))
        cursor.execute(
            "UPDATE deliveries SET state = 'sending', attempt = 1 FROM unnest(%s::int[]) u(seq) "
            "WHERE run = %s AND deliveries.seq = u.seq",
            ([row[0] for row in rows], run),
        )
    return [row[0] for row in rows]
