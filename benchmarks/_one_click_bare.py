"""The least that could keep a one-click leaving: a Starlette route that makes one durable INSERT, and nothing else.

``python -m benchmarks._one_click_bare ADDRESS``: a file's path or a postgresql:// address. It says its port.
"""

import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_TABLE = "CREATE TABLE IF NOT EXISTS bare (token TEXT NOT NULL, at TEXT NOT NULL)"


def application(insert: Callable[[str], None]) -> Starlette:
    """One route."""

    async def leave(request: Request) -> Response:
        await request.body()
        await run_in_threadpool(insert, request.path_params["token"])
        return PlainTextResponse("left")

    return Starlette(routes=[Route("/leave/{token}", leave, methods=["POST"])])


def on_sqlite(file: str) -> Callable[[str], None]:
    """Insert over one connection, one after the other: SQLite has one writer anyway."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_TABLE)
    turn = threading.Lock()

    def insert(token: str) -> None:
        with turn:  # outside a transaction of our own, a statement is one
            connection.execute("INSERT INTO bare VALUES (?, ?)", (token, datetime.now(UTC).isoformat()))

    return insert


def on_postgresql(address: str) -> Callable[[str], None]:
    """Insert over a connection of each thread's own."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_TABLE)
    own: Any = threading.local()

    def insert(token: str) -> None:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(address, autocommit=True)
        own.connection.execute("INSERT INTO bare VALUES (%s, %s)", (token, datetime.now(UTC).isoformat()))

    return insert


def main(address: str) -> None:
    """Serve until killed."""
    insert = on_postgresql(address) if "://" in address else on_sqlite(address)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        application(insert), http="h11", ws="none", lifespan="off", log_config=None, access_log=False
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1])
